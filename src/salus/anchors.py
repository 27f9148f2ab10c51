r"""Append-only logs: add leaves, anchor a checkpoint, prove inclusion and consistency.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> anchored = salus.anchors.append("records", [b"\x01" * 32])
    >>> anchored.checkpoint.size
    1
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus import merkle
from salus.acts import Acts
from salus.errors import InputError, VerificationError
from salus.logs import LogStore
from salus.models import Address, Checkpoint

if TYPE_CHECKING:
    from salus.chain import Chain, Transaction
    from salus.chain.signers import Account, Signer


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
    """A stream's 32 bytes: SHA-256 of ``salus/stream/v1/<label>``; name a kind, not people."""
    if not label:
        raise InputError("a stream needs a label, such as 'records' or 'audit'")
    return hashlib.sha256(f"salus/stream/v1/{label}".encode()).digest()


class Anchors(Acts):
    """The client's side of `AnchorRegistry`, with the leaves kept in a log store."""

    contract_name = "AnchorRegistry"

    def __init__(self, chain: Chain, account: Account | None, logs: LogStore) -> None:
        super().__init__(chain, account)
        self._logs = logs

    def head_id(self, issuer: Address, stream: str) -> bytes:
        """Id of the stream's last checkpoint on chain, 32 bytes; zeros when it has none."""
        head: bytes = self._contract.call("headOf", issuer, stream_id(stream))
        return head

    def history(self, issuer: Address, stream: str) -> list[Anchored]:
        """Every checkpoint of a stream, from the chain's events, oldest first."""
        from salus.events import Anchored as AnchoredEvent

        events = self._contract.events(AnchoredEvent, issuer=issuer, stream=stream_id(stream))
        return [
            Anchored(
                issuer,
                event.stream,
                Checkpoint(event.parent, event.root, event.size),
                event.block_number,
            )
            for event in events
        ]

    def append(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: Address | None = None,
        by: Signer | None = None,
    ) -> Anchored:
        """Store leaves and move the stream to a checkpoint that covers them.

        Args:
            stream: Its label, as in :func:`stream_id`.
            leaves: Salted commitments of 32 bytes each; leaves left over from an attempt that did
                not reach the
                chain go along.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Raises:
            InputError: When there is nothing to anchor or a leaf is not 32 bytes.
            HeadMoved: When another writer moved the stream meanwhile; nothing is lost, read again.
        """
        who = issuer or (by.identity if by else self._identity)
        if any(len(leaf) != 32 for leaf in leaves):
            raise InputError("every leaf must be a salted commitment of 32 bytes")
        if leaves:
            self._logs.append(who, stream_id(stream), leaves)
        return self.anchor_pending(stream, issuer=who, by=by)

    def anchor_pending(
        self, stream: str, *, issuer: Address | None = None, by: Signer | None = None
    ) -> Anchored:
        """Anchor the leaves that are stored and not yet covered by a checkpoint.

        Raises:
            InputError: When there are none.
            VerificationError: When the chain holds a checkpoint that the store's leaves do not
            explain.
        """
        who = issuer or (by.identity if by else self._identity)
        name = stream_id(stream)
        last = self._last(who, stream)
        tree = merkle.MerkleTree.of(self._logs.leaves(who, name))
        if len(tree) <= last.size:
            raise InputError(
                f"stream {stream!r} has nothing new: all {last.size} leaves are anchored"
            )
        checkpoint = Checkpoint(last.id, tree.root(), len(tree))
        transaction = self._anchor(who, name, last, checkpoint, by)
        self._logs.add_checkpoint(who, name, checkpoint, block=transaction.block_number)
        return Anchored(who, name, checkpoint, transaction.block_number, transaction)

    def prove(self, stream: str, leaf: bytes, *, issuer: Address | None = None) -> Inclusion:
        """Prove that a stored leaf stands in the stream's last checkpoint.

        Raises:
            InputError: When the leaf is not in the log, or not anchored yet.
        """
        who = issuer or self._identity
        name = stream_id(stream)
        index = self._logs.position(who, name, leaf)
        known = self._logs.checkpoints(who, name)
        if index is None or not known or index >= known[-1][0].size:
            raise InputError(
                f"leaf {leaf.hex()} is not anchored in stream {stream!r} of {who}; append it first"
            )
        checkpoint, block = known[-1]
        tree = merkle.MerkleTree.of(self._logs.leaves(who, name, size=checkpoint.size))
        path = tuple(tree.inclusion_proof(index))
        return Inclusion(leaf, index, path, Anchored(who, name, checkpoint, block))

    def verify(self, inclusion: Inclusion) -> None:
        """Check a proof offline, and that its checkpoint is in the stream's history on chain.

        Raises:
            VerificationError: When either does not hold.
        """
        from salus.events import Anchored as AnchoredEvent

        inclusion.verify()
        anchored = inclusion.anchored
        found = self._contract.events(
            AnchoredEvent,
            issuer=anchored.issuer,
            stream=anchored.stream,
            checkpoint_id=anchored.checkpoint.id,
        )
        if not found:
            raise VerificationError(
                f"checkpoint {anchored.checkpoint.id.hex()} was never anchored by "
                f"{anchored.issuer} on chain {self._chain.chain_id}"
            )

    # -----------------------------------------------------------------------------------------

    def _last(self, issuer: Address, stream: str) -> Checkpoint:
        """The stream's last checkpoint: as remembered, when the chain agrees, else as anchored."""
        head = self.head_id(issuer, stream)
        known = self._logs.checkpoints(issuer, stream_id(stream))
        if known and known[-1][0].id == head:
            return known[-1][0]
        if not any(head):
            return Checkpoint.none()
        return self._catch_up(issuer, stream)

    def _catch_up(self, issuer: Address, stream: str) -> Checkpoint:
        """Take over a checkpoint that reached the chain without being remembered."""
        last = self.history(issuer, stream)[-1]
        name = stream_id(stream)
        leaves = self._logs.leaves(issuer, name, size=last.checkpoint.size)
        if merkle.MerkleTree.of(leaves).root() != last.checkpoint.root:
            raise VerificationError(
                f"stream {stream!r} of {issuer} has {last.checkpoint.size} leaves on chain that "
                "this log store does not hold: another writer uses it; open that writer's store, or "
                "choose another stream"
            )
        self._logs.add_checkpoint(issuer, name, last.checkpoint, block=last.block_number)
        return last.checkpoint

    def _anchor(
        self,
        issuer: Address,
        stream: bytes,
        last: Checkpoint,
        checkpoint: Checkpoint,
        by: Signer | None,
    ) -> Transaction:
        arguments = (issuer, stream, last.as_tuple(), checkpoint.size, checkpoint.root)
        if by is None:
            return self._send("anchor", *arguments)
        message = {
            "issuer": issuer,
            "stream": stream,
            "last": last.id,
            "size": checkpoint.size,
            "root": checkpoint.root,
        }
        return self._send("anchorBySig", *arguments, self._authorize(by, "Anchor", message))
