"""What a scan says: genuine, counterfeit, recalled, dispensed before.

A scan without the pack's opening can say that a lot is unknown, expired, stopped or recalled. That
a *serial* is genuine, and not dispensed yet, takes the opening that travels with the shipment.

Example:
    >>> Verdict.COUNTERFEIT.ok
    False
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Flag, Lot, Pack, Reason, Stop
from salus.drugs.documents.pack_opening import PackOpening
from salus.drugs.documents.sources import PackSource, opening_of
from salus.drugs.lot_ids import lot_id
from salus.errors import VerificationError
from salus.gs1.fields import expires_at, last_day
from salus.gs1.scan import PackId, Scan, parse_scan
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.contract import Contract
    from salus.chain.registry_client import RegistryClient
    from salus.drugs.lots import Lots


class Verdict(StrEnum):
    """What a scan found, the worst first."""

    UNKNOWN_LOT = "unknown lot"
    VOID_LOT = "void lot"
    COUNTERFEIT = "counterfeit"
    STOLEN = "stolen"
    RECALLED = "recalled"
    DECOMMISSIONED = "decommissioned"
    LOCKED = "locked"
    QUARANTINED = "quarantined"
    EXPIRED = "expired"
    UNPROVEN = "unproven"
    GENUINE = "genuine"

    @property
    def ok(self) -> bool:
        """Whether the pack may be dispensed as far as this scan can tell."""
        return self is Verdict.GENUINE


@dataclass(frozen=True, slots=True)
@typed
class ScanResult:
    """A verdict with what it rests on, and a sentence for whoever holds the scanner."""

    verdict: Verdict
    explanation: str
    scan: Scan
    lot: Lot | None = None
    pack: Pack | None = None


def pack_at(contract: Contract, lot: bytes, index: int) -> Pack:
    """What the chain knows of the pack at an index of a lot."""
    by, at, reason, flag = contract.call("packOf", lot, index)
    return Pack(by, at, Reason(reason), Flag(flag))


class Scanner:
    """What anybody with a scanner may ask."""

    def __init__(self, registry: RegistryClient, lots: Lots) -> None:
        self._registry = registry
        self._lots = lots

    @typed_arguments
    def scan(self, code: str | Scan, source: PackOpening | PackSource | None = None) -> ScanResult:
        """Judge a scanned pack by the chain.

        Args:
            code: What the scanner read, or `parse_scan` of it.
            source: The pack's opening; or the consignment that it came with, or its maker's
                manifest, where the opening is looked up.

        Returns:
            The verdict with what it rests on.

        Raises:
            MalformedElementString: The code cannot be read.
            IncompleteScan: The code names no lot or serial.
            NotInConsignment: The pack did not come with that consignment.
            UnknownSerial: The maker's own manifest does not hold the serial: a counterfeit.
        """
        scan = parse_scan(code) if isinstance(code, str) else code
        named = scan.pack()
        opening = _opening(named, source)
        shown = opening and (opening.gtin, opening.lot, opening.serial)
        if opening and shown == (named.gtin, named.lot, named.serial):
            lot = self._lots.get(named.gtin, named.lot, maker=opening.maker)
            return _agreed(scan, [self._judge(scan, lot, opening)] if lot else [])
        lots = self._lots.by_maker(named.gtin, named.lot).values()
        if opening and lots:
            told = f"serial {named.serial} was shown with the opening of serial {opening.serial}"
            return ScanResult(Verdict.COUNTERFEIT, told, scan)
        return _agreed(scan, [self._judge(scan, lot, None) for lot in lots])

    def _judge(self, scan: Scan, lot: Lot, opening: PackOpening | None) -> ScanResult:
        wrong = _other_expiry(scan, lot) or (opening and self._mismatch(lot, opening))
        if wrong:
            return ScanResult(Verdict.COUNTERFEIT, wrong, scan, lot)
        pack = self._pack_of(opening) if opening else None
        stops = self._stops(opening) if opening else Stop(0)
        verdict, explanation = _verdict(lot, pack, stops, self._registry.chain.now())
        return ScanResult(verdict, explanation, scan, lot, pack)

    def _pack_of(self, opening: PackOpening) -> Pack:
        lot = lot_id(opening.gtin, opening.lot, opening.maker)
        return pack_at(self._registry.contract, lot, opening.index)

    def _stops(self, opening: PackOpening) -> Stop:
        """What stops the pack: its lot, or a range of it that it stands in."""
        lot = lot_id(opening.gtin, opening.lot, opening.maker)
        return Stop(self._registry.contract.call("stopsAt", lot, opening.index))

    def _mismatch(self, lot: Lot, opening: PackOpening) -> str | None:
        try:
            opening.verify(root=lot.serial_root, quantity=lot.quantity)
        except VerificationError as error:
            return str(error)
        return None


def _opening(pack: PackId, source: PackOpening | PackSource | None) -> PackOpening | None:
    if source is None or isinstance(source, PackOpening):
        return source
    return opening_of(source, pack)


def _agreed(scan: Scan, results: list[ScanResult]) -> ScanResult:
    """One answer from those on each maker's lot of the number; where they differ, unproven.

    Else a maker that gave its lot another's number, and recalled it, would end the other's lot.
    """
    if not results:
        named = scan.pack()
        told = f"nobody commissioned lot {named.lot} of {named.gtin}"
        return ScanResult(Verdict.UNKNOWN_LOT, told, scan)
    likely = [each for each in results if each.verdict is not Verdict.COUNTERFEIT] or results
    if len({each.verdict for each in likely}) == 1:
        return likely[0]
    told = "; ".join(f"of {each.lot.maker}: {each.verdict}" for each in likely if each.lot)
    told = f"several makers have a lot of this number ({told}): only the pack's opening says whose"
    return ScanResult(Verdict.UNPROVEN, told, scan)


def _other_expiry(scan: Scan, lot: Lot) -> str | None:
    """A longer life than the maker gave a lot is printed on packs by counterfeiters only."""
    if scan.expiry is None or expires_at(scan.expiry) == lot.expiry:
        return None
    committed = last_day(lot.expiry)
    return f"the code says that it expires on {scan.expiry}, its maker committed to {committed}"


def _when(pack: Pack) -> str:
    return f"{datetime.fromtimestamp(pack.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _verdict(lot: Lot, pack: Pack | None, stops: Stop, now: int) -> tuple[Verdict, str]:
    if pack and pack.flag is Flag.STOLEN:
        return Verdict.STOLEN, "the authorisation holder reported this pack stolen"
    if pack and pack.reason is Reason.STOLEN:
        return Verdict.STOLEN, f"this pack was reported stolen by {pack.by} at {_when(pack)}"
    if lot.voided:
        told = "its maker declared the lot void, so no pack of it may be in circulation"
        return Verdict.VOID_LOT, f"{told}: keep it apart and report it to the maker"
    if lot.recalled:
        return Verdict.RECALLED, "the lot is recalled: keep it apart and send it back"
    if Stop.RECALLED in stops:
        return Verdict.RECALLED, "packs of the lot are recalled, this one too: send it back"
    if pack and pack.reason is not Reason.NONE:
        said = pack.reason.name.lower()
        told = f"this serial was {said} before, by {pack.by} at {_when(pack)}"
        return Verdict.DECOMMISSIONED, told
    if pack and pack.flag is Flag.LOCKED:
        return Verdict.LOCKED, "the authorisation holder locked this pack: ask there"
    if lot.quarantined:
        return Verdict.QUARANTINED, "the lot is quarantined: hold it until it is released"
    if stops:
        return Verdict.QUARANTINED, "packs of the lot are quarantined, this one too: hold it"
    if now >= lot.expiry:
        return Verdict.EXPIRED, "the lot has expired: send it back or destroy it"
    if pack is None:
        return Verdict.UNPROVEN, "the lot is good; the serial is unproven without its opening"
    return Verdict.GENUINE, "the serial belongs to the lot and is in circulation"
