"""The next ranges of logs are asked for while one is looked at, and another one written.

Example:
    >>> from salus.testing import local_salus
    >>> ahead = FetchAhead(LogFetcher(local_salus().chain.rpc, []), threads=False)
    >>> end, rows = ahead.range_from(0, 1, far=1)
    >>> rows.rows
    []
"""

from __future__ import annotations

from collections import deque
from threading import Thread

from salus.index.log_ranges import LogFetcher
from salus.index.rows import Rows

AHEAD = 2
"""Ranges that are asked for at once: the node makes one answer while another is looked at."""


class FetchAhead:
    """Gives ranges as `LogFetcher` does, but sooner; for nodes that several threads may ask."""

    def __init__(self, asking: LogFetcher, *, threads: bool) -> None:
        self._asking, self._threads = asking, threads
        self._begun: deque[_Fetch] = deque()

    def range_from(self, first: int, last: int, *, far: int) -> tuple[int, Rows]:
        """The logs of a range that begins with a block, and its end; see `LogFetcher.range_from`.

        Raises:
            ChainUnreachable: As there.
        """
        if not self._threads:
            return self._asking.range_from(first, last, far=far)
        self._begin(first, last, far)
        found = self._begun.popleft().wait()
        if found is None or found[0] > last:
            found = self._asking.range_from(first, last, far=far)
        if found[0] >= first:
            self._begin(found[0] + 1, last, far)
        return found

    def stop(self) -> None:
        """Leave what was begun to itself."""
        self._begun.clear()

    def _begin(self, first: int, last: int, far: int) -> None:
        """Have the ranges from a block on asked for; what was begun elsewhere is of no use."""
        if self._begun and self._begun[0].first != first:
            while self._begun:
                self._begun.popleft().wait()
        while len(self._begun) < AHEAD:
            start = self._begun[-1].last + 1 if self._begun else first
            if start > last:
                return
            self._begun.append(_Fetch(self._asking, start, self._asking.end_of(start, last), far))


class _Fetch:
    """One range that is being asked for; a failure shows when it is asked for again."""

    def __init__(self, asking: LogFetcher, first: int, last: int, far: int) -> None:
        self.first, self.last, self._found = first, last, list[tuple[int, Rows]]()
        self._thread = Thread(target=self._run, args=(asking, far), daemon=True)
        self._thread.start()

    def wait(self) -> tuple[int, Rows] | None:
        """What came; None where nothing did."""
        self._thread.join()
        return self._found[0] if self._found else None

    def _run(self, asking: LogFetcher, far: int) -> None:
        try:
            self._found.append(asking.range_from(self.first, self.last, far=far))
        except Exception:
            return
