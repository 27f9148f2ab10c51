"""Which acts a live call has under way: those are nobody else's to take over.

Example:
    >>> under_way = UnderWay(None)
    >>> under_way.add([7])
    >>> under_way.has(7, under_way.token), under_way.has(8, under_way.token)
    (True, False)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from salus.outbox.holders import Holders


class UnderWay:
    """Entries under way here, and those of other processes for as long as these live."""

    def __init__(self, file: Path | None) -> None:
        self._holders, self._guard = Holders(file), Lock()
        self._here = set[int]()
        self.token = self._holders.token

    def hold(self) -> None:
        """Show other processes that this one lives."""
        self._holders.hold()

    def add(self, entries: Iterable[int]) -> None:
        """Note that a call here has entries under way."""
        with self._guard:
            self._here.update(entries)

    def remove(self, entry: int) -> None:
        """Note that the call is over."""
        with self._guard:
            self._here.discard(entry)

    def has(self, entry: int, holder: str | None) -> bool:
        """Whether a live call has an entry under way, here or in another process."""
        if holder is None or holder == self.token:
            with self._guard:
                return entry in self._here
        return self._holders.lives(holder)

    def is_any_here(self) -> bool:
        """Whether a call of this process has acts under way."""
        with self._guard:
            return bool(self._here)

    def lives_elsewhere(self) -> bool:
        """Whether another process has acts under way."""
        return self._holders.others_live()

    def close(self) -> None:
        """Let go of everything."""
        self._holders.close()
