r"""Append-only logs: add leaves, anchor a checkpoint, prove inclusion and consistency.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> anchored = salus.anchors.append("records", [b"\x01" * 32])
    >>> anchored.checkpoint.size
    1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus import merkle
from salus.anchor_proofs import AnchorProofs
from salus.errors import InputError
from salus.errors.contracts import HeadMoved
from salus.models import Address, Checkpoint
from salus.streams import Anchored, Inclusion, stream_id

if TYPE_CHECKING:
    from salus.chain import Transaction
    from salus.chain.signers import Signer

__all__ = ["Anchored", "Anchors", "Inclusion", "stream_id"]

ATTEMPTS = 5
"""How often a checkpoint is built anew while other writers are faster."""


class Anchors(AnchorProofs):
    """The client's side of `AnchorRegistry`, with the leaves kept in a log store."""

    def append(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: Address | None = None,
        by: Signer | None = None,
    ) -> Anchored:
        """Store leaves and move the stream to a checkpoint that covers them.

        Leaves left over from an attempt that did not reach the chain go along. When another writer
        over the same store was faster, its checkpoint may cover these leaves already.

        Args:
            stream: Its label, as in :func:`stream_id`.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The checkpoint that covers them.

        Raises:
            InputError: There is nothing to anchor, or a leaf is not 32 bytes.
            StorageError: The leaves cannot be stored; none was.
            VerificationError: Another store's leaves are in this stream; nothing was anchored.
            HeadMoved: Others move the stream all the time; the leaves are kept for the next try.
        """
        who = self._issuer(issuer, by)
        if any(len(leaf) != 32 for leaf in leaves):
            raise InputError("every leaf must be a salted commitment of 32 bytes")
        if not leaves:
            return self.anchor_pending(stream, issuer=who, by=by)
        size = self.store(stream, leaves, issuer=who)
        return self.cover(stream, size, issuer=who, by=by)

    def cover(
        self,
        stream: str,
        size: int,
        *,
        issuer: Address | None = None,
        by: Signer | None = None,
    ) -> Anchored:
        """Anchor stored leaves, unless a checkpoint covers the first ``size`` of them already.

        Args:
            stream: Its label.
            size: How many leaves, as :meth:`store` told.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The checkpoint that covers them.

        Raises:
            SalusError: As for :meth:`append`.
        """
        anchored = self.extend(stream, issuer=issuer, by=by)
        return anchored or self._covering(self._issuer(issuer, by), stream_id(stream), size)

    def store(self, stream: str, leaves: Sequence[bytes], *, issuer: Address | None = None) -> int:
        """Keep leaves for the stream's next checkpoint; nothing is sent.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            How many leaves the log has now, anchored or not.

        Raises:
            StorageError: The leaves cannot be stored; none was.
        """
        return self._logs.append(self._issuer(issuer, None), stream_id(stream), leaves)

    def holds(self, stream: str, leaf: bytes, *, issuer: Address | None = None) -> bool:
        """Tell whether a leaf is in the log, anchored or not.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            True when it is.
        """
        name = stream_id(stream)
        return self._logs.position(self._issuer(issuer, None), name, leaf) is not None

    def anchor_pending(
        self, stream: str, *, issuer: Address | None = None, by: Signer | None = None
    ) -> Anchored:
        """Anchor the leaves that are stored and not yet covered by a checkpoint.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The new checkpoint.

        Raises:
            InputError: There are none.
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain.
            HeadMoved: Others move the stream all the time; the leaves are kept for the next try.
        """
        anchored = self.extend(stream, issuer=issuer, by=by)
        if anchored is None:
            raise InputError(f"stream {stream!r} has nothing new: all of its leaves are anchored")
        return anchored

    def extend(
        self, stream: str, *, issuer: Address | None = None, by: Signer | None = None
    ) -> Anchored | None:
        """Anchor the leaves that are stored and not yet covered by a checkpoint, if any.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The new checkpoint; None when all leaves are anchored.

        Raises:
            SalusError: As for :meth:`append`.
        """
        who, name = self._issuer(issuer, by), stream_id(stream)
        for attempt in range(ATTEMPTS):
            last = self._last(who, stream)
            tree = merkle.MerkleTree.of(self._logs.leaves(who, name))
            if len(tree) <= last.size:
                return None
            checkpoint = Checkpoint(last.id, tree.root(), len(tree))
            try:
                transaction = self._anchor(who, name, last, checkpoint, by)
            except HeadMoved:
                # Another process over the same store was faster: read again, build anew.
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            block = transaction.block_number
            self._logs.add_checkpoint(who, name, checkpoint, block=block)
            return Anchored(who, name, checkpoint, block, transaction)
        return None

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
