r"""Append-only logs: add leaves, anchor a checkpoint, prove inclusion and consistency.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> anchored = me.anchors.append("records", [b"\x01" * 32])
    >>> anchored.checkpoint.size
    1
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salus.anchors.extending import Extending
from salus.anchors.going_on import GoingOn
from salus.anchors.log import OwnLog
from salus.anchors.own_leaves import OwnLeaves
from salus.anchors.proofs import Proofs
from salus.anchors.rebuilding import Rebuilding, Rebuilt
from salus.anchors.sightings import AnchorMemory
from salus.anchors.stream_history import StreamHistory
from salus.anchors.streams import AnchoredCheckpoint
from salus.anchors.syncing import Syncing
from salus.chain.control_check import require_control
from salus.chain.registry_client import RegistryClient
from salus.chain.signing.signers import Signer
from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.primitives.verbs import verb

if TYPE_CHECKING:
    from salus.anchors.store import LogStore
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.contracts.event import EventPlace
    from salus.vault.database.key_database import KeyDatabase


class Anchors:
    """The client's side of `AnchorRegistry`, with the leaves kept in a log store.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.
        logs: One's own leaves.
        handovers: Lists when an identity changed hands: a stream may go on after that.
        journal: The key database, which knows what was given to the logs; None without a vault.

    Attributes:
        history: What the chain holds of anybody's streams.
        log: One's own leaves, and whether readers count where they are written.
        proofs: Proofs that a leaf is anchored.
    """

    @typed_arguments
    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        logs: LogStore,
        *,
        handovers: Callable[[Address], Sequence[EventPlace]],
        journal: KeyDatabase | None = None,
    ) -> None:
        self._client = client = RegistryClient(chain, account, "AnchorRegistry")
        self._logs, self._own = logs, OwnLeaves(journal, chain_id=chain.chain_id)
        memory = AnchorMemory(logs, self._own, url=chain.rpc.url)
        self.history = StreamHistory(chain, handovers)
        self._syncing = Syncing(self.history, logs, memory)
        going_on = GoingOn(chain, self.history, self._syncing, logs=logs, own=self._own)
        self.log = OwnLog(client, self._syncing, going_on, memory, logs=logs, own=self._own)
        self.proofs = Proofs(client, self.history, self._syncing, logs)
        self._extending = Extending(client, self.history, going_on, logs=logs, own=self._own)

    def __repr__(self) -> str:
        return f"Anchors({self._client.who})"

    extend = verb("_extending", Extending.extend)

    @typed_arguments
    def append(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: AnyIdentity | None = None,
        by: Signer | None = None,
    ) -> AnchoredCheckpoint:
        """Store leaves and move the stream to a checkpoint that covers them.

        Leaves left over from an attempt that did not reach the chain go along. When another writer
        was faster, its checkpoint may cover these already. Where the chain holds what is not of the
        issuer's log, and it changed hands since, they go into the stream's next number.

        Args:
            stream: Its label, as in :func:`stream_id`.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; defaults to the account's own identity.
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
        who = self._client.whose(issuer, by)
        if any(len(leaf) != 32 for leaf in leaves):
            raise InputError("every leaf must be a salted commitment of 32 bytes")
        if not leaves:
            return self.anchor_pending(stream, issuer=who, by=by)
        require_control(self._client.chain, by or self._client.payer, identity=who)
        self.log.store(stream, leaves, issuer=who)
        return self.cover(stream, leaves, issuer=who, by=by)

    @typed_arguments
    def cover(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: AnyIdentity | None = None,
        by: Signer | None = None,
    ) -> AnchoredCheckpoint:
        """Anchor stored leaves, unless checkpoints cover these already.

        Args:
            stream: Its label.
            leaves: At least one, all of them stored.
            issuer: Whose stream; defaults to the account's own identity.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The checkpoint that covers the last of them.

        Raises:
            SalusError: As for :meth:`append`.
        """
        anchored = self.extend(stream, issuer=issuer, by=by)
        if anchored is not None:
            return anchored
        who = self._client.whose(issuer, by)
        return self.proofs.prove_all(stream, leaves, issuer=who, first=True)[-1].anchored

    @typed_arguments
    def ensure(
        self,
        stream: str,
        leaves: Sequence[bytes],
        *,
        issuer: AnyIdentity | None = None,
        by: Signer | None = None,
    ) -> AnchoredCheckpoint | None:
        """Store those leaves that the log lacks, then anchor whatever waits.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; defaults to the account's own identity.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            The new checkpoint; None when all leaves are anchored.

        Raises:
            SalusError: As for :meth:`append`.
        """
        who = self._client.whose(issuer, by)
        self.log.store_missing(stream, leaves, issuer=who)
        return self.extend(stream, issuer=who, by=by)

    @typed_arguments
    def rebuild(
        self,
        *,
        issuer: AnyIdentity | None = None,
        disown: bool = False,
        undone: bool = False,
        by: Signer | None = None,
    ) -> tuple[Rebuilt, ...]:
        """Fill the log store from the key database, as far as the chain confirms it.

        For a store that was lost, or put back from a backup. What is in it already stays.

        Args:
            issuer: Whose streams; defaults to the account's own identity; and all others whose
                leaves the key database knows.
            disown: Say that what is missing even then is not the issuer's: its streams go on in
                their next numbers at once, for everybody to see. It takes a change of hands since.
            undone: Say that the chain itself took blocks back (a reorganisation, a development
                chain that began anew): what was seen there before is forgotten.
            by: Who controls the issuer, when that is not the client's account.

        Returns:
            What is known of each stream now, by issuer, label and number.

        Raises:
            InputError: This client has no key database.
            TamperedKeyDatabase: A row of the key database was altered.
            VerificationError: The issuer did not change hands since; nothing was disowned.
            NodeBehind: The node shows less than was seen; nothing was changed.
            ChainError: The node does not answer, or its latest block is old.
        """
        who = self._client.whose(issuer, by)
        if undone:
            self._client.chain.require_recent()
            self.log.forget_seen(issuer=who)
        self.log.require_current(issuer=who)
        if undone and not disown and not self._own:
            return ()
        rebuilding = Rebuilding(self._syncing, self._logs, self._own)
        if disown and not self._own:
            self._disown(who, self._logs.labels(who), by)
            return ()
        done = rebuilding.rebuild(who)
        if not disown:
            return done
        lacking = [each.stream for each in done if each.issuer == who and not each.whole]
        self._disown(who, lacking, by)
        return rebuilding.rebuild(who)

    @typed_arguments
    def anchor_pending(
        self, stream: str, *, issuer: AnyIdentity | None = None, by: Signer | None = None
    ) -> AnchoredCheckpoint:
        """Anchor the leaves that are stored and not yet covered by a checkpoint.

        Args:
            stream: Its label.
            issuer: Whose stream; defaults to the account's own identity.
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

    def _disown(self, who: Address, streams: Sequence[str], by: Signer | None) -> None:
        require_control(self._client.chain, by or self._client.payer, identity=who)
        for each in streams:
            self._extending.step(who, each, by, disown=True)
        self._logs.mark_compared(who)
