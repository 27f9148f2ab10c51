"""Reading a stream from the chain: heads, checkpoints that follow one another, and what stands.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.anchors.history.checkpoints(me.identity, "records")
    []
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from salus.anchors.stream_numbers import Line, read_line
from salus.anchors.streams import AnchoredCheckpoint
from salus.chain.errors import ChainUnreachable, HistoryUnavailable
from salus.contracts.event import EventPlace
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus_verify.encoding import hex0x
from salus_verify.log import MOST_LEAVES, Checkpoint, stream_id

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.contracts.anchors.events import Anchored


MOST_NUMBERS = 1 << 16
"""Numbers of a stream that are followed. A thief begins as many as it pays for, 4 billion gas for
these, and an issuer must go on behind them; a node that lies could tell of numbers without end."""
_FEW = 256


class StreamHistory:
    """What `AnchorRegistry` holds of anybody's streams."""

    def __init__(self, chain: Chain, handovers: Callable[[Address], Sequence[EventPlace]]) -> None:
        self._chain, self._handovers = chain, handovers
        self._contract = chain.contract("AnchorRegistry")

    @typed_arguments
    def head_id(self, issuer: AnyIdentity, stream: str) -> bytes:
        """Return the id of the last checkpoint of the number that stands; zeros if it has none."""
        issuer = identity_of(issuer)
        if not any(self.head(issuer, stream, 2)):
            return self.head(issuer, stream, 1)
        head = self.line(issuer, stream).head
        return bytes(32) if head is None else head.checkpoint.id

    @typed_arguments
    def checkpoints(self, issuer: AnyIdentity, stream: str) -> list[AnchoredCheckpoint]:
        """List every checkpoint of a stream, disowned ones too: by number, then oldest first."""
        issuer = identity_of(issuer)
        return [each for number in self._numbers(issuer, stream) for each in number]

    @typed_arguments
    def line(self, issuer: AnyIdentity, stream: str, *, block: int | None = None) -> Line:
        """Read what stands of a stream through its numbers, and what was disowned.

        Raises:
            HistoryUnavailable: The node lacks checkpoints of it, or, where it has more than one
                number, the events that tell when the issuer changed hands.
        """
        issuer = identity_of(issuer)
        numbers = _until(block, self._numbers(issuer, stream))
        return read_line(issuer, stream, numbers, lambda: self._handovers(issuer))

    @typed_arguments
    def stands(self, anchored: AnchoredCheckpoint, label: str, *, block: int | None = None) -> bool:
        """Return whether a checkpoint stands in the stream that readers follow.

        Raises:
            HistoryUnavailable: As for :meth:`line`.
        """
        if anchored.number == 1 and not any(self.head(anchored.issuer, label, 2)):
            return anchored.stream == stream_id(label)
        line = self.line(anchored.issuer, label, block=block)
        named = (anchored.stream, anchored.checkpoint.id)
        return any((each.stream, each.checkpoint.id) == named for each in line.standing)

    @typed_arguments
    def find(
        self, issuer: AnyIdentity, stream: bytes, checkpoint: bytes, *, block: int | str = "latest"
    ) -> EventPlace | None:
        """Find a checkpoint's block and its event's place there; None where it was not anchored.

        Raises:
            HistoryUnavailable: It is not among what the node shows, which is not all there is.
        """
        issuer = identity_of(issuer)
        from salus.contracts.anchors.events import Anchored

        wanted: dict[str, Any] = {"issuer": issuer, "stream": stream, "checkpoint_id": checkpoint}
        wanted["to_block"] = block
        found = self._contract.named(Anchored, **wanted)
        found = found or self._contract.events(Anchored, **wanted)
        if found:
            return found[0].place
        # Of the latest block: few nodes keep what stood at older ones.
        head: bytes = self._contract.call("headOf", issuer, stream)
        for each in self._back(issuer, stream, 1, head, called=hex0x(stream)):
            if each.checkpoint.id == checkpoint and _is_by(each, block):
                return each.place
        return None

    @typed_arguments
    def at(self, anchored: AnchoredCheckpoint) -> EventPlace | None:
        """Look for a checkpoint in the one block that it names: much faster than `find`."""
        from salus.contracts.anchors.events import Anchored

        block = anchored.block_number
        wanted: dict[str, Any] = {
            "issuer": anchored.issuer,
            "stream": anchored.stream,
            "checkpoint_id": anchored.checkpoint.id,
        }
        found = self._contract.events(Anchored, from_block=block, to_block=block, **wanted)
        return found[0].place if found else None

    @typed_arguments
    def head(self, issuer: AnyIdentity, label: str, number: int) -> bytes:
        """Return the id of the last checkpoint of one number; zeros if it was never begun."""
        issuer = identity_of(issuer)
        head: bytes = self._contract.call("headOf", issuer, stream_id(label, number))
        return head

    @typed_arguments
    def back(
        self, issuer: AnyIdentity, label: str, number: int, head: bytes
    ) -> list[AnchoredCheckpoint]:
        """List the checkpoints of one number up to a head, oldest first."""
        issuer = identity_of(issuer)
        return self._back(issuer, stream_id(label, number), number, head, called=repr(label))

    @typed_arguments
    def number_of(self, issuer: AnyIdentity, label: str, stream: bytes) -> int | None:
        """Return which number of an issuer's stream has an id; None where none that it has does.

        The first few are tried unasked; the others only for an issuer that somebody brought there.
        """
        issuer = identity_of(issuer)
        few = next((n for n in range(1, _FEW) if stream_id(label, n) == stream), None)
        if few is not None or not any(self.head(issuer, label, _FEW)):
            return few
        numbers = range(_FEW, MOST_NUMBERS + 1)
        return next((n for n in numbers if stream_id(label, n) == stream), None)

    @typed_arguments
    def handovers(self, issuer: AnyIdentity) -> Sequence[EventPlace]:
        """List when an identity changed hands."""
        issuer = identity_of(issuer)
        return self._handovers(issuer)

    def _numbers(self, issuer: Address, label: str) -> list[list[AnchoredCheckpoint]]:
        """The checkpoints of each number that has some; numbers are begun one after the other."""
        found: list[list[AnchoredCheckpoint]] = []
        while any(head := self.head(issuer, label, len(found) + 1)):
            if len(found) == MOST_NUMBERS:
                reason = (
                    f"it tells of more than {MOST_NUMBERS} numbers of stream {label!r} of {issuer}:"
                    " ask another node"
                )
                raise ChainUnreachable(url=self._chain.rpc.url, reason=reason)
            found.append(self.back(issuer, label, len(found) + 1, head))
        return found

    def _back(
        self, issuer: Address, name: bytes, number: int, head: bytes, *, called: str
    ) -> list[AnchoredCheckpoint]:
        """From a head back to the first, each named by the next: gaps show, doubles do not."""
        from salus.contracts.anchors.events import Anchored

        wanted: dict[str, Any] = {"issuer": issuer, "stream": name}
        if named := self._contract.named(Anchored, **wanted):
            with suppress(HistoryUnavailable):  # the index lacks some
                return _walked(issuer, self._read(named, name, number), head, called=called)
        events = self._contract.events(Anchored, **wanted)
        return _walked(issuer, self._read(events, name, number), head, called=called)

    def _read(
        self, events: Sequence[Anchored], name: bytes, number: int
    ) -> dict[bytes, AnchoredCheckpoint]:
        """Checkpoints by their ids."""
        found: dict[bytes, AnchoredCheckpoint] = {}
        for event in events:
            if not 0 < event.size <= MOST_LEAVES:
                reason = f"it reports a checkpoint of {event.size} leaves, which no contract takes"
                raise ChainUnreachable(url=self._chain.rpc.url, reason=reason)
            checkpoint = Checkpoint(event.parent, event.root, event.size)
            found[checkpoint.id] = AnchoredCheckpoint(
                event.issuer,
                name,
                checkpoint,
                event.block_number,
                number=number,
                log_index=event.log_index,
            )
        return found


def _walked(
    issuer: Address, found: Mapping[bytes, AnchoredCheckpoint], head: bytes, *, called: str
) -> list[AnchoredCheckpoint]:
    history: list[AnchoredCheckpoint] = []
    while any(head):
        if head not in found:
            before = f"block {history[-1].block_number}" if history else "the latest block"
            raise HistoryUnavailable(
                identity=issuer,
                block=history[-1].block_number if history else 0,
                reason=f"a checkpoint of stream {called} from before {before} is missing",
            )
        history.append(found[head])
        head = found[head].checkpoint.parent
    return history[::-1]


def explains(tree: MerkleTree, checkpoint: Checkpoint) -> bool:
    """Return whether a checkpoint is of the first leaves of a tree."""
    size = checkpoint.size
    return size <= len(tree) and tree.root(size) == checkpoint.root


def _is_by(anchored: AnchoredCheckpoint, block: int | str) -> bool:
    return block == "latest" or anchored.block_number <= int(block)


def _until(
    block: int | None, numbers: Sequence[Sequence[AnchoredCheckpoint]]
) -> list[Sequence[AnchoredCheckpoint]]:
    """The numbers as they were at a block, up to the first that was not begun by then."""
    there: list[Sequence[AnchoredCheckpoint]] = []
    for history in numbers:
        told = [each for each in history if block is None or each.block_number <= block]
        if not told:
            break
        there.append(told)
    return there
