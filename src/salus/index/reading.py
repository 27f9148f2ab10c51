"""From the node into the file: in ranges below what is final, block by block above it.

Example:
    >>> import salus
    >>> from salus.index import Index
    >>> me = salus.connect("tester")
    >>> [type(each).__name__ for each in Index.open("memory:", me.chain).read()]
    ['BlocksRead', 'BlocksRead']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from salus.chain.errors import AnswerMalformed
from salus.index import log_ranges
from salus.index.ahead import FetchAhead
from salus.index.errors import EventsWithheld, FinalityBroken
from salus.index.index_store import IndexStore, Reached
from salus.index.links import Links
from salus.index.log_ranges import Header, LogFetcher
from salus.index.notices import BlocksRead, BlocksUndone, Notice
from salus.index.rows import Rows

_WINDOW = 250
"""Blocks above the final ones that are read at once."""
_TRIES = 3
"""How often blocks that are taken back while they are read are read anew."""


class ChainReader:
    """Reads one chain into one file, from where the file is."""

    def __init__(
        self,
        file: IndexStore,
        asking: LogFetcher,
        links: Links,
        *,
        local: bool,
        threads: bool = False,
        known: int | None = None,
    ) -> None:
        """Take a block, if one is known, in which these contracts told of something."""
        self._file, self._asking, self._links, self._local = file, asking, links, local
        self._known, self._looked = known, False
        self._ahead = FetchAhead(asking, threads=threads)
        self._moved = 0

    def read(self) -> Iterator[Notice]:
        """Go on to the node's latest block, a step at a time."""
        self._looked = False
        try:
            yield from self._steps()
        finally:
            self._ahead.stop()

    def _steps(self) -> Iterator[Notice]:
        while True:
            reached = self._file.reached()
            head, final, [there] = self._asking.latest_and(max(reached.block, 0))
            if self.is_fork(reached, head, there):
                notice: Notice | None = self._undo(reached, head)
            elif head.number <= reached.block:
                self._file.finalize(final)
                return
            elif reached.block < final:
                notice = self._add_range(reached, head, final)
            else:
                notice = self._add_blocks(reached, head, final)
            if notice is not None:
                yield notice

    def is_fork(self, reached: Reached, head: Header, there: Header | None) -> bool:
        """Whether the node shows another block in the place of one that was read.

        A node that is behind shows none there, which says nothing: its latest one is compared.
        """
        if reached.block < reached.first:
            return False
        if there is not None:
            return there.hash != reached.hash
        known = dict(self._file.blocks()).get(head.number, head.hash)
        return self._local or known != head.hash  # a local chain is put back by its developer

    def _undo(self, reached: Reached, head: Header) -> Notice | None:
        """Go back to the last block that the node shows as it was read."""
        kept = [each for each in self._file.blocks() if each[0] <= head.number]
        shown = self._asking.headers([number for number, _ in kept])
        same = [n for (n, h), each in zip(kept, shown, strict=True) if each and each.hash == h]
        to = max(same, default=reached.first - 1)
        if to < reached.final and not self._local:
            raise FinalityBroken(url=self._asking.url, block=reached.final)
        gone = self._file.undo(reached, to=to)
        if gone is None:
            return None
        return BlocksUndone(first=to + 1, last=reached.block, events=-gone, head=head.number)

    def _add_range(self, reached: Reached, head: Header, final: int) -> Notice | None:
        self._require_logs()
        first = reached.block + 1
        last, rows = self._ahead.range_from(first, final, far=head.number - log_ranges.NEAR)
        if last < first:  # nothing bears out that there is nothing
            return self._add_blocks(reached, head, final)
        told = max(rows.hashes.keys() - {last}, default=last)
        headers = self._whole(self._asking.headers(sorted({first, told, last})))
        moved = any(rows.hashes.get(each.number, each.hash) != each.hash for each in headers)
        if moved or self._is_apart(reached, headers[0]):
            return self._again()  # it forked meanwhile, which the next step looks into
        return self._write(reached, rows, headers[-1:], head=head, final=final)

    def _require_logs(self) -> None:
        """Refuse a node that says of a block with events that it has none.

        One that has not kept the logs of old blocks says so of all of them.
        """
        if self._looked:
            return
        newest = self._file.newest()
        known = self._known if newest is None else newest
        if known is not None and not self._asking.tells_of(known):
            raise EventsWithheld(url=self._asking.url, what=f"every event of block {known}")
        self._looked = True

    def _add_blocks(self, reached: Reached, head: Header, final: int) -> Notice | None:
        first = reached.block + 1
        numbers = range(first, min(head.number, first + _WINDOW - 1) + 1)
        headers = self._whole(self._asking.headers(numbers))
        chained = all(a.hash == b.parent for a, b in pairwise(headers))
        if not chained or self._is_apart(reached, headers[0]):
            return self._again()
        found = self._asking.of_blocks(headers)
        if found is None:
            return self._again()
        return self._write(reached, found[1], found[0], head=head, final=final)

    def _write(
        self, reached: Reached, rows: Rows, headers: Sequence[Header], *, head: Header, final: int
    ) -> Notice | None:
        missing = self._links.missing(rows.rows, self._file)
        if missing and self._file.reached() == reached:
            raise EventsWithheld(url=self._asking.url, what=missing)
        blocks = [(each.number, each.hash) for each in headers]
        self._moved = 0
        if not self._file.add(reached, rows.rows, kinds=rows.kinds, blocks=blocks, final=final):
            return None  # another process was there first
        return BlocksRead(
            first=reached.block + 1,
            last=headers[-1].number,
            events=len(rows.rows),
            head=head.number,
            final=self._file.reached().final,
        )

    def _whole(self, headers: Sequence[Header | None]) -> list[Header]:
        found = [each for each in headers if each is not None]
        if len(found) < len(headers):
            raise AnswerMalformed(url=self._asking.url, reason="it lacks blocks below its latest")
        return found

    def _is_apart(self, reached: Reached, header: Header) -> bool:
        """Whether a block does not follow the last one that was read."""
        return bool(reached.hash) and header.parent != reached.hash

    def _again(self) -> Notice | None:
        """Read the same blocks anew, a few times: then they do not fit one another."""
        self._moved += 1
        if self._moved > _TRIES:
            reason = "its blocks do not follow one another"
            raise AnswerMalformed(url=self._asking.url, reason=reason)
        return None
