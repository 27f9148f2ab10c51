"""What a receiver was told, and what it is told next: that follows from the file, and never queues.

Example:
    >>> told = ToldBlocks(number=0, block=4, final=2, blocks=((4, bytes(32), 0),))
    >>> state_of(written(TellingState(told))) == TellingState(told)
    True
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from salus.primitives.values import typed
from salus_verify import json_reader

if TYPE_CHECKING:
    from salus.index.index_store import IndexStore, Reached

READ, UNDONE, FINAL = "blocks.read", "blocks.undone", "blocks.final"
ShownHashes: TypeAlias = Callable[[Sequence[int]], list[bytes | None]]
"""The hashes that the node shows of blocks; None of one that it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class OutgoingNotice:
    """A notice: its kind, the first and the last block that it is of, and how many events."""

    kind: str
    first: int
    last: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ToldBlocks:
    """What a receiver was told.

    Attributes:
        number: How many notices it took.
        block: The last block that it was told of.
        final: The last one that it was told to be final.
        blocks: The blocks that may be taken back, and the last that may not, oldest first: their
            numbers, hashes, and how many events came since the one before.
    """

    number: int
    block: int
    final: int
    blocks: tuple[tuple[int, bytes, int], ...]


@dataclass(frozen=True, slots=True)
@typed
class SentNotice:
    """A notice that may have been sent, when it was made, and what is told once it was taken."""

    notice: OutgoingNotice
    at: int
    then: ToldBlocks


@dataclass(frozen=True, slots=True)
@typed
class TellingState:
    """What was told, and what is being told."""

    told: ToldBlocks
    sending: SentNotice | None = None


def begun(file: IndexStore) -> ToldBlocks:
    """What a receiver is taken to know when it is named: what was read till then."""
    with file.snapshot():
        reached = file.reached()
        blocks = tuple((number, hashed, 0) for number, hashed in reversed(file.blocks()))
    return ToldBlocks(number=0, block=reached.block, final=reached.final, blocks=blocks)


def next_of(
    told: ToldBlocks, file: IndexStore, shown: ShownHashes
) -> tuple[OutgoingNotice, ToldBlocks] | None:
    """The next notice and what is told with it; None where the receiver knows all that was read."""
    undone = _undone(told, file, shown)
    if undone is not None:
        return undone
    with file.snapshot():
        reached = file.reached()
        if reached.block > told.block:
            return _read(told, file, reached)
        until = min(reached.final, told.block)
        if until <= told.final:
            return None
        events = file.count_in(first=told.final + 1, last=until)
    notice = OutgoingNotice(kind=FINAL, first=told.final + 1, last=until, events=events)
    anchor = max((number for number, *_ in told.blocks if number <= until), default=0)
    kept = tuple(each for each in told.blocks if each[0] >= anchor)
    return notice, replace(told, number=told.number + 1, final=until, blocks=kept)


def written(state: TellingState) -> bytes:
    """A state as bytes."""
    sending = state.sending
    parts: list[Any] = [_plain(state.told)]
    if sending is not None:
        notice = sending.notice
        made = [notice.kind, notice.first, notice.last, notice.events, sending.at]
        parts += [made, _plain(sending.then)]
    return json.dumps(parts, separators=(",", ":")).encode()


def state_of(data: bytes) -> TellingState:
    """Read what `written` wrote, which is sealed."""
    told, *rest = json_reader.load(data)
    if not rest:
        return TellingState(_told(told))
    (kind, first, last, events, at), then = rest
    notice = OutgoingNotice(kind=kind, first=first, last=last, events=events)
    return TellingState(_told(told), SentNotice(notice, at, _told(then)))


def _undone(
    told: ToldBlocks, file: IndexStore, shown: ShownHashes
) -> tuple[OutgoingNotice, ToldBlocks] | None:
    """Blocks that were told of, and that the file has no more.

    Of a block that is final meanwhile the file keeps no hash: the node tells.
    """
    with file.snapshot():
        reached, known = file.reached(), dict(file.blocks())
    if not told.blocks or known.get(told.blocks[-1][0]) == told.blocks[-1][1]:
        return None
    asked = [number for number, *_ in told.blocks if number not in known]
    asked = [number for number in asked if number <= reached.final]
    there = dict(zip(asked, shown(asked), strict=True)) if asked else {}
    same = [each for each in told.blocks if _is_same(each, known, there)]
    if same and same[-1] == told.blocks[-1]:
        return None
    fork = same[-1][0] if same else reached.first - 1
    gone = sum(events for number, _, events in told.blocks if number > fork)
    notice = OutgoingNotice(kind=UNDONE, first=fork + 1, last=told.block, events=gone)
    then = ToldBlocks(
        number=told.number + 1, block=fork, final=min(told.final, fork), blocks=tuple(same)
    )
    return notice, then


def _is_same(
    block: tuple[int, bytes, int], known: dict[int, bytes], there: dict[int, bytes | None]
) -> bool:
    number, hashed, _ = block
    return known.get(number) == hashed or there.get(number, b"") in (hashed, None)


def _read(
    told: ToldBlocks, file: IndexStore, reached: Reached
) -> tuple[OutgoingNotice, ToldBlocks]:
    before, added = told.block, list[tuple[int, bytes, int]]()
    for number, hashed in reversed(file.blocks()):
        if number > before:
            added.append((number, hashed, file.count_in(first=before + 1, last=number)))
            before = number
    events = file.count_in(first=told.block + 1, last=reached.block)
    notice = OutgoingNotice(kind=READ, first=told.block + 1, last=reached.block, events=events)
    blocks = (*told.blocks, *added)
    return notice, replace(told, number=told.number + 1, block=reached.block, blocks=blocks)


def _plain(told: ToldBlocks) -> list[Any]:
    blocks = [[number, hashed.hex(), events] for number, hashed, events in told.blocks]
    return [told.number, told.block, told.final, blocks]


def _told(plain: list[Any]) -> ToldBlocks:
    number, block, final, blocks = plain
    read = tuple((each, bytes.fromhex(hashed), events) for each, hashed, events in blocks)
    return ToldBlocks(number=number, block=block, final=final, blocks=read)
