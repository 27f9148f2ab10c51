"""Going on in a stream's next number, where the one in use ended; and when that is not allowed.

Example:
    >>> from salus.anchors.going_on import GoingOn
    >>> GoingOn.contract_name
    'AnchorRegistry'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from salus.anchors.history import explains
from salus.anchors.lines import Line, moment
from salus.anchors.proofs import AnchorProofs
from salus.anchors.streams import Anchored, going_on_leaf, stream_id
from salus.chain.errors import NodeBehind
from salus.contracts.anchors import Checkpoint
from salus.errors import VerificationError
from salus.primitives.address import Address
from salus.primitives.merkle import MerkleTree


class GoingOn(AnchorProofs):
    """Which number of a stream one's own leaves go into."""

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
        if not self._is_whole(who, stream):
            raise VerificationError(
                f"stream {stream!r} of {who} has leaves on chain that this log store does not"
                " hold: it is an older copy, or another's; `salus anchors rebuild` mends it"
            )
        # The first leaf of a later number names the number before it.
        found = (
            leaf
            for number in self._logs.numbers(who, stream)
            for leaf in self._logs.leaves(who, stream_id(stream, number))[number > 1 :]
        )
        return list(dict.fromkeys(found))

    def known(self, stream: str, *, issuer: Address | None = None) -> list[bytes]:
        """List the leaves that the chain confirms, where all that stands there is known.

        Args:
            stream: Its label, as in :func:`stream_id`.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            The leaves of checkpoints that are anchored, in numbers that are passed by as well; none
            that merely lies in the log store.

        Raises:
            NodeBehind: The node shows less than was seen.
            VerificationError: Leaves are missing. They are not taken for a thief's, however often
                the key changed: `salus anchors rebuild --disown` says that they are.
        """
        who = self._issuer(issuer, None)
        line = self.own_line(stream, issuer=who)
        stands = line.sizes(line.head)
        found: dict[int, list[bytes]] = {}
        for number, history in line.histories().items():
            found[number] = self._confirmed(history)
            if len(found[number]) < stands.get(number, 0):
                raise VerificationError(
                    f"stream {stream!r} of {who} has {stands[number]} leaves on chain, and"
                    " this log store does not hold all of them: `salus anchors rebuild` finds"
                    " those that the key store knows. If a thief anchored the others, rotate the"
                    " identity's key, then `salus anchors rebuild --disown`"
                )
        return list(dict.fromkeys(leaf for leaves in found.values() for leaf in leaves))

    def passed_by(self, *, issuer: Address | None = None) -> tuple[tuple[str, int], ...]:
        """Find one's own streams that are written to in a number that no reader counts.

        The node lied when it was begun, or the chain took back what was its reason. The next thing
        that is anchored in such a stream takes all of it along to where readers count.

        Args:
            issuer: Whose streams; the account's own identity unless told.

        Returns:
            Label and number of each.

        Raises:
            NodeBehind: The node shows less than was seen.
        """
        who = self._issuer(issuer, None)
        used = ((label, self._logs.numbers(who, label)[-1]) for label in self._memory.labels(who))
        return tuple(each for each in used if self._is_passed_by(who, *each))

    def require_current(self, *, issuer: Address | None = None) -> None:
        """Go on only with a node that shows all of one's own streams that was seen before.

        Args:
            issuer: Whose streams; the account's own identity unless told.

        Raises:
            NodeBehind: It shows less, or an earlier block than was seen.
            ClocksDiffer: Its latest block is old, outside local chains.
        """
        who = self._issuer(issuer, None)
        self._chain.require_recent()
        self._memory.require_block(self._chain.block().number)
        for label in self._memory.labels(who):
            self.own_line(label, issuer=who)

    def _place(self, who: Address, stream: str, *, disown: bool = False) -> tuple[int, Checkpoint]:
        """The number that stands and its last checkpoint; where it ended, the next."""
        return self._settled(who, stream) or self._go_on(who, stream, disown=disown)

    def _settled(self, who: Address, stream: str) -> tuple[int, Checkpoint] | None:
        """The number in use and its last checkpoint, where readers count and it is explained."""
        number = self._logs.numbers(who, stream)[-1]
        if self._counted(who, stream) != number:
            return None
        try:
            last, whole = self._sync(who, stream, number)
        except NodeBehind:
            self._following.forget(who, stream)
            raise
        return (number, last) if whole else None

    def _counted(self, who: Address, stream: str) -> int:
        """The number of one's own stream that readers count."""
        known = self._following.number(who, stream)
        if known is not None:
            return known
        if self._logs.numbers(who, stream) == [1] and not any(self._head(who, stream, 2)):
            return 1
        before = self._chain.block()
        line = self.own_line(stream, issuer=who)
        self._following.note(line, before)
        return line.number

    def _is_whole(self, who: Address, stream: str) -> bool:
        """Whether one's leaves explain the number that readers count, in use or not."""
        if self._settled(who, stream) is not None:
            return True
        return self._sync(who, stream, self._counted(who, stream))[1]

    def _is_passed_by(self, who: Address, stream: str, number: int) -> bool:
        """Whether something was anchored in the number in use, and it does not stand."""
        if not self._logs.checkpoints(who, stream_id(stream, number)):
            return False
        if self._counted(who, stream) == number:
            return False
        line = self.own_line(stream, issuer=who)
        return all(each.number != number for each in line.standing)

    def _confirmed(self, history: Sequence[Anchored]) -> list[bytes]:
        """One's own leaves of a number, as far as its checkpoints on chain are of them."""
        leaves = self._logs.leaves(history[0].issuer, history[0].stream)
        tree = MerkleTree.of(leaves)
        sizes = (each.checkpoint.size for each in history if explains(tree, each.checkpoint))
        return leaves[: max(sizes, default=0)]

    def _go_on(self, who: Address, stream: str, *, disown: bool) -> tuple[int, Checkpoint]:
        """Find the number that readers count, or begin the next after what is no log of one's own.

        A number that is passed by may not be disowned for: its leaves go where readers count.
        """
        line = self.own_line(stream, issuer=who)
        last, whole = self._sync(who, stream, line.number)
        if whole:
            self._begin(line, line.number, after=line.head, first=())
            return line.number, last
        true = self._explained(line)
        self._require_handed_over(line, line.beyond(true), disown=disown)
        after, last = (true.number, true.checkpoint) if true else (1, Checkpoint.none())
        leaf = going_on_leaf(who, stream, after=after, last=last)
        self._begin(line, line.begun + 1, after=true, first=(leaf,))
        return line.begun + 1, Checkpoint.none()

    def _begin(
        self, line: Line, number: int, *, after: Anchored | None, first: Sequence[bytes]
    ) -> None:
        """Write to a number from now on; what does not stand on the way to it goes along."""
        who, stream = line.issuer, line.label
        begun = sorted({*self._logs.numbers(who, stream), number})
        ours = {each: self._sync(who, stream, each)[0].size for each in begun}
        sizes = line.sizes(after)
        stays = {each: min(ours[each], sizes.get(each, 0)) for each in begun}
        passed_by = {each for each in begun if each not in {1, number, *sizes}}
        self._following.forget(who, stream)

        def moved(read: Callable[[int], list[bytes]]) -> Mapping[int, list[bytes]]:
            stay = {each: read(each)[:end] for each, end in stays.items() if each == 1 or end}
            there = frozenset(leaf for leaves in stay.values() for leaf in leaves)
            waiting = [
                leaf
                for each, end in stays.items()
                for leaf in read(each)[max(end, int(each > 1)) :]
                if leaf not in there
            ]
            head = stay.get(number) or list(first)
            old = {each: read(each)[: ours[each]] for each in passed_by if ours[each]}
            return old | stay | {number: [*head, *dict.fromkeys(waiting)]}

        self._logs.rewrite(who, stream, moved, passed_by=passed_by)
        leaves = self._logs.leaves(who, stream_id(stream, number))
        self._keep((who, stream, number), leaves, 0)

    def _keep(self, log: tuple[Address, str, int], leaves: Sequence[bytes], anchored: int) -> None:
        """No leaf is anchored that the key store does not know: the log store may be lost."""
        if self._journal is not None:
            self._journal.log_leaves((self._chain.chain_id, *log), leaves, since=anchored)

    def _require_kept(
        self, log: tuple[Address, str, int], leaves: Sequence[bytes], anchored: int
    ) -> None:
        """What waits was stored by this client: the log store vouches for nothing."""
        if self._journal is None:
            return
        who, stream, number = log
        waiting = leaves[max(anchored, int(number > 1)) :]
        name = (self._chain.chain_id, who, stream, number)
        unknown = sum(not self._journal.knows_leaf(name, leaf) for leaf in waiting)
        if unknown:
            raise VerificationError(
                f"{unknown} leaves of stream {stream!r} of {who} wait in the log store, and the key"
                " store does not know them: somebody else put them there, or the key store is an"
                " older copy. Nothing was anchored; `salus anchors rebuild` leaves them out"
            )

    def _explained(self, line: Line) -> Anchored | None:
        """The newest checkpoint that one's own leaves explain, of the numbers that count."""
        trees: dict[int, MerkleTree] = {}
        for each in reversed(line.everything):
            if each.number not in line.ways:
                continue
            if each.number not in trees:
                leaves = self._logs.leaves(line.issuer, each.stream)
                trees[each.number] = MerkleTree.of(leaves)
            if explains(trees[each.number], each.checkpoint):
                return each
        return None

    def _require_handed_over(
        self, line: Line, foreign: Sequence[Anchored], *, disown: bool
    ) -> None:
        """Refuse to disown what may be one's own, or what the present key anchored."""
        who, stream = line.issuer, line.label
        has = f"stream {stream!r} of {who} has {foreign[-1].checkpoint.size} leaves on chain"
        if not disown and not self._logs.begun(who):
            raise VerificationError(
                f"{has}, and this log store is new, or was put back: `salus anchors rebuild`"
                " compares it with the key store and the chain first. What is missing even then is"
                " disowned by `salus anchors rebuild --disown`, and in no other way"
            )
        # What is one's own in a number that is passed by was never going to stand.
        counted = [each for each in foreign if each.number in line.ways]
        if self._knows_any(counted, stream) or self._lacks(who, stream):
            raise VerificationError(
                f"{has}, and the key store knows leaves that this log store does not hold:"
                " `salus anchors rebuild` puts them back"
            )
        newest = moment(foreign[-1])
        if not any(change > newest for change in self._changes(who)):
            raise VerificationError(
                f"{has} that this log store does not hold: another writer uses it, or its store was"
                " lost, or a thief has the key. Open the right store (state=, SALUS_STATE),"
                " `salus anchors rebuild` it, or rotate the identity's key: then the stream goes on"
                " in its next number"
            )

    def _knows_any(self, foreign: Sequence[Anchored], stream: str) -> bool:
        """Whether the key store's leaves explain any of them: then it is one's own."""
        if self._journal is None or not foreign:
            return False
        issuer, chain_id = foreign[-1].issuer, self._chain.chain_id
        trees = {
            number: MerkleTree.of(self._journal.logged((chain_id, issuer, stream, number)))
            for number in {each.number for each in foreign}
        }
        return any(explains(trees[each.number], each.checkpoint) for each in foreign)

    def _lacks(self, who: Address, stream: str) -> bool:
        """Whether the key store knows leaves of a stream that the log store does not hold."""
        journal, chain_id = self._journal, self._chain.chain_id
        if journal is None:
            return False
        numbers = [
            n for at, label, n in journal.logs(chain_id) if (at, label) == (who.lower(), stream)
        ]
        kept = (
            leaf
            for number in numbers
            for leaf in journal.logged((chain_id, who, stream, number))[number > 1 :]
        )
        return any(self._find(who, stream, leaf) is None for leaf in kept)
