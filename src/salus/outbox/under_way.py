"""Which acts a live call has under way: those are nobody else's to take over.

Example:
    >>> from salus.outbox.holders import Holders
    >>> under_way = UnderWay(Holders(None))
    >>> under_way.add(7, ["0xab"])
    >>> under_way.has(7, under_way.token), under_way.has(8, under_way.token)
    (True, False)
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from salus.outbox.place import LiveHolders


class UnderWay:
    """Entries under way here, and those of other processes for as long as these live."""

    def __init__(self, holders: LiveHolders) -> None:
        self._holders, self._guard = holders, Lock()
        self._here: dict[int, tuple[str, ...]] = {}
        self._numbers: dict[str, int] = {}

    @property
    def token(self) -> str:
        """What names this process in rows; another one once its hold on others was ended."""
        return self._holders.token

    def hold(self) -> None:
        """Show other processes that this one lives."""
        self._holders.hold()

    def add(self, entry: int, transactions: Iterable[str]) -> None:
        """Note that a call here has an entry under way, with what was signed for it."""
        with self._guard:
            self._here[entry] = tuple(transactions)
            self._numbers.update(dict.fromkeys(self._here[entry], entry))

    def number_of(self, transaction: str) -> int | None:
        """The entry that a transaction was signed for, where a call here has it under way."""
        with self._guard:
            return self._numbers.get(transaction)

    def remove(self, entry: int) -> None:
        """Note that the call is over."""
        with self._guard:
            for each in self._here.pop(entry, ()):
                self._numbers.pop(each, None)

    def has(self, entry: int, holder: str | None) -> bool:
        """Whether a live call has an entry under way, here or in another process."""
        if holder is None or holder == self.token:
            with self._guard:
                return entry in self._here
        return self._holders.lives(holder)

    def among(self, acts: Iterable[tuple[int, str | None]]) -> set[int]:
        """Which acts, by number and holder, live calls have under way."""
        lives: dict[str | None, bool] = {}
        found: set[int] = set()
        for number, holder in acts:
            if holder is None or holder == self.token:
                under_way = self.has(number, holder)
            else:
                if holder not in lives:
                    lives[holder] = self._holders.lives(holder)
                under_way = lives[holder]
            if under_way:
                found.add(number)
        return found

    def is_silent(self, holder: str | None) -> bool:
        """Whether it cannot be seen for a while whether another process lives."""
        other = holder is not None and holder != self.token
        return other and self._holders.is_silent(str(holder))

    def end(self, holder: str | None) -> bool:
        """End another process's hold on its acts for good, unless it lives."""
        return holder is None or holder == self.token or self._holders.end(holder)

    def require_held(self, transactions: Iterable[str]) -> None:
        """Refuse to let transactions leave that another process may have under way.

        Raises:
            LeaseLost: It may.
        """
        self._holders.require_held(transactions)

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
