"""What two partners keep of a hand-over: its EPCIS events, before the act that names them.

Example:
    >>> with kept(None, lambda: b""):
    ...     print("sent, and kept nowhere before")
    sent, and kept nowhere before
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.contract import Transaction
from salus.drugs.documents.event import AnchoredEvent
from salus.primitives.times import Moment
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.drugs.documents.consignment import Consignment
    from salus.drugs.documents.sources import PackSource
    from salus.gs1.identification_keys import Gln

Keep: TypeAlias = Callable[[bytes], AbstractContextManager[None]]
"""Stores a document before the act that names it, which its context surrounds.

Who is killed between the two has the document, and can look up whether the act is on chain. When
the context ends in an error and no transaction left this machine, the document may be deleted."""


@dataclass(frozen=True, slots=True)
@typed
class ReceivedPacks:
    """Packs that were taken into custody: their EPCIS event, and the transaction.

    ``earlier`` are those before it, where one transaction could not hold all lots.
    """

    event: AnchoredEvent
    transaction: Transaction
    earlier: tuple[Transaction, ...] = ()


def kept(keep: Keep | None, content: Callable[[], bytes]) -> AbstractContextManager[None]:
    """Surround an act by the storing of what it names; nothing is stored without ``keep``."""
    return nullcontext() if keep is None else keep(content())


def shipped(
    packs: Sequence[tuple[PackSource, int]], *, at: Gln, towards: Gln, when: Moment | None
) -> AnchoredEvent:
    """The event of packs that leave."""
    from salus.epcis.event_parts import LotQuantity
    from salus.epcis.events import shipping_event

    event = shipping_event(
        [LotQuantity(each.gtin, each.lot, quantity) for each, quantity in packs],
        at=datetime.now(UTC) if when is None else when,
        read_point=at,
        sender=at,
        consignee=towards,
    )
    return AnchoredEvent.of(event)


def arrived(
    came: Sequence[tuple[Consignment, int]], *, at: Gln, sent_from: Gln, when: Moment | None
) -> AnchoredEvent:
    """The event of packs that arrive and are counted."""
    from salus.epcis.event_parts import LotQuantity
    from salus.epcis.events import receiving_event

    event = receiving_event(
        [LotQuantity(each.gtin, each.lot, counted) for each, counted in came],
        at=datetime.now(UTC) if when is None else when,
        read_point=at,
        sender=sent_from,
        consignee=at,
    )
    return AnchoredEvent.of(event)
