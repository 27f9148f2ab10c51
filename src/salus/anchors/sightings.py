"""What was seen on chain of one's own streams: a node that shows less of them is behind.

It may be catching up, have been put back, or lie. Nothing is decided on what such a node shows, and
what was seen is not forgotten for it.

Example:
    >>> Seen(b"h" * 32, size=3, number=2).size
    3
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.anchors.streams import AnchoredCheckpoint
from salus.chain.errors import NodeBehind
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus_verify.log import Checkpoint, stream_id

if TYPE_CHECKING:
    from salus.anchors.own_leaves import OwnLeaves
    from salus.anchors.store import LogStore


@dataclass(frozen=True, slots=True)
@typed
class Seen:
    """A checkpoint of one's own that was on chain; block 0 where that is not known."""

    id: bytes
    size: int
    number: int
    block: int = 0


class AnchorMemory:
    """The newest of one's own checkpoints, in the log store and in the key database.

    Either file may be the older.
    """

    def __init__(self, logs: LogStore, own: OwnLeaves, *, url: str) -> None:
        self._logs, self._own, self._url = logs, own, url

    def labels(self, issuer: Address) -> list[str]:
        """The streams of an issuer that are written here."""
        kept = {label for who, label, _ in self._own.logs() if who == issuer}
        return sorted(kept.union(self._logs.labels(issuer)))

    def seen(self, issuer: Address, label: str) -> list[Seen]:
        """The newest checkpoint of each number that was seen, as each file has it."""
        numbers = self._numbers(issuer, label)
        return [each for number in numbers for each in self.of(issuer, label, number)]

    def of(self, issuer: Address, label: str, number: int) -> list[Seen]:
        """The newest checkpoint of one number that was seen, as each file has it."""
        return list(self._of(issuer, label, number))

    def keep(self, issuer: Address, label: str, number: int, last: Checkpoint) -> None:
        """Record in the key database a checkpoint that the log store remembers."""
        self._own.see((issuer, label, number), last)

    def forget(self, issuer: Address) -> None:
        """Believe from now on whatever the chain shows of all that is written here."""
        self._own.forget_block()
        for who in {issuer, *(each for each, _, _ in self._own.logs())}:
            for label in self.labels(who):
                self._forget(who, label)

    def require_block(self, number: int) -> None:
        """Refuse a node whose latest block is before one that was seen, and remember this one.

        Files that were put back know no newer leaf: only that there were more blocks.

        Raises:
            NodeBehind: A later one was seen.
        """
        seen = self._own.newest_block()
        if number < seen:
            raise NodeBehind(url=self._url, seen=seen, shown=number)
        self._own.see_block(number)

    def require(
        self,
        seen: Collection[Seen],
        issuer: Address,
        label: str,
        shown: Sequence[AnchoredCheckpoint],
    ) -> None:
        """Refuse a node that does not show what was seen.

        Raises:
            NodeBehind: One is missing.
        """
        ids = {each.checkpoint.id for each in shown}
        for each in seen:
            if each.id not in ids:
                sizes = (at.checkpoint.size for at in shown if at.number == each.number)
                raise NodeBehind(
                    url=self._url,
                    issuer=issuer,
                    stream=label if each.number == 1 else f"{label}/{each.number}",
                    seen=each.size,
                    block=each.block,
                    shown=max(sizes, default=0),
                )

    def _of(self, issuer: Address, label: str, number: int) -> Iterator[Seen]:
        known = self._logs.checkpoints(issuer, stream_id(label, number))
        if known:
            last, block = known[-1]
            yield Seen(last.id, last.size, number, block)
        kept = self._own.seen((issuer, label, number))
        if kept is not None:
            yield Seen(*kept, number)

    def _forget(self, issuer: Address, label: str) -> None:
        for number in self._numbers(issuer, label):
            self._logs.forget(issuer, stream_id(label, number))
            self._own.forget((issuer, label, number))

    def _numbers(self, issuer: Address, label: str) -> list[int]:
        kept = self._own.numbers(issuer, label)
        return sorted({*kept, *self._logs.numbers(issuer, label)})
