"""Proving what is anchored, and how far one's own leaves explain what the chain holds.

Example:
    >>> from salus.anchors.proofs import AnchorProofs
    >>> AnchorProofs.contract_name
    'AnchorRegistry'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salus.anchors.following import Following
from salus.anchors.history import AnchorHistory, explains
from salus.anchors.lines import Line
from salus.anchors.memory import AnchorMemory
from salus.anchors.store import LogStore
from salus.anchors.streams import Anchored, Inclusion, stream_id
from salus.contracts.anchors import Checkpoint
from salus.errors import InputError, VerificationError
from salus.primitives.address import Address, checked_address
from salus.primitives.merkle import MerkleTree

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account, Signer
    from salus.vault.keystore.store import KeyStore


class AnchorProofs(AnchorHistory):
    """What can be read from `AnchorRegistry` and from a store of leaves."""

    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        logs: LogStore,
        *,
        journal: KeyStore | None = None,
    ) -> None:
        super().__init__(chain, account)
        self._logs = logs
        self._journal = journal
        self._memory = AnchorMemory(logs, journal, chain_id=chain.chain_id, url=chain.rpc.url)
        self._following = Following(chain, self._head)

    def own_line(self, stream: str, *, issuer: Address | None = None) -> Line:
        """Read what stands of one's own stream, from a node that shows all that was seen before.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            As :meth:`line` does.

        Raises:
            NodeBehind: The node shows less than was seen.
            HistoryUnavailable: As for :meth:`line`.
        """
        who = self._issuer(issuer, None)
        seen = self._memory.seen(who, stream)  # others may write while the node is asked
        line = self.line(who, stream)
        # A number of one's own after one that was never begun: readers stop before it.
        unread = sorted({each.number for each in seen if each.number > line.begun})
        shown = [
            each
            for number in unread
            for each in self._checkpoints(who, stream, number, self._head(who, stream, number))
        ]
        self._memory.require(seen, who, stream, [*line.everything, *shown])
        return line

    def forget_seen(self, *, issuer: Address | None = None) -> None:
        """Forget what was seen on a chain that is another now, or took blocks back.

        Args:
            issuer: Whose streams besides those that the key store knows; the account's own identity
                unless told.
        """
        self._memory.forget(self._issuer(issuer, None))
        self._following.clear()

    def was_given(self, stream: str, leaf: bytes, *, issuer: Address | None = None) -> bool:
        """Tell whether a leaf was ever to go into a stream from here: logs may have been lost.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            True where the log store or the key store knows it.
        """
        who = self._issuer(issuer, None)
        log = (self._chain.chain_id, who, stream, 1)
        known = self._journal is not None and self._journal.knows_leaf(log, leaf)
        return known or self._find(who, stream, leaf) is not None

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
        return self.prove_all(stream, [leaf], issuer=issuer, first=first)[0]

    def prove_all(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: Address | None = None,
        first: bool = False,
    ) -> tuple[Inclusion, ...]:
        """Prove many stored leaves; the tree is built once.

        Args:
            stream: Its label.
            leaves: 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.
            first: As for :meth:`prove`; one checkpoint that covers all of them.

        Returns:
            The proofs, in order.

        Raises:
            SalusError: As for :meth:`prove`.
        """
        who = self._issuer(issuer, None)
        found = [self._find(who, stream, leaf) for leaf in leaves]
        places = [each for each in found if each is not None]
        reached = {number: self._reached(who, stream, number) for number, _ in places}
        if not leaves or len(places) < len(found) or any(at >= reached[n] for n, at in places):
            raise InputError(
                f"not every leaf is anchored in stream {stream!r} of {who}: append it, or anchor"
                " what is pending, then try again"
            )
        proved: dict[int, tuple[Anchored, MerkleTree]] = {}
        for number, last in reached.items():
            size = max(at for n, at in places if n == number) + 1 if first else last
            proved[number] = self._tree(who, stream, number, size)
        return tuple(
            Inclusion(leaf, at, tuple(proved[n][1].inclusion_proof(at)), proved[n][0])
            for leaf, (n, at) in zip(leaves, places, strict=True)
        )

    def verify(
        self, inclusion: Inclusion, *, block: int | str = "latest", stream: str | None = None
    ) -> None:
        """Check a proof, and that its checkpoint is in the stream's history on chain.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.
            stream: Its label: then it has to stand there as well, where readers look, and be
                neither disowned nor in a number that was planted.

        Raises:
            VerificationError: One of them does not hold.
            HistoryUnavailable: The node lacks events that tell.
        """
        self.locate(inclusion, block=block)
        last = None if block == "latest" else int(block)
        if stream is not None and not self.stands(inclusion.anchored, stream, block=last):
            raise VerificationError(
                f"checkpoint {inclusion.anchored.checkpoint.id.hex()} does not stand in stream"
                f" {stream!r} of {inclusion.anchored.issuer}: ask for a proof in one that does"
            )

    def locate(self, inclusion: Inclusion, *, block: int | str = "latest") -> tuple[int, int]:
        """Check a proof as :meth:`verify` does, and tell where its checkpoint stands.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.

        Returns:
            The block of the checkpoint's event, and its place among that block's events.

        Raises:
            VerificationError: Either does not hold.
            HistoryUnavailable: The node does not show all that was anchored, and not this.
        """
        from salus.contracts.anchors import Anchored as AnchoredEvent

        inclusion.verify()
        anchored = inclusion.anchored
        wanted: dict[str, Any] = {
            "issuer": anchored.issuer,
            "stream": anchored.stream,
            "checkpoint_id": anchored.checkpoint.id,
        }
        named = anchored.block_number
        # Where it says it is first: one block is read faster than all of them.
        if block == "latest" or named <= int(block):
            there = self._contract.events(AnchoredEvent, from_block=named, to_block=named, **wanted)
            if there:
                return there[0].block_number, there[0].log_index
        found = self.find(anchored.issuer, anchored.stream, anchored.checkpoint.id, block=block)
        if found is None:
            raise VerificationError(
                f"checkpoint {anchored.checkpoint.id.hex()} was never anchored by "
                f"{anchored.issuer} on chain {self._chain.chain_id}: ask whoever showed it"
            )
        return found

    def _issuer(self, issuer: Address | None, by: Signer | None) -> Address:
        return checked_address(issuer or (by.identity if by else self._identity))

    def _tree(
        self, issuer: Address, label: str, number: int, size: int
    ) -> tuple[Anchored, MerkleTree]:
        """The first remembered checkpoint of at least ``size`` leaves, and its tree."""
        anchored = self._covering(issuer, label, number, size)
        name = stream_id(label, number)
        leaves = self._logs.leaves(issuer, name, size=anchored.checkpoint.size)
        return anchored, MerkleTree.of(leaves)

    def _covering(self, issuer: Address, label: str, number: int, size: int) -> Anchored:
        name = stream_id(label, number)
        known = self._logs.checkpoints(issuer, name)
        checkpoint, block = next(each for each in known if each[0].size >= size)
        return Anchored(issuer, name, checkpoint, block, number=number)

    def _find(self, issuer: Address, label: str, leaf: bytes) -> tuple[int, int] | None:
        """Number and position of a leaf, where it stands first."""
        for number in self._logs.numbers(issuer, label):
            found = self._logs.position(issuer, stream_id(label, number), leaf)
            if found is not None:
                return number, found
        return None

    def _reached(self, issuer: Address, label: str, number: int) -> int:
        """How many leaves of a number are anchored, as far as one's own leaves explain the chain.

        What became of a number that ended is remembered: others may have written to it since.
        """
        known = self._logs.checkpoints(issuer, stream_id(label, number))
        if known and number < self._logs.numbers(issuer, label)[-1]:
            return known[-1][0].size
        return self._sync(issuer, label, number)[0].size

    def _sync(self, issuer: Address, label: str, number: int) -> tuple[Checkpoint, bool]:
        """The last checkpoint that one's own leaves explain, and whether it is the chain's last."""
        name = stream_id(label, number)
        seen = self._memory.of(issuer, label, number)  # others may write while the node is asked
        head = self._head(issuer, label, number)
        known = self._logs.checkpoints(issuer, name)
        if known and known[-1][0].id == head and all(each.id == head for each in seen):
            return known[-1][0], True
        history = self._checkpoints(issuer, label, number, head) if any(head) else []
        self._memory.require(seen, issuer, label, history)
        if not history:
            return Checkpoint.none(), True
        tree = MerkleTree.of(self._logs.leaves(issuer, name))
        true = [each for each in history if explains(tree, each.checkpoint)]
        explained = history[: history.index(true[-1]) + 1] if true else []
        self._logs.remember(issuer, name, explained, of=history[-1].checkpoint.size)
        if not explained:
            return Checkpoint.none(), False
        last = explained[-1].checkpoint
        self._memory.keep(issuer, label, number, last)
        return last, len(explained) == len(history)
