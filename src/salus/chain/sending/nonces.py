"""Nonces of one process: given out in order, to several threads too, read anew after a failure.

Example:
    >>> ledger = Nonces(lambda address: 7)
    >>> with ledger.turn("0xab") as turn:
    ...     turn.take(2)
    7
    >>> ledger.next("0xab")
    9
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class Turn:
    """One account's turn to submit; nobody else of this process submits for it meanwhile."""

    def __init__(self, first: int) -> None:
        self.first, self.taken = first, 0

    def take(self, count: int = 1) -> int:
        """Reserve consecutive nonces; return the first."""
        start = self.first + self.taken
        self.taken += count
        return start


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
            turn = Turn(self.next(address))
            yield turn
            with self._guard:
                self._next[address] = turn.first + turn.taken
                self._pending[address] = self._pending.get(address, 0) + turn.taken

    def settle(self, address: str, count: int = 1) -> None:
        """Note that so many transactions are no longer under way: mined, or given up on."""
        with self._guard:
            self._pending[address] = max(0, self._pending.get(address, 0) - count)
