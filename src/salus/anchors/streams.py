"""Streams of an issuer's log: their names, their checkpoints on chain, and proofs of leaves.

A stream has numbers: ``records``, then ``records/2`` after a theft ended the first, and so on. The
first leaf of a later number names the checkpoint that it goes on from.

Example:
    >>> stream_id("records", 2) == stream_id("records")
    False
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from salus.chain.contract import Transaction
from salus.contracts.event import EventPlace
from salus.primitives.address import Address, lower_case
from salus.primitives.values import typed
from salus_verify import merkle
from salus_verify.encoding import canonical
from salus_verify.log import Checkpoint, stream_id


@dataclass(frozen=True, slots=True)
@typed
class AnchoredCheckpoint:
    """A checkpoint that is on chain: whose, which stream, and the block it was mined in.

    Attributes:
        number: Which number of its stream ``stream`` names.
        log_index: Its place among the events of its block, where it was read from them.
    """

    issuer: Address
    stream: bytes
    checkpoint: Checkpoint
    block_number: int
    transaction: Transaction | None = None
    number: int = 1
    log_index: int = field(default=0, compare=False, repr=False)

    @property
    def place(self) -> EventPlace:
        """Where its event stands, where it was read from it."""
        return EventPlace(self.block_number, self.log_index)


@dataclass(frozen=True, slots=True)
@typed
class Inclusion:
    """Proof that a leaf stands at ``index`` of the log of ``anchored``.

    Attributes:
        leaf: 32 bytes, before leaf hashing.
        path: RFC 9162 inclusion path, hashes from the leaf up.
    """

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    anchored: AnchoredCheckpoint

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


def going_on_leaf(issuer: Address, label: str, *, after: int, last: Checkpoint) -> bytes:
    """Make the first leaf of a stream's later number: it names the checkpoint that it follows.

    It stands alone in that number's first checkpoint, so that everybody can tell from the chain:
    SHA-256 of ``salus/stream-goes-on/v1``, a zero byte, and the facts as RFC 8785 JSON.
    """
    facts = {
        "issuer": lower_case(issuer),
        "stream": stream_id(label).hex(),
        "after": stream_id(label, after).hex(),
        "head": last.id.hex(),
    }
    return hashlib.sha256(b"salus/stream-goes-on/v1\0" + canonical(facts)).digest()
