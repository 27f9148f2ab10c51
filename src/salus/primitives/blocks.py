"""Turning any source of bytes into blocks of one size, knowing which is the last.

Example:
    >>> [(bytes(b), last) for b, last in flagged_blocks([b"he", b"alth"], first=1, size=3)]
    [(b'h', False), (b'eal', False), (b'th', True)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

from salus.primitives.errors import InvalidArgument
from salus_verify.sources import Chunk, Readable, Source

T = TypeVar("T")


@runtime_checkable
class ReadsInto(Protocol):
    """A file that fills a buffer, as files on disk do."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill as much of a buffer as is there, and return how many bytes; 0 at the end."""


class Ring:
    """Buffers of so many bytes, used in turn: fresh memory costs more than encrypting into it."""

    def __init__(self, size: int, *, count: int) -> None:
        self._size = size
        self._count = count
        self._buffers: list[bytearray] = []
        self._next = 0

    def take(self) -> bytearray:
        """Take the next buffer, with whatever it held before."""
        if len(self._buffers) < self._count:
            self._buffers.append(bytearray(self._size))
            return self._buffers[-1]
        buffer = self._buffers[self._next]
        self._next = (self._next + 1) % self._count
        return buffer


def flagged_blocks(
    source: Source, *, first: int, size: int, ring: Ring | None = None, steady: bool = False
) -> Iterator[tuple[memoryview, bool]]:
    """Cut a source into a block of ``first`` bytes and more of ``size``; say which is the last.

    An empty source is one empty block. Files, and memory that may change, are copied to the buffers
    of ``ring``, of ``size`` and ``first`` bytes: a block holds until the ring comes round. With
    ``steady`` an iterable's byte strings hold for two more blocks, and are not copied.
    """
    take = _taker(source, ring, steady=steady)
    block = take(first)
    filled = len(block) == first
    while filled:
        following = take(size)
        if not following:
            break
        yield memoryview(block), False
        filled = len(following) == size
        block = following
    yield memoryview(block), True


def _taker(source: Source, ring: Ring | None, *, steady: bool) -> Callable[[int], Chunk]:
    if isinstance(source, bytes | bytearray | memoryview):
        view = memoryview(source)
        if ring is not None and not isinstance(view.obj, bytes):
            return _copied(view, ring)
        return _from_memory(view)
    if ring is not None and isinstance(source, ReadsInto):
        return _into_ring(source, ring)
    if isinstance(source, Readable):
        return _from_file(source)
    return _from_pieces(iter(source), steady=steady)


def _from_memory(view: memoryview) -> Callable[[int], Chunk]:
    at = 0

    def take(count: int) -> Chunk:
        nonlocal at
        at += count
        return view[at - count : at]

    return take


def _copied(view: memoryview, ring: Ring) -> Callable[[int], Chunk]:
    at = 0

    def take(count: int) -> Chunk:
        nonlocal at
        part = view[at : at + count]
        at += len(part)
        block = memoryview(ring.take())[: len(part)]
        block[:] = part
        return block

    return take


def _from_file(file: Readable) -> Callable[[int], Chunk]:
    # Sockets, pipes and unbuffered files may return less than was asked for before their end.
    def take(count: int) -> Chunk:
        block = _not_none(file.read(count))
        if not block or len(block) == count:
            return block
        parts = [block]
        missing = count - len(block)
        while missing and (part := _not_none(file.read(missing))):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    return take


def _not_none(came: T | None) -> T:
    # a file that does not block says None for "nothing yet", which is not its end
    if came is None:
        raise InvalidArgument("source", "a file that waits for its bytes (blocking mode)")
    return came


def _into_ring(file: ReadsInto, ring: Ring) -> Callable[[int], Chunk]:
    def take(count: int) -> Chunk:
        block, filled = memoryview(ring.take())[:count], 0
        while filled < count and (came := _not_none(file.readinto(block[filled:]))):
            filled += came
        return block[:filled]

    return take


def _from_pieces(pieces: Iterator[Chunk], *, steady: bool) -> Callable[[int], Chunk]:
    rest = memoryview(b"")

    def take(count: int) -> Chunk:
        nonlocal rest
        parts: list[memoryview] = []
        missing = count
        while missing:
            if not rest and (rest := _kept(next(pieces, None), steady=steady)) is _END:
                break
            part, rest = rest[:missing], rest[missing:]
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    return take


_END = memoryview(b"")


def _kept(piece: Chunk | None, *, steady: bool) -> memoryview:
    # A generator may reuse its buffer, and we look one block ahead: keep a copy of what can change.
    if piece is None:
        return _END
    view = memoryview(piece)
    return view if steady or isinstance(view.obj, bytes) else memoryview(bytes(view))
