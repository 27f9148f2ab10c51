"""What `salus lots ship` and `receive` put together: openings, contents root, EPCIS events.

Example:
    >>> from salus.cli.consignments import Prepared
    >>> Prepared.__name__
    'Prepared'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from salus.cli.files import read_file, require_utf8
from salus.contracts.drugs.values import Shipment
from salus.drugs import Drugs
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.manifest import LotManifest
from salus.drugs.documents.opening import PackOpening, contents_root
from salus.drugs.errors import (
    InvalidOpening,
    MalformedOpening,
    ManifestNotOfLot,
    NotInConsignment,
    UnknownSerial,
)
from salus.drugs.naming import lot_id
from salus.epcis.events import receiving_event, shipping_event
from salus.epcis.hashing import event_digest
from salus.epcis.parts import LotQuantity
from salus.errors import InputError
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.keys import Gln, Gtin
from salus.gs1.scan import Scan
from salus.primitives.address import Address
from salus_verify import json as nesting


@dataclass(frozen=True, slots=True)
class Prepared:
    """Packs that are about to be shipped."""

    gtin: Gtin
    lot: LotNumber
    maker: Address
    openings: Mapping[Serial, PackOpening]
    contents_root: bytes
    event_hash: bytes

    def shipment(self, *, sender: str, consignee: str) -> Shipment:
        """The shipment as it will stand on chain."""
        lot = lot_id(self.gtin, self.lot, self.maker)
        quantity = len(self.openings)
        return Shipment(lot, sender, consignee, quantity, self.contents_root, self.event_hash)


def prepare(file: Path, serials: list[str] | None, *, sender: Gln, consignee: Gln) -> Prepared:
    """Collect openings from a maker's manifest or a wholesaler's consignment.

    Raises:
        InputError: When the file is neither, no serial is named, or one that the maker's manifest
            does not hold: the list is wrong then, and no pack is suspected.
        NotInConsignment: When a serial is not in the consignment.
    """
    gtin, lot, find, names = _book(file)
    try:
        openings = [find(each) for each in (names if serials is None else serials)]
    except UnknownSerial as unknown:
        raise InputError(
            f"serial {unknown.serial!r} is not part of lot {unknown.lot}: correct the list"
        ) from None
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
    root = contents_root(openings)
    return Prepared(gtin, lot, openings[0].maker, named, root, event_digest(event))


def require_receivable(drugs: Drugs, packs: Prepared) -> None:
    """Refuse to ship what no consignee could receive: openings that the chain does not know.

    Raises:
        VerificationError: When nobody commissioned the lot.
        ManifestNotOfLot: When it was commissioned with another manifest.
    """
    try:
        drugs.shipments.check_openings(packs.gtin, packs.lot, packs.openings.values())
    except InvalidOpening as error:
        raise ManifestNotOfLot(lot=packs.lot.value, reason=error.reason) from error


def read_consignment(file: Path) -> Consignment:
    """What came with a shipment.

    Raises:
        InputError: When it cannot be read, or is no consignment; the message names the file.
    """
    try:
        return Consignment.from_json(read_file(file))
    except MalformedOpening as error:
        raise MalformedOpening(reason=error.reason, file=str(file)) from error


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


_Book = tuple[Gtin, LotNumber, Callable[[str], PackOpening], Sequence[str]]


def _book(file: Path) -> _Book:
    """What a manifest or a consignment is of, how it opens a serial, and which it has."""
    document = read_file(file)
    require_utf8(file, document)
    try:
        form = nesting.load(document).get("format")
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"{file} is neither a lot manifest nor a consignment: it is not a JSON object; if it"
            " was cut off on its way, ask the sender for it again"
        ) from error
    if form == "salus/consignment":
        came = read_consignment(file)
        names = [each.value for each in came.openings]
        return came.gtin, came.lot, lambda serial: came.opening(Serial(serial)), names
    try:
        manifest = LotManifest.from_json(document)
    except MalformedOpening as error:
        raise MalformedOpening(reason=error.reason, file=str(file)) from error
    return manifest.gtin, manifest.lot, manifest.opening, manifest.serials


def opening_of(file: Path, scan: Scan) -> PackOpening:
    """The opening of a scanned pack.

    Raises:
        InputError: When the file is neither a manifest nor a consignment.
        NotInConsignment: When it is of another lot, or of another shipment of the lot.
        UnknownSerial: When the maker's own manifest does not know the serial: a counterfeit.
    """
    named = scan.pack()
    gtin, lot, find, _ = _book(file)
    if (gtin, lot) != (named.gtin, named.lot):
        holds = f"lot {lot} of {gtin}"
        raise NotInConsignment(lot=named.lot.value, serial=named.serial.value, holds=holds)
    return find(named.serial.value)
