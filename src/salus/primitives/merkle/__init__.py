"""RFC 9162 Merkle trees with SHA-256: build, prove, verify. The only Merkle tree in Salus.

A leaf is hashed as ``SHA-256(0x00 || data)`` and a node as ``SHA-256(0x01 || left || right)``
(RFC 9162, section 2.1.1), so neither can pass for the other, and a proof binds index and size.
The contracts run the same verification; ``tests/vectors/merkle`` holds values for both.

Example:
    >>> from salus.primitives.merkle.tree import MerkleTree
    >>> from salus.primitives.merkle.hashing import leaf_hash
    >>> from salus.primitives.merkle.verify import verify_inclusion
    >>> log = MerkleTree()
    >>> [log.append(record) for record in (b"first", b"second", b"third")]
    [0, 1, 2]
    >>> proof = log.inclusion_proof(1)
    >>> verify_inclusion(leaf_hash(b"second"), 1, size=3, proof=proof, root=log.root())
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.merkle.hashing import EMPTY_ROOT, leaf_hash, node_hash
from salus.primitives.merkle.tree import MerkleTree
from salus.primitives.merkle.verify import verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "EMPTY_ROOT",
    "MerkleTree",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Give the root over hashed leaves; ``EMPTY_ROOT`` when there are none.

    Args:
        leaf_hashes: what :func:`leaf_hash` gave for each entry, in order, 32 bytes each.

    Returns:
        32 bytes.

    Raises:
        InvalidLeafHash: one of them is not 32 bytes long.
    """
    return MerkleTree(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Iterable[bytes], index: int) -> list[bytes]:
    """Prove one leaf (RFC 9162, section 2.1.3.1). For many proofs keep a :class:`MerkleTree`.

    Args:
        leaf_hashes: every leaf's hash, in order, 32 bytes each.
        index: the leaf to prove, from 0.

    Returns:
        The sibling hashes, 32 bytes each, from the leaf's level up.

    Raises:
        InvalidLeafHash: a leaf hash is not 32 bytes long.
        MerkleIndexOutOfRange: there is no such leaf.
    """
    return MerkleTree(leaf_hashes).inclusion_proof(index)


def consistency_proof(leaf_hashes: Iterable[bytes], old_size: int) -> list[bytes]:
    """Prove that the tree over ``leaf_hashes`` extends its first ``old_size`` leaves.

    Args:
        leaf_hashes: every leaf's hash, in order, 32 bytes each.
        old_size: how many leaves the smaller tree had.

    Returns:
        The proof of RFC 9162, section 2.1.4.1; empty when there is nothing to prove.

    Raises:
        InvalidLeafHash: a leaf hash is not 32 bytes long.
        MerkleIndexOutOfRange: ``old_size`` is larger than the tree.
    """
    return MerkleTree(leaf_hashes).consistency_proof(old_size)
