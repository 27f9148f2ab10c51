"""Anchoring what waits: one checkpoint after another, whoever else writes to the stream."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from salus.anchors.rebuilding import LABELS
from salus.anchors.streams import AnchoredCheckpoint
from salus.contracts.anchors.errors import HeadMoved
from salus.errors import ChainError
from salus.primitives.address import Address, AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus_verify.log import Checkpoint, stream_id

if TYPE_CHECKING:
    from salus.anchors.going_on import GoingOn
    from salus.anchors.own_leaves import OwnLeaves
    from salus.anchors.store import LogStore
    from salus.anchors.stream_history import StreamHistory
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.chain.signing.signers import Signer

ATTEMPTS = 5
"""How often a checkpoint is built anew while other writers are faster."""


class Extending:
    """Moves streams to checkpoints that cover all stored leaves."""

    def __init__(
        self,
        client: RegistryClient,
        history: StreamHistory,
        going_on: GoingOn,
        *,
        logs: LogStore,
        own: OwnLeaves,
    ) -> None:
        self._client, self._history, self._going_on = client, history, going_on
        self._logs, self._own = logs, own

    @typed_arguments
    def extend(
        self, stream: str, *, issuer: AnyIdentity | None = None, by: Signer | None = None
    ) -> AnchoredCheckpoint | None:
        """Anchor the leaves that are stored and not yet covered by a checkpoint, if any.

        Args:
            stream: Its label.
            issuer: Whose stream; defaults to the account's own identity.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The new checkpoint; None when all leaves are anchored.

        Raises:
            SalusError: As for `Anchors.append`.
        """
        who = self._client.whose(issuer, by)
        anchored = self.step(who, stream, by)
        if anchored is not None and anchored.number > 1 and anchored.checkpoint.size == 1:
            return self.step(who, stream, by) or anchored
        return anchored

    def step(
        self, who: Address, stream: str, by: Signer | None, *, disown: bool = False
    ) -> AnchoredCheckpoint | None:
        """Anchor one checkpoint, if there is anything new."""
        for attempt in range(ATTEMPTS):
            number, last = self._going_on.place(who, stream, disown=disown)
            leaves = self._next(who, stream, number, last)
            if len(leaves) <= last.size:
                return None
            checkpoint = Checkpoint(last.id, MerkleTree.of(leaves).root(), len(leaves))
            try:
                transaction = self.send(who, stream_id(stream, number), last, checkpoint, by)
            except HeadMoved as moved:
                # Another process over the same store was faster: read again, build anew.
                if attempt == ATTEMPTS - 1:
                    raise
                self._client.chain.sender.superseded(moved)
                continue
            return self._anchored(who, stream, number, last, checkpoint, transaction)
        return None

    def send(
        self,
        issuer: Address,
        stream: bytes,
        last: Checkpoint,
        checkpoint: Checkpoint,
        by: Signer | None,
    ) -> Transaction:
        """Send a checkpoint to the contract, in the account's name or with a signature."""
        arguments = (issuer, stream, last.as_tuple(), checkpoint.size, checkpoint.root)
        if by is None:
            return self._client.send("anchor", *arguments)
        message = {
            "issuer": issuer,
            "stream": stream,
            "last": last.id,
            "size": checkpoint.size,
            "root": checkpoint.root,
        }
        authorization = self._client.authorize(by, "Anchor", message)
        return self._client.send("anchorBySig", *arguments, authorization)

    def _next(self, who: Address, stream: str, number: int, last: Checkpoint) -> list[bytes]:
        """The leaves of the next checkpoint, none that the key database does not know."""
        # A later number begins with one leaf alone, for everybody to see what it names.
        size = 1 if number > 1 and not last.size else None
        leaves = self._logs.leaves(who, stream_id(stream, number), size=size)
        if len(leaves) > last.size:
            self._going_on.require_kept((who, stream, number), leaves, last.size)
            self._own.keep((who, stream, number), leaves, since=last.size)
        return leaves

    def _anchored(
        self,
        who: Address,
        stream: str,
        number: int,
        last: Checkpoint,
        checkpoint: Checkpoint,
        transaction: Transaction,
    ) -> AnchoredCheckpoint:
        """Remember what was anchored."""
        name, block = stream_id(stream, number), transaction.block_number
        self._logs.add_checkpoint(who, name, checkpoint, block=block)
        self._own.see((who, stream, number), checkpoint)
        if not last.size:
            self._going_on.begun(who, stream)
            with suppress(ChainError):  # it is anchored, and told so, though the node is gone now
                if self._is_new(who, number, stream):
                    self._logs.mark_compared(who)
        return AnchoredCheckpoint(who, name, checkpoint, block, transaction, number)

    def _is_new(self, who: Address, number: int, stream: str) -> bool:
        """Whether what was just begun is all that is on chain: then this store is in step with it.

        Asked after the chain took it: a node that was behind before is not any more.
        """
        if number > 1 or self._logs.begun(who):
            return False
        others = (label for label in LABELS if label != stream)
        return not any(any(self._history.head(who, label, 1)) for label in others)
