"""Hashes and verifications of RFC 9162: inclusion (2.1.3.2) and consistency (2.1.4.2).

Example:
    >>> only = leaf_hash(b"the only entry")
    >>> verify_inclusion(only, 0, size=1, proof=[], root=only)
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from salus_verify.errors import ConsistencyProofMismatch, InclusionProofMismatch

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash one entry of a log: ``SHA-256(0x00 || data)``."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent: ``SHA-256(0x01 || left || right)``."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    leaf: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at ``index`` of the tree.

    Args:
        index: The leaf's index, from 0.
        proof: The sibling hashes, 32 bytes each, from the leaf's level up.
        root: The tree's root, 32 bytes.

    Raises:
        InclusionProofMismatch: It does not.
    """
    found = inclusion_root(leaf, index, size=size, proof=proof)
    if found != root:
        wrong = "a hash is not 32 bytes long" if _has_wrong_length(root) else "the root differs"
        raise InclusionProofMismatch(index=index, size=size, reason=wrong)


def inclusion_root(leaf: bytes, index: int, *, size: int, proof: Sequence[bytes]) -> bytes:
    """Compute the root that a proof leads to; arguments as in :func:`verify_inclusion`.

    Raises:
        InclusionProofMismatch: Index and size do not allow such a proof.
    """
    if reason := _why_no_path(leaf, index, size, proof):
        raise InclusionProofMismatch(index=index, size=size, reason=reason)
    both, running = _levels_of_two(index, size), leaf
    for level, sibling in enumerate(proof):
        # above the levels of two nodes the leaf is at the right edge: each sibling is to its left
        on_the_right = level >= both or index >> level & 1
        running = node_hash(sibling, running) if on_the_right else node_hash(running, sibling)
    return running


def path_length(index: int, size: int) -> int:
    """How many hashes prove the leaf at ``index`` of ``size``."""
    both = _levels_of_two(index, size)
    return both + (index >> both).bit_count()


def verify_consistency(
    old_size: int, new_size: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the larger tree only appended to the smaller one.

    The RFC leaves two cases to the caller; here any tree extends the empty one, and every tree
    extends itself, both with an empty proof.

    Args:
        old_root: The smaller tree's root, 32 bytes.
        new_root: The larger tree's root, 32 bytes.
        proof: The hashes of the consistency proof, 32 bytes each.
    """
    reason = _consistency_fault(old_size, new_size, old_root, new_root, proof)
    if reason:
        raise ConsistencyProofMismatch(old_size=old_size, new_size=new_size, reason=reason)


def _levels_of_two(index: int, size: int) -> int:
    """Levels, from the leaves up, at which a leaf's node has a sibling on either side."""
    return (index ^ (size - 1)).bit_length()


def _why_no_path(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> str | None:
    if not 0 <= index < size:
        return "there is no such index"
    if _has_wrong_length(leaf, *proof):
        return "a hash is not 32 bytes long"
    length = path_length(index, size)
    if len(proof) > length:
        return "the proof is too long"
    return "the proof is too short" if len(proof) < length else None


def _consistency_fault(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> str | None:
    if not 0 <= old_size <= new_size:
        return "the log would have shrunk"
    if _has_wrong_length(old_root, new_root, *proof):
        return "a hash is not 32 bytes long"
    if old_size in (0, new_size):
        expected = new_root if old_size == new_size else EMPTY_ROOT
        if new_size == 0 and new_root != EMPTY_ROOT:
            return "the new root differs"
        if proof:
            return "the proof is too long"
        return None if old_root == expected else "the old root differs"
    return _walk_both_trees(old_size, new_size, old_root, new_root, proof)


def _walk_both_trees(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> str | None:
    # A smaller tree that is a whole power of two is itself the proof's first node.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not proof:
        return "the proof is too short"
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_running = new_running = path[0]
    for sibling in path[1:]:
        if last == 0:
            return "the proof is too long"
        if node & 1 or node == last:
            old_running = node_hash(sibling, old_running)
            new_running = node_hash(sibling, new_running)
            # levels on which the right edge has no sibling, which the proof leaves out
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new_running = node_hash(new_running, sibling)
        node, last = node >> 1, last >> 1
    if last:
        return "the proof is too short"
    if old_running != old_root:
        return "the old root differs"
    return None if new_running == new_root else "the new root differs"


def _has_wrong_length(*hashes: bytes) -> bool:
    return any(len(part) != HASH_BYTES for part in hashes)
