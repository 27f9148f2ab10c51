"""``salus shipments``: packs handed over, received, disputed, taken back, written off.

Example:
    $ salus shipments dispute consignment.json --counted 48 --reason 'two packs short'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments, despatches, drug_lists
from salus.cli.arguments import choice
from salus.cli.consignments import consignment_in, kept_in, packs_in, serials_in_file
from salus.cli.drug_arguments import GlnText, StatementFile, Why, explained, mined, moment
from salus.cli.session import Session, command, in_words
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.contracts.drugs.values import Shipment

group = typer.Typer(
    help="Shipments: ship, receive, dispute, reject, take back.", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(metavar="CONSIGNMENT", help="What came with the shipment.")]


@command(group, "ship")
def ship(
    session: Session,
    manifest: Annotated[
        Path, typer.Argument(help="The lot's manifest, or a consignment received.")
    ],
    to: Annotated[str, typer.Option(help="The consignee's identity.")],
    gln: GlnText,
    to_gln: Annotated[str, typer.Option(help="The consignee's Global Location Number.")],
    out: Annotated[
        Path, typer.Option(help="Where the consignment goes; give it to the consignee.")
    ],
    serials: Annotated[
        Path | None,
        typer.Option(help="Text file of the serials to ship, one a line; defaults to all."),
    ] = None,
) -> None:
    """Hand packs over to a consignee."""
    from salus.gs1.identification_keys import Gln

    require_unused(out)
    consignee = arguments.address(to)
    wanted = None if serials is None else serials_in_file(serials)
    salus = session.salus
    sent = salus.drugs.shipments.ship(
        packs_in(manifest),
        wanted,
        to=consignee,
        at=Gln(gln),
        towards=Gln(to_gln),
        keep=kept_in(out, salus.chain),
    )
    session.emit(
        {
            "shipment": sent.shipment.id,
            "quantity": sent.shipment.quantity,
            "consignment": str(out),
            "event": sent.event and sent.event.id,
            **mined(sent.transaction),
        }
    )


@command(group, "receive")
def receive(
    session: Session,
    consignment: Annotated[Path, typer.Argument(help="What came with the shipment.")],
    gln: GlnText,
    from_gln: Annotated[str, typer.Option(help="The sender's Global Location Number.")],
    counted: Annotated[
        int | None, typer.Option(help="Packs found; fewer than shipped opens a dispute.")
    ] = None,
    event: Annotated[
        Path | None, typer.Option(help="A new file for the receiving event, EPCIS JSON-LD.")
    ] = None,
) -> None:
    """Take packs into custody, as their consignee. Exit code 6 when they are not of the lot."""
    from salus.gs1.identification_keys import Gln

    came, salus = consignment_in(consignment), session.salus
    received = salus.drugs.shipments.receive(
        came,
        at=Gln(gln),
        sent_from=Gln(from_gln),
        counted=counted,
        keep=kept_in(event, salus.chain),
    )
    done = {
        "shipment": came.shipment.id,
        "counted": counted,
        "event": received.event.id,
        **mined(received.transaction),
    }
    session.emit(done, in_words(done | {"counted": "all" if counted is None else counted}))


@command(group, "show")
def show(session: Session, consignment: File) -> None:
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


@command(group, "dispute")
def dispute(
    session: Session,
    consignment: File,
    counted: Annotated[int, typer.Option(help="Packs that were found.")],
    reason: Why,
    statement: StatementFile = None,
) -> None:
    """State, as the consignee, that what came is not what was shipped."""
    meant, drugs = _meant(consignment), session.salus.drugs
    with explained(session, reason, statement) as digest:
        transaction = drugs.shipments.dispute(meant, counted=counted, reason_digest=digest)
    _done(session, meant, transaction)


@command(group, "reject")
def reject(
    session: Session, consignment: File, reason: Why, statement: StatementFile = None
) -> None:
    """Send back, as the consignee, what is still in transit."""
    meant, drugs = _meant(consignment), session.salus.drugs
    with explained(session, reason, statement) as digest:
        transaction = drugs.shipments.reject(meant, reason_digest=digest)
    _done(session, meant, transaction)


@command(group, "take-back")
def take_back(session: Session, consignment: File) -> None:
    """Take back, as the sender, what was rejected or never received."""
    meant = _meant(consignment)
    _done(session, meant, session.salus.drugs.shipments.take_back(meant))


@command(group, "write-off")
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
            f"{out} exists and is not overwritten: `salus shipments show {out}` shows whether it"
            " was sent; if it was, ship other packs into another file"
        )


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
            **mined(transaction),
        }
    )


def _status(found: Any) -> dict[str, Any]:
    return {
        "status": found.status.name.lower().replace("_", "-"),
        "inTransit": found.in_transit,
    }


command(group, "list")(drug_lists.shipments)
despatches.register(group)
