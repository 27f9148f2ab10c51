"""A stream through all of its numbers: which checkpoints stand, and which were disowned.

Whoever holds an issuer's key can anchor what is not of the issuer's log. After the key changed, the
issuer goes on in the stream's next number, whose first checkpoint is of one leaf and names the last
true checkpoint. Everybody reads that from the chain alone. What is not on the way to the newest
number was disowned: it stays visible and is counted, for it may be what the issuer wants to lose.

A number without a reason is passed by: one that disowns nothing when it begins, or what was
anchored after the issuer last changed hands.

Example:
    >>> Line("0x" + "11" * 20, "records", (), ()).head is None
    True
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from salus.anchors.streams import AnchoredCheckpoint, going_on_leaf
from salus.contracts.event import EventPlace
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify import merkle
from salus_verify.log import Checkpoint


@dataclass(frozen=True, slots=True)
@typed
class Line:
    """A stream as the chain has it.

    Attributes:
        issuer: Whose stream.
        label: Its label.
        standing: The checkpoints that stand, oldest first, through all numbers.
        disowned: Those that were anchored in the issuer's name and that it does not go on from.
        begun: How many numbers there are, with those that are passed by.
        ways: The numbers that count, each with the way to its beginning: how many checkpoints of
            which numbers.
    """

    issuer: Address
    label: str
    standing: tuple[AnchoredCheckpoint, ...]
    disowned: tuple[AnchoredCheckpoint, ...]
    begun: int = 0
    ways: Mapping[int, Mapping[int, int]] = field(default_factory=dict, repr=False)

    @property
    def head(self) -> AnchoredCheckpoint | None:
        """The newest checkpoint that stands."""
        return self.standing[-1] if self.standing else None

    @property
    def number(self) -> int:
        """The number that stands: 1, until it went on after a theft."""
        return self.standing[-1].number if self.standing else 1

    @property
    def everything(self) -> list[AnchoredCheckpoint]:
        """All checkpoints, oldest first."""
        return sorted((*self.standing, *self.disowned), key=lambda each: each.place)

    def histories(self) -> dict[int, list[AnchoredCheckpoint]]:
        """The checkpoints of each number, oldest first."""
        found: dict[int, list[AnchoredCheckpoint]] = {}
        for each in self.everything:
            found.setdefault(each.number, []).append(each)
        return found

    @typed_arguments
    def beyond(self, last: AnchoredCheckpoint | None) -> list[AnchoredCheckpoint]:
        """What is left behind by going on from a checkpoint of a number that counts."""
        way = self.ways[last.number] if last else {}
        passed: dict[int, int] = {}
        left: list[AnchoredCheckpoint] = []
        for each in self.everything:
            at = passed[each.number] = passed.get(each.number, 0) + 1
            ends_there = last and each.number == last.number and each.place <= last.place
            if not ends_there and at > way.get(each.number, 0):
                left.append(each)
        return left

    @typed_arguments
    def sizes(self, last: AnchoredCheckpoint | None) -> dict[int, int]:
        """How many leaves of each number are on the way to a checkpoint of a number that counts."""
        left = {(each.number, each.checkpoint.id) for each in self.beyond(last)}
        return {
            each.number: each.checkpoint.size
            for each in self.everything
            if (each.number, each.checkpoint.id) not in left
        }

    @property
    def disowned_leaves(self) -> int:
        """How many leaves the disowned checkpoints claim beyond what stands."""
        stands = {each.number: each.checkpoint.size for each in self.standing}
        claimed = {each.number: each.checkpoint.size for each in self.disowned}
        return sum(size - stands.get(number, 0) for number, size in claimed.items())


def read_line(
    issuer: Address,
    label: str,
    numbers: Sequence[Sequence[AnchoredCheckpoint]],
    changes: Callable[[], Sequence[EventPlace]],
) -> Line:
    """Return what stands of a stream."""
    ways = _Ways(issuer, label, numbers, cache(changes))
    for history in sorted((each for each in numbers[1:] if each), key=lambda of: of[0].place):
        ways.take(history)
    standing, lost = ways.divide()
    return Line(issuer, label, standing, lost, len(numbers), ways.counted)


class _Ways:
    """The numbers that count, each with the way to it: how many checkpoints of which number."""

    def __init__(
        self,
        issuer: Address,
        label: str,
        numbers: Sequence[Sequence[AnchoredCheckpoint]],
        changes: Callable[[], Sequence[EventPlace]],
    ) -> None:
        self._issuer, self._label, self._changes = issuer, label, changes
        self._histories = {each[0].number: each for each in numbers if each}
        placed = [(each, at) for number in numbers for at, each in enumerate(number)]
        self._placed = sorted(placed, key=lambda both: both[0].place)
        self._places = [each.place for each, _ in self._placed]
        self.counted: dict[int, dict[int, int]] = {1: {}}
        self._last = 1
        self._ends = {self._root(1, Checkpoint.none()): (1, 0)}
        self._offer(self._histories.get(1, ()))

    def take(self, history: Sequence[AnchoredCheckpoint]) -> None:
        """Count a number, if it names a true checkpoint and has a reason."""
        first = history[0]
        named = self._ends.get(first.checkpoint.root) if first.checkpoint.size == 1 else None
        if named is None:
            return
        number, count = named
        way = {**self.counted[number], number: count}
        before = count == 0 or self._histories[number][count - 1].place < first.place
        if before and self._has_reason(first.place, way):
            self.counted[first.number] = way
            self._last = first.number
            self._offer(history)

    def divide(self) -> tuple[tuple[AnchoredCheckpoint, ...], tuple[AnchoredCheckpoint, ...]]:
        """What stands, in the order of the way, and what does not, by time."""
        way = {**self.counted[self._last], self._last: len(self._histories.get(self._last, ()))}
        standing = (each for n, count in way.items() for each in self._on(n, count))
        lost = (each for each, at in self._placed if at >= way.get(each.number, 0))
        return tuple(standing), tuple(lost)

    def _on(self, number: int, count: int) -> Sequence[AnchoredCheckpoint]:
        return self._histories[number][:count] if count else ()

    def _offer(self, history: Sequence[AnchoredCheckpoint]) -> None:
        for count, each in enumerate(history, start=1):
            self._ends[self._root(each.number, each.checkpoint)] = (each.number, count)

    def _root(self, after: int, last: Checkpoint) -> bytes:
        return merkle.leaf_hash(going_on_leaf(self._issuer, self._label, after=after, last=last))

    def _has_reason(self, began: EventPlace, way: Mapping[int, int]) -> bool:
        """Whether the issuer changed hands between the last that is disowned and the beginning."""
        for place in range(bisect_left(self._places, began) - 1, -1, -1):
            each, at = self._placed[place]
            if at >= way.get(each.number, 0):
                return any(each.place < change < began for change in self._changes())
        return False
