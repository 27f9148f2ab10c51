"""The next range of logs is asked for while the last one is written.

Example:
    >>> from salus.testing import local_salus
    >>> ahead = FetchAhead(LogFetcher(local_salus().chain.rpc, []), threads=False)
    >>> end, rows = ahead.range_from(0, 1, far=1)
    >>> rows.rows
    []
"""

from __future__ import annotations

from threading import Thread

from salus.index.log_ranges import LogFetcher
from salus.index.rows import Rows


class FetchAhead:
    """Gives ranges as `LogFetcher` does, one of them sooner; for nodes that two threads may ask."""

    def __init__(self, asking: LogFetcher, *, threads: bool) -> None:
        self._asking, self._threads = asking, threads
        self._next: _Fetch | None = None

    def range_from(self, first: int, last: int, *, far: int) -> tuple[int, Rows]:
        """The logs of a range that begins with a block, and its end; see `LogFetcher.range_from`.

        Raises:
            ChainUnreachable: As there.
        """
        found = self._begun(first, last) or self._asking.range_from(first, last, far=far)
        end, _ = found
        if self._threads and first <= end < last:
            self._next = _Fetch(self._asking, end + 1, last, far)
        return found

    def stop(self) -> None:
        """Leave what was begun to itself."""
        self._next = None

    def _begun(self, first: int, last: int) -> tuple[int, Rows] | None:
        begun, self._next = self._next, None
        if begun is None:
            return None
        found = begun.wait()  # also where it is of no use: the asker changes with each range
        return found if found is not None and begun.first == first and found[0] <= last else None


class _Fetch:
    """One range that is being asked for; a failure shows when it is asked for again."""

    def __init__(self, asking: LogFetcher, first: int, last: int, far: int) -> None:
        self.first, self._found = first, list[tuple[int, Rows]]()
        self._thread = Thread(target=self._run, args=(asking, last, far), daemon=True)
        self._thread.start()

    def wait(self) -> tuple[int, Rows] | None:
        """What came; None where nothing did."""
        self._thread.join()
        return self._found[0] if self._found else None

    def _run(self, asking: LogFetcher, last: int, far: int) -> None:
        try:
            self._found.append(asking.range_from(self.first, last, far=far))
        except Exception:
            return
