"""Making the file of the logs anew, from what the key database knows and the chain confirms.

Example:
    >>> Rebuilt("0x" + "11" * 20, "records", 1, leaves=3, anchored=2, missing=0).whole
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.anchors.stream_history import explains
from salus.anchors.streams import AnchoredCheckpoint
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.merkle import MerkleTree
from salus.primitives.values import typed
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.anchors.own_leaves import OwnLeaves
    from salus.anchors.store import LogStore
    from salus.anchors.syncing import Syncing

LABELS = ("records", "erasures", "emergency-releases", "consents")
"""Streams that the client writes by itself."""


@dataclass(frozen=True, slots=True)
@typed
class Rebuilt:
    """What is known of a stream now.

    Attributes:
        number: Which of its numbers.
        leaves: How many are in the log store.
        anchored: How many of them the chain confirms.
        missing: How many leaves the chain's last checkpoint claims beyond these: whoever has them
            is another writer or a thief, or they are lost.
    """

    issuer: Address
    stream: str
    number: int
    leaves: int
    anchored: int
    missing: int
    unknown: int = 0

    @property
    def whole(self) -> bool:
        """Whether the log can be written to."""
        return not self.missing


class Rebuilding:
    """Fills a log store for one chain."""

    def __init__(self, syncing: Syncing, logs: LogStore, own: OwnLeaves) -> None:
        self._syncing, self._logs, self._own = syncing, logs, own

    def rebuild(self, issuer: Address) -> tuple[Rebuilt, ...]:
        """See `Anchors.rebuild`."""
        if not self._own:
            raise InputError(
                "logs are rebuilt from the key database: set SALUS_STORAGE and SALUS_STATE"
            )
        kept = {(who, label) for who, label, _ in self._own.logs()}
        ours = {(issuer, label) for label in (*LABELS, *self._logs.labels(issuer))}
        done = [each for who, label in sorted(kept | ours) for each in self._one(who, label)]
        for who in {issuer, *(who for who, _ in kept)}:
            if all(each.whole for each in done if each.issuer == who):
                self._logs.mark_compared(who)
        return tuple(done)

    def _one(self, issuer: Address, label: str) -> Iterator[Rebuilt]:
        line = self._syncing.own_line(issuer, label)
        chain = line.histories()
        merging = _Merging(self._own, (issuer, label), chain, line.sizes(line.head))
        begun = self._logs.numbers(issuer, label)
        with self._own.alone():  # merging reads it
            self._logs.rewrite(
                issuer,
                label,
                lambda read: merging.merged(begun, read),
                passed_by=chain.keys() - merging.stands,
            )
        for number in sorted({*merging.leaves, *chain}):
            leaves, anchored = merging.leaves.get(number, []), merging.anchored.get(number, 0)
            history = chain.get(number, [])
            if history:
                true = [each for each in history if each.checkpoint.size <= anchored]
                last = history[-1].checkpoint.size
                self._logs.remember(issuer, stream_id(label, number), true, of=last)
            if leaves or history:
                claimed = history[-1].checkpoint.size if history and number == line.number else 0
                missing = max(claimed - anchored, 0)
                unknown = merging.unknown.get(number, 0)
                yield Rebuilt(issuer, label, number, len(leaves), anchored, missing, unknown)


class _Merging:
    """Makes one stream's leaves anew: what the chain confirms, then what the key database expects.

    Whatever lies in the log store besides was put there by nobody who has the key database.
    """

    def __init__(
        self,
        own: OwnLeaves,
        stream: tuple[Address, str],
        chain: Mapping[int, Sequence[AnchoredCheckpoint]],
        sizes: Mapping[int, int],
    ) -> None:
        self._own, self._stream, self._chain = own, stream, chain
        self._sizes, self.stands = sizes, {1, *sizes}
        self.leaves: dict[int, list[bytes]] = {}
        self.anchored: dict[int, int] = {}
        self.unknown: dict[int, int] = {}

    def merged(
        self, begun: Sequence[int], read: Callable[[int], list[bytes]]
    ) -> dict[int, list[bytes]]:
        """The leaves of each number; those that wait are in the newest that is confirmed.

        What does not stand waits, too: readers do not count it where it is.
        """
        known = set(self._own.numbers(*self._stream))
        waiting: list[bytes] = []
        for number in sorted({*begun, *known}):
            waiting += self._confirm(number, read(number), number in known)
        newest = max(self.stands & self.leaves.keys())
        waiting += self._lost(newest)
        anchored = frozenset(
            leaf for number in self.stands & self.leaves.keys() for leaf in self.leaves[number]
        )
        self.leaves[newest] += dict.fromkeys(each for each in waiting if each not in anchored)
        return self.leaves

    def _lost(self, newest: int) -> list[bytes]:
        """Take out what does not stand in numbers before the newest; what is passed by is kept."""
        lost: list[bytes] = []
        for number, leaves in self.leaves.items():
            end = len(leaves) if number == newest else self._sizes.get(number, 0)
            lost += leaves[max(end, int(number > 1)) :]
            if number in self.stands and number != newest:
                self.leaves[number] = leaves[:end]
                self.anchored[number] = min(self.anchored[number], end)
        return lost

    def _confirm(self, number: int, here: list[bytes], known: bool) -> list[bytes]:
        """Take what the chain confirms of a number; give the leaves that wait."""
        log = (*self._stream, number)
        there = self._own.leaves(log) if known else []
        history = self._chain.get(number, [])
        best = max((here, there), key=lambda leaves: _explained(leaves, history))
        end = _explained(best, history)
        if number == 1 or end:
            self.leaves[number], self.anchored[number] = best[:end], end
        # The first leaf of a later number names what it goes on from: it is made anew.
        since = max(end, int(number > 1))
        confirmed = frozenset(best[:end])
        waiting = [each for each in here[since:] if each not in confirmed]
        ours = [each for each in waiting if self._own.knows(log, each)]
        self.unknown[number] = len(waiting) - len(ours)
        return [*ours, *(each for each in there[since:] if each not in confirmed)]


def _explained(leaves: Sequence[bytes], history: Sequence[AnchoredCheckpoint]) -> int:
    """How many of the leaves the chain confirms."""
    tree = MerkleTree.of(leaves)
    sizes = (each.checkpoint.size for each in history if explains(tree, each.checkpoint))
    return max(sizes, default=0)
