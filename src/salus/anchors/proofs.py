"""Proving what is anchored: one's own leaves to others, and what others show.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> anchored = me.anchors.append("records", [b"l" * 32])
    >>> me.anchors.proofs.prove("records", b"l" * 32).index
    0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.contracts.event import EventPlace
from salus.errors import InputError, VerificationError
from salus.primitives.address import Address, AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.anchors.store import LogStore
    from salus.anchors.stream_history import StreamHistory
    from salus.anchors.syncing import Syncing
    from salus.chain.registry_client import RegistryClient


class Proofs:
    """Inclusion proofs; the client's identity is the issuer that is meant by default."""

    def __init__(
        self, client: RegistryClient, history: StreamHistory, syncing: Syncing, logs: LogStore
    ) -> None:
        self._client, self._history = client, history
        self._syncing, self._logs = syncing, logs

    @typed_arguments
    def prove(
        self, stream: str, leaf: bytes, *, issuer: AnyIdentity | None = None, first: bool = False
    ) -> Inclusion:
        """Prove that a stored leaf stands in the stream.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; defaults to the account's own identity.
            first: Prove it in the first remembered checkpoint that covers it, which shows how long
                it has been there, instead of the stream's last.

        Returns:
            The proof.

        Raises:
            InputError: The leaf is not in the log, or not anchored yet.
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain.
        """
        return self.prove_all(stream, [leaf], issuer=issuer, first=first)[0]

    @typed_arguments
    def prove_all(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: AnyIdentity | None = None,
        first: bool = False,
    ) -> tuple[Inclusion, ...]:
        """Prove many stored leaves; the tree is built once.

        Args:
            stream: Its label.
            leaves: 32 bytes each.
            issuer: Whose stream; defaults to the account's own identity.
            first: As for :meth:`prove`; one checkpoint that covers all of them.

        Returns:
            The proofs, in order.

        Raises:
            SalusError: As for :meth:`prove`.
        """
        who = self._client.whose(issuer)
        found = [self._logs.find(who, stream, leaf) for leaf in leaves]
        places = [each for each in found if each is not None]
        reached = {number: self._syncing.reached(who, stream, number) for number, _ in places}
        if not leaves or len(places) < len(found) or any(at >= reached[n] for n, at in places):
            raise InputError(
                f"not every leaf is anchored in stream {stream!r} of {who}: append it, or anchor"
                " what is pending, then try again"
            )
        proved: dict[int, tuple[AnchoredCheckpoint, MerkleTree]] = {}
        for number, last in reached.items():
            size = max(at for n, at in places if n == number) + 1 if first else last
            proved[number] = self._tree(who, stream, number, size)
        return tuple(
            Inclusion(leaf, at, tuple(proved[n][1].inclusion_proof(at)), proved[n][0])
            for leaf, (n, at) in zip(leaves, places, strict=True)
        )

    @typed_arguments
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
        if stream is not None and not self._history.stands(inclusion.anchored, stream, block=last):
            raise VerificationError(
                f"checkpoint {inclusion.anchored.checkpoint.id.hex()} does not stand in stream"
                f" {stream!r} of {inclusion.anchored.issuer}: ask for a proof in one that does"
            )

    @typed_arguments
    def locate(self, inclusion: Inclusion, *, block: int | str = "latest") -> EventPlace:
        """Check a proof as :meth:`verify` does, and find where its checkpoint stands.

        Args:
            inclusion: What was shown; nothing in it is believed.
            block: The last block whose checkpoints count: number, or ``latest``.

        Returns:
            Where the checkpoint's event stands.

        Raises:
            VerificationError: Either does not hold.
            HistoryUnavailable: The node does not show all that was anchored, and not this.
        """
        inclusion.verify()
        anchored = inclusion.anchored
        # Where it says it is first: one block is read faster than all of them.
        named = block == "latest" or anchored.block_number <= int(block)
        found = (named and self._history.at(anchored)) or self._history.find(
            anchored.issuer, anchored.stream, anchored.checkpoint.id, block=block
        )
        if found is None:
            raise VerificationError(
                f"checkpoint {anchored.checkpoint.id.hex()} was never anchored by "
                f"{anchored.issuer} on chain {self._client.chain.chain_id}: ask whoever showed it"
            )
        return found

    def _tree(
        self, issuer: Address, label: str, number: int, size: int
    ) -> tuple[AnchoredCheckpoint, MerkleTree]:
        """The first remembered checkpoint of at least ``size`` leaves, and its tree."""
        name = stream_id(label, number)
        known = self._logs.checkpoints(issuer, name)
        checkpoint, block = next(each for each in known if each[0].size >= size)
        leaves = self._logs.leaves(issuer, name, size=checkpoint.size)
        anchored = AnchoredCheckpoint(issuer, name, checkpoint, block, number=number)
        return anchored, MerkleTree.of(leaves)
