"""Which lots and shipments there are, by product, partner and time, from the chain's events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from salus.chain.errors import HistoryUnavailable
from salus.contracts.event import Event
from salus.drugs.listing import ListedLot, ListedShipment, SearchSpan, page
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import Address, AnyIdentity, identity_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Contract

E = TypeVar("E", bound=Event)
_FIRST_WINDOW = 10_000
"""Blocks asked for at first; each further request asks for twice as many."""


class LotSearch:
    """Lots by what their events tell."""

    def __init__(self, chain: Chain, contract: Contract, span: SearchSpan) -> None:
        self._chain, self._contract, self._span = chain, contract, span

    def find(
        self,
        *,
        product: Gtin | None,
        maker: AnyIdentity | None,
        holder: AnyIdentity | None,
        limit: int | None,
    ) -> Iterator[ListedLot]:
        """List the lots that all conditions fit; see `Lots.search`."""
        whose = None if maker is None else identity_of(maker)
        if product is not None:
            require_history(self._contract, product)
        if holder is None:
            return page(self._commissioned(product, whose), limit)
        held = self._held_by(identity_of(holder))
        fitting = (each for each in held if product in (None, each.gtin))
        return page((each for each in fitting if whose in (None, each.maker)), limit)

    def _commissioned(self, product: Gtin | None, maker: Address | None) -> Iterator[ListedLot]:
        from salus.contracts.drugs.events import LotCommissioned

        wanted: dict[str, Any] = {} if maker is None else {"maker": maker}
        if product is not None:
            wanted["gtin"] = int(product.value)
        events = events_in(self._chain, self._contract, LotCommissioned, span=self._span, **wanted)
        return map(ListedLot.of, events)

    def _held_by(self, holder: Address) -> Iterator[ListedLot]:
        """Lots that a partner commissioned or was given, of which it has packs now."""
        first, last = self._span.blocks(self._chain)
        lots = {each.id: each for each in self._made_by(holder)}
        for given in self._given_to(holder) - lots.keys():
            lots[given] = self._made(given)
        for each in sorted(lots.values(), key=lambda lot: lot.place):
            within = first <= each.place.block <= last and self._span.is_past(each.place)
            if within and self._contract.call("heldBy", each.id, holder):
                yield each

    def _made_by(self, maker: Address) -> list[ListedLot]:
        from salus.contracts.drugs.events import LotCommissioned

        return [ListedLot.of(each) for each in self._contract.listed(LotCommissioned, maker=maker)]

    def _given_to(self, holder: Address) -> set[bytes]:
        from salus.contracts.drugs.events import LotReceived, ShipmentReturned

        received = self._contract.listed(LotReceived, to=holder)
        returned = self._contract.listed(ShipmentReturned, to=holder)
        return {each.lot for each in received} | {each.lot for each in returned}

    def _made(self, lot: bytes) -> ListedLot:
        from salus.contracts.drugs.events import LotCommissioned

        for event in self._contract.listed(LotCommissioned, lot=lot):
            return ListedLot.of(event)
        maker = self._contract.call("lotOf", lot)[1]
        reason = f"the commissioning of lot 0x{lot.hex()} is missing"
        raise HistoryUnavailable(identity=maker, block=0, reason=reason)


class ShipmentSearch:
    """Shipments by what their events tell."""

    def __init__(self, chain: Chain, contract: Contract, span: SearchSpan) -> None:
        self._chain, self._contract, self._span = chain, contract, span

    def find(
        self,
        *,
        product: Gtin | None,
        lot: bytes | None,
        sender: AnyIdentity | None,
        consignee: AnyIdentity | None,
        limit: int | None,
    ) -> Iterator[ListedShipment]:
        """List the shipments that all conditions fit; see `Shipments.search`."""
        from salus.contracts.drugs.events import LotShipped

        wanted: dict[str, Any] = {} if lot is None else {"lot": lot}
        if sender is not None:
            wanted["from_"] = identity_of(sender)
        if consignee is not None:
            wanted["to"] = identity_of(consignee)
        lots = None if product is None else self._lots_of(product)
        events = events_in(self._chain, self._contract, LotShipped, span=self._span, **wanted)
        fitting = (each for each in events if lots is None or each.lot in lots)
        return page(map(ListedShipment.of, fitting), limit)

    def _lots_of(self, product: Gtin) -> set[bytes]:
        from salus.contracts.drugs.events import LotCommissioned

        require_history(self._contract, product)
        return {
            each.lot for each in self._contract.listed(LotCommissioned, gtin=int(product.value))
        }


def events_in(
    chain: Chain, contract: Contract, kind: type[E], *, span: SearchSpan, **indexed: Any
) -> Iterator[E]:
    """Read events in windows of blocks, oldest first, as far as the caller goes on."""
    first, last = span.blocks(chain)
    window = _FIRST_WINDOW
    while first <= last:
        end = min(last, first + window - 1)
        for event in contract.listed(kind, from_block=first, to_block=end, **indexed):
            if span.is_past(event.place):
                yield event
        first, window = end + 1, window * 2


def require_history(contract: Contract, gtin: Gtin) -> None:
    """Refuse to list what follows a product's registration where the node forgot that one."""
    from salus.contracts.drugs.events import ProductRegistered

    if contract.listed(ProductRegistered, gtin=int(gtin.value)):
        return
    regulator, _, registered_at = contract.call("productOf", int(gtin.value))
    if registered_at:
        reason = f"the registration of product {gtin} is missing"
        raise HistoryUnavailable(identity=regulator, block=0, reason=reason)
