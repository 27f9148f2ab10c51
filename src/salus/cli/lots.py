r"""``salus lots``: products and lots of medicine, from commissioning to recall.

Example:
    $ salus lots commission 09506000134352 AB-12 --expiry 2028-12-31 --serials serials.txt \
        --gln 9506000111117 --manifest lot.json
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments, despatches, products, searches, shipments
from salus.cli.consignments import consignment_in, kept_in, packs_in, serials_in_file
from salus.cli.files import read_file, require_new, written_first
from salus.cli.products import GtinText
from salus.cli.session import Session, command, in_words
from salus.cli.shipments import StatementFile, Why
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.drugs import Drugs
    from salus.gs1.fields import LotNumber
    from salus.gs1.identification_keys import Gtin
    from salus.supply.commissioning import Left

group = typer.Typer(
    help="Products and lots: register, commission, ship, receive, recall.", no_args_is_help=True
)
LotText = Annotated[str, typer.Argument(metavar="LOT", help="The maker's lot number.")]
MakerText = Annotated[
    str | None, typer.Option("--maker", help="Whose lot, where several makers gave its number.")
]
PacksText = Annotated[
    str | None,
    typer.Option("--packs", help="Only these, by index in the lot, as in 0-99; all by default."),
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
    from salus.gs1.identification_keys import Gln

    named, place, day = _lot(gtin, lot), Gln(gln), arguments.day(expiry)
    lines, left = serials_in_file(serials), _left(manifest)
    done = session.salus.supply.lots.commission(
        *named,
        expiry=day,
        serials=lines,
        at=place,
        left=left,
        keep=kept_in(manifest, session.salus.chain),
        say=session.say,
    )
    session.emit(
        {
            "gtin": gtin,
            "lot": lot,
            "quantity": done.manifest.quantity,
            "serialRoot": done.manifest.root,
            "manifest": str(manifest),
            "event": done.event and done.event.id,
            **_mined(done.transaction),
        }
    )


def _left(manifest: Path) -> Left | None:
    """The manifest that a run of the same command left behind; None where there is no file yet."""
    from salus.supply.commissioning import Left

    if not os.path.isfile(manifest):  # which a name that is too long is not, either
        require_new(manifest)
        return None
    return Left(read_file(manifest), str(manifest))


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
            "void": found.voided,
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
        typer.Option(help="Text file of the serials to ship, one a line; defaults to all."),
    ] = None,
) -> None:
    """Hand packs over to a consignee."""
    from salus.gs1.identification_keys import Gln

    shipments.require_unused(out)
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
            **_mined(sent.transaction),
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
        **_mined(received.transaction),
    }
    session.emit(done, in_words(done | {"counted": "all" if counted is None else counted}))


def _stops(drugs: Drugs, named: tuple[Gtin, LotNumber], maker: str | None) -> dict[str, Any]:
    """What stops the lot now."""
    found = drugs.lots.get(*named, maker=maker)
    by = [] if found is None else list(found.stopped_by)
    return {"quarantined": bool(by), "stoppedBy": by}


def _places(text: str | None) -> tuple[int, int] | None:
    return None if text is None else arguments.span(text)


@command(group, "void")
def void(
    session: Session, gtin: GtinText, lot: LotText, reason: Why, statement: StatementFile = None
) -> None:
    """Declare a lot void that was commissioned by mistake, while all of it is there."""
    from salus.primitives.statement import SaltedStatement

    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = session.salus.drugs.lots.void(*_lot(gtin, lot), reason_digest=why.commitment)
    session.emit({"gtin": gtin, "lot": lot, "void": True, **_mined(transaction)})


@command(group, "recall")
def recall(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    reason: Why,
    packs: PacksText = None,
    maker: MakerText = None,
    statement: StatementFile = None,
) -> None:
    """Call a lot back permanently, whatever its size."""
    from salus.primitives.statement import SaltedStatement

    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.recall(
            *named, packs=places, maker=maker, reason_digest=why.commitment
        )
    session.emit({"gtin": gtin, "lot": lot, "recalled": True, **_mined(transaction)})


@command(group, "quarantine")
def quarantine(
    session: Session,
    gtin: GtinText,
    lot: LotText,
    reason: Why,
    packs: PacksText = None,
    maker: MakerText = None,
    statement: StatementFile = None,
) -> None:
    """Stop a lot for a while."""
    from salus.primitives.statement import SaltedStatement

    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.quarantine(
            *named, packs=places, maker=maker, reason_digest=why.commitment
        )
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
    packs: PacksText = None,
    maker: MakerText = None,
    statement: StatementFile = None,
) -> None:
    """Let a quarantined lot go again."""
    from salus.primitives.statement import SaltedStatement

    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        transaction = drugs.safety.release(
            *named, packs=places, maker=maker, reason_digest=why.commitment
        )
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
    statement: StatementFile = None,
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
searches.register(group)
despatches.register(group)


def _lot(gtin: str, lot: str) -> tuple[Gtin, LotNumber]:
    from salus.gs1.fields import LotNumber
    from salus.gs1.identification_keys import Gtin

    return Gtin(gtin), LotNumber(lot)


def _mined(transaction: Transaction | None) -> dict[str, Any]:
    if transaction is None:
        return {"transaction": None, "gas": None}
    return {"transaction": transaction.hash, "gas": transaction.gas_used}
