"""One's own log: its leaves, anchored or to be, and whether readers count where they are written.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.anchors.log.store("records", [b"l" * 32])
    >>> me.anchors.log.holds("records", b"l" * 32)
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.anchors.stream_history import explains
from salus.anchors.streams import AnchoredCheckpoint
from salus.errors import VerificationError
from salus.primitives.address import Address, AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.anchors.going_on import GoingOn
    from salus.anchors.own_leaves import OwnLeaves
    from salus.anchors.sightings import AnchorMemory
    from salus.anchors.store import LogStore
    from salus.anchors.stream_numbers import Line
    from salus.anchors.syncing import Syncing
    from salus.chain.registry_client import RegistryClient


class OwnLog:
    """Streams that are written here; their issuer defaults to the account's own identity."""

    def __init__(
        self,
        client: RegistryClient,
        syncing: Syncing,
        going_on: GoingOn,
        memory: AnchorMemory,
        *,
        logs: LogStore,
        own: OwnLeaves,
    ) -> None:
        self._client, self._syncing, self._going_on = client, syncing, going_on
        self._memory, self._logs, self._own = memory, logs, own

    @typed_arguments
    def line(self, stream: str, *, issuer: AnyIdentity | None = None) -> Line:
        """Read what stands of one's own stream, from a node that shows all that was seen before.

        Args:
            stream: Its label.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            The checkpoints, those that stand and the others.

        Raises:
            NodeBehind: The node shows less than was seen.
            HistoryUnavailable: As for `StreamHistory.line`.
        """
        return self._syncing.own_line(self._client.whose(issuer), stream)

    @typed_arguments
    def leaves(self, stream: str, *, issuer: AnyIdentity | None = None) -> list[bytes]:
        """List a stream's leaves, anchored or to be, where they explain what the chain holds.

        Args:
            stream: Its label, as in :func:`stream_id`.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            The issuer's own leaves, of every number of the stream.

        Raises:
            VerificationError: The chain holds a checkpoint that the store's leaves do not explain.
        """
        who = self._client.whose(issuer)
        if not self._going_on.is_whole(who, stream):
            raise VerificationError(
                f"stream {stream!r} of {who} has leaves on chain that this log store does not"
                " hold: it is an older copy, or another's; `anchors.rebuild()` finds those that the"
                " key database knows. Where that was lost too, put its newest backup back: without"
                " one the records of these leaves stay closed"
            )
        # The first leaf of a later number names the number before it.
        found = (
            leaf
            for number in self._logs.numbers(who, stream)
            for leaf in self._logs.leaves(who, stream_id(stream, number))[number > 1 :]
        )
        return list(dict.fromkeys(found))

    @typed_arguments
    def known(self, stream: str, *, issuer: AnyIdentity | None = None) -> list[bytes]:
        """List the leaves that the chain confirms, where all that stands there is known.

        Args:
            stream: Its label, as in :func:`stream_id`.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            The leaves of checkpoints that are anchored, in numbers that are passed by as well; none
            that merely lies in the log store.

        Raises:
            NodeBehind: The node shows less than was seen.
            VerificationError: Leaves are missing. They are not taken for a thief's, however often
                the key changed: `salus anchors rebuild --disown` says that they are.
        """
        who = self._client.whose(issuer)
        line = self._syncing.own_line(who, stream)
        stands = line.sizes(line.head)
        found: dict[int, list[bytes]] = {}
        for number, history in line.histories().items():
            found[number] = self._confirmed(history)
            if len(found[number]) < stands.get(number, 0):
                raise VerificationError(
                    f"stream {stream!r} of {who} has {stands[number]} leaves on chain, and this"
                    " log store does not hold all of them: `anchors.rebuild()` finds those that"
                    " the key database knows. If a thief anchored the others, rotate the"
                    " identity's key, then `anchors.rebuild(disown=True)`"
                )
        return list(dict.fromkeys(leaf for leaves in found.values() for leaf in leaves))

    @typed_arguments
    def holds(self, stream: str, leaf: bytes, *, issuer: AnyIdentity | None = None) -> bool:
        """Return whether a leaf is in the log, anchored or not.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            True when it is.
        """
        return self._logs.find(self._client.whose(issuer), stream, leaf) is not None

    @typed_arguments
    def was_given(self, stream: str, leaf: bytes, *, issuer: AnyIdentity | None = None) -> bool:
        """Return whether a leaf was ever to go into a stream from here: logs may have been lost.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            True where the log store or the key database knows it.
        """
        who = self._client.whose(issuer)
        return self._own.knows((who, stream, 1), leaf) or self.holds(stream, leaf, issuer=who)

    @typed_arguments
    def number(self, stream: str, *, issuer: AnyIdentity | None = None) -> int:
        """Return which number of a stream is in use here.

        Args:
            stream: Its label.
            issuer: Whose stream; defaults to the account's own identity.

        Returns:
            1, until it went on after a theft.
        """
        return self._logs.numbers(self._client.whose(issuer), stream)[-1]

    @typed_arguments
    def store(
        self, stream: str, leaves: Sequence[bytes], *, issuer: AnyIdentity | None = None
    ) -> None:
        """Store leaves for the stream's next checkpoint; nothing is sent.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; defaults to the account's own identity.

        Raises:
            StorageError: The leaves cannot be stored; none was.
        """
        self._store(self._client.whose(issuer), stream, leaves, expected=leaves)

    @typed_arguments
    def store_missing(
        self, stream: str, leaves: Sequence[bytes], *, issuer: AnyIdentity | None = None
    ) -> None:
        """Store those of the leaves that the log lacks.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; defaults to the account's own identity.

        Raises:
            StorageError: As for :meth:`store`.
        """
        who = self._client.whose(issuer)
        missing = [each for each in leaves if not self.holds(stream, each, issuer=who)]
        self._store(who, stream, missing, expected=leaves)

    @typed_arguments
    def passed_by(self, *, issuer: AnyIdentity | None = None) -> tuple[tuple[str, int], ...]:
        """Find one's own streams that are written to in a number that no reader counts.

        The node lied when it was begun, or the chain took back what was its reason. The next thing
        that is anchored in such a stream takes all of it along to where readers count.

        Args:
            issuer: Whose streams; defaults to the account's own identity.

        Returns:
            Label and number of each.

        Raises:
            NodeBehind: The node shows less than was seen.
        """
        who = self._client.whose(issuer)
        used = ((label, self._logs.numbers(who, label)[-1]) for label in self._memory.labels(who))
        return tuple(each for each in used if self._going_on.is_passed_by(who, *each))

    @typed_arguments
    def require_current(self, *, issuer: AnyIdentity | None = None) -> None:
        """Go on only with a node that shows all of one's own streams that was seen before.

        Args:
            issuer: Whose streams; defaults to the account's own identity.

        Raises:
            NodeBehind: It shows less, or an earlier block than was seen.
            ClocksDiffer: Its latest block is old, outside local chains.
        """
        who = self._client.whose(issuer)
        self._client.chain.require_recent()
        self._memory.require_block(self._client.chain.block().number)
        for label in self._memory.labels(who):
            self._syncing.own_line(who, label)

    @typed_arguments
    def forget_seen(self, *, issuer: AnyIdentity | None = None) -> None:
        """Forget what was seen on a chain that is another now, or took blocks back.

        Args:
            issuer: Whose streams besides those that the key database knows; defaults to the
                account's own identity.
        """
        self._memory.forget(self._client.whose(issuer))
        self._going_on.forget()

    def _store(
        self, who: Address, stream: str, leaves: Sequence[bytes], *, expected: Sequence[bytes]
    ) -> None:
        """Store leaves in the log store; the key database knows what this client expects there.

        It is told first, and neither file is locked while the other is: whoever compares the two
        locks the key database, and then the logs.
        """
        stored = False
        while not stored:
            number = self._logs.numbers(who, stream)[-1]
            self._own.expect((who, stream, number), expected)
            stored = self._logs.append_to(who, stream, leaves, number=number)

    def _confirmed(self, history: Sequence[AnchoredCheckpoint]) -> list[bytes]:
        """One's own leaves of a number, as far as its checkpoints on chain are of them."""
        leaves = self._logs.leaves(history[0].issuer, history[0].stream)
        tree = MerkleTree.of(leaves)
        sizes = (each.checkpoint.size for each in history if explains(tree, each.checkpoint))
        return leaves[: max(sizes, default=0)]
