"""Lots and shipments as their events list them, oldest first, in pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from salus.contracts.drugs.values import Shipment
from salus.contracts.event import EventPlace
from salus.errors import InputError
from salus.gs1.fields import last_day
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.contracts.drugs.events import LotCommissioned, LotShipped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
@typed
class ListedLot:
    """A lot as its maker commissioned it; ``Lots.by_id`` reads what became of it.

    Attributes:
        id: The contract's name of it, 32 bytes.
        gtin: The product.
        maker: Who commissioned it.
        quantity: Packs.
        expiry: The last day of use.
        serial_root: Root over the packs' commitments, 32 bytes.
        event_hash: CBV 2.0 hash of the EPCIS commissioning event, 32 bytes.
        place: Where in the chain it was commissioned.
    """

    id: bytes
    gtin: Gtin
    maker: Address
    quantity: int
    expiry: date
    serial_root: bytes
    event_hash: bytes
    place: EventPlace

    @classmethod
    @typed_arguments
    def of(cls, event: LotCommissioned) -> ListedLot:
        """The lot that an event tells of."""
        return cls(
            id=event.lot,
            gtin=Gtin(f"{event.gtin:014d}"),
            maker=event.maker,
            quantity=event.quantity,
            expiry=last_day(event.expiry),
            serial_root=event.serial_root,
            event_hash=event.event_hash,
            place=event.place,
        )


@dataclass(frozen=True, slots=True)
@typed
class ListedShipment:
    """A shipment as its sender made it; ``Shipments.state`` reads what became of it."""

    shipment: Shipment
    place: EventPlace

    @classmethod
    @typed_arguments
    def of(cls, event: LotShipped) -> ListedShipment:
        """The shipment that an event tells of."""
        return cls(event.details, event.place)


@dataclass(frozen=True, slots=True)
@typed
class SearchSpan:
    """The part of the chain that is searched; ``after`` is the last place of the page before."""

    since: Moment | None = None
    until: Moment | None = None
    after: EventPlace | None = None

    def blocks(self, chain: Chain) -> tuple[int, int]:
        """The first and the last block of it; the last is before the first where it is empty."""
        latest = chain.block().number
        first = 0 if self.since is None else _first_at(chain, moment_of(self.since, name="since"))
        last = latest
        if self.until is not None:
            last = _first_at(chain, moment_of(self.until, name="until")) - 1
        return max(first, self.after.block if self.after else 0), last

    def is_past(self, place: EventPlace) -> bool:
        """Whether a place is behind the page before."""
        return self.after is None or self.after < place


def behind(after: ListedLot | ListedShipment | EventPlace | None) -> EventPlace | None:
    """The place behind which the next page begins."""
    found = after.place if isinstance(after, ListedLot | ListedShipment) else after
    if found is not None and not isinstance(found, EventPlace):
        raise InputError(f"after must be what was listed last, not {type(after).__name__}")
    return found


def page(found: Iterator[T], limit: int | None) -> Iterator[T]:
    """As many as were asked for."""
    if limit is None:
        return found
    if type(limit) is not int or limit < 1:
        raise InputError(f"limit must be a number, 1 or more, not {limit!r}")
    return islice(found, limit)


def _first_at(chain: Chain, moment: int) -> int:
    """The first block at or after a moment; the one after the last where there is none."""
    low, high = 0, chain.block().number + 1
    while low < high:
        middle = (low + high) // 2
        if chain.block(middle).timestamp < moment:
            low = middle + 1
        else:
            high = middle
    return low
