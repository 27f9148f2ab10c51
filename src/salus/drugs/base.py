"""What all parts of the drug client share: lots named by GTIN and lot number, reads of their state.

Example:
    >>> from salus.gs1 import Gtin, LotNumber
    >>> len(lot_id(Gtin("09506000134352"), LotNumber("AB-12")))
    32
"""

from __future__ import annotations

from salus.acts import Acts
from salus.gs1 import Gtin, LotNumber, lot_digest
from salus.models import Address, Lot, Pack, Reason, Shipment, ShipmentState, ShipmentStatus
from salus.models import Flag as PackFlag


def lot_id(gtin: Gtin, lot: LotNumber) -> bytes:
    """Give the contract's name of a lot.

    Args:
        gtin: The product.
        lot: The lot number.

    Returns:
        32 bytes: keccak256(abi.encode(gtin, lot digest)).
    """
    from eth_utils.crypto import keccak

    return keccak(int(gtin.value).to_bytes(32, "big") + lot_digest(gtin, lot))


class DrugActs(Acts):
    """Reads of lots, shipments and packs."""

    contract_name = "DrugProvenance"

    def lot(self, gtin: Gtin, lot: LotNumber) -> Lot | None:
        """Read a lot.

        Args:
            gtin: The product.
            lot: The lot number.

        Returns:
            The lot, with its expiry in Unix seconds and its quantity in packs; None when nobody
            commissioned it.
        """
        found = Lot(*self._contract.call("lotOf", lot_id(gtin, lot)))
        return found if found.exists else None

    def held(self, gtin: Gtin, lot: LotNumber, *, partner: Address | None = None) -> int:
        """Read how much of a lot is in a partner's custody.

        Args:
            gtin: The product.
            lot: The lot.
            partner: Who holds it; the account's own identity unless told.

        Returns:
            Packs, without those in transit.
        """
        return int(self._contract.call("heldBy", lot_id(gtin, lot), partner or self._identity))

    def shipment(self, shipment: Shipment) -> ShipmentState:
        """Read where a shipment stands.

        Args:
            shipment: As its sender made it.

        Returns:
            Status, packs still in transit, and the Unix seconds at which it was shipped; status
            none when nobody shipped it.
        """
        status, in_transit, shipped_at = self._contract.call("shipmentOf", shipment.id)
        return ShipmentState(ShipmentStatus(status), in_transit, shipped_at)

    def pack(self, gtin: Gtin, lot: LotNumber, index: int) -> Pack:
        """Read what the chain knows of one pack.

        Args:
            gtin: The product.
            lot: The lot.
            index: The pack's position in the lot's tree, from zero.

        Returns:
            Who ended it, when (Unix seconds) and why, and its holder's flag; reason none while it
            is in the supply chain.
        """
        by, at, reason, flag = self._contract.call("packOf", lot_id(gtin, lot), index)
        return Pack(by, at, Reason(reason), PackFlag(flag))

    def _actor(self, actor: Address | None) -> Address:
        return actor or self._identity
