"""Shipments that do not arrive as shipped: disputed, rejected, taken back, written off.

Example:
    >>> import salus
    >>> from salus.contracts.drugs.values import Shipment
    >>> never = Shipment(bytes(32), "0x" + "11" * 20, "0x" + "22" * 20, 5, bytes(32), bytes(32))
    >>> salus.connect("tester").drugs.shipments.dispute(never, counted="4")
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: dispute.counted must be int, not str; correct that
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Reason, Shipment
from salus.primitives.address import ZERO_BYTES32
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient


class UndoneShipments:
    """What partners do about shipments that are in transit and will not arrive."""

    def __init__(self, registry: RegistryClient) -> None:
        self._registry = registry

    @typed_arguments
    def dispute(
        self, shipment: Shipment, *, counted: int, reason_digest: bytes = ZERO_BYTES32
    ) -> Transaction:
        """State, as the consignee, that what came is not what was shipped.

        Args:
            shipment: What the sender shipped.
            counted: Packs that were found.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.

        Returns:
            The transaction.

        Raises:
            ShipmentWrongStatus: It is neither in transit nor disputed.
            NotController: The client's account does not control the consignee.
        """
        return self._registry.send("disputeShipment", shipment.as_tuple(), counted, reason_digest)

    @typed_arguments
    def reject(self, shipment: Shipment, *, reason_digest: bytes = ZERO_BYTES32) -> Transaction:
        """Send back, as the consignee, what is still in transit.

        Args:
            shipment: What the sender shipped.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.

        Returns:
            The transaction.

        Raises:
            ShipmentWrongStatus: It is neither in transit nor disputed.
            NotController: The client's account does not control the consignee.
        """
        return self._registry.send("rejectShipment", shipment.as_tuple(), reason_digest)

    @typed_arguments
    def take_back(self, shipment: Shipment) -> Transaction:
        """Take back, as the sender, what was rejected, or not received within 90 days.

        Args:
            shipment: What the sender shipped.

        Returns:
            The transaction.

        Raises:
            ShipmentNotOverdue: The consignee has time until the error's ``overdue_at``.
            ShipmentWrongStatus: Nothing of it is in transit.
            NotController: The client's account does not control the sender.
        """
        return self._registry.send("takeBackShipment", shipment.as_tuple())

    @typed_arguments
    def write_off(self, shipment: Shipment, reason: Reason) -> Transaction:
        """Write off, as the sender, what is still in transit as destroyed, stolen or lost.

        Args:
            shipment: What the sender shipped.
            reason: Why: destroyed, stolen or lost.

        Returns:
            The transaction.

        Raises:
            PackReasonInvalid: The reason is another one.
            ShipmentNotOverdue: The consignee did nothing yet, and has time: 90 days from shipping.
            ShipmentWrongStatus: Nothing of it is in transit.
            NotController: The client's account does not control the sender.
        """
        return self._registry.send("writeOffShipment", shipment.as_tuple(), int(reason))
