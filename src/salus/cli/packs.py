"""``salus packs``: scan, dispense and otherwise end single packs.

Example:
    $ salus packs scan "(01)09506000134352(17)281231(10)AB-12(21)S001" --from consignment.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli.arguments import choice
from salus.cli.consignments import packs_in
from salus.cli.session import Session, command
from salus.errors import VerificationError

if TYPE_CHECKING:
    from salus.drugs.documents.pack_opening import PackOpening
    from salus.gs1.scan import Scan

group = typer.Typer(help="Single packs: scan, dispense, end, restore, flag.", no_args_is_help=True)
Code = Annotated[
    str, typer.Argument(help="The code's content: element string, (01)… brackets or Digital Link.")
]
Source = Annotated[
    Path, typer.Option("--from", help="The consignment or manifest that opens the pack.")
]


@command(group, "scan")
def scan(
    session: Session,
    code: Code,
    source: Annotated[
        Path | None, typer.Option("--from", help="The consignment or manifest, when there is one.")
    ] = None,
) -> None:
    """Judge a scanned pack. Exit code 6 when it must not be dispensed."""
    from salus.gs1.scan import parse_scan

    scanned = parse_scan(code)
    result = session.salus.drugs.scan(scanned, packs_in(source) if source else None)
    session.emit(
        {
            "verdict": str(result.verdict),
            "explanation": result.explanation,
            "gtin": str(scanned.gtin),
            "lot": str(scanned.lot),
            "serial": str(scanned.serial),
        }
    )
    if not result.verdict.ok:
        session.fail(VerificationError(f"{result.verdict}: {result.explanation}"))


@command(group, "dispense")
def dispense(session: Session, code: Code, source: Source) -> None:
    """Dispense a pack, once, as a pharmacy or hospital. Exit code 6 for a counterfeit."""
    _end(session, code, source, "dispensed")


@command(group, "end")
def end(
    session: Session,
    code: Code,
    source: Source,
    reason: Annotated[
        str,
        typer.Option(help="exported, sample, free-sample, checked-out, destroyed, stolen or lost."),
    ],
) -> None:
    """Take a pack out of the supply chain for another reason."""
    _end(session, code, source, reason)


@command(group, "restore")
def restore(session: Session, code: Code, source: Source) -> None:
    """Undo a reversible end, as who did it and within ten days."""
    opening = _named(code, source)
    transaction = session.salus.drugs.packs.restore(opening)
    session.emit({"restored": str(opening.serial), "transaction": transaction.hash})


@command(group, "reinstate")
def reinstate(session: Session, code: Code, source: Source) -> None:
    """Undo an end that is final, as the authorisation holder: it was somebody's mistake."""
    opening = _named(code, source)
    transaction = session.salus.drugs.packs.reinstate(opening)
    session.emit({"reinstated": str(opening.serial), "transaction": transaction.hash})


@command(group, "flag")
def flag(
    session: Session,
    code: Code,
    source: Source,
    as_: Annotated[str, typer.Option("--as", help="locked, stolen, or none to unlock.")],
) -> None:
    """Lock a pack, unlock it, or mark it stolen, as the authorisation holder."""
    from salus.contracts.drugs.values import Flag

    opening = _named(code, source)
    transaction = session.salus.drugs.packs.flag(opening, choice(Flag, as_))
    session.emit({"flagged": as_, "transaction": transaction.hash, "gas": transaction.gas_used})


def _end(session: Session, code: str, source: Path, reason: str) -> None:
    from salus.contracts.drugs.values import Reason
    from salus.gs1.scan import parse_scan

    scanned, why = parse_scan(code), choice(Reason, reason)
    opening, drugs = _opening(scanned, source), session.salus.drugs
    if why is Reason.DISPENSED:
        transaction = drugs.packs.dispense(opening, scan=scanned)
    else:
        transaction = drugs.packs.decommission(opening, why)
    session.emit(
        {
            "serial": str(opening.serial),
            "reason": reason,
            "transaction": transaction.hash,
            "gas": transaction.gas_used,
        }
    )


def _opening(scanned: Scan, source: Path) -> PackOpening:
    from salus.drugs.documents.sources import opening_of

    packs = packs_in(source)
    return opening_of(packs, scanned.pack())


def _named(code: str, source: Path) -> PackOpening:
    from salus.gs1.scan import parse_scan

    return _opening(parse_scan(code), source)
