"""What travels with a shipment, encrypted: the shipment, its EPCIS event, and its packs' openings.

Whoever has it can act on these packs while the maker is offline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salus.contracts.drugs.values import Shipment
from salus.drugs.documents.event import AnchoredEvent, read_event
from salus.drugs.documents.pack_opening import PackOpening, contents_root, opening_in
from salus.drugs.documents.parsing import MOST_PACKS, fields_of
from salus.drugs.errors import NotInConsignment
from salus.drugs.lot_ids import lot_id
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify.encoding import canonical, hex0x

CONSIGNMENT_KIND = "salus/consignment/v1"


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
            "type": CONSIGNMENT_KIND,
            "gtin": self.gtin.value,
            "lot": self.lot.value,
            "maker": lower_case(self.maker),
            "lotQuantity": next(iter(self.openings.values())).quantity,
            "from": lower_case(shipment.sender),
            "to": lower_case(shipment.consignee),
            "quantity": shipment.quantity,
            "contentsRoot": hex0x(shipment.contents_root),
            "eventHash": hex0x(shipment.event_hash),
            "event": None if self.event is None else self.event.document,
            "openings": [each.of_pack() for each in self.openings.values()],
        }
        return canonical(document)

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
        fields = fields_of(data, kind=CONSIGNMENT_KIND)
        gtin, lot = Gtin(fields.text("gtin")), LotNumber(fields.text("lot"))
        maker, size = fields.address("maker"), fields.integer("lotQuantity")
        openings = [
            opening_in(each, gtin, lot, maker=maker, quantity=size)
            for each in fields.objects("openings", most=MOST_PACKS)
        ]
        if not openings:
            fields.fail("it holds no packs")
        shipment = Shipment(
            lot_id(gtin, lot, maker),
            fields.address("from"),
            fields.address("to"),
            fields.integer("quantity"),
            fields.hexadecimal("contentsRoot"),
            fields.hexadecimal("eventHash"),
        )
        shipped = (shipment.quantity, shipment.contents_root)
        if (len(openings), contents_root(openings)) != shipped:
            fields.fail("its openings are not those of the shipment's contents")
        event = read_event(fields.take("event"))
        if event is not None and event.digest != shipment.event_hash:
            fields.fail("its event is not the one that the shipment names")
        fields.end()
        return cls(gtin, lot, shipment, {each.serial: each for each in openings}, event)
