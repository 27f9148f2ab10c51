"""Which number of one's own stream readers count, remembered while the chain is as it was read.

A node may have lied when a number was begun, or the chain taken back what was its reason: then no
reader counts that number, whatever is written to it. So a client asks, and asks anew as soon as the
answer may be another; another process asks for itself.

Example:
    >>> Followed(number=2, begun=2, heads={1: b"h" * 32}, block=7, hash="0x07").number
    2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.chain.errors import ArgumentsInvalid
from salus.primitives.address import Address
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.anchors.stream_numbers import Line
    from salus.chain.chain import Block, Chain


@dataclass(frozen=True, slots=True)
@typed
class Followed:
    """What readers count of a stream, and what that rests on.

    Attributes:
        number: The number that stands.
        begun: How many there are, with those that are passed by.
        heads: The last checkpoints of the numbers before it, on the way to it.
        block: A block that none of this is later than.
        hash: That block's.
    """

    number: int
    begun: int
    heads: Mapping[int, bytes]
    block: int
    hash: str


class Following:
    """What one process read of its own streams of several numbers."""

    def __init__(self, chain: Chain, head: Callable[[Address, str, int], bytes]) -> None:
        self._chain, self._head = chain, head
        self._read: dict[tuple[Address, str], Followed] = {}

    def number(self, issuer: Address, label: str) -> int | None:
        """The number that readers count; None where it has to be asked."""
        known = self._read.get((issuer, label))
        if known is not None and self._is_as_it_was(issuer, label, known):
            return known.number
        self.forget(issuer, label)
        return None

    def note(self, line: Line, before: Block) -> None:
        """Remember what was read after a block, where nothing of it is later than that block."""
        whole = line.everything
        if any(each.block_number > before.number for each in whole):
            return
        heads = {each.number: each.checkpoint.id for each in whole}
        on_the_way = {each: heads.get(each, bytes(32)) for each in line.ways.get(line.number, {})}
        self._read[line.issuer, line.label] = Followed(
            line.number, line.begun, on_the_way, before.number, before.hash
        )

    def forget(self, issuer: Address, label: str) -> None:
        """Forget the answer: the node showed something else, or a number was begun."""
        self._read.pop((issuer, label), None)

    def clear(self) -> None:
        """Forget all answers."""
        self._read.clear()

    def _is_as_it_was(self, issuer: Address, label: str, known: Followed) -> bool:
        """Whether the chain has the same block, no number more or less, and the same ends."""
        try:
            if self._chain.block(known.block).hash != known.hash:
                return False
        except ArgumentsInvalid:  # the chain is shorter now
            return False
        if any(self._head(issuer, label, known.begun + 1)):
            return False
        if known.begun > 1 and not any(self._head(issuer, label, known.begun)):
            return False
        return all(self._head(issuer, label, n) == head for n, head in known.heads.items())
