r"""``salus lots``: lots of medicine, from commissioning to recall.

Example:
    $ salus lots commission 09506000134352 AB-12 --expiry 2028-12-31 --serials serials.txt \
        --gln 9506000111117 --manifest lot.json
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments, drug_lists
from salus.cli.consignments import kept_in, serials_in_file
from salus.cli.drug_arguments import GlnText, GtinText, StatementFile, Why, explained, mined
from salus.cli.files import read_file, require_new
from salus.cli.session import Session, command
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.drugs import Drugs
    from salus.gs1.fields import LotNumber
    from salus.gs1.identification_keys import Gtin
    from salus.supply.commissioning import Left

group = typer.Typer(help="Lots: commission, recall, quarantine, correct.", no_args_is_help=True)
LotText = Annotated[str, typer.Argument(metavar="LOT", help="The maker's lot number.")]
MakerText = Annotated[
    str | None, typer.Option("--maker", help="Whose lot, where several makers gave its number.")
]
PacksText = Annotated[
    str | None,
    typer.Option("--packs", help="Only these, by index in the lot, as in 0-99; all by default."),
]


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
            **mined(done.transaction),
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


def _stops(drugs: Drugs, named: tuple[Gtin, LotNumber], maker: str | None) -> dict[str, Any]:
    """What stops the lot now."""
    found = drugs.lots.get(*named, maker=maker)
    by = [] if found is None else list(found.stopped_by)
    return {"quarantined": bool(by), "stoppedBy": by}


def _places(text: str | None) -> tuple[int, int] | None:
    return None if text is None else arguments.span(text)


@command(group, "history")
def history(session: Session, gtin: GtinText, lot: LotText, maker: MakerText = None) -> None:
    """List what happened to a lot, oldest first."""
    lots, named = session.salus.drugs.lots, _lot(gtin, lot)
    session.emit(
        {
            "lotId": lots.id_of(*named, maker),
            "events": [
                {
                    "event": type(each).__name__,
                    "at": str(each.place),
                    "transaction": each.transaction_hash,
                }
                for each in lots.history(*named, maker=maker)
            ],
        }
    )


@command(group, "holders")
def holders(session: Session, gtin: GtinText, lot: LotText, maker: MakerText = None) -> None:
    """List who has packs of a lot, and how many; packs in transit are nobody's."""
    lots, named = session.salus.drugs.lots, _lot(gtin, lot)
    held = lots.holders(*named, maker=maker)
    session.emit(
        {
            "lotId": lots.id_of(*named, maker),
            "holders": [{"identity": each, "quantity": many} for each, many in held.items()],
        }
    )


@command(group, "void")
def void(
    session: Session, gtin: GtinText, lot: LotText, reason: Why, statement: StatementFile = None
) -> None:
    """Declare a lot void that was commissioned by mistake, while all of it is there."""
    with explained(session, reason, statement) as digest:
        transaction = session.salus.drugs.lots.void(*_lot(gtin, lot), reason_digest=digest)
    session.emit({"gtin": gtin, "lot": lot, "void": True, **mined(transaction)})


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
    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    with explained(session, reason, statement) as digest:
        transaction = drugs.safety.recall(*named, packs=places, maker=maker, reason_digest=digest)
    session.emit({"gtin": gtin, "lot": lot, "recalled": True, **mined(transaction)})


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
    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    with explained(session, reason, statement) as digest:
        transaction = drugs.safety.quarantine(
            *named, packs=places, maker=maker, reason_digest=digest
        )
    told = session.look_back(
        lambda: _stops(drugs, named, maker), unknown=("quarantined", "stoppedBy")
    )
    session.emit({"gtin": gtin, "lot": lot, **told, **mined(transaction)})


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
    named, drugs, places = _lot(gtin, lot), session.salus.drugs, _places(packs)
    with explained(session, reason, statement) as digest:
        transaction = drugs.safety.release(*named, packs=places, maker=maker, reason_digest=digest)
    told = session.look_back(
        lambda: _stops(drugs, named, maker), unknown=("quarantined", "stoppedBy")
    )
    session.emit({"gtin": gtin, "lot": lot, **told, **mined(transaction)})


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
    named, drugs = _lot(gtin, lot), session.salus.drugs
    wrong_event, replacement = arguments.digest(wrong), arguments.digest(right)
    with explained(session, reason, statement) as digest:
        transaction = drugs.safety.correct(
            *named,
            maker=maker,
            wrong_event=wrong_event,
            replacement=replacement,
            reason_digest=digest,
        )
    session.emit({"gtin": gtin, "lot": lot, "corrected": wrong_event, **mined(transaction)})


command(group, "list")(drug_lists.lots)


def _lot(gtin: str, lot: str) -> tuple[Gtin, LotNumber]:
    from salus.gs1.fields import LotNumber
    from salus.gs1.identification_keys import Gtin

    return Gtin(gtin), LotNumber(lot)
