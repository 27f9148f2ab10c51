"""What travels with a shipment, encrypted: the shipment, its EPCIS event, and its packs' openings.

Whoever has it can act on these packs while the maker is offline.

Example:
    >>> CONSIGNMENT_VERSION
    1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from salus.contracts.drugs.values import Shipment
from salus.drugs.documents.event import AnchoredEvent, read_event
from salus.drugs.documents.opening import PackOpening, contents_root
from salus.drugs.documents.reading import (
    read_document,
    read_hex,
    read_integer,
    read_text,
    read_texts,
)
from salus.drugs.errors import MalformedOpening, NotInConsignment
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.keys import Gtin
from salus.primitives.address import Address, checked_address
from salus.primitives.values import typed, typed_arguments

CONSIGNMENT_VERSION = 1
_FORM = "salus/consignment"
_MEMBERS = (
    "gtin",
    "lot",
    "from",
    "to",
    "quantity",
    "contentsRoot",
    "eventHash",
    "event",
    "openings",
)


@dataclass(frozen=True, slots=True)
@typed
class Consignment:
    """A shipment with what its consignee needs to receive, scan and dispense.

    Attributes:
        gtin: The product.
        lot: The maker's lot number.
        shipment: As it stands on chain.
        openings: Of each pack, by its serial number.
        event: The EPCIS shipping event, where the sender gave one.
        transaction: What shipped it; None where it was read.
    """

    gtin: Gtin
    lot: LotNumber
    shipment: Shipment
    openings: Mapping[Serial, PackOpening] = field(repr=False)
    event: AnchoredEvent | None = field(default=None, repr=False)
    transaction: Any = field(default=None, repr=False, compare=False)

    @property
    def maker(self) -> Address:
        """Whose lot it is: its packs' openings name the maker."""
        return next(iter(self.openings.values())).maker

    @typed_arguments
    def opening(self, serial: Serial) -> PackOpening:
        """Find the opening of one pack.

        Args:
            serial: The pack's serial number.

        Returns:
            Its opening.

        Raises:
            NotInConsignment: It did not come with this shipment.
        """
        try:
            return self.openings[serial]
        except KeyError:
            raise NotInConsignment(lot=self.lot.value, serial=serial.value) from None

    def to_json(self) -> bytes:
        """Canonical JSON (RFC 8785). It holds salts: encrypt it to the consignee."""
        shipment = self.shipment
        document: dict[str, Any] = {
            "format": _FORM,
            "version": CONSIGNMENT_VERSION,
            "gtin": self.gtin.value,
            "lot": self.lot.value,
            "from": shipment.sender,
            "to": shipment.consignee,
            "quantity": shipment.quantity,
            "contentsRoot": shipment.contents_root.hex(),
            "eventHash": shipment.event_hash.hex(),
            "event": None if self.event is None else self.event.document,
            "openings": [each.to_json().decode() for each in self.openings.values()],
        }
        return rfc8785.dumps(document)

    @classmethod
    @typed_arguments
    def from_json(cls, data: bytes | str) -> Consignment:
        """Read a consignment; the chain tells whether there is such a shipment.

        Args:
            data: What :meth:`to_json` wrote.

        Returns:
            The consignment, whose openings are those that its contents root commits to.

        Raises:
            MalformedOpening: It is not one, or holds other packs than were shipped.
            InputError: A GTIN, lot or address in it is not of its form.
        """
        from salus.drugs.naming import lot_id

        members = read_document(data, form=_FORM, members=_MEMBERS)
        gtin, lot = Gtin(read_text(members, "gtin")), LotNumber(read_text(members, "lot"))
        openings = [PackOpening.from_json(each) for each in read_texts(members, "openings")]
        if {(each.gtin, each.lot) for each in openings} != {(gtin, lot)}:
            raise MalformedOpening(reason="it holds no packs, or packs of another lot")
        shipment = Shipment(
            lot_id(gtin, lot, openings[0].maker),
            checked_address(read_text(members, "from")),
            checked_address(read_text(members, "to")),
            read_integer(members, "quantity"),
            read_hex(members["contentsRoot"], "contentsRoot"),
            read_hex(members["eventHash"], "eventHash"),
        )
        shipped = (shipment.quantity, shipment.contents_root)
        if (len(openings), contents_root(openings)) != shipped:
            raise MalformedOpening(reason="its openings are not those of the shipment's contents")
        event = read_event(members["event"])
        if event is not None and event.digest != shipment.event_hash:
            raise MalformedOpening(reason="its event is not the one that the shipment names")
        return cls(gtin, lot, shipment, {each.serial: each for each in openings}, event)
