"""What all parts of the drug client share: lots named by GTIN, lot number and maker; their state.

Example:
    >>> from salus.gs1 import Gtin, LotNumber
    >>> len(lot_id(Gtin("09506000134352"), LotNumber("AB-12"), "0x" + "11" * 20))
    32
"""

from __future__ import annotations

from salus.chain.errors import HistoryUnavailable
from salus.chain.registry import Acts
from salus.contracts.drugs.values import Flag as PackFlag
from salus.contracts.drugs.values import Lot, Pack, Reason, Shipment, ShipmentState, ShipmentStatus
from salus.drugs.errors import LotAmbiguous
from salus.gs1.fields import LotNumber, lot_digest
from salus.gs1.keys import Gtin
from salus.primitives.address import ZERO_ADDRESS, Address, checked_address


def lot_id(gtin: Gtin, lot: LotNumber, maker: Address) -> bytes:
    """Give the contract's name of a lot.

    Args:
        gtin: The product.
        lot: The maker's lot number.
        maker: Who commissions it.

    Returns:
        32 bytes: keccak256(abi.encode(gtin, maker, lot digest)).
    """
    from eth_utils.crypto import keccak

    product, who = int(gtin.value).to_bytes(32, "big"), bytes.fromhex(maker[2:]).rjust(32, b"\0")
    return keccak(product + who + lot_digest(gtin, lot))


class DrugActs(Acts):
    """Reads of lots, shipments and packs."""

    contract_name = "DrugProvenance"

    def lot(self, gtin: Gtin, lot: LotNumber, *, maker: Address | None = None) -> Lot | None:
        """Read a lot.

        Args:
            gtin: The product.
            lot: The lot number.
            maker: Whose lot; looked up unless told.

        Returns:
            The lot, with its expiry in Unix seconds and its quantity in packs; None when nobody
            commissioned it.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        found = Lot(*self._contract.call("lotOf", self._lot(gtin, lot, maker)))
        return found if found.exists else None

    def lots(self, gtin: Gtin, lot: LotNumber) -> dict[Address, Lot]:
        """Read every lot of a number: each maker of a product gives its own.

        Args:
            gtin: The product.
            lot: The lot number.

        Returns:
            The lots by their makers, those that are no longer permitted too.

        Raises:
            HistoryUnavailable: The node does not show who could ever make the product.
        """
        from salus.contracts.drugs.events import MakerPermitted

        self._require_history(gtin)
        events = self._contract.events(MakerPermitted, gtin=int(gtin.value))
        makers = dict.fromkeys(event.maker for event in events)
        found = ((maker, self.lot(gtin, lot, maker=maker)) for maker in makers)
        return {maker: each for maker, each in found if each is not None}

    def held(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        maker: Address | None = None,
        partner: Address | None = None,
    ) -> int:
        """Read how much of a lot is in a partner's custody.

        Args:
            gtin: The product.
            lot: The lot.
            maker: Whose lot; looked up unless told.
            partner: Who holds it; the account's own identity unless told.

        Returns:
            Packs, without those in transit.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        named = self._lot(gtin, lot, maker)
        return int(self._contract.call("heldBy", named, partner or self._identity))

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

    def pack(self, gtin: Gtin, lot: LotNumber, index: int, *, maker: Address | None = None) -> Pack:
        """Read what the chain knows of one pack.

        Args:
            gtin: The product.
            lot: The lot.
            index: The pack's position in the lot's tree, from zero.
            maker: Whose lot; looked up unless told.

        Returns:
            Who ended it, when (Unix seconds) and why, and its holder's flag; reason none while it
            is in the supply chain.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        by, at, reason, flag = self._contract.call("packOf", self._lot(gtin, lot, maker), index)
        return Pack(by, at, Reason(reason), PackFlag(flag))

    def _require_history(self, gtin: Gtin) -> None:
        """Makers follow a product's registration: a node that forgot that one may lack some."""
        from salus.contracts.drugs.events import ProductRegistered

        if self._contract.events(ProductRegistered, gtin=int(gtin.value)):
            return
        regulator, _, registered_at = self._contract.call("productOf", int(gtin.value))
        if registered_at:
            reason = f"the registration of product {gtin} is missing"
            raise HistoryUnavailable(identity=regulator, block=0, reason=reason)

    def _lot(self, gtin: Gtin, lot: LotNumber, maker: Address | None) -> bytes:
        return lot_id(gtin, lot, self._maker(gtin, lot, maker))

    def _maker(self, gtin: Gtin, lot: LotNumber, maker: Address | None) -> Address:
        """Whose lot is meant; nobody's, which the contract does not know, when there is none."""
        if maker is not None:
            return checked_address(maker)
        makers = tuple(self.lots(gtin, lot))
        if len(makers) > 1:
            raise LotAmbiguous(lot=lot.value, makers=makers)
        return makers[0] if makers else ZERO_ADDRESS

    def _actor(self, actor: Address | None) -> Address:
        return actor or self._identity
