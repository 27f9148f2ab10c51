"""Events from an index, and of the blocks behind it from the node: one answer, whoever gives it.

An index answers for no more than its node agrees with: its last block, else its last final one,
must be the node's too. Where neither is, the node answers all.

Example:
    >>> import salus
    >>> from salus.contracts.consents.events import ConsentGranted
    >>> from salus.index import Index
    >>> me = salus.connect("tester")
    >>> index = Index.open("memory:", me.chain)
    >>> me.chain.listing.source = index.source(me.chain)
    >>> me.chain.contract("ConsentRegistry").listed(ConsentGranted)
    []
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from salus.chain.abi.event_sources import EventSource
from salus.chain.abi.logs import topics
from salus.contracts.event import Event
from salus.index.errors import IndexUnreadable
from salus.index.index_store import IndexStore, Reached
from salus.index.log_ranges import LogFetcher
from salus.index.rows import event_in, kind_of
from salus.primitives.address import lower_case
from salus_verify.encoding import octets_of

E = TypeVar("E", bound=Event)
_log = logging.getLogger(__name__)


_TRIES = 3
"""How often a file that changes while it is read is read anew."""


class IndexedEvents:
    """Asks the index first, and the node for the rest."""

    def __init__(self, file: IndexStore, asking: LogFetcher, node: EventSource) -> None:
        self._file, self._asking, self._node = file, asking, node
        origin = file.origin()
        self._addresses = frozenset(origin.addresses if origin else ())

    def read(
        self,
        address: str,
        event: type[E],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[E]:
        """Read events of one class that one contract emitted, oldest first; see `EventSource`."""
        wanted = _Wanted.of(address, event, indexed)
        for _ in range(_TRIES if lower_case(address) in self._addresses else 0):
            reached = self._file.reached()
            until, agreed = self._agreed(reached)
            end = until if last == "latest" else int(last)
            covered = min(agreed, end)
            found: list[E] = []
            if max(first, reached.first) <= covered:
                with self._file.snapshot():
                    if not self._file.holds(reached.block, reached.hash):
                        continue  # blocks were taken back, or became final, meanwhile
                    found = self._rows(wanted, event, first=first, last=covered)
            rest = max(first, covered + 1) if covered >= reached.first else first
            if rest <= end:
                found += self._node.read(address, event, first=rest, last=end, indexed=indexed)
            return found
        return self._node.read(address, event, first=first, last=last, indexed=indexed)

    def where(
        self,
        address: str,
        event: type[Event],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[range] | None:
        """Say in which blocks such events are, as far as was read, and all that are behind."""
        if lower_case(address) not in self._addresses:
            return None
        reached, wanted = self._file.reached(), _Wanted.of(address, event, indexed)
        end = self._asking.head() if last == "latest" else int(last)
        covered = min(reached.block, end)
        blocks = self._file.blocks_of(wanted.kind, wanted.topics, first=first, last=covered)
        rest = range(max(first, covered + 1), end + 1)
        return [*(range(each, each + 1) for each in blocks), *([rest] if rest else ())]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _agreed(self, reached: Reached) -> tuple[int, int]:
        """The node's latest block, and the last one that it and the index have alike."""
        final = dict(self._file.blocks()).get(reached.final, reached.hash)
        numbers = max(reached.block, 0), max(reached.final, 0)
        head, _, [last, settled] = self._asking.latest_and(*numbers)
        if last is not None and last.hash == reached.hash:
            return head.number, reached.block
        if settled is not None and settled.hash == final:
            return head.number, reached.final
        if reached.hash:
            _log.warning("the index at %s is of other blocks than the node's", self._file.url)
        return head.number, -1

    def _rows(self, wanted: _Wanted, event: type[E], *, first: int, last: int) -> list[E]:
        found: list[E] = []
        for row in self._file.rows(wanted.kind, wanted.topics, first=first, last=last):
            read = event_in(row, wanted.address, wanted.topic)
            if not isinstance(read, event):
                reason = f"what stands at {row[0]} is not {event.__name__}"
                raise IndexUnreadable(self._file.url, reason)
            found.append(read)
        return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which rows are asked for; what the file calls a kind is worked out and not looked up."""

    address: bytes
    topic: bytes
    topics: list[bytes | None]

    @classmethod
    def of(cls, address: str, event: type[Event], indexed: Mapping[str, Any]) -> _Wanted:
        """Work them out of a contract, a class and values of indexed fields."""
        first, *rest = (each and octets_of(each) for each in topics(event, indexed))
        return cls(octets_of(address), first or b"", [each or None for each in rest])

    @property
    def kind(self) -> int:
        """What stands for contract and class."""
        return kind_of(self.address, self.topic)
