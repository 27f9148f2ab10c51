"""What was seen on chain of one's own streams: a node that shows less of them is behind.

It may be catching up, have been put back, or lie. Nothing is decided on what such a node shows, and
what was seen is not forgotten for it.

Example:
    >>> Seen(b"h" * 32, size=3, number=2).size
    3
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.anchors.streams import Anchored, stream_id
from salus.chain.errors import NodeBehind
from salus.contracts.anchors import Checkpoint
from salus.primitives.address import Address
from salus.primitives.errors import StorageFull
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.anchors.store import LogStore
    from salus.vault.keystore.store import KeyStore


@dataclass(frozen=True, slots=True)
@typed
class Seen:
    """A checkpoint of one's own that was on chain.

    Attributes:
        id: The checkpoint's.
        size: Its leaves.
        number: Of which number of the stream.
        block: Where it was; 0 where that is not known.
    """

    id: bytes
    size: int
    number: int
    block: int = 0


class AnchorMemory:
    """The newest of one's own checkpoints, in the log store and in the key store.

    Args:
        logs: The log store.
        journal: The key store, where there is one: either file may be the older.
        chain_id: The chain's id.
        url: The node's, redacted.
    """

    def __init__(
        self, logs: LogStore, journal: KeyStore | None, *, chain_id: int, url: str
    ) -> None:
        self._logs, self._journal = logs, journal
        self._chain_id, self._url = chain_id, url

    def labels(self, issuer: Address) -> list[str]:
        """The streams of an issuer that are written here."""
        return sorted({label for label, _ in self._kept(issuer)}.union(self._logs.labels(issuer)))

    def seen(self, issuer: Address, label: str) -> list[Seen]:
        """The newest checkpoint of each number that was seen, as each file has it."""
        numbers = self._numbers(issuer, label)
        return [each for number in numbers for each in self.of(issuer, label, number)]

    def of(self, issuer: Address, label: str, number: int) -> list[Seen]:
        """The newest checkpoint of one number that was seen, as each file has it."""
        return list(self._of(issuer, label, number))

    def keep(self, issuer: Address, label: str, number: int, last: Checkpoint) -> None:
        """Have the key store remember a checkpoint that the log store remembers, too."""
        if self._journal is not None:
            # The log store has it: a disk that is full now must not make an act that is done fail.
            with suppress(StorageFull):
                log = (self._chain_id, issuer, label, number)
                self._journal.see_anchored(log, last.id, last.size)

    def forget(self, issuer: Address) -> None:
        """Believe from now on whatever the chain shows of all that is written here."""
        kept = self._journal.logs(self._chain_id) if self._journal else []
        if self._journal is not None:
            self._journal.forget_block(self._chain_id)
        for who in {issuer.lower(), *(each for each, _, _ in kept)}:
            for label in self.labels(who):
                self._forget(who, label)

    def require_block(self, number: int) -> None:
        """Refuse a node whose latest block is before one that was seen, and remember this one.

        Files that were put back know no newer leaf: only that there were more blocks.

        Args:
            number: The node's latest block.

        Raises:
            NodeBehind: A later one was seen.
        """
        if self._journal is None:
            return
        seen = self._journal.seen_block(self._chain_id)
        if number < seen:
            raise NodeBehind(url=self._url, seen=seen, shown=number)
        with suppress(StorageFull):
            self._journal.see_block(self._chain_id, number)

    def require(
        self, seen: Collection[Seen], issuer: Address, label: str, shown: Sequence[Anchored]
    ) -> None:
        """Refuse a node that does not show what was seen.

        Args:
            seen: What was; read before the node was asked, for others write meanwhile.
            issuer: Whose stream.
            label: Its label.
            shown: The checkpoints that the node shows, of these numbers at least.

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
        if self._journal is not None:
            kept = self._journal.seen_anchored((self._chain_id, issuer, label, number))
            if kept is not None:
                yield Seen(*kept, number)

    def _forget(self, issuer: Address, label: str) -> None:
        for number in self._numbers(issuer, label):
            self._logs.forget(issuer, stream_id(label, number))
            if self._journal is not None:
                self._journal.forget_anchored((self._chain_id, issuer, label, number))

    def _numbers(self, issuer: Address, label: str) -> list[int]:
        kept = {number for at, number in self._kept(issuer) if at == label}
        return sorted(kept.union(self._logs.numbers(issuer, label)))

    def _kept(self, issuer: Address) -> list[tuple[str, int]]:
        """Label and number of each log of an issuer in the key store."""
        logs = self._journal.logs(self._chain_id) if self._journal else []
        return [(label, number) for who, label, number in logs if who == issuer.lower()]
