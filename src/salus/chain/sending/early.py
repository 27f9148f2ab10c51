"""Receipts read as soon as blocks bring them, while the node is busy with the next ones.

Example:
    >>> early = EarlyReading(lambda mined: mined.gas_used)
    >>> early.note([])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

from salus.chain.sending.watcher import Mined
from salus.errors import SalusError
from salus.primitives.collection import uncollected

T = TypeVar("T")


class EarlyReading(Generic[T]):
    """What was read of mined transactions, until their sender is told what became of all."""

    def __init__(self, read: Callable[[Mined], T]) -> None:
        self._read, self._found = read, dict[tuple[str, str], T]()

    def note(self, mined: Iterable[Mined]) -> None:
        """Read what was mined; what is odd is refused when it is asked for."""
        with uncollected(), suppress(SalusError):
            for each in mined:
                self._found[each.hash, each.block_hash] = self._read(each)

    def of(self, mined: Mined) -> T:
        """What was read of a transaction, in the block that it is in after all."""
        found = self._found.get((mined.hash, mined.block_hash))
        return self._read(mined) if found is None else found
