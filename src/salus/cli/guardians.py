"""``salus identities guardians``: who may give an identity back to somebody who lost its key.

Example:
    $ salus identities guardians set 0x<identity> 0x<aunt> 0x<friend> 0x<doctor> \
        --threshold 2 --out guardians.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import written_first
from salus.cli.session import Session, command

group = typer.Typer(help="Who may recover an identity.", no_args_is_help=True)
Identity = Annotated[str, typer.Argument(help="The identity's address.")]


@command(group, "set")
def set_(
    session: Session,
    identity: Identity,
    guardians: Annotated[list[str], typer.Argument(help="Identities of the guardians.")],
    threshold: Annotated[int, typer.Option(help="How many of them must agree.")],
    out: Annotated[
        Path, typer.Option(help="Their opening; give it to every guardian, and keep it private.")
    ],
    shared_keys: Annotated[
        bool,
        typer.Option(
            "--shared-keys", help="Take guardians that one key controls, for now: theft takes both."
        ),
    ] = False,
) -> None:
    """Choose guardians: at once where there were none, after the contract's delay elsewhere."""
    from salus.identities import GuardianSet, write_guardians

    named = [arguments.address(each) for each in guardians]
    chosen = GuardianSet.of(named, threshold=threshold)
    who, identities = arguments.address(identity), session.salus.identities
    with written_first(out, write_guardians(chosen), chain=session.salus.chain):
        transaction = identities.guardians.set(who, chosen, shared_keys=shared_keys)
    session.emit(
        {
            "identity": who,
            "commitment": chosen.commitment,
            "opening": out,
            "transaction": transaction.hash,
        }
    )


@command(group, "clear")
def clear(session: Session, identity: Identity) -> None:
    """Do without guardians, after the contract's delay."""
    transaction = session.salus.identities.guardians.clear(arguments.address(identity))
    session.emit({"identity": arguments.address(identity), "transaction": transaction.hash})


@command(group, "cancel")
def cancel(session: Session, identity: Identity) -> None:
    """Drop a change of guardians that still waits."""
    transaction = session.salus.identities.guardians.cancel(arguments.address(identity))
    session.emit({"identity": arguments.address(identity), "transaction": transaction.hash})
