"""Where the bytes of a document come from: memory, a file, or pieces.

Example:
    >>> import io
    >>> [bytes(piece) for piece in chunks(io.BytesIO(b"health"), size=4)]
    [b'heal', b'th']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn, Protocol, TypeAlias, runtime_checkable

from salus_verify.errors import InputError, InvalidValue

Chunk: TypeAlias = bytes | bytearray | memoryview


@runtime_checkable
class Readable(Protocol):
    """Anything with a ``read`` that returns bytes, such as an open file or a socket's file."""

    def read(self, size: int, /) -> bytes | None:
        """Return at most ``size`` bytes, empty at the end."""


Source: TypeAlias = Chunk | Readable | Iterable[Chunk]
"""Where bytes come from: held in memory, read from a file object, or made by a generator."""


def chunks(source: Source | Path, *, size: int = 1 << 20) -> Iterator[Chunk]:
    """Read a source piece by piece.

    Args:
        size: Largest read from a file, in bytes.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                yield from chunks(file, size=size)
        except OSError as error:
            raise InputError(f"cannot read {source}: {error.strerror}; name another") from error
    elif isinstance(source, bytes | bytearray | memoryview):
        if len(source):
            yield source
    elif isinstance(source, Readable):
        while read := source.read(size):
            yield read
    elif isinstance(source, str) or not isinstance(source, Iterable):
        _refuse(source)
    else:
        for piece in source:
            if not isinstance(piece, bytes | bytearray | memoryview):
                _refuse(piece)
            if len(piece):
                yield piece


def _refuse(value: object) -> NoReturn:
    raise InvalidValue(
        "chunks",
        "source",
        f"must be bytes, a path, a file or pieces of bytes, not {type(value).__name__}",
    )
