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
from salus.acts import require_control
from salus.anchor_lines import Line, moment
from salus.anchor_proofs import AnchorProofs, explains
from salus.anchor_rebuilding import Rebuilding, Rebuilt
from salus.errors import InputError, VerificationError
from salus.errors.contracts import HeadMoved
from salus.models import Address, Checkpoint
from salus.streams import Anchored, Inclusion, going_on_leaf, stream_id

if TYPE_CHECKING:
    from salus.chain import Transaction
    from salus.chain.signers import Signer
    from salus.vault.keystore.leaves import LogName

__all__ = ["Anchored", "Anchors", "Inclusion", "Line", "stream_id"]

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
        over the same store was faster, its checkpoint may cover these leaves already. Where the
        chain holds what is no log of the issuer's, and the issuer changed hands since, they go
        into the stream's next number, which begins with a checkpoint of one leaf.

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
                and the issuer did not change hands since; nothing was anchored.
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
        return self.prove_all(stream, leaves, issuer=self._issuer(issuer, by), first=True)[
            -1
        ].anchored

    def store(self, stream: str, leaves: Sequence[bytes], *, issuer: Address | None = None) -> None:
        """Keep leaves for the stream's next checkpoint; nothing is sent.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.

        Raises:
            StorageError: The leaves cannot be stored; none was.
        """
        self._logs.append_to(self._issuer(issuer, None), stream, leaves)

    def holds(self, stream: str, leaf: bytes, *, issuer: Address | None = None) -> bool:
        """Tell whether a leaf is in the log, anchored or not.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            True when it is.
        """
        return self._find(self._issuer(issuer, None), stream, leaf) is not None

    def leaves(self, stream: str, *, issuer: Address | None = None) -> list[bytes]:
        """List a stream's leaves, anchored or to be, where they explain what the chain holds.

        Args:
            stream: Its label, as in :func:`stream_id`.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            The issuer's own leaves, of every number of the stream.

        Raises:
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain.
        """
        who = self._issuer(issuer, None)
        numbers = self._logs.numbers(who, stream)
        whole = self._sync(who, stream, numbers[-1])[1]
        if not whole or any(self._head(who, stream, numbers[-1] + 1)):
            raise VerificationError(
                f"stream {stream!r} of {who} has leaves on chain that this log store does not"
                " hold: it is an older copy, or another's; `salus anchors rebuild` mends it"
            )
        # The first leaf of a later number names the number before it.
        return [
            leaf
            for number in numbers
            for leaf in self._logs.leaves(who, stream_id(stream, number))[number > 1 :]
        ]

    def number(self, stream: str, *, issuer: Address | None = None) -> int:
        """Tell which number of a stream is in use here.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            1, until it went on after a theft.
        """
        return self._logs.numbers(self._issuer(issuer, None), stream)[-1]

    def known(self, stream: str, *, issuer: Address | None = None) -> list[bytes]:
        """List all leaves of a stream, where they explain what the chain has of it.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            The leaves of all of its numbers, anchored or not.

        Raises:
            VerificationError: Leaves are missing, and no change of hands says that they were not
                the issuer's.
        """
        who = self._issuer(issuer, None)
        line = self.line(who, stream)
        for last in {each.number: each for each in line.standing}.values():
            tree = merkle.MerkleTree.of(self._logs.leaves(who, last.stream))
            if not explains(tree, last.checkpoint):
                self._require_handed_over(who, stream, [last])
        return [
            leaf
            for number in self._logs.numbers(who, stream)
            for leaf in self._logs.leaves(who, stream_id(stream, number))
        ]

    def rebuild(self, *, issuer: Address | None = None) -> tuple[Rebuilt, ...]:
        """Fill the log store from the key store, as far as the chain confirms it.

        For a store that was lost, or put back from a backup. What is in it already stays.

        Args:
            issuer: Whose streams; the account's own identity unless told, and all others whose
                leaves the key store knows.

        Returns:
            What is known of each stream now, by issuer, label and number.

        Raises:
            InputError: This client has no key store.
            TamperedKeyStore: A row of the key store was altered.
            ChainError: The node does not answer.
        """
        rebuilding = Rebuilding(self, self._logs, self._journal, self._chain.chain_id)
        return rebuilding.rebuild(self._issuer(issuer, None))

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

    def _step(self, who: Address, stream: str, by: Signer | None) -> Anchored | None:
        """Anchor one checkpoint, if there is anything new."""
        for attempt in range(ATTEMPTS):
            number, last = self._place(who, stream)
            name = stream_id(stream, number)
            # A later number begins with one leaf alone, for everybody to see what it names.
            size = 1 if number > 1 and not last.size else None
            leaves = self._logs.leaves(who, name, size=size)
            if len(leaves) <= last.size:
                return None
            tree = merkle.MerkleTree.of(leaves)
            self._keep((self._chain.chain_id, who, stream, number), leaves, last.size)
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
            return Anchored(who, name, checkpoint, block, transaction, number)
        return None

    def _keep(self, log: LogName, leaves: Sequence[bytes], anchored: int) -> None:
        """No leaf is anchored that the key store does not know: the log store may be lost."""
        if self._journal is not None:
            self._journal.log_leaves(log, leaves, since=anchored)

    def _place(self, who: Address, stream: str) -> tuple[int, Checkpoint]:
        """The number in use and its last checkpoint; where they ended, the next."""
        number = self._logs.numbers(who, stream)[-1]
        last, whole = self._sync(who, stream, number)
        if whole and not any(self._head(who, stream, number + 1)):
            return number, last
        return self._go_on(who, stream, number)

    def _go_on(self, who: Address, stream: str, using: int) -> tuple[int, Checkpoint]:
        """Find the number that stands, or begin the next after what is no log of the issuer's."""
        line = self.line(who, stream)
        stands = using if line.head is None else line.head.number
        last, whole = self._sync(who, stream, stands)
        if whole:
            self._logs.use(who, stream, stands)
            return stands, last
        true, foreign = self._explained(line)
        self._require_handed_over(who, stream, foreign)
        next_ = max(each.number for each in (*line.standing, *line.disowned)) + 1
        after, last = (true.number, true.checkpoint) if true else (1, Checkpoint.none())
        leaf = going_on_leaf(who, stream, next_, after=after, last=last)
        anchored = self._reached(who, stream, using)
        ended = (stream_id(stream, using), anchored)
        self._logs.go_on(who, stream, next_, first=leaf, pending=ended)
        return next_, Checkpoint.none()

    def _explained(self, line: Line) -> tuple[Anchored | None, list[Anchored]]:
        """The newest checkpoint that one's own leaves explain, and all that came after it."""
        trees: dict[int, merkle.MerkleTree] = {}
        newer: list[Anchored] = []
        for each in sorted((*line.standing, *line.disowned), key=moment, reverse=True):
            if each.number not in trees:
                leaves = self._logs.leaves(line.issuer, each.stream)
                trees[each.number] = merkle.MerkleTree.of(leaves)
            if explains(trees[each.number], each.checkpoint):
                return each, newer
            newer.append(each)
        return None, newer

    def _require_handed_over(self, who: Address, stream: str, foreign: Sequence[Anchored]) -> None:
        claimed = foreign[0].checkpoint.size
        if not self._logs.begun(who):
            raise VerificationError(
                f"stream {stream!r} of {who} has {claimed} leaves on chain, and this log store is"
                " new: `salus anchors rebuild` compares it with the key store and the chain first"
            )
        if not any(change > moment(foreign[0]) for change in self._changes(who)):
            raise VerificationError(
                f"stream {stream!r} of {who} has {claimed} leaves on chain that this log store"
                " does not hold: another writer uses it, or its store was lost, or a thief has the"
                " key. Open the right store (state=, SALUS_STATE), `salus anchors rebuild` it, or"
                " rotate the identity's key: then the stream goes on in its next number"
            )

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
