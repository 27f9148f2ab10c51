"""What an index needs of the place where it is: a file of SQLite's, or a Postgres database.

Both hold rows, blocks and the place that was reached, and change them in one transaction, only
where the place is still the one that the reader began at: whoever comes second, or again, changes
nothing.

Example:
    >>> from salus.index.file import IndexFile
    >>> isinstance(IndexFile.open("memory:"), IndexStore)
    True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from salus.index.rows import LogRow
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Origin:
    """Which events an index is of: chain id, hash of block 0, contracts in lower case.

    The hash is empty where the node that was asked first had no block 0 any more.
    """

    chain_id: int
    genesis: bytes
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
@typed
class Reached:
    """How far an index was read.

    Attributes:
        first: The first block that it holds the events of.
        block: The last one, one less than the first where it holds none.
        hash: That block's, 32 bytes; empty where it holds none.
        final: The last one whose events are never taken back.
    """

    first: int
    block: int
    hash: bytes
    final: int


@runtime_checkable
class IndexStore(Protocol):
    """One index; safe to share between threads."""

    url: str
    """Where it is, without credentials."""

    def close(self) -> None:
        """Close it."""

    def origin(self) -> Origin | None:
        """Which events it is of; None before anything was read."""

    def begin(self, origin: Origin, *, first: int) -> None:
        """Say which events it is of, unless it says so already."""

    def name_genesis(self, genesis: bytes) -> None:
        """Say which block 0 the chain begins with, where that was not known."""

    def reached(self) -> Reached:
        """How far it was read."""

    def blocks(self) -> list[tuple[int, bytes]]:
        """The blocks that may be taken back, and the last that may not, newest first."""

    def add(
        self,
        after: Reached,
        rows: Sequence[LogRow],
        *,
        kinds: Mapping[int, tuple[bytes, bytes]],
        blocks: Sequence[tuple[int, bytes]],
        final: int,
    ) -> bool:
        """Write what follows a place; False, and nothing, where the index is not there any more."""

    def finalize(self, final: int) -> None:
        """Note that no block up to this one is taken back any more."""

    def undo(self, after: Reached, *, to: int) -> int | None:
        """Forget what is behind a block; how many events, None where another did that meanwhile."""

    def hook(self) -> tuple[bytes, bytes] | None:
        """Who is told of what is read, and what was told, sealed by who tells; None for nobody."""

    def keep_hook(
        self, target: bytes, state: bytes, *, instead: tuple[bytes, bytes] | None
    ) -> bool:
        """Keep what was told; False, and nothing, where something else stands there meanwhile."""

    def drop_hook(self, target: bytes | None = None) -> bool:
        """Tell nobody, or a target no more; whether somebody was told."""

    def holds(self, number: int, hashed: bytes) -> bool:
        """Whether a block is among those that it still holds the hashes of."""

    def rows(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[LogRow]:
        """Rows of one kind whose topics are these, None for any, from block to block."""

    def blocks_of(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[int]:
        """The blocks of such rows, in the order of the chain."""

    def count(self) -> dict[int, int]:
        """How many rows there are of each kind."""

    def newest(self) -> int | None:
        """The last block that it has a row of."""

    def count_in(self, *, first: int, last: int) -> int:
        """How many rows there are of some blocks."""

    def has(self, kind: int, topics: Sequence[bytes], *, block: int | None = None) -> bool:
        """Whether there is a row of a kind whose first topics are these, in a block if named."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Read several things as they are at one moment."""

    def lease(self, wait: float) -> AbstractContextManager[None]:
        """Be the only one who reads into it, waiting so many seconds for another.

        Raises:
            IndexInUse: Another has it all the time.
        """
