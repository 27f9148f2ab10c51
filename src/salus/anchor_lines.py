"""A stream through all of its numbers: which checkpoints stand, and which were disowned.

Whoever holds an issuer's key can anchor what is no log of the issuer's. After the key changed, the
issuer goes on in the stream's next number, whose first checkpoint is of one leaf and names the last
true checkpoint. Everybody reads that from the chain alone. What is not on the way to the newest
number was disowned: it stays visible and is counted, for it may be what the issuer wants to lose.

Example:
    >>> Line("0x" + "11" * 20, "records", (), ()).head is None
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from salus import merkle
from salus.models import Address, Checkpoint
from salus.streams import Anchored, going_on_leaf
from salus.values import typed

Moment: TypeAlias = tuple[int, int]
"""A block, and a place among its events."""


@dataclass(frozen=True, slots=True)
@typed
class Line:
    """A stream as the chain has it.

    Attributes:
        issuer: Whose stream.
        label: Its label.
        standing: The checkpoints that stand, oldest first, through all numbers.
        disowned: Those that were anchored in the issuer's name and that it does not go on from.
    """

    issuer: Address
    label: str
    standing: tuple[Anchored, ...]
    disowned: tuple[Anchored, ...]

    @property
    def head(self) -> Anchored | None:
        """The newest checkpoint that stands."""
        return self.standing[-1] if self.standing else None

    @property
    def disowned_leaves(self) -> int:
        """How many leaves the disowned checkpoints claim beyond what stands."""
        stands = {each.number: each.checkpoint.size for each in self.standing}
        claimed = {each.number: each.checkpoint.size for each in self.disowned}
        return sum(size - stands.get(number, 0) for number, size in claimed.items())


def moment(anchored: Anchored) -> Moment:
    """When a checkpoint was anchored."""
    return anchored.block_number, anchored.log_index


def read_line(
    issuer: Address,
    label: str,
    numbers: Sequence[Sequence[Anchored]],
    changes: Callable[[], Sequence[Moment]],
) -> Line:
    """Tell what stands of a stream.

    Args:
        issuer: Whose stream.
        label: Its label.
        numbers: The checkpoints of each of its numbers, oldest first.
        changes: Tells when the issuer changed hands; asked where there is more than one number.

    Returns:
        The stream: of the numbers that go on from a true checkpoint, the one that began last, and
        the way to it. One that disowns what its own key anchored does not count.
    """
    everything = [each for number in numbers for each in number]
    ways = [list(numbers[0])] if numbers and numbers[0] else []
    later = sorted((each for each in numbers[1:] if each), key=lambda each: moment(each[0]))
    for history in later:
        way = _way_to(issuer, label, history[0], ways)
        if way is not None and _founded(history[0], way, everything, changes()):
            ways.append([*way, *history])
    standing = ways[-1] if ways else []
    kept = {(each.number, each.checkpoint.id) for each in standing}
    lost = [each for each in everything if (each.number, each.checkpoint.id) not in kept]
    return Line(issuer, label, tuple(standing), tuple(sorted(lost, key=moment)))


def _way_to(
    issuer: Address, label: str, first: Anchored, ways: Sequence[Sequence[Anchored]]
) -> list[Anchored] | None:
    """The checkpoints up to the one that a number's first leaf names."""
    if first.checkpoint.size != 1:
        return None
    for way in _beginnings(ways):
        after, last = (way[-1].number, way[-1].checkpoint) if way else (1, Checkpoint.none())
        leaf = going_on_leaf(issuer, label, first.number, after=after, last=last)
        if merkle.leaf_hash(leaf) == first.checkpoint.root:
            return way
    return None


def _beginnings(ways: Sequence[Sequence[Anchored]]) -> Iterator[list[Anchored]]:
    for way in reversed(ways):
        for end in range(len(way), 0, -1):
            yield list(way[:end])
    yield []


def _founded(
    first: Anchored,
    way: Sequence[Anchored],
    everything: Sequence[Anchored],
    changes: Sequence[Moment],
) -> bool:
    """Whether the issuer changed hands between what a number disowns and its beginning."""
    kept = {(each.number, each.checkpoint.id) for each in way}
    began = moment(first)
    disowned = [
        moment(each)
        for each in everything
        if moment(each) < began and (each.number, each.checkpoint.id) not in kept
    ]
    return not disowned or any(max(disowned) < change < began for change in changes)
