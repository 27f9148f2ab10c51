"""``salus identities recovery``: guardians give an identity a new owner.

Each guardian approves with its own account and hands the file over; anybody proposes and, after the
contract's delay, executes. The owner may veto meanwhile, unless all guardians approved together.

Example:
    $ salus identities recovery approve 0x<identity> 0x<new owner> --guardians guardians.json \
        --deadline 2030-01-31T12:00Z --out approval.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_document, require_new, write_new
from salus.cli.guardians import Identity
from salus.cli.session import Session, command

group = typer.Typer(help="Give a lost identity back.", no_args_is_help=True)
Opening = Annotated[Path, typer.Option("--guardians", help="What opens the guardians.")]


@command(group, "approve")
def approve(
    session: Session,
    identity: Identity,
    new_owner: Annotated[str, typer.Argument(help="Who shall own it.")],
    guardians: Opening,
    deadline: Annotated[
        str,
        typer.Option(
            help="Until when, as in 2030-01-31T12:00Z; the same for all guardians of a proposal."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Where the approval goes.")],
    unanimous: Annotated[
        bool,
        typer.Option(
            "--unanimous",
            help="Counts with all guardians only; no veto. Where the threshold is all: always.",
        ),
    ] = False,
) -> None:
    """Approve, as the guardian whose account this is. Costs no gas."""
    from salus.identities import read_guardians

    require_new(out)
    salus = session.salus
    who, owner = arguments.address(identity), arguments.address(new_owner)
    opened = read_document(guardians, read_guardians)
    approval = salus.identities.recovery.approve(
        who,
        owner,
        opened,
        guardian=salus.account.identity,
        by=salus.account,
        deadline=arguments.moment(deadline),
        unanimous=unanimous,
    )
    write_new(out, approval.to_bytes())
    session.emit(
        {
            "identity": who,
            "newOwner": owner,
            "approval": out,
            "deadline": approval.deadline,
            "unanimous": unanimous or opened.needs_all,
        }
    )


@command(group, "propose")
def propose(
    session: Session,
    approvals: Annotated[list[Path], typer.Argument(help="The guardians' approvals.")],
    guardians: Opening,
) -> None:
    """Propose a new owner with the guardians' approvals; anybody may, and pays."""
    from salus.identities import RecoveryApproval, read_guardians

    read = [read_document(each, RecoveryApproval.from_bytes) for each in approvals]
    recovery = session.salus.identities.recovery
    transaction = recovery.propose(read, read_document(guardians, read_guardians))
    identity, new_owner = read[0].identity, read[0].new_owner
    told = session.look_back(
        lambda: {"readyAt": recovery.pending(identity).ready_at}, unknown=("readyAt",)
    )
    session.emit(
        {"identity": identity, "newOwner": new_owner, **told, "transaction": transaction.hash}
    )


@command(group, "show")
def show(session: Session, identity: Identity) -> None:
    """Show the recovery that waits, if any."""
    found = session.salus.identities.recovery.pending(arguments.address(identity))
    waits = bool(found.ready_at)
    session.emit(
        {
            "identity": arguments.address(identity),
            "newOwner": found.new_owner if waits else None,
            "readyAt": found.ready_at or None,
            "unanimous": found.unanimous if waits else None,
        }
    )


@command(group, "execute")
def execute(session: Session, identity: Identity) -> None:
    """Complete a recovery whose delay has passed; anybody may."""
    transaction = session.salus.identities.recovery.execute(arguments.address(identity))
    session.emit({"identity": arguments.address(identity), "transaction": transaction.hash})


@command(group, "veto")
def veto(session: Session, identity: Identity) -> None:
    """End a recovery that fewer than all guardians asked for, as the owner."""
    transaction = session.salus.identities.recovery.veto(arguments.address(identity))
    session.emit({"identity": arguments.address(identity), "transaction": transaction.hash})
