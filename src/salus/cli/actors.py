"""``salus consents actors``: who stands behind the names that consents have for people.

Example:
    $ salus consents actors state 0x<nurse> Practitioner/f204 --out nurse.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_file, require_new, write_new
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.consents.actor_statements import SignedActorStatement

group = typer.Typer(help="Who stands behind the names in consents.", no_args_is_help=True)
Document = Annotated[Path, typer.Argument(help="A signed statement.")]


@command(group, "state")
def state(
    session: Session,
    subject: Annotated[str, typer.Argument(help="The identity that is meant.")],
    actor: Annotated[str, typer.Argument(help="Practitioner/f204, or system|value.")],
    out: Annotated[Path, typer.Option(help="Where the signed statement goes.")],
    lasting: Annotated[str, typer.Option("--for", help="How long it counts, as in 90d.")] = "365d",
) -> None:
    """Say, signed, which identity a name means; costs no gas."""
    require_new(out)
    salus = session.salus
    signed = salus.consents.actors.state(
        arguments.address(subject),
        actor,
        until=salus.chain.deadline(arguments.duration(lasting)),
    )
    write_new(out, signed.to_json())
    session.emit(_shown(signed) | {"document": out})


@command(group, "keep")
def keep(session: Session, document: Document) -> None:
    """Keep a statement that was handed over: consents are decided by it from now on."""
    signed = _read(document)
    session.keeper.consents.actors.keep(signed)
    session.emit(_shown(signed))


@command(group, "list")
def list_(
    session: Session,
    subject: Annotated[str | None, typer.Option(help="About this identity.")] = None,
    actor: Annotated[str | None, typer.Option(help="About this name.")] = None,
    patient: Annotated[str | None, typer.Option(help="For whose consents it is asked.")] = None,
) -> None:
    """List the statements that are kept here, and why one does not count now."""
    found = session.keeper.consents.actors.search(
        subject=arguments.address(subject) if subject else None,
        actor=actor,
        patient=arguments.address(patient) if patient else None,
    )
    listed = [_shown(each.document) | {"problem": each.problem} for each in found]
    session.emit({"statements": listed})


@command(group, "withdraw")
def withdraw(session: Session, document: Document) -> None:
    """Permanently end a statement of one's own, on chain."""
    signed = _read(document)
    transaction = session.salus.consents.actors.withdraw(signed)
    session.emit(_shown(signed) | {"transaction": transaction.hash, "gas": transaction.gas_used})


def _read(document: Path) -> SignedActorStatement:
    from salus.consents.actor_statements import SignedActorStatement

    return SignedActorStatement.from_json(read_file(document))


def _shown(signed: SignedActorStatement) -> dict[str, object]:
    said = signed.statement
    return {
        "actor": said.actor,
        "subject": said.subject,
        "issuer": said.issuer,
        "until": said.until,
    }
