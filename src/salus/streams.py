"""Streams of an issuer's log: their names, their checkpoints on chain, and proofs of leaves.

Example:
    >>> len(stream_id("records"))
    32
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus import merkle
from salus.errors import InputError
from salus.models import Address, Checkpoint

if TYPE_CHECKING:
    from salus.chain import Transaction


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint that is on chain: whose, which stream, and the block it was mined in."""

    issuer: Address
    stream: bytes
    checkpoint: Checkpoint
    block_number: int
    transaction: Transaction | None = None


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Proof that a leaf stands at ``index`` of the log of ``anchored``.

    Attributes:
        leaf: 32 bytes, before leaf hashing.
        path: RFC 9162 inclusion path, hashes from the leaf up.
    """

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    anchored: Anchored

    def verify(self) -> None:
        """Check the path against the checkpoint's root, offline.

        Raises:
            VerificationError: When it does not lead there.
        """
        checkpoint = self.anchored.checkpoint
        merkle.verify_inclusion(
            merkle.leaf_hash(self.leaf),
            self.index,
            size=checkpoint.size,
            proof=self.path,
            root=checkpoint.root,
        )


def stream_id(label: str) -> bytes:
    """Name a stream: SHA-256 of ``salus/stream/v1/<label>``.

    Args:
        label: A kind of thing, such as ``records``: never people.

    Returns:
        32 bytes.

    Raises:
        InputError: The label is empty.
    """
    if not label:
        raise InputError("a stream needs a label, such as 'records' or 'audit'")
    return hashlib.sha256(f"salus/stream/v1/{label}".encode()).digest()
