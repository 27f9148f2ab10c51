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
    """Hash one entry of a log: ``SHA-256(0x00 || data)``.

    Args:
        data: the entry's bytes, of any length.

    Returns:
        32 bytes.
    """
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent: ``SHA-256(0x01 || left || right)``.

    Args:
        left: the left subtree's hash, 32 bytes.
        right: the right subtree's hash, 32 bytes.

    Returns:
        32 bytes.
    """
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    leaf: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at ``index`` of the tree (RFC 9162, section 2.1.3.2).

    Args:
        leaf: the *hash* of the entry (``leaf_hash(data)``), computed from data that you hold.
        index: the leaf's index, from 0.
        size: the tree's size in leaves.
        proof: the sibling hashes, 32 bytes each, from the leaf's level up.
        root: the tree's root, 32 bytes.

    Raises:
        InclusionProofMismatch: it does not.
    """
    reason = _inclusion_fault(leaf, index, size, proof, root)
    if reason:
        raise InclusionProofMismatch(index=index, size=size, reason=reason)


def verify_consistency(
    old_size: int, new_size: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the larger tree only appended to the smaller one (RFC 9162, section 2.1.4.2).

    The RFC leaves two cases to the caller; here any tree extends the empty one, and every tree
    extends itself, both with an empty proof.

    Args:
        old_size: the smaller tree's size in leaves.
        new_size: the larger tree's size in leaves.
        old_root: the smaller tree's root, 32 bytes.
        new_root: the larger tree's root, 32 bytes.
        proof: the hashes of the consistency proof, 32 bytes each.

    Raises:
        ConsistencyProofMismatch: it does not extend it, or the proof does not show it.
    """
    reason = _consistency_fault(old_size, new_size, old_root, new_root, proof)
    if reason:
        raise ConsistencyProofMismatch(old_size=old_size, new_size=new_size, reason=reason)


def _inclusion_fault(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> str | None:
    if not 0 <= index < size:
        return "there is no such index"
    if _has_wrong_length(leaf, root, *proof):
        return "a hash is not 32 bytes long"
    node, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return "the proof is too long"
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            node, last = _skip_missing_siblings(node, last)
        else:
            running = node_hash(running, sibling)
        node, last = node >> 1, last >> 1
    if last:
        return "the proof is too short"
    return None if running == root else "the root differs"


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
            node, last = _skip_missing_siblings(node, last)
        else:
            new_running = node_hash(new_running, sibling)
        node, last = node >> 1, last >> 1
    if last:
        return "the proof is too short"
    if old_running != old_root:
        return "the old root differs"
    return None if new_running == new_root else "the new root differs"


def _skip_missing_siblings(node: int, last: int) -> tuple[int, int]:
    """Climb the levels on which the right edge has no sibling, which the proof leaves out."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _has_wrong_length(*hashes: bytes) -> bool:
    return any(len(part) != HASH_BYTES for part in hashes)
