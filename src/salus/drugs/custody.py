"""Custody moves in two steps: the sender ships, the consignee receives.

Example:
    >>> from salus.drugs.custody import Custody
    >>> Custody.contract_name
    'DrugProvenance'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.drugs.base import DrugActs, lot_id
from salus.errors import InputError
from salus.gs1 import Gtin, LotNumber, lot_digest
from salus.models import ZERO_BYTES32, Address, Reason, Shipment

if TYPE_CHECKING:
    from salus.chain import Transaction


class Custody(DrugActs):
    """What trading partners do with shipments."""

    def ship(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        to: Address,
        quantity: int,
        contents_root: bytes,
        event_hash: bytes,
        actor: Address | None = None,
    ) -> tuple[Shipment, Transaction]:
        """Hand packs over; they are in transit until the consignee acts.

        Args:
            gtin: The product.
            lot: The lot.
            to: The consignee.
            quantity: Packs.
            contents_root: :func:`salus.packs.contents_root` of what is shipped, 32 bytes.
            event_hash: CBV 2.0 hash of the EPCIS shipping event, 32 bytes.
            actor: The sender; the account's own identity unless told.

        Returns:
            The shipment, to be given to the consignee, and the transaction.
        """
        shipment = Shipment(
            lot_id(gtin, lot), self._actor(actor), to, quantity, contents_root, event_hash
        )
        transaction = self._send(
            "shipLot", shipment.as_tuple(), int(gtin.value), lot_digest(gtin, lot)
        )
        return shipment, transaction

    def receive(
        self,
        shipment: Shipment,
        gtin: Gtin,
        lot: LotNumber,
        *,
        event_hash: bytes,
        counted: int | None = None,
    ) -> Transaction:
        """Take packs into custody, as the consignee.

        Args:
            shipment: What the sender shipped.
            gtin: The product.
            lot: The lot.
            counted: What was found; all that was shipped unless told. Fewer leaves the rest in
                transit, disputed.
            event_hash: CBV 2.0 hash of the EPCIS receiving event, 32 bytes.

        Raises:
            InputError: When the shipment is of another lot.
            ShipmentOverage: When more is counted than is in transit.
        """
        if shipment.lot != lot_id(gtin, lot):
            raise InputError(f"the shipment is not of lot {lot} of {gtin}: take the lot it names")
        found = shipment.quantity if counted is None else counted
        return self._send(
            "receiveLot",
            shipment.as_tuple(),
            int(gtin.value),
            lot_digest(gtin, lot),
            found,
            event_hash,
        )

    def dispute(
        self, shipment: Shipment, *, counted: int, reason_digest: bytes = ZERO_BYTES32
    ) -> Transaction:
        """Say, as the consignee, that what came is not what was shipped."""
        return self._send("disputeShipment", shipment.as_tuple(), counted, reason_digest)

    def reject(self, shipment: Shipment, *, reason_digest: bytes = ZERO_BYTES32) -> Transaction:
        """Send back, as the consignee, what is still in transit."""
        return self._send("rejectShipment", shipment.as_tuple(), reason_digest)

    def take_back(self, shipment: Shipment) -> Transaction:
        """Take back, as the sender, what was rejected or never received."""
        return self._send("takeBackShipment", shipment.as_tuple())

    def write_off(self, shipment: Shipment, reason: Reason) -> Transaction:
        """Write off, as the sender, what is still in transit as destroyed, stolen or lost."""
        return self._send("writeOffShipment", shipment.as_tuple(), int(reason))
