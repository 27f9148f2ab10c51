"""Nonces: given out in order, to several threads too, read anew after a failure.

Example:
    >>> ledger = Nonces(lambda address: 7)
    >>> with ledger.turn("0xab") as turn:
    ...     turn.take(2)
    [7, 8]
    >>> ledger.next("0xab")
    9
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import count, islice
from threading import Lock


class Turn:
    """One account's turn to submit; nobody else of this process submits for it meanwhile.

    Attributes:
        first: The first nonce that the node has no transaction for.
        end: The first after all that were taken.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask, self._asked = ask, False
        self.first = self.end = self.taken = self._kept = 0

    def begin_anew(self) -> None:
        """Give back what was taken and not kept, and ask the node."""
        self.first = self.end = self._ask()
        self._asked, self.taken = True, self._kept

    def keep(self) -> None:
        """Have what was taken so far taken for good."""
        self._kept = self.taken

    def take(self, number: int = 1, *, bound: Collection[int] = ()) -> list[int]:
        """Reserve the next nonces, none of those that other acts are bound to."""
        if not self._asked:
            self.begin_anew()
        free = (each for each in count(self.end) if each not in bound)
        nonces = list(islice(free, number))
        self.taken += number
        self.end = max([self.end, *(each + 1 for each in nonces)])
        return nonces


class Nonces:
    """Nonces by account.

    The node is asked at every turn, since the key may be used elsewhere and a local chain may be
    wound back; its answer counts unless transactions of ours are still under way, which a node may
    not have taken into account yet.
    """

    def __init__(self, ask: Callable[[str], int]) -> None:
        self._ask = ask
        self._guard = Lock()
        self._locks: dict[str, Lock] = {}
        self._next: dict[str, int] = {}
        self._pending: dict[str, int] = {}

    def next(self, address: str) -> int:
        """The nonce that the next transaction of an account would carry."""
        known = self._next.get(address, 0) if self._pending.get(address) else 0
        return max(self._ask(address), known)

    @contextmanager
    def turn(self, address: str) -> Iterator[Turn]:
        """Take nonces for an account. When the block raises, they are free again."""
        with self._guard:
            lock = self._locks.setdefault(address, Lock())
        with lock:
            turn = Turn(lambda: self.next(address))
            yield turn
            if not turn.taken:
                return
            with self._guard:
                self._next[address] = turn.end
                self._pending[address] = self._pending.get(address, 0) + turn.taken

    def settle(self, address: str, count: int = 1) -> None:
        """Note that so many transactions are no longer under way: mined, or given up on."""
        with self._guard:
            self._pending[address] = max(0, self._pending.get(address, 0) - count)
