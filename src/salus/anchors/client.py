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
from contextlib import suppress
from typing import TYPE_CHECKING

from salus.anchors.lines import Line
from salus.anchors.rebuilding import LABELS, Rebuilding, Rebuilt
from salus.anchors.storing import Storing
from salus.anchors.streams import Anchored, Inclusion, stream_id
from salus.chain.control import require_control
from salus.contracts.anchors import Checkpoint, HeadMoved
from salus.errors import ChainError, InputError
from salus.primitives.address import Address
from salus.primitives.merkle import MerkleTree

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer

__all__ = ["Anchored", "Anchors", "Inclusion", "Line", "stream_id"]

ATTEMPTS = 5
"""How often a checkpoint is built anew while other writers are faster."""


class Anchors(Storing):
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
        was faster, its checkpoint may cover these already. Where the chain holds what is no log of
        the issuer's, and it changed hands since, they go into the stream's next number.

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
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain,
                and that may not be disowned; nothing was anchored.
            HeadMoved: Others move the stream all the time; the leaves are kept for the next try.
            SignerNotInControl: Who acts does not control the issuer; no leaf was stored.
        """
        who = self._issuer(issuer, by)
        if any(len(leaf) != 32 for leaf in leaves):
            raise InputError("every leaf must be a salted commitment of 32 bytes")
        if not leaves:
            return self.anchor_pending(stream, issuer=who, by=by)
        require_control(self._chain, by or self._payer, identity=who)
        self.store(stream, leaves, issuer=who)
        return self.cover(stream, leaves, issuer=who, by=by)

    def cover(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: Address | None = None,
        by: Signer | None = None,
    ) -> Anchored:
        """Anchor stored leaves, unless checkpoints cover these already.

        Args:
            stream: Its label.
            leaves: At least one, all of them stored.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The checkpoint that covers the last of them.

        Raises:
            SalusError: As for :meth:`append`.
        """
        anchored = self.extend(stream, issuer=issuer, by=by)
        if anchored is not None:
            return anchored
        who = self._issuer(issuer, by)
        return self.prove_all(stream, leaves, issuer=who, first=True)[-1].anchored

    def ensure(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: Address | None = None,
        by: Signer | None = None,
    ) -> Anchored | None:
        """Store those leaves that the log lacks, then anchor whatever waits.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The new checkpoint; None when all leaves are anchored.

        Raises:
            SalusError: As for :meth:`append`.
        """
        who = self._issuer(issuer, by)
        self.store_missing(stream, leaves, issuer=who)
        return self.extend(stream, issuer=who, by=by)

    def rebuild(
        self,
        *,
        issuer: Address | None = None,
        disown: bool = False,
        undone: bool = False,
        by: Signer | None = None,
    ) -> tuple[Rebuilt, ...]:
        """Fill the log store from the key store, as far as the chain confirms it.

        For a store that was lost, or put back from a backup. What is in it already stays.

        Args:
            issuer: Whose streams; the account's own identity unless told, and all others whose
                leaves the key store knows.
            disown: Say that what is missing even then is not the issuer's: its streams go on in
                their next numbers at once, for everybody to see. It takes a change of hands since.
            undone: Say that the chain itself took blocks back (a reorganisation, a development
                chain that began anew): what was seen there before is forgotten.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            What is known of each stream now, by issuer, label and number.

        Raises:
            InputError: This client has no key store.
            TamperedKeyStore: A row of the key store was altered.
            VerificationError: The issuer did not change hands since; nothing was disowned.
            NodeBehind: The node shows less than was seen; nothing was changed.
            ChainError: The node does not answer, or its latest block is old.
        """
        who = self._issuer(issuer, by)
        if undone:
            self._chain.require_recent()
            self.forget_seen(issuer=who)
        self.require_current(issuer=who)
        if undone and not disown and self._journal is None:
            return ()
        rebuilding = Rebuilding(self, self._logs, self._journal, self._chain.chain_id)
        if disown and self._journal is None:
            self._disown(who, self._logs.labels(who), by)
            return ()
        done = rebuilding.rebuild(who)
        if not disown:
            return done
        lacking = [each.stream for each in done if each.issuer == who and not each.whole]
        self._disown(who, lacking, by)
        return rebuilding.rebuild(who)

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
        who = self._issuer(issuer, by)
        anchored = self._step(who, stream, by)
        if anchored is not None and _begins(anchored):
            return self._step(who, stream, by) or anchored
        return anchored

    def _disown(self, who: Address, streams: Sequence[str], by: Signer | None) -> None:
        require_control(self._chain, by or self._payer, identity=who)
        for each in streams:
            self._step(who, each, by, disown=True)
        self._logs.mark_compared(who)

    def _step(
        self, who: Address, stream: str, by: Signer | None, *, disown: bool = False
    ) -> Anchored | None:
        """Anchor one checkpoint, if there is anything new."""
        for attempt in range(ATTEMPTS):
            number, last = self._place(who, stream, disown=disown)
            leaves = self._next(who, stream, number, last)
            if len(leaves) <= last.size:
                return None
            checkpoint = Checkpoint(last.id, MerkleTree.of(leaves).root(), len(leaves))
            name = stream_id(stream, number)
            try:
                transaction = self._anchor(who, name, last, checkpoint, by)
            except HeadMoved:
                # Another process over the same store was faster: read again, build anew.
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            block = transaction.block_number
            self._logs.add_checkpoint(who, name, checkpoint, block=block)
            self._memory.keep(who, stream, number, checkpoint)
            if not last.size:
                self._following.forget(who, stream)
            with suppress(ChainError):  # it is anchored, and told so, though the node is gone now
                if not last.size and self._is_new(who, number, stream):
                    self._logs.mark_compared(who)
            return Anchored(who, name, checkpoint, block, transaction, number)
        return None

    def _next(self, who: Address, stream: str, number: int, last: Checkpoint) -> list[bytes]:
        """The leaves of the next checkpoint, none that the key store does not know."""
        # A later number begins with one leaf alone, for everybody to see what it names.
        size = 1 if number > 1 and not last.size else None
        leaves = self._logs.leaves(who, stream_id(stream, number), size=size)
        if len(leaves) > last.size:
            self._require_kept((who, stream, number), leaves, last.size)
            self._keep((who, stream, number), leaves, last.size)
        return leaves

    def _is_new(self, who: Address, number: int, stream: str) -> bool:
        """Whether what was just begun is all that is on chain: then this store is in step with it.

        Asked after the chain took it: a node that was behind before is not any more.
        """
        if number > 1 or self._logs.begun(who):
            return False
        return not any(any(self._head(who, label, 1)) for label in LABELS if label != stream)

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


def _begins(anchored: Anchored) -> bool:
    return anchored.number > 1 and anchored.checkpoint.size == 1
