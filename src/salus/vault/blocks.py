"""Turning any source of bytes into blocks of one size, knowing which is the last.

Example:
    >>> from salus.vault.blocks import flagged_blocks
    >>> [(bytes(b), last) for b, last in flagged_blocks([b"he", b"alth"], first=1, size=3)]
    [(b'h', False), (b'eal', False), (b'th', True)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeAlias, runtime_checkable

Chunk: TypeAlias = bytes | bytearray | memoryview


@runtime_checkable
class Readable(Protocol):
    """Anything with a ``read`` that returns bytes, such as an open file or a socket's file."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, empty at the end."""


Source: TypeAlias = Chunk | Readable | Iterable[Chunk]
"""Where bytes come from: held in memory, read from a file object, or made by a generator."""


def flagged_blocks(source: Source, *, first: int, size: int) -> Iterator[tuple[memoryview, bool]]:
    """Cut a source into blocks of one size.

    Args:
        source: Bytes, a binary file object, or an iterable of byte strings of any lengths.
        first: Bytes in the first block.
        size: Bytes in every later block; the last one may be shorter.

    Yields:
        Each block and whether it is the last. An empty source is one empty block.
    """
    take = _taker(source)
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


def chunks(source: Source, *, size: int = 1 << 20) -> Iterator[Chunk]:
    """Read a source piece by piece.

    Args:
        source: Bytes, a binary file object, or an iterable of byte strings.
        size: Largest read from a file object, in bytes.

    Yields:
        Non-empty byte strings.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        if len(source):
            yield source
    elif isinstance(source, Readable):
        while piece := source.read(size):
            yield piece
    else:
        yield from (piece for piece in source if len(piece))


def _taker(source: Source) -> Callable[[int], Chunk]:
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_memory(memoryview(source))
    if isinstance(source, Readable):
        return _from_file(source)
    return _from_pieces(iter(source))


def _from_memory(view: memoryview) -> Callable[[int], Chunk]:
    at = 0

    def take(count: int) -> Chunk:
        nonlocal at
        at += count
        return view[at - count : at]

    return take


def _from_file(file: Readable) -> Callable[[int], Chunk]:
    # Sockets, pipes and unbuffered files may return less than was asked for before their end.
    def take(count: int) -> Chunk:
        block = file.read(count)
        if not block or len(block) == count:
            return block
        parts = [block]
        missing = count - len(block)
        while missing and (part := file.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    return take


def _from_pieces(pieces: Iterator[Chunk]) -> Callable[[int], Chunk]:
    rest = memoryview(b"")

    def take(count: int) -> Chunk:
        nonlocal rest
        parts: list[memoryview] = []
        missing = count
        while missing:
            if not rest and (rest := _kept(next(pieces, None))) is _END:
                break
            part, rest = rest[:missing], rest[missing:]
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    return take


_END = memoryview(b"")


def _kept(piece: Chunk | None) -> memoryview:
    # A generator may reuse its buffer, and we look one block ahead: keep a copy of what can change.
    if piece is None:
        return _END
    view = memoryview(piece)
    return view if isinstance(view.obj, bytes) else memoryview(bytes(view))
