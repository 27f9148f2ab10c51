"""Which number of a stream one's own leaves go into; where it ended, the next, if that is allowed.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.anchors.append("records", [b"l" * 32]).number
    1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from salus.anchors.following import Following
from salus.anchors.stream_history import explains
from salus.anchors.stream_numbers import Line
from salus.anchors.streams import AnchoredCheckpoint, going_on_leaf
from salus.chain.errors import NodeBehind
from salus.errors import VerificationError
from salus.primitives.address import Address
from salus.primitives.merkle import MerkleTree
from salus_verify.log import Checkpoint, stream_id

if TYPE_CHECKING:
    from salus.anchors.own_leaves import OwnLeaves
    from salus.anchors.store import LogStore
    from salus.anchors.stream_history import StreamHistory
    from salus.anchors.syncing import Syncing
    from salus.chain.chain import Chain


class GoingOn:
    """Finds the place for the next leaves; begins a number after what is not a log of one's own."""

    def __init__(
        self,
        chain: Chain,
        history: StreamHistory,
        syncing: Syncing,
        *,
        logs: LogStore,
        own: OwnLeaves,
    ) -> None:
        self._chain, self._history, self._syncing = chain, history, syncing
        self._logs, self._own = logs, own
        self._following = Following(chain, history.head)

    def place(self, who: Address, stream: str, *, disown: bool = False) -> tuple[int, Checkpoint]:
        """The number that stands and its last checkpoint; where it ended, the next."""
        return self._settled(who, stream) or self._go_on(who, stream, disown=disown)

    def begun(self, who: Address, stream: str) -> None:
        """Forget which number readers count, now that one was begun."""
        self._following.forget(who, stream)

    def forget(self) -> None:
        """Forget of all streams which number readers count."""
        self._following.clear()

    def is_whole(self, who: Address, stream: str) -> bool:
        """Whether one's leaves explain the number that readers count, in use or not."""
        if self._settled(who, stream) is not None:
            return True
        return self._syncing.sync(who, stream, self._counted(who, stream))[1]

    def is_passed_by(self, who: Address, stream: str, number: int) -> bool:
        """Whether something was anchored in the number in use, and it does not stand."""
        if not self._logs.checkpoints(who, stream_id(stream, number)):
            return False
        if self._counted(who, stream) == number:
            return False
        line = self._syncing.own_line(who, stream)
        return all(each.number != number for each in line.standing)

    def require_kept(
        self, log: tuple[Address, str, int], leaves: Sequence[bytes], anchored: int
    ) -> None:
        """Refuse to anchor what this client did not store: the log store vouches for nothing."""
        if not self._own:
            return
        who, stream, number = log
        waiting = leaves[max(anchored, int(number > 1)) :]
        unknown = sum(not self._own.knows(log, leaf) for leaf in waiting)
        if unknown:
            raise VerificationError(
                f"{unknown} leaves of stream {stream!r} of {who} wait in the log store, and the"
                " key database does not know them: somebody else put them there, or the key"
                " database is an older copy. Nothing was anchored; `anchors.rebuild()` leaves them"
                " out"
            )

    def _settled(self, who: Address, stream: str) -> tuple[int, Checkpoint] | None:
        """The number in use and its last checkpoint, where readers count and it is explained."""
        number = self._logs.numbers(who, stream)[-1]
        if self._counted(who, stream) != number:
            return None
        try:
            last, whole = self._syncing.sync(who, stream, number)
        except NodeBehind:
            self._following.forget(who, stream)
            raise
        return (number, last) if whole else None

    def _counted(self, who: Address, stream: str) -> int:
        """The number of one's own stream that readers count."""
        known = self._following.number(who, stream)
        if known is not None:
            return known
        if self._logs.numbers(who, stream) == [1] and not any(self._history.head(who, stream, 2)):
            return 1
        before = self._chain.block()
        line = self._syncing.own_line(who, stream)
        self._following.note(line, before)
        return line.number

    def _go_on(self, who: Address, stream: str, *, disown: bool) -> tuple[int, Checkpoint]:
        """Find the number that readers count; begin the next after what is not one's own log.

        A number that is passed by may not be disowned for: its leaves go where readers count.
        """
        line = self._syncing.own_line(who, stream)
        last, whole = self._syncing.sync(who, stream, line.number)
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
        self, line: Line, number: int, *, after: AnchoredCheckpoint | None, first: Sequence[bytes]
    ) -> None:
        """Write to a number from now on; what does not stand on the way to it goes along."""
        who, stream = line.issuer, line.label
        begun = sorted({*self._logs.numbers(who, stream), number})
        ours = {each: self._syncing.sync(who, stream, each)[0].size for each in begun}
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
        self._own.keep((who, stream, number), leaves, since=0)

    def _explained(self, line: Line) -> AnchoredCheckpoint | None:
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
        self, line: Line, foreign: Sequence[AnchoredCheckpoint], *, disown: bool
    ) -> None:
        """Refuse to disown what may be one's own, or what the present key anchored."""
        who, stream = line.issuer, line.label
        has = f"stream {stream!r} of {who} has {foreign[-1].checkpoint.size} leaves on chain"
        if not disown and not self._logs.begun(who):
            raise VerificationError(
                f"{has}, and this log store is new, or was put back: `anchors.rebuild()` compares"
                " it with the key database and the chain first. What is missing even then is"
                " disowned in one way: rotate the identity's key, then"
                " `anchors.rebuild(disown=True)`"
            )
        # What is one's own in a number that is passed by was never going to stand.
        counted = [each for each in foreign if each.number in line.ways]
        if self._knows_any(counted, stream) or self._lacks(who, stream):
            raise VerificationError(
                f"{has}, and the key database knows leaves that this log store does not hold:"
                " `anchors.rebuild()` puts them back"
            )
        newest = foreign[-1].place
        if not any(change > newest for change in self._history.handovers(who)):
            then = ", then `anchors.rebuild(disown=True)` again" if disown else ""
            raise VerificationError(
                f"{has} that this log store does not hold: another writer uses it, or its store"
                " was lost, or a thief has the key. Open the right store (state=, SALUS_STATE),"
                f" `anchors.rebuild()` it, or rotate the identity's key{then}: then the stream goes"
                " on in its next number"
            )

    def _knows_any(self, foreign: Sequence[AnchoredCheckpoint], stream: str) -> bool:
        """Whether the key database's leaves explain any of them: then it is one's own."""
        trees = {
            number: MerkleTree.of(self._own.leaves((issuer, stream, number)))
            for issuer, number in {(each.issuer, each.number) for each in foreign}
        }
        return any(explains(trees[each.number], each.checkpoint) for each in foreign)

    def _lacks(self, who: Address, stream: str) -> bool:
        """Whether the key database knows leaves of a stream that the log store does not hold."""
        kept = (
            leaf
            for number in self._own.numbers(who, stream)
            for leaf in self._own.leaves((who, stream, number))[number > 1 :]
        )
        return any(self._logs.find(who, stream, leaf) is None for leaf in kept)
