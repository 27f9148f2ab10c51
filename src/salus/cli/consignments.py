"""What `salus lots ship` and `receive` put together: openings, contents root, EPCIS events.

Example:
    >>> from salus.cli.consignments import Prepared
    >>> Prepared.__name__
    'Prepared'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from salus import nesting
from salus.drugs.base import lot_id
from salus.drugs.consignment import Consignment
from salus.epcis import LotQuantity, event_digest, receiving_event, shipping_event
from salus.errors import InputError
from salus.gs1 import Gln, Gtin, LotNumber, Scan, Serial
from salus.models import Shipment
from salus.packs import LotManifest, PackOpening, contents_root


@dataclass(frozen=True, slots=True)
class Prepared:
    """Packs that are about to be shipped."""

    gtin: Gtin
    lot: LotNumber
    openings: Mapping[Serial, PackOpening]
    contents_root: bytes
    event_hash: bytes

    def shipment(self, *, sender: str, consignee: str) -> Shipment:
        """The shipment as it will stand on chain."""
        lot = lot_id(self.gtin, self.lot)
        quantity = len(self.openings)
        return Shipment(lot, sender, consignee, quantity, self.contents_root, self.event_hash)


def prepare(document: bytes, serials: list[str] | None, *, sender: Gln, consignee: Gln) -> Prepared:
    """Collect openings from a maker's manifest or a wholesaler's consignment.

    Raises:
        InputError: When the document is neither, or no serial is named.
        UnknownSerial: When a serial is not in it.
    """
    gtin, lot, openings = _openings(document, serials)
    if not openings:
        raise InputError("no packs to ship: name at least one serial")
    event = shipping_event(
        [LotQuantity(gtin, lot, len(openings))],
        at=datetime.now(UTC),
        read_point=sender,
        sender=sender,
        consignee=consignee,
    )
    named = {each.serial: each for each in openings}
    return Prepared(gtin, lot, named, contents_root(openings), event_digest(event))


def receiving_digest(
    came: Consignment, *, sender: Gln, consignee: Gln, counted: int | None
) -> bytes:
    """CBV 2.0 hash of the receiving event, 32 bytes."""
    found = came.shipment.quantity if counted is None else counted
    event = receiving_event(
        [LotQuantity(came.gtin, came.lot, found)],
        at=datetime.now(UTC),
        read_point=consignee,
        sender=sender,
        consignee=consignee,
    )
    return event_digest(event)


def _openings(
    document: bytes, serials: list[str] | None
) -> tuple[Gtin, LotNumber, list[PackOpening]]:
    try:
        form = nesting.load(document).get("format")
    except (ValueError, AttributeError) as error:
        raise InputError("neither a lot manifest nor a consignment: not a JSON object") from error
    if form == "salus/consignment":
        came = Consignment.from_json(document)
        wanted = list(came.openings) if serials is None else [Serial(each) for each in serials]
        return came.gtin, came.lot, [came.opening(each) for each in wanted]
    manifest = LotManifest.from_json(document)
    names = manifest.serials if serials is None else serials
    return manifest.gtin, manifest.lot, [manifest.opening(each) for each in names]


def opening_of(document: bytes, scan: Scan) -> PackOpening:
    """The opening of a scanned pack.

    Raises:
        InputError: When the document is neither a manifest nor a consignment.
        UnknownSerial: When it does not know the pack: a counterfeit, or another lot's document.
    """
    return _openings(document, [scan.pack().serial.value])[2][0]
