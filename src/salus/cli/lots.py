r"""``salus lots``: products and lots of medicine, from commissioning to recall.

Example:
    $ salus lots commission 09506000134352 AB-12 --expiry 2028-12-31 --serials serials.txt \
        --gln 9506000111117 --manifest lot.json
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import read_file, write_private
from salus.cli.session import Session, command
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.gs1 import Gtin, LotNumber

group = typer.Typer(
    help="Products and lots: register, commission, ship, receive, recall.", no_args_is_help=True
)
GtinText = Annotated[str, typer.Argument(metavar="GTIN", help="With its check digit.")]
LotText = Annotated[str, typer.Argument(metavar="LOT", help="The maker's lot number.")]
GlnText = Annotated[str, typer.Option("--gln", help="Global Location Number of where it happens.")]
Why = Annotated[str, typer.Option("--reason", help="Kept as a digest on chain.")]


@command(group, "register")
def register(
    session: Session,
    gtin: GtinText,
    holder: Annotated[str, typer.Option(help="Marketing-authorisation holder.")],
    maker: Annotated[list[str], typer.Option(help="Who may commission it; repeat for several.")],
) -> None:
    """Bind a product to its authorisation holder and makers. Regulators only."""
    from salus.gs1 import Gtin

    transaction = session.salus.drugs.register_product(
        Gtin(gtin),
        holder=arguments.address(holder),
        makers=[arguments.address(each) for each in maker],
    )
    session.emit({"gtin": gtin, "holder": holder, **_mined(transaction)})


@command(group, "commission")
def commission(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    expiry: Annotated[str, typer.Option(help="Last day of use, YYYY-MM-DD.")],
    serials: Annotated[Path, typer.Option(help="Text file, one serial number a line.")],
    gln: GlnText,
    manifest: Annotated[Path, typer.Option(help="Where the lot's secret manifest goes; keep it.")],
) -> None:
    """Bring a lot into being. Writes the manifest before anything is sent."""
    from salus.epcis import LotQuantity, commissioning_event, event_digest
    from salus.gs1 import Gln
    from salus.packs import LotManifest

    if manifest.exists():
        raise InputError(
            f"{manifest} exists: a lot's manifest is never overwritten, name another file"
        )
    named = _lot(gtin, lot)
    session.say("committing to every serial…")
    lines = read_file(serials).decode(errors="replace").split()
    built = LotManifest.build(*named, expiry=_day(expiry), serials=lines)
    event = commissioning_event(
        lot=LotQuantity(*named, built.quantity),
        expiry=built.expiry,
        at=datetime.now(UTC),
        read_point=Gln(gln),
    )
    write_private(manifest, built.to_json())
    transaction = session.salus.drugs.commission(built, event_hash=event_digest(event))
    session.emit(
        {
            "gtin": gtin,
            "lot": lot,
            "quantity": built.quantity,
            "serialRoot": built.root,
            "manifest": str(manifest),
            "event": event["eventID"],
            **_mined(transaction),
        }
    )


@command(group, "show")
def show(session: Session, gtin: GtinText, lot: LotText) -> None:
    """Show a lot as the chain knows it."""
    from salus.errors import InputError

    found = session.salus.drugs.lot(*_lot(gtin, lot))
    if found is None:
        raise InputError(f"nobody commissioned lot {lot} of {gtin} on this chain")
    session.emit(
        {
            "gtin": gtin,
            "lot": lot,
            "maker": found.maker,
            "quantity": found.quantity,
            "expiry": datetime.fromtimestamp(found.expiry, UTC).isoformat(),
            "recalled": found.recalled,
            "quarantined": found.quarantined,
        }
    )


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
        Path | None, typer.Option(help="Text file of the serials to ship; all unless told.")
    ] = None,
) -> None:
    """Hand packs over to a consignee."""
    from salus.cli.consignments import prepare
    from salus.drugs.consignment import Consignment
    from salus.gs1 import Gln

    wanted = None if serials is None else read_file(serials).decode(errors="replace").split()
    prepared = prepare(read_file(manifest), wanted, sender=Gln(gln), consignee=Gln(to_gln))
    shipment, transaction = session.salus.drugs.ship(
        prepared.gtin,
        prepared.lot,
        to=arguments.address(to),
        quantity=len(prepared.openings),
        contents_root=prepared.contents_root,
        event_hash=prepared.event_hash,
    )
    consignment = Consignment(prepared.gtin, prepared.lot, shipment, prepared.openings)
    write_private(out, consignment.to_json())
    session.emit(
        {
            "shipment": shipment.id,
            "quantity": shipment.quantity,
            "consignment": str(out),
            **_mined(transaction),
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
) -> None:
    """Take packs into custody, as their consignee."""
    from salus.cli.consignments import receiving_digest
    from salus.drugs.consignment import Consignment
    from salus.gs1 import Gln

    came = Consignment.from_json(read_file(consignment))
    digest = receiving_digest(came, sender=Gln(from_gln), consignee=Gln(gln), counted=counted)
    transaction = session.salus.drugs.receive(
        came.shipment, came.gtin, came.lot, event_hash=digest, counted=counted
    )
    session.emit({"shipment": came.shipment.id, "counted": counted, **_mined(transaction)})


@command(group, "recall")
def recall(session: Session, gtin: GtinText, lot: LotText, reason: Why) -> None:
    """Call a lot back for ever, whatever its size."""
    transaction = session.salus.drugs.recall(*_lot(gtin, lot), reason_digest=_stated(reason))
    session.emit({"gtin": gtin, "lot": lot, "recalled": True, **_mined(transaction)})


@command(group, "quarantine")
def quarantine(session: Session, gtin: GtinText, lot: LotText, reason: Why) -> None:
    """Stop a lot for a while."""
    transaction = session.salus.drugs.quarantine(*_lot(gtin, lot), reason_digest=_stated(reason))
    session.emit({"gtin": gtin, "lot": lot, "quarantined": True, **_mined(transaction)})


@command(group, "release")
def release(session: Session, gtin: GtinText, lot: LotText, reason: Why) -> None:
    """Let a quarantined lot go again."""
    transaction = session.salus.drugs.release(*_lot(gtin, lot), reason_digest=_stated(reason))
    session.emit({"gtin": gtin, "lot": lot, "quarantined": False, **_mined(transaction)})


def _lot(gtin: str, lot: str) -> tuple[Gtin, LotNumber]:
    from salus.gs1 import Gtin, LotNumber

    return Gtin(gtin), LotNumber(lot)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day: write YYYY-MM-DD, as in 2028-12-31") from None


def _stated(reason: str) -> bytes:
    from salus.emergencies import state

    return state(reason).commitment


def _mined(transaction: Any) -> dict[str, Any]:
    return {"transaction": transaction.hash, "gas": transaction.gas_used}
