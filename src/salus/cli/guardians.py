"""``salus identities guardians``: who may give an identity back to somebody who lost its key.

Example:
    $ salus identities guardians set 0x<identity> 0x<aunt> 0x<friend> 0x<doctor> \
        --threshold 2 --out guardians.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import read_file, require_utf8, written_first
from salus.cli.session import Session, command
from salus.errors import InputError, SalusError
from salus_verify import json as nesting

if TYPE_CHECKING:
    from salus.contracts.identities import GuardianSet

group = typer.Typer(help="Who may recover an identity.", no_args_is_help=True)
Identity = Annotated[str, typer.Argument(help="The identity's address.")]

TYPE, VERSION = "salus/guardians", 1


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
    from salus.contracts.identities import GuardianSet

    named = [arguments.address(each) for each in guardians]
    chosen = GuardianSet.of(named, threshold=threshold)
    who, identities = arguments.address(identity), session.salus.identities
    with written_first(out, _write(chosen), chain=session.salus.chain):
        transaction = identities.set_guardians(who, chosen, shared_keys=shared_keys)
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
    transaction = session.salus.identities.set_guardians(arguments.address(identity), None)
    session.emit({"identity": identity, "transaction": transaction.hash})


@command(group, "cancel")
def cancel(session: Session, identity: Identity) -> None:
    """Drop a change of guardians that still waits."""
    transaction = session.salus.identities.cancel_guardians(arguments.address(identity))
    session.emit({"identity": identity, "transaction": transaction.hash})


def read_guardians(path: Path) -> GuardianSet:
    """Read what opens a guardians commitment.

    Raises:
        InputError: The file holds something else.
    """
    from salus.contracts.identities import GuardianSet

    content = read_file(path)
    require_utf8(path, content)
    try:
        raw: Any = nesting.load(content)
        if (raw["type"], raw["version"]) != (TYPE, VERSION):
            raise ValueError
        named = [arguments.address(each) for each in raw["guardians"]]
        ordered = GuardianSet.of(named, threshold=int(raw["threshold"]))
        return GuardianSet(ordered.guardians, ordered.threshold, arguments.digest(raw["salt"]))
    except (SalusError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path} does not open guardians: take the file that `guardians set` wrote"
        ) from None


def _write(chosen: GuardianSet) -> bytes:
    import rfc8785

    return rfc8785.dumps(
        {
            "type": TYPE,
            "version": VERSION,
            "guardians": list(chosen.guardians),
            "threshold": chosen.threshold,
            "salt": chosen.salt.hex(),
        }
    )
