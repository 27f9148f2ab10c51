"""Reading anchored logs: heads, histories, proofs of inclusion, and catching up with the chain.

Example:
    >>> from salus.anchor_proofs import AnchorProofs
    >>> AnchorProofs.contract_name
    'AnchorRegistry'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salus import merkle
from salus.acts import Acts, checked_address
from salus.anchor_lines import Line, Moment, read_line
from salus.errors import ChainUnreachable, InputError, VerificationError
from salus.logs import LogStore
from salus.models import MOST_LEAVES, Address, Checkpoint
from salus.streams import Anchored, Inclusion, stream_id

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.chain.signers import Account, Signer
    from salus.events import Anchored as AnchoredEvent
    from salus.vault.keystore import KeyStore


class AnchorProofs(Acts):
    """What can be read from `AnchorRegistry` and from a store of leaves."""

    contract_name = "AnchorRegistry"

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

    def head_id(self, issuer: Address, stream: str) -> bytes:
        """Read the id of a stream's last checkpoint on chain, in the number that stands.

        Args:
            issuer: Whose stream.
            stream: Its label.

        Returns:
            32 bytes; zeros when it has none.
        """
        if not any(self._head(issuer, stream, 2)):
            return self._head(issuer, stream, 1)
        head = self.line(issuer, stream).head
        return bytes(32) if head is None else head.checkpoint.id

    def history(self, issuer: Address, stream: str) -> list[Anchored]:
        """Read every checkpoint of a stream from the chain's events, disowned ones too.

        Args:
            issuer: Whose stream.
            stream: Its label.

        Returns:
            Checkpoints with their blocks: by number, then oldest first.
        """
        return [each for number in self._numbers(issuer, stream) for each in number]

    def line(self, issuer: Address, stream: str) -> Line:
        """Read what stands of a stream through its numbers, and what was disowned.

        Args:
            issuer: Whose stream.
            stream: Its label.

        Returns:
            The checkpoints, those that stand and the others.

        Raises:
            VerificationError: The node knows a head and not its events.
            HistoryUnavailable: It has more than one number, and the node does not have the events
                that tell when the issuer changed hands.
        """
        return read_line(
            issuer, stream, self._numbers(issuer, stream), lambda: self._changes(issuer)
        )

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
        proved: dict[int, tuple[Anchored, merkle.MerkleTree]] = {}
        for number, last in reached.items():
            size = max(at for n, at in places if n == number) + 1 if first else last
            proved[number] = self._tree(who, stream, number, size)
        return tuple(
            Inclusion(leaf, at, tuple(proved[n][1].inclusion_proof(at)), proved[n][0])
            for leaf, (n, at) in zip(leaves, places, strict=True)
        )

    def verify(self, inclusion: Inclusion, *, block: int | str = "latest") -> None:
        """Check a proof, and that its checkpoint is in the stream's history on chain.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.

        Raises:
            VerificationError: Either does not hold.
        """
        self.locate(inclusion, block=block)

    def locate(self, inclusion: Inclusion, *, block: int | str = "latest") -> tuple[int, int]:
        """Check a proof as :meth:`verify` does, and tell where its checkpoint stands.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.

        Returns:
            The block of the checkpoint's event, and its place among that block's events.

        Raises:
            VerificationError: Either does not hold.
        """
        from salus.events import Anchored as AnchoredEvent

        inclusion.verify()
        anchored = inclusion.anchored
        wanted: dict[str, Any] = {
            "issuer": anchored.issuer,
            "stream": anchored.stream,
            "checkpoint_id": anchored.checkpoint.id,
        }
        events, named = self._contract.events, anchored.block_number
        there = block == "latest" or named <= int(block)
        # Where it says it is first: one block is read faster than all of them.
        found = (
            there and events(AnchoredEvent, from_block=named, to_block=named, **wanted)
        ) or events(AnchoredEvent, to_block=block, **wanted)
        if not found:
            raise VerificationError(
                f"checkpoint {anchored.checkpoint.id.hex()} was never anchored by "
                f"{anchored.issuer} on chain {self._chain.chain_id}: ask whoever showed it"
            )
        return found[0].block_number, found[0].log_index

    def _issuer(self, issuer: Address | None, by: Signer | None) -> Address:
        return checked_address(issuer or (by.identity if by else self._identity))

    def _tree(
        self, issuer: Address, label: str, number: int, size: int
    ) -> tuple[Anchored, merkle.MerkleTree]:
        """The first remembered checkpoint of at least ``size`` leaves, and its tree."""
        anchored = self._covering(issuer, label, number, size)
        name = stream_id(label, number)
        leaves = self._logs.leaves(issuer, name, size=anchored.checkpoint.size)
        return anchored, merkle.MerkleTree.of(leaves)

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
        head, name = self._head(issuer, label, number), stream_id(label, number)
        known = self._logs.checkpoints(issuer, name)
        if known and known[-1][0].id == head:
            return known[-1][0], True
        if not any(head):
            if known:  # a reorganisation undid them, or this is another chain under the same id
                self._logs.remember(issuer, name, [])
            return Checkpoint.none(), True
        history = self._checkpoints(issuer, label, number, head)
        tree = merkle.MerkleTree.of(self._logs.leaves(issuer, name))
        true = [each for each in history if explains(tree, each.checkpoint)]
        explained = history[: history.index(true[-1]) + 1] if true else []
        self._logs.remember(issuer, name, explained)
        last = explained[-1].checkpoint if explained else Checkpoint.none()
        return last, len(explained) == len(history)

    def _head(self, issuer: Address, label: str, number: int) -> bytes:
        head: bytes = self._contract.call("headOf", issuer, stream_id(label, number))
        return head

    def _numbers(self, issuer: Address, label: str) -> list[list[Anchored]]:
        """The checkpoints of each number that has some; numbers are begun one after the other."""
        found: list[list[Anchored]] = []
        while any(head := self._head(issuer, label, len(found) + 1)):
            found.append(self._checkpoints(issuer, label, len(found) + 1, head))
        return found

    def _events(self, issuer: Address, name: bytes) -> list[AnchoredEvent]:
        from salus.events import Anchored as AnchoredEvent

        events = self._contract.events(AnchoredEvent, issuer=issuer, stream=name)
        for event in events:
            if not 0 < event.size <= MOST_LEAVES:
                reason = f"it reports a checkpoint of {event.size} leaves, which no contract takes"
                raise ChainUnreachable(url=self._chain.rpc.url, reason=reason)
        return events

    def _checkpoints(self, issuer: Address, label: str, number: int, head: bytes) -> list[Anchored]:
        name = stream_id(label, number)
        history = [
            Anchored(
                issuer,
                name,
                Checkpoint(event.parent, event.root, event.size),
                event.block_number,
                number=number,
                log_index=event.log_index,
            )
            for event in self._events(issuer, name)
        ]
        while history and history[-1].checkpoint.id != head:
            history.pop()  # mined after the head was read
        if not history:
            raise VerificationError(
                f"the node knows a head of stream {label!r} of {issuer} but not its events: ask"
                " a node that serves logs from the deployment on"
            )
        return history

    def _changes(self, issuer: Address) -> list[Moment]:
        """When an identity changed hands."""
        from salus.events import DIDOwnerChanged
        from salus.identities.history import walk

        blocks = walk(self._chain.contract("IdentityRegistry"), issuer)
        return [
            (event.block_number, event.log_index)
            for events in blocks
            for event in events
            if isinstance(event, DIDOwnerChanged)
        ]


def explains(tree: merkle.MerkleTree, checkpoint: Checkpoint) -> bool:
    """Tell whether a checkpoint is of the first leaves of a tree.

    Args:
        tree: Over one's own leaves.
        checkpoint: Of whatever size.

    Returns:
        True where it is.
    """
    size = checkpoint.size
    return size <= len(tree) and tree.root(size) == checkpoint.root
