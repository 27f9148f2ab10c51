"""A growing RFC 9162 tree: 64 bytes a leaf, any earlier size still provable.

`salus_verify.merkle` holds the hashes and both verifications; the contracts run the same, and
``tests/vectors/merkle`` holds values for all of them. Only complete subtrees are stored, level by
level in flat buffers: they never change again, and every root and proof of every size is made of a
handful of them.

Example:
    >>> log = MerkleTree()
    >>> log.extend([b"a", b"b", b"c", b"d", b"e"])
    >>> log.root(2) == MerkleTree.of([b"a", b"b"]).root()
    True
"""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from struct import iter_unpack
from typing import TYPE_CHECKING

from salus.primitives.errors import InvalidLeafHash, MerkleIndexOutOfRange
from salus_verify.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Large enough to spread the cost of a batch, small enough to stay in the CPU's cache.
_BATCH = 4096


class MerkleTree:
    """An append-only log of leaves. Nothing in it can be changed, only added to.

    Args:
        leaf_hashes: hashes of entries that are already in the log, 32 bytes each.

    Raises:
        InvalidLeafHash: one of them is not 32 bytes long.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend_hashed(leaf_hashes)

    @classmethod
    def of(cls, entries: Iterable[bytes]) -> MerkleTree:
        """Build the tree over entries, not hashed."""
        tree = cls()
        tree.extend(entries)
        return tree

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def __iter__(self) -> Iterator[bytes]:
        return (leaf for (leaf,) in iter_unpack("32s", bytes(self._levels[0])))

    def __repr__(self) -> str:
        return f"MerkleTree(size={len(self)}, root={self.root().hex()})"

    def append(self, data: bytes) -> int:
        """Add one entry, not hashed, and return the index of its leaf."""
        index = len(self)
        self._add(leaf_hash(data))
        return index

    def extend(self, entries: Iterable[bytes]) -> None:
        """Add many entries, not hashed: several times faster than one by one."""
        remaining = iter(entries)
        while batch := list(islice(remaining, _BATCH)):
            self._add(b"".join([sha256(b"\x00" + data).digest() for data in batch]))

    def extend_hashed(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaves by their hashes, for instance when a log is loaded again."""
        remaining = iter(leaf_hashes)
        while batch := list(islice(remaining, _BATCH)):
            for offset, hashed in enumerate(batch):
                if len(hashed) != HASH_BYTES:
                    raise InvalidLeafHash(index=len(self) + offset, length=len(hashed))
            self._add(b"".join(batch))

    def leaf(self, index: int) -> bytes:
        """Return one leaf's hash, 32 bytes."""
        self._check("index", index, len(self) - 1)
        return self._node(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root, now or when the tree had ``size`` leaves; SHA-256 of nothing for none.

        Raises:
            MerkleIndexOutOfRange: the tree never had this size.
        """
        size = len(self) if size is None else size
        self._check("size", size, len(self))
        return self._range_root(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Prove one leaf, as of ``size`` leaves (RFC 9162, section 2.1.3.1), from its level up.

        Raises:
            MerkleIndexOutOfRange: that tree has no such leaf, or the tree never had this size.
        """
        size = len(self) if size is None else size
        self._check("size", size, len(self))
        self._check("index", index, size - 1)
        proof, start, end = [], 0, size
        while end - start > 1:
            middle = start + _largest_power_below(end - start)
            if index < middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        return proof[::-1]

    def consistency_proof(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """Prove that the tree only grew between two sizes (RFC 9162, section 2.1.4.1).

        Raises:
            MerkleIndexOutOfRange: the tree never had these sizes, or they are in the wrong order.
        """
        new_size = len(self) if new_size is None else new_size
        self._check("size", new_size, len(self))
        self._check("old size", old_size, new_size)
        if old_size in (0, new_size):
            return []
        proof, start, end = [], 0, new_size
        while end != old_size:
            middle = start + _largest_power_below(end - start)
            if old_size <= middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        # A subtree from the very first leaf is the old tree itself, whose root is known.
        if start:
            proof.append(self._range_root(start, end))
        return proof[::-1]

    def _add(self, leaves: bytes) -> None:
        self._levels[0] += leaves
        for depth, level in enumerate(self._levels):
            if len(level) < 2 * HASH_BYTES:
                return
            if depth + 1 == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[depth + 1]
            fresh = level[2 * len(above) : len(level) // (2 * HASH_BYTES) * (2 * HASH_BYTES)]
            above += b"".join([sha256(b"\x01" + pair).digest() for (pair,) in _pairs(fresh)])

    def _node(self, depth: int, position: int) -> bytes:
        offset = position * HASH_BYTES
        return bytes(self._levels[depth][offset : offset + HASH_BYTES])

    def _range_root(self, start: int, end: int) -> bytes:
        """Hash leaves start..end; start is a multiple of every complete subtree that they need."""
        running, width = None, end - start
        while width:
            depth = (width & -width).bit_length() - 1
            width -= 1 << depth
            subtree = self._node(depth, (start + width) >> depth)
            running = subtree if running is None else node_hash(subtree, running)
        assert running is not None, "callers never ask for an empty range"  # noqa: S101
        return running

    def _check(self, what: str, value: int, largest: int) -> None:
        if not 0 <= value <= largest:
            raise MerkleIndexOutOfRange(what=what, value=value, size=len(self))


def _pairs(level: bytearray) -> Iterator[tuple[bytes]]:
    return iter_unpack("64s", level)


def _largest_power_below(width: int) -> int:
    return 1 << (width - 1).bit_length() - 1
