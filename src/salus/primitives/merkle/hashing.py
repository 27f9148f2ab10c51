"""Leaf and node hashes of RFC 9162, section 2.1.1.

Example:
    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
"""

from __future__ import annotations

from hashlib import sha256

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
