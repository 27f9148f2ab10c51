r"""``salus lots``: products and lots of medicine, from commissioning to recall.

Example:
    $ salus lots commission 09506000134352 AB-12 --expiry 2028-12-31 --serials serials.txt \
        --gln 9506000111117 --manifest lot.json
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments, commissioning, products, shipments
from salus.cli.files import written_first
from salus.cli.products import GtinText
from salus.cli.serials import read_serials
from salus.cli.session import Session, command, in_words
from salus.cli.shipments import Kept, Why
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.drugs import Drugs
    from salus.gs1.fields import LotNumber
    from salus.gs1.keys import Gtin

group = typer.Typer(
    help="Products and lots: register, commission, ship, receive, recall.", no_args_is_help=True
)
LotText = Annotated[str, typer.Argument(metavar="LOT", help="The maker's lot number.")]
MakerText = Annotated[
    str | None, typer.Option("--maker", help="Whose lot, where several makers gave its number.")
]
GlnText = Annotated[str, typer.Option("--gln", help="Global Location Number of where it happens.")]

products.register(group)


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
    from salus.drugs.documents.manifest import LotManifest
    from salus.epcis.events import commissioning_event
    from salus.epcis.hashing import event_digest
    from salus.epcis.parts import LotQuantity
    from salus.gs1.keys import Gln

    named, place = _lot(gtin, lot), Gln(gln)
    lines = read_serials(serials)
    drugs = session.salus.drugs
    day = commissioning.day_to_come(expiry, now=session.salus.chain.now())
    kept = commissioning.kept(manifest, *named, expiry=day, serials=lines)
    session.say(f"going on with {manifest}" if kept else "committing to every serial…")
    maker = session.salus.account.identity
    built = kept or LotManifest.build(*named, maker=maker, expiry=day, serials=lines)
    event = commissioning_event(
        lot=LotQuantity(*named, built.quantity),
        expiry=built.expiry,
        at=datetime.now(UTC),
        read_point=place,
    )
    if kept and commissioning.done(drugs, kept):
        session.say("this lot was commissioned with this manifest before: nothing was sent")
        event, transaction = {"eventID": None}, None
    else:
        with written_first(None if kept else manifest, built.to_json(), chain=session.salus.chain):
            transaction = drugs.lots.commission(built, event_hash=event_digest(event))
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
def show(session: Session, gtin: GtinText, lot: LotText, maker: MakerText = None) -> None:
    """Show a lot as the chain knows it."""
    from salus.gs1.fields import last_day

    found = session.salus.drugs.lots.get(*_lot(gtin, lot), maker=maker)
    if found is None:
        raise InputError(
            f"nobody commissioned lot {lot} of {gtin} on this chain: compare both with the pack; of"
            " several makers, name one with --maker"
        )
    session.emit(
        {
            "gtin": gtin,
            "lot": lot,
            "maker": found.maker,
            "quantity": found.quantity,
            "expiry": last_day(found.expiry).isoformat(),
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
        Path | None,
        typer.Option(help="Text file of the serials to ship, one a line; all unless told."),
    ] = None,
) -> None:
    """Hand packs over to a consignee."""
    from salus.cli.consignments import prepare, require_receivable
    from salus.drugs.documents.consignment import Consignment
    from salus.gs1.keys import Gln

    shipments.require_unused(out)
    consignee = arguments.address(to)
    wanted = None if serials is None else read_serials(serials)
    prepared = prepare(manifest, wanted, sender=Gln(gln), consignee=Gln(to_gln))
    salus = session.salus
    require_receivable(salus.drugs, prepared)
    shipment = prepared.shipment(sender=salus.account.identity, consignee=consignee)
    consignment = Consignment(prepared.gtin, prepared.lot, shipment, prepared.openings)
    with written_first(out, consignment.to_json(), chain=salus.chain):
        _, transaction = salus.drugs.shipments.ship(
            prepared.gtin,
            prepared.lot,
            to=consignee,
            quantity=shipment.quantity,
            contents_root=shipment.contents_root,
            event_hash=shipment.event_hash,
            maker=prepared.maker,
        )
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
    """Take packs into custody, as their consignee. Exit code 6 when they are not of the lot."""
    from salus.cli.consignments import read_consignment, receiving_digest
    from salus.gs1.keys import Gln

    came = read_consignment(consignment)
    digest = receiving_digest(came, sender=Gln(from_gln), consignee=Gln(gln), counted=counted)
    transaction = session.salus.drugs.shipments.receive_consignment(
        came, event_hash=digest, counted=counted
    )
    done = {"shipment": came.shipment.id, "counted": counted, **_mined(transaction)}
    session.emit(done, in_words(done | {"counted": "all" if counted is None else counted}))


def _stops(drugs: Drugs, named: tuple[Gtin, LotNumber], maker: str | None) -> dict[str, Any]:
    """What stops the lot now: several may have stopped it, and each lets go only its own stop."""
    found = drugs.lots.get(*named, maker=maker)
    by = {
        "maker": found is not None and found.quarantined_by_maker,
        "holder": found is not None and found.quarantined_by_holder,
        "regulator": found is not None and found.quarantined_by_regulator,
    }
    return {
        "quarantined": any(by.values()),
        "stoppedBy": [who for who, stops in by.items() if stops],
    }


@command(group, "recall")
def recall(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    reason: Why,
    maker: MakerText = None,
    statement: Kept = None,
) -> None:
    """Call a lot back for ever, whatever its size."""
    from salus.primitives.statement import SaltedStatement

    named, drugs = _lot(gtin, lot), session.salus.drugs
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.recall(*named, maker=maker, reason_digest=why.commitment)
    session.emit({"gtin": gtin, "lot": lot, "recalled": True, **_mined(transaction)})


@command(group, "quarantine")
def quarantine(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    reason: Why,
    maker: MakerText = None,
    statement: Kept = None,
) -> None:
    """Stop a lot for a while."""
    from salus.primitives.statement import SaltedStatement

    named, drugs = _lot(gtin, lot), session.salus.drugs
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.quarantine(*named, maker=maker, reason_digest=why.commitment)
    told = session.look_back(
        lambda: _stops(drugs, named, maker), unknown=("quarantined", "stoppedBy")
    )
    session.emit({"gtin": gtin, "lot": lot, **told, **_mined(transaction)})


@command(group, "release")
def release(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    reason: Why,
    maker: MakerText = None,
    statement: Kept = None,
) -> None:
    """Let a quarantined lot go again."""
    from salus.primitives.statement import SaltedStatement

    named, drugs = _lot(gtin, lot), session.salus.drugs
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.release(*named, maker=maker, reason_digest=why.commitment)
    told = session.look_back(
        lambda: _stops(drugs, named, maker), unknown=("quarantined", "stoppedBy")
    )
    session.emit({"gtin": gtin, "lot": lot, **told, **_mined(transaction)})


@command(group, "correct")
def correct(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    wrong: Annotated[str, typer.Option(help="CBV 2.0 hash of the wrong event, 32 bytes of hex.")],
    right: Annotated[str, typer.Option(help="Hash of the event that replaces it.")],
    reason: Why,
    maker: MakerText = None,
    statement: Kept = None,
) -> None:
    """Say that an event was wrong, and which one replaces it; nothing is deleted."""
    from salus.primitives.statement import SaltedStatement

    named, drugs = _lot(gtin, lot), session.salus.drugs
    wrong_event, replacement = arguments.digest(wrong), arguments.digest(right)
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.correct(
            *named,
            maker=maker,
            wrong_event=wrong_event,
            replacement=replacement,
            reason_digest=why.commitment,
        )
    session.emit({"gtin": gtin, "lot": lot, "corrected": wrong_event, **_mined(transaction)})


shipments.register(group)


def _lot(gtin: str, lot: str) -> tuple[Gtin, LotNumber]:
    from salus.gs1.fields import LotNumber
    from salus.gs1.keys import Gtin

    return Gtin(gtin), LotNumber(lot)


def _mined(transaction: Transaction | None) -> dict[str, Any]:
    if transaction is None:
        return {"transaction": None, "gas": None}
    return {"transaction": transaction.hash, "gas": transaction.gas_used}
