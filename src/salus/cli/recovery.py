"""``salus identities recovery``: guardians give an identity a new owner.

Each guardian approves with its own account and hands the file over; anybody proposes and, after the
contract's delay, executes. The owner may veto meanwhile, unless all guardians approved together.

Example:
    $ salus identities recovery approve 0x<identity> 0x<new owner> --guardians guardians.json \
        --deadline 1893456000 --out approval.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import read_file, require_new, require_utf8, write_new
from salus.cli.guardians import Identity, read_guardians
from salus.cli.session import Session, command
from salus.errors import InputError, SalusError
from salus_verify import json as nesting

group = typer.Typer(help="Give a lost identity back.", no_args_is_help=True)
Opening = Annotated[Path, typer.Option("--guardians", help="What opens the guardians.")]

TYPE, VERSION = "salus/recovery-approval", 1


@command(group, "approve")
def approve(
    session: Session,
    identity: Identity,
    new_owner: Annotated[str, typer.Argument(help="Who shall own it.")],
    guardians: Opening,
    deadline: Annotated[
        int, typer.Option(help="Unix seconds; the same for all guardians of a proposal.")
    ],
    out: Annotated[Path, typer.Option(help="Where the approval goes.")],
    unanimous: Annotated[
        bool, typer.Option("--unanimous", help="Counts with all guardians only; no veto.")
    ] = False,
) -> None:
    """Approve, as the guardian whose account this is. Costs no gas."""
    import rfc8785

    require_new(out)
    salus = session.salus
    who, owner = arguments.address(identity), arguments.address(new_owner)
    index, signer, signature = salus.identities.approve_recovery(
        who,
        owner,
        read_guardians(guardians),
        guardian=salus.account.identity,
        by=salus.account,
        deadline=deadline,
        unanimous=unanimous,
    )
    approval: dict[str, Any] = {
        "type": TYPE,
        "version": VERSION,
        "identity": who,
        "newOwner": owner,
        "deadline": deadline,
        "index": index,
        "signer": signer.hex(),
        "signature": signature.hex(),
    }
    write_new(out, rfc8785.dumps(approval))
    session.emit({"identity": who, "newOwner": owner, "approval": out, "deadline": deadline})


@command(group, "propose")
def propose(
    session: Session,
    approvals: Annotated[list[Path], typer.Argument(help="The guardians' approvals.")],
    guardians: Opening,
) -> None:
    """Propose a new owner with the guardians' approvals; anybody may, and pays."""
    read = [_read(each) for each in approvals]
    meant = {(each["identity"], each["newOwner"], each["deadline"]) for each in read}
    if len(meant) != 1:
        raise InputError("the approvals differ in identity, new owner or deadline: ask again")
    ((identity, new_owner, deadline),) = meant
    identities = session.salus.identities
    transaction = identities.propose_recovery(
        identity,
        new_owner,
        read_guardians(guardians),
        deadline=deadline,
        approvals=[(each["index"], each["signer"], each["signature"]) for each in read],
    )
    told = session.look_back(
        lambda: {"readyAt": identities.recovery(identity).ready_at}, unknown=("readyAt",)
    )
    session.emit(
        {"identity": identity, "newOwner": new_owner, **told, "transaction": transaction.hash}
    )


@command(group, "show")
def show(session: Session, identity: Identity) -> None:
    """Show the recovery that waits, if any."""
    found = session.salus.identities.recovery(arguments.address(identity))
    waits = bool(found.ready_at)
    session.emit(
        {
            "identity": identity,
            "newOwner": found.new_owner if waits else None,
            "readyAt": found.ready_at or None,
            "unanimous": found.unanimous if waits else None,
        }
    )


@command(group, "execute")
def execute(session: Session, identity: Identity) -> None:
    """Complete a recovery whose delay has passed; anybody may."""
    transaction = session.salus.identities.execute_recovery(arguments.address(identity))
    session.emit({"identity": identity, "transaction": transaction.hash})


@command(group, "veto")
def veto(session: Session, identity: Identity) -> None:
    """End a recovery that fewer than all guardians asked for, as the owner."""
    transaction = session.salus.identities.veto_recovery(arguments.address(identity))
    session.emit({"identity": identity, "transaction": transaction.hash})


def _read(path: Path) -> dict[str, Any]:
    content = read_file(path)
    require_utf8(path, content)
    try:
        raw: Any = nesting.load(content)
        if (raw["type"], raw["version"]) != (TYPE, VERSION):
            raise ValueError
        return {
            "identity": arguments.address(raw["identity"]),
            "newOwner": arguments.address(raw["newOwner"]),
            "deadline": int(raw["deadline"]),
            "index": int(raw["index"]),
            "signer": bytes.fromhex(raw["signer"]),
            "signature": bytes.fromhex(raw["signature"]),
        }
    except (SalusError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{path} is no approval: take the file that `recovery approve` wrote"
        ) from None
