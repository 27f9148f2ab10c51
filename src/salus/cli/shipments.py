"""``salus lots`` after shipping: disputed, rejected, taken back, written off.

Example:
    $ salus lots dispute consignment.json --counted 48 --reason 'two packs short'
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli.arguments import choice
from salus.cli.consignments import consignment_in
from salus.cli.files import written_first
from salus.cli.session import Session, command, in_words
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.contracts.drugs.values import Shipment

File = Annotated[Path, typer.Argument(metavar="CONSIGNMENT", help="What came with the shipment.")]
Why = Annotated[str, typer.Option("--reason", help="Its salted digest goes on chain.")]
StatementFile = Annotated[
    Path | None,
    typer.Option("--statement", help="A new file that opens that digest later."),
]


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of lots."""
    for name, verb in (
        ("shipment", shipment),
        ("dispute", dispute),
        ("reject", reject),
        ("take-back", take_back),
        ("write-off", write_off),
    ):
        command(group, name)(verb)


def shipment(session: Session, consignment: File) -> None:
    """Show where a shipment stands."""
    meant = _meant(consignment)
    found = session.salus.drugs.shipments.state(meant)
    data = {
        "shipment": meant.id,
        "status": found.status.name.lower().replace("_", "-"),
        "quantity": meant.quantity,
        "inTransit": found.in_transit,
        "shippedAt": found.shipped_at or None,
    }
    session.emit(data, in_words(data | {"shippedAt": moment(found.shipped_at)}))


def dispute(
    session: Session,
    consignment: File,
    counted: Annotated[int, typer.Option(help="Packs that were found.")],
    reason: Why,
    statement: StatementFile = None,
) -> None:
    """State, as the consignee, that what came is not what was shipped."""
    from salus.primitives.statement import SaltedStatement

    meant, drugs = _meant(consignment), session.salus.drugs
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.shipments.dispute(meant, counted=counted, reason_digest=why.commitment)
    _done(session, meant, transaction)


def reject(
    session: Session, consignment: File, reason: Why, statement: StatementFile = None
) -> None:
    """Send back, as the consignee, what is still in transit."""
    from salus.primitives.statement import SaltedStatement

    meant, drugs = _meant(consignment), session.salus.drugs
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.shipments.reject(meant, reason_digest=why.commitment)
    _done(session, meant, transaction)


def take_back(session: Session, consignment: File) -> None:
    """Take back, as the sender, what was rejected or never received."""
    meant = _meant(consignment)
    _done(session, meant, session.salus.drugs.shipments.take_back(meant))


def write_off(
    session: Session,
    consignment: File,
    as_: Annotated[str, typer.Option("--as", help="destroyed, stolen or lost.")],
) -> None:
    """Write off, as the sender, what is still in transit."""
    from salus.contracts.drugs.values import Reason

    meant, why = _meant(consignment), choice(Reason, as_)
    _done(session, meant, session.salus.drugs.shipments.write_off(meant, why))


def require_unused(out: Path) -> None:
    """Refuse to ship into a consignment that may be under way already."""
    if out.exists():
        raise InputError(
            f"{out} exists and is not overwritten: `salus lots shipment {out}` shows whether it was"
            " sent; if it was, ship other packs into another file"
        )


def moment(seconds: int) -> str | None:
    """Unix seconds as people read them, in UTC; None for zero, which stands for never."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else None


def _meant(path: Path) -> Shipment:
    return consignment_in(path).shipment


def _done(session: Session, meant: Shipment, transaction: Any) -> None:
    told = session.look_back(
        lambda: _status(session.salus.drugs.shipments.state(meant)), unknown=("status", "inTransit")
    )
    session.emit(
        {
            "shipment": meant.id,
            **told,
            "transaction": transaction.hash,
            "gas": transaction.gas_used,
        }
    )


def _status(found: Any) -> dict[str, Any]:
    return {
        "status": found.status.name.lower().replace("_", "-"),
        "inTransit": found.in_transit,
    }
