"""Events from an index, and of the blocks behind it from the node: one answer, whoever gives it.

An index answers for no more than its node agrees with: its last block, else its last final one,
must be the node's too. Where neither is, the node answers all.

Example:
    >>> import salus
    >>> from salus.contracts.consents import ConsentGranted
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
from typing import Any, TypeVar

from salus.chain.abi.event_sources import EventSource
from salus.chain.abi.logs import topics
from salus.contracts.event import Event
from salus.index.asking import LogFetcher
from salus.index.file import IndexFile, Reached
from salus.index.rows import event_in, kind_of
from salus.primitives.address import lower_case
from salus_verify.encoding import octets_of

E = TypeVar("E", bound=Event)
_log = logging.getLogger(__name__)


class IndexedEvents:
    """Asks the index first, and the node for the rest."""

    def __init__(self, file: IndexFile, asking: LogFetcher, node: EventSource) -> None:
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
        wanted = [None if each is None else octets_of(each) for each in topics(event, indexed)]
        if lower_case(address) not in self._addresses:
            return self._node.read(address, event, first=first, last=last, indexed=indexed)
        reached = self._file.reached()
        until, agreed = self._agreed(reached)
        end = until if last == "latest" else int(last)
        covered = min(agreed, end)
        found: list[E] = []
        if max(first, reached.first) <= covered:
            kind = kind_of(octets_of(address), wanted[0] or b"")
            with self._file.snapshot():
                still = self._file.holds(reached.block, reached.hash)
                found = self._rows(event, kind, wanted[1:], first=first, last=covered)
            if not still:  # blocks were taken back, or became final, meanwhile
                return self.read(address, event, first=first, last=last, indexed=indexed)
        rest = max(first, covered + 1) if covered >= reached.first else first
        if rest <= end:
            found += self._node.read(address, event, first=rest, last=end, indexed=indexed)
        return found

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

    def _rows(
        self, event: type[E], kind: int, wanted: list[bytes | None], *, first: int, last: int
    ) -> list[E]:
        kinds = self._file.kinds()
        rows = self._file.rows(kind, wanted, first=first, last=last)
        decoded = (event_in(each, kinds) for each in rows)
        return [each for each in decoded if isinstance(each, event)]
