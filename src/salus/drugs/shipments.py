"""Custody moves in two steps: the sender ships, the consignee receives.

Example:
    >>> import salus
    >>> from salus.contracts.drugs.values import Shipment
    >>> never = Shipment(bytes(32), "0x" + "11" * 20, "0x" + "22" * 20, 5, bytes(32), bytes(32))
    >>> salus.connect("tester").drugs.shipments.state(never).status.name
    'NONE'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Shipment, ShipmentState, ShipmentStatus
from salus.contracts.event import EventPlace
from salus.drugs.checking import require_genuine, require_parties, require_receivable
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.pack_opening import contents_root
from salus.drugs.documents.sources import PackSource, openings_of
from salus.drugs.handovers import Keep, ReceivedPacks, arrived, kept, shipped
from salus.drugs.listing import ListedShipment, SearchSpan, behind
from salus.drugs.lot_ids import acting, lot_id
from salus.drugs.searching import ShipmentSearch
from salus.drugs.undelivered import UndoneShipments
from salus.gs1.fields import LotNumber, Serial, lot_digest
from salus.gs1.identification_keys import Gln, Gtin
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment
from salus.primitives.verbs import verb

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.drugs.lots import Lots


class Shipments:
    """What trading partners do with shipments."""

    def __init__(self, registry: RegistryClient, lots: Lots) -> None:
        self._registry = registry
        self._lots = lots
        self._undone = UndoneShipments(registry)

    dispute = verb("_undone", UndoneShipments.dispute)
    reject = verb("_undone", UndoneShipments.reject)
    take_back = verb("_undone", UndoneShipments.take_back)
    write_off = verb("_undone", UndoneShipments.write_off)

    @typed_arguments
    def state(self, shipment: Shipment) -> ShipmentState:
        """Read where a shipment stands.

        Args:
            shipment: As its sender made it.

        Returns:
            Status, packs still in transit, and the Unix seconds at which it was shipped; status
            none when nobody shipped it.
        """
        status, in_transit, shipped_at = self._registry.contract.call("shipmentOf", shipment.id)
        return ShipmentState(ShipmentStatus(status), in_transit, shipped_at)

    def __iter__(self) -> Iterator[ListedShipment]:
        """Every shipment, oldest first."""
        return self.search()

    @typed_arguments
    def search(
        self,
        *,
        product: Gtin | None = None,
        lot: bytes | None = None,
        sender: AnyIdentity | None = None,
        consignee: AnyIdentity | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        after: ListedShipment | EventPlace | None = None,
        limit: int | None = None,
    ) -> Iterator[ListedShipment]:
        """List shipments by their events, oldest first; each condition narrows the search.

        A node that prunes events lists fewer, which shows only for a product that is named.

        Args:
            product: Of this product.
            lot: Of this lot, by the contract's name of it, 32 bytes.
            sender: Shipped by this partner.
            consignee: Shipped to this partner.
            since: Shipped at or after this moment: a datetime, a date or Unix seconds.
            until: Shipped before this moment.
            after: Behind this one, the last of the page before, or its place.
            limit: At most so many; None for all.

        Returns:
            The shipments, each read from the node when it is asked for.

        Raises:
            HistoryUnavailable: The node does not show the product's registration.
            InputError: A moment, an address or the limit is not one.
        """
        span = SearchSpan(since, until, behind(after))
        search = ShipmentSearch(self._registry.chain, self._registry.contract, span)
        return search.find(
            product=product, lot=lot, sender=sender, consignee=consignee, limit=limit
        )

    @typed_arguments
    def ship(
        self,
        packs: PackSource,
        serials: Iterable[str | Serial] | None = None,
        *,
        to: AnyIdentity,
        at: Gln,
        towards: Gln,
        when: Moment | None = None,
        actor: AnyIdentity | None = None,
        keep: Keep | None = None,
    ) -> Consignment:
        """Hand packs over with their EPCIS event; they are in transit until the consignee acts.

        Args:
            packs: The lot's manifest, or the consignment that the packs came with.
            serials: Which packs; None for all.
            to: The consignee.
            at: Where they leave.
            towards: Where they go.
            when: When they left, with an offset from UTC, or in Unix seconds; defaults to now.
            actor: The sender; defaults to the account's identity.
            keep: Stores the consignment's JSON before anything is sent; see `kept`.

        Returns:
            What the consignee needs, sealed to it: shipment, event, and each pack's opening.

        Raises:
            InputError: No pack is named, or one that the manifest does not hold.
            NotInConsignment: A pack did not come with that consignment.
            DuplicateSerial: A pack is named twice.
            ManifestNotOfLot: The lot was commissioned with another manifest.
            VerificationError: Nobody commissioned the lot.
            ContractError: As for :meth:`send`. After each of these nothing was sent.
        """
        openings = openings_of(packs, serials)
        event = shipped([(packs, len(openings))], at=at, towards=towards, when=when)
        shipment = Shipment(
            lot_id(packs.gtin, packs.lot, packs.maker),
            acting(self._registry, actor),
            identity_of(to),
            len(openings),
            contents_root(openings),
            event.digest,
        )
        require_receivable(self._lots, packs, openings)
        named = {each.serial: each for each in openings}
        consignment = Consignment(packs.gtin, packs.lot, shipment, named, event)
        with kept(keep, consignment.to_json):
            transaction = self._ship(shipment, packs.gtin, packs.lot)
        return replace(consignment, transaction=transaction)

    @typed_arguments
    def receive(
        self,
        consignment: Consignment,
        *,
        at: Gln,
        sent_from: Gln,
        counted: int | None = None,
        when: Moment | None = None,
        keep: Keep | None = None,
    ) -> ReceivedPacks:
        """Take packs into custody, once every opening that came with them is of the lot.

        Args:
            consignment: What travelled with the shipment.
            at: Where the packs arrived.
            sent_from: The sender's place.
            counted: Packs found; defaults to all shipped. Fewer leaves the rest disputed.
            when: When they arrived, with an offset from UTC, or in Unix seconds; defaults to now.
            keep: Stores the receiving event's JSON before anything is sent; see `kept`.

        Returns:
            The EPCIS event that stands on chain by its hash, and the transaction.

        Raises:
            InputError: The shipping event names another sender or consignee; nothing was sent.
            VerificationError: Nobody commissioned the lot; nothing was sent.
            ForgedConsignment: An opening leads to no pack of the lot; nothing was sent.
            ContractError: As for :meth:`take`.
        """
        gtin, lot, shipment = consignment.gtin, consignment.lot, consignment.shipment
        found = shipment.quantity if counted is None else counted
        require_parties(consignment, sent_from=sent_from, at=at)
        event = arrived([(consignment, found)], at=at, sent_from=sent_from, when=when)
        require_genuine(self._lots, consignment)
        with kept(keep, lambda: event.json):
            transaction = self.take(shipment, gtin, lot, event_hash=event.digest, counted=counted)
        return ReceivedPacks(event, transaction)

    @typed_arguments
    def send(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        to: AnyIdentity,
        quantity: int,
        contents_root: bytes,
        event_hash: bytes,
        maker: AnyIdentity | None = None,
        actor: AnyIdentity | None = None,
    ) -> tuple[Shipment, Transaction]:
        """Hand packs over whose EPCIS event and openings another software makes.

        Args:
            gtin: The product.
            lot: The lot.
            to: The consignee.
            quantity: Packs.
            contents_root: `contents_root` of what is shipped, 32 bytes.
            event_hash: CBV 2.0 hash of the EPCIS shipping event, 32 bytes.
            maker: Whose lot; looked up when not given.
            actor: The sender; defaults to the account's identity.

        Returns:
            The shipment, to be given to the consignee, and the transaction.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
            NotTradingPartner: The sender or the consignee is not accredited to hold medicine.
            LotInsufficient: The sender holds fewer packs.
            LotIsRecalled: It goes back to its maker or holder only.
            LotIsQuarantined: The same, until it is released.
            LotExpired: The same, permanently.
            ShipmentExists: This very shipment was made before.
            ShipmentToSelf: Sender and consignee are one.
            ShipmentZeroQuantity: It has no packs.
            NotController: The client's account does not control the sender.
        """
        named = self._lots.id_of(gtin, lot, maker)
        who = acting(self._registry, actor)
        shipment = Shipment(named, who, identity_of(to), quantity, contents_root, event_hash)
        return shipment, self._ship(shipment, gtin, lot)

    @typed_arguments
    def take(
        self,
        shipment: Shipment,
        gtin: Gtin,
        lot: LotNumber,
        *,
        event_hash: bytes,
        counted: int | None = None,
    ) -> Transaction:
        """Take packs into custody, as the consignee; what travelled with them is not looked at.

        With a consignment, use :meth:`receive`, which checks its openings first.

        Args:
            shipment: What the sender shipped.
            gtin: The product.
            lot: The lot.
            event_hash: CBV 2.0 hash of the EPCIS receiving event, 32 bytes.
            counted: Packs found; defaults to all shipped. Fewer leaves the rest disputed.

        Returns:
            The transaction.

        Raises:
            LotOpeningWrong: The shipment is of another lot.
            ShipmentOverage: More is counted than is in transit.
            ShipmentWrongStatus: It is neither in transit nor disputed.
            ShipmentZeroQuantity: Nothing was found: dispute or reject it.
            NotTradingPartner: The consignee is not accredited to hold medicine.
            NotController: The client's account does not control the consignee.
        """
        found = shipment.quantity if counted is None else counted
        named = (shipment.as_tuple(), int(gtin.value), lot_digest(gtin, lot))
        return self._registry.send("receiveLot", *named, found, event_hash)

    def _ship(self, shipment: Shipment, gtin: Gtin, lot: LotNumber) -> Transaction:
        named = (shipment.as_tuple(), int(gtin.value), lot_digest(gtin, lot))
        return self._registry.send("shipLot", *named)
