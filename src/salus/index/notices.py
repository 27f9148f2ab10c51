"""What a reader of the chain tells of each step.

Example:
    >>> BlocksRead(first=1, last=9, events=3).events
    3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from salus.primitives.values import typed


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class BlocksRead:
    """Blocks were read, and so many events in them; up to ``final`` nothing is taken back.

    Attributes:
        first: Number of the first block.
        last: Number of the last one.
        events: How many events are in them.
        head: Number of the node's latest block then.
        final: Number of the last block that counts as final; -1 where none does.
    """

    first: int
    last: int
    events: int
    head: int = -1
    final: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class BlocksUndone:
    """The chain took blocks back: their events, ``events`` in number and below zero, are gone.

    Attributes:
        first: Number of the first block that was taken back.
        last: Number of the last one that had been read.
        events: Less than zero: how many events the index lost.
        head: Number of the node's latest block then.
    """

    first: int
    last: int
    events: int
    head: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class BlocksFinal:
    """Blocks became final: their events are never taken back.

    Attributes:
        first: Number of the first block that became final.
        last: Number of the last one.
        events: How many events are in them.
    """

    first: int
    last: int
    events: int


Notice: TypeAlias = BlocksRead | BlocksUndone
