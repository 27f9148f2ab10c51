"""A row as bytes, for what seals it.

Example:
    >>> encode("meta", ("motto", b"forget", 1)).hex(" ", -4)[:35]
    '74000000 046d6574 61740000 00056d6f'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def encode(table: str, row: Sequence[object]) -> bytes:
    """Write a table's name and values so that no two rows are written alike."""
    return b"".join(map(_encode, (table, *row)))


def encode_values(values: Sequence[object]) -> bytes:
    """Write values, each as ``t``, ``b`` or ``i``, its length in four bytes, and it.

    Texts are in UTF-8; integers of at most 64 bits in eight bytes.
    """
    return b"".join(map(_encode, values))


def decode_values(data: bytes) -> Iterator[object]:
    """Read what :func:`encode_values` wrote."""
    at = 0
    while at < len(data):
        end = at + 5 + int.from_bytes(data[at + 1 : at + 5], "big")
        yield _DECODE[data[at]](data[at + 5 : end])
        at = end


def _encode(value: object) -> bytes:
    if isinstance(value, bytes):
        return b"b" + len(value).to_bytes(4, "big") + value
    if isinstance(value, str):
        text = value.encode(errors="surrogateescape")
        return b"t" + len(text).to_bytes(4, "big") + text
    if isinstance(value, int):
        return b"i\x00\x00\x00\x08" + value.to_bytes(8, "big", signed=True)
    raise TypeError(f"a key database holds no {type(value).__name__}")


_DECODE: dict[int, Callable[[bytes], object]] = {
    ord("b"): bytes,
    ord("t"): lambda text: text.decode(errors="surrogateescape"),
    ord("i"): lambda number: int.from_bytes(number, "big", signed=True),
}


def raw(value: object) -> bytes:
    """Write a value as SQLite casts it to bytes."""
    if isinstance(value, bytes):
        return value
    return str(value).encode(errors="surrogateescape")
