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
from salus.errors import InputError, VerificationError
from salus.logs import LogStore
from salus.models import Address, Checkpoint
from salus.streams import Anchored, Inclusion, stream_id

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.chain.signers import Account, Signer


class AnchorProofs(Acts):
    """What can be read from `AnchorRegistry` and from a store of leaves."""

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
        who, name = self._issuer(issuer, None), stream_id(stream)
        found = [self._logs.position(who, name, leaf) for leaf in leaves]
        last = self._last(who, stream)
        indexes = [each for each in found if each is not None and each < last.size]
        if not leaves or len(indexes) < len(found):
            raise InputError(
                f"not every leaf is anchored in stream {stream!r} of {who}: append it, or anchor"
                " what is pending, then try again"
            )
        anchored = self._covering(who, name, max(indexes) + 1 if first else last.size)
        tree = merkle.MerkleTree.of(self._logs.leaves(who, name, size=anchored.checkpoint.size))
        return tuple(
            Inclusion(leaf, index, tuple(tree.inclusion_proof(index)), anchored)
            for leaf, index in zip(leaves, indexes, strict=True)
        )

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
        wanted: dict[str, Any] = {
            "issuer": anchored.issuer,
            "stream": anchored.stream,
            "checkpoint_id": anchored.checkpoint.id,
        }
        events, named = self._contract.events, anchored.block_number
        there = block == "latest" or named <= int(block)
        # Where it says it is first: one block is read faster than all of them.
        if not (
            (there and events(AnchoredEvent, from_block=named, to_block=named, **wanted))
            or events(AnchoredEvent, to_block=block, **wanted)
        ):
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
                " does not hold: another writer uses it, or its store was lost. Open that store"
                " (give state=, or set SALUS_STATE), restore it from a backup, or go on with"
                " another stream or identity"
            )
        self._logs.forget_checkpoints(issuer, name)
        for each in history:
            self._logs.add_checkpoint(issuer, name, each.checkpoint, block=each.block_number)
        return last
