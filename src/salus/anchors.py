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
from salus.acts import Acts, checked_address
from salus.errors import InputError, VerificationError
from salus.errors.contracts import HeadMoved
from salus.logs import LogStore
from salus.models import Address, Checkpoint
from salus.streams import Anchored, Inclusion, stream_id

if TYPE_CHECKING:
    from salus.chain import Chain, Transaction
    from salus.chain.signers import Account, Signer

__all__ = ["Anchored", "Anchors", "Inclusion", "stream_id"]

ATTEMPTS = 5
"""How often a checkpoint is built anew while other writers are faster."""


class Anchors(Acts):
    """The client's side of `AnchorRegistry`, with the leaves kept in a log store."""

    contract_name = "AnchorRegistry"

    def __init__(self, chain: Chain, account: Account | None, logs: LogStore) -> None:
        super().__init__(chain, account)
        self._logs = logs

    def head_id(self, issuer: Address, stream: str) -> bytes:
        """Read the id of a stream's last checkpoint on chain.

        Args:
            issuer: Whose stream.
            stream: Its label.

        Returns:
            32 bytes; zeros when it has none.
        """
        head: bytes = self._contract.call("headOf", issuer, stream_id(stream))
        return head

    def history(self, issuer: Address, stream: str) -> list[Anchored]:
        """Read every checkpoint of a stream from the chain's events.

        Args:
            issuer: Whose stream.
            stream: Its label.

        Returns:
            Checkpoints with their blocks, oldest first.
        """
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

    def prove(
        self, stream: str, leaf: bytes, *, issuer: Address | None = None, first: bool = False
    ) -> Inclusion:
        """Prove that a stored leaf stands in the stream.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; the account's own identity unless told.
            first: Prove it in the first remembered checkpoint that covers it, which shows how long
                it has been there, instead of the stream's last.

        Returns:
            The proof.

        Raises:
            InputError: The leaf is not in the log, or not anchored yet.
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain.
        """
        who, name = self._issuer(issuer, None), stream_id(stream)
        index = self._logs.position(who, name, leaf)
        last = self._last(who, stream)
        if index is None or index >= last.size:
            raise InputError(
                f"leaf {leaf.hex()} is not anchored in stream {stream!r} of {who}: append it, or"
                " anchor what is pending, then try again"
            )
        anchored = self._covering(who, name, index + 1 if first else last.size)
        leaves = self._logs.leaves(who, name, size=anchored.checkpoint.size)
        path = tuple(merkle.MerkleTree.of(leaves).inclusion_proof(index))
        return Inclusion(leaf, index, path, anchored)

    def verify(self, inclusion: Inclusion, *, block: int | str = "latest") -> None:
        """Check a proof, and that its checkpoint is in the stream's history on chain.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.

        Raises:
            VerificationError: Either does not hold.
        """
        from salus.events import Anchored as AnchoredEvent

        inclusion.verify()
        anchored = inclusion.anchored
        found = self._contract.events(
            AnchoredEvent,
            to_block=block,
            issuer=anchored.issuer,
            stream=anchored.stream,
            checkpoint_id=anchored.checkpoint.id,
        )
        if not found:
            raise VerificationError(
                f"checkpoint {anchored.checkpoint.id.hex()} was never anchored by "
                f"{anchored.issuer} on chain {self._chain.chain_id}: ask whoever showed it"
            )

    def _issuer(self, issuer: Address | None, by: Signer | None) -> Address:
        return checked_address(issuer or (by.identity if by else self._identity))

    def _covering(self, issuer: Address, name: bytes, size: int) -> Anchored:
        """The first remembered checkpoint of at least ``size`` leaves."""
        known = self._logs.checkpoints(issuer, name)
        checkpoint, block = next(each for each in known if each[0].size >= size)
        return Anchored(issuer, name, checkpoint, block)

    def _last(self, issuer: Address, stream: str) -> Checkpoint:
        """The stream's last checkpoint: as remembered, when the chain agrees, else as anchored."""
        head, name = self.head_id(issuer, stream), stream_id(stream)
        known = self._logs.checkpoints(issuer, name)
        if known and known[-1][0].id == head:
            return known[-1][0]
        if any(head):
            return self._catch_up(issuer, stream, head)
        if known:  # a reorganisation undid them, or this is another chain under the same id
            self._logs.forget_checkpoints(issuer, name)
        return Checkpoint.none()

    def _catch_up(self, issuer: Address, stream: str, head: bytes) -> Checkpoint:
        """Take over checkpoints that reached the chain without being remembered."""
        name = stream_id(stream)
        history = self.history(issuer, stream)
        while history and history[-1].checkpoint.id != head:
            history.pop()  # mined after the head was read
        if not history:
            raise VerificationError(
                f"the node knows a head of stream {stream!r} of {issuer} but not its events: ask"
                " a node that serves logs from the deployment on"
            )
        last = history[-1].checkpoint
        leaves = self._logs.leaves(issuer, name, size=last.size)
        if merkle.MerkleTree.of(leaves).root() != last.root:
            raise VerificationError(
                f"stream {stream!r} of {issuer} has {last.size} leaves on chain that this log store"
                " does not hold: another writer uses it; open that writer's store, or choose"
                " another stream"
            )
        self._logs.forget_checkpoints(issuer, name)
        for each in history:
            self._logs.add_checkpoint(issuer, name, each.checkpoint, block=each.block_number)
        return last

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
