"""Lots: made once by a maker, named by product, lot number and maker.

Example:
    >>> import salus
    >>> from salus.gs1 import Gtin, LotNumber
    >>> drugs = salus.connect("tester").drugs
    >>> drugs.lots.get(Gtin("09506000134352"), LotNumber("AB-12")) is None
    True
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Lot
from salus.contracts.event import Event, EventPlace
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.errors import LotAmbiguous
from salus.drugs.listing import ListedLot, SearchSpan, behind
from salus.drugs.lot_history import LotHistory
from salus.drugs.lot_ids import acting, lot_id
from salus.drugs.searching import LotSearch, require_history
from salus.errors import InputError
from salus.gs1.fields import LotNumber, expires_at, lot_digest
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import ZERO_ADDRESS, ZERO_BYTES32, Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient


class Lots:
    """What makers bring into being, and what of it a partner holds."""

    def __init__(self, registry: RegistryClient) -> None:
        self._registry = registry

    @typed_arguments
    def commission(self, manifest: LotManifest, *, event_hash: bytes | None = None) -> Transaction:
        """Bring a lot of any size into being; keep the manifest first, it opens the packs.

        Args:
            manifest: The lot, with its tree of salted serials.
            event_hash: CBV 2.0 hash of the EPCIS commissioning event, 32 bytes; defaults to the
                manifest's own event.

        Returns:
            The transaction.

        Raises:
            InputError: The manifest has no event, and no hash is given.
            MakerNotPermitted: The GTIN's regulator does not permit this maker.
            MakerNotAccredited: The maker is not an accredited manufacturer.
            LotExists: The maker commissioned it before.
            LotExpired: Its expiry has passed.
            NotController: The client's account does not control the maker.
        """
        named = event_hash or (manifest.event and manifest.event.digest)
        if named is None:
            raise InputError(
                "the manifest has no commissioning event: build it with the place (at=), or give"
                " the hash of your own event (event_hash=)"
            )
        return self._registry.send(
            "commissionLot",
            manifest.maker,
            int(manifest.gtin.value),
            lot_digest(manifest.gtin, manifest.lot),
            expires_at(manifest.expiry),
            manifest.quantity,
            manifest.root,
            named,
        )

    @typed_arguments
    def void(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        reason_digest: bytes = ZERO_BYTES32,
        maker: AnyIdentity | None = None,
    ) -> Transaction:
        """Declare a lot void that was commissioned by mistake, while all of it is at its maker.

        Its packs are nobody's any more, permanently, and its number stays spent.

        Args:
            gtin: The product.
            lot: The lot number.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.
            maker: Whose lot; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            LotHasLeft: Its maker no longer holds all of it: recall it.
            LotIsVoid: It is void already.
            LotUnknown: The maker commissioned none of this number.
            NotController: The client's account does not control the maker.
        """
        whose = acting(self._registry, maker)
        digest = lot_digest(gtin, lot)
        return self._registry.send("voidLot", whose, int(gtin.value), digest, reason_digest)

    @typed_arguments
    def get(self, gtin: Gtin, lot: LotNumber, *, maker: AnyIdentity | None = None) -> Lot | None:
        """Read a lot.

        Args:
            gtin: The product.
            lot: The lot number.
            maker: Whose lot; looked up when not given.

        Returns:
            The lot, with its expiry in Unix seconds and its quantity in packs; None when nobody
            commissioned it.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        found = Lot(*self._registry.contract.call("lotOf", self.id_of(gtin, lot, maker)))
        return found if found.exists else None

    @typed_arguments
    def by_id(self, lot: bytes) -> Lot | None:
        """Read a lot by the contract's name of it.

        Args:
            lot: 32 bytes, as :meth:`search` lists them.

        Returns:
            As for :meth:`get`.
        """
        found = Lot(*self._registry.contract.call("lotOf", lot))
        return found if found.exists else None

    def __iter__(self) -> Iterator[ListedLot]:
        """Every lot, oldest first."""
        return self.search()

    @typed_arguments
    def search(
        self,
        *,
        product: Gtin | None = None,
        maker: AnyIdentity | None = None,
        holder: AnyIdentity | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        after: ListedLot | EventPlace | None = None,
        limit: int | None = None,
    ) -> Iterator[ListedLot]:
        """List lots by their events, oldest first; each condition narrows the search.

        A node that prunes events lists fewer lots than there are. This is noticed for a product
        that is named, and for a lot whose holder is; else ask a node that prunes none.

        Args:
            product: Of this product.
            maker: Commissioned by this maker.
            holder: In this partner's custody now, one pack at least.
            since: Commissioned at or after this moment: a datetime, a date or Unix seconds.
            until: Commissioned before this moment.
            after: Behind this one, the last of the page before, or its place.
            limit: At most so many; None for all.

        Returns:
            The lots, each read from the node when it is asked for.

        Raises:
            HistoryUnavailable: The node does not show the product's registration, or where a lot
                that the holder was given was commissioned.
            InputError: A moment or the limit is not one.
        """
        span = SearchSpan(since, until, behind(after))
        search = LotSearch(self._registry.chain, self._registry.contract, span)
        return search.find(product=product, maker=maker, holder=holder, limit=limit)

    @typed_arguments
    def by_maker(self, gtin: Gtin, lot: LotNumber) -> dict[Address, Lot]:
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

        require_history(self._registry.contract, gtin)
        events = self._registry.contract.events(MakerPermitted, gtin=int(gtin.value))
        makers = dict.fromkeys(event.maker for event in events)
        found = ((maker, self.get(gtin, lot, maker=maker)) for maker in makers)
        return {maker: each for maker, each in found if each is not None}

    @typed_arguments
    def held(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        maker: AnyIdentity | None = None,
        partner: AnyIdentity | None = None,
    ) -> int:
        """Read how much of a lot is in a partner's custody.

        Args:
            gtin: The product.
            lot: The lot.
            maker: Whose lot; looked up when not given.
            partner: Who holds it; defaults to the account's identity.

        Returns:
            Packs, without those in transit.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        named = self.id_of(gtin, lot, maker)
        who = acting(self._registry, partner)
        return int(self._registry.contract.call("heldBy", named, who))

    @typed_arguments
    def holders(
        self, gtin: Gtin, lot: LotNumber, *, maker: AnyIdentity | None = None
    ) -> dict[Address, int]:
        """List who has packs of a lot; those in transit are nobody's.

        Args:
            gtin: The product.
            lot: The lot.
            maker: Whose lot; looked up when not given.

        Returns:
            Packs by partner: what the contract says of everybody who ever got some.

        Raises:
            HistoryUnavailable: The node does not show where the lot was commissioned.
            LotAmbiguous: Several makers have a lot of this number.
        """
        return LotHistory(self._registry.contract, self.id_of(gtin, lot, maker)).holders()

    @typed_arguments
    def history(
        self, gtin: Gtin, lot: LotNumber, *, maker: AnyIdentity | None = None
    ) -> list[Event]:
        """List what happened to a lot: from its events, which an index may hold.

        Args:
            gtin: The product.
            lot: The lot.
            maker: Whose lot; looked up when not given.

        Returns:
            The events, oldest first; none of a lot that nobody commissioned.

        Raises:
            HistoryUnavailable: The node does not show where the lot was commissioned.
            LotAmbiguous: Several makers have a lot of this number.
        """
        return LotHistory(self._registry.contract, self.id_of(gtin, lot, maker)).events()

    @typed_arguments
    def id_of(self, gtin: Gtin, lot: LotNumber, maker: AnyIdentity | None = None) -> bytes:
        """Return the contract's name of a lot, whose maker is looked up when not given.

        Args:
            gtin: The product.
            lot: The lot number.
            maker: Whose lot.

        Returns:
            32 bytes; of a lot that does not exist when nobody commissioned it.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        return lot_id(gtin, lot, self.maker_of(gtin, lot, maker))

    @typed_arguments
    def maker_of(self, gtin: Gtin, lot: LotNumber, maker: AnyIdentity | None = None) -> Address:
        """Return whose lot is meant, looked up when not given.

        Args:
            gtin: The product.
            lot: The lot number.
            maker: Whose lot.

        Returns:
            The maker's address; the zero address when nobody commissioned one of this number.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        if maker is not None:
            return identity_of(maker)
        makers = tuple(self.by_maker(gtin, lot))
        if len(makers) > 1:
            raise LotAmbiguous(lot=lot.value, makers=makers)
        return makers[0] if makers else ZERO_ADDRESS
