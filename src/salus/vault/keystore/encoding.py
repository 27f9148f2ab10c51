"""A row as bytes, for what vouches for it.

Example:
    >>> encode("meta", ("motto", b"forget", 1)).hex(" ", -4)[:35]
    '74000000 046d6574 61740000 00056d6f'
"""

from __future__ import annotations

from collections.abc import Sequence


def encode(table: str, row: Sequence[object]) -> bytes:
    """Write a row so that no two rows are written alike.

    Args:
        table: Where it belongs.
        row: Texts, byte strings and integers of at most 64 bits.

    Returns:
        For the table's name and each value: ``t``, ``b`` or ``i``, its length in four bytes, and
        it; integers in eight bytes.
    """
    return b"".join(map(_encode, (table, *row)))


def _encode(value: object) -> bytes:
    if isinstance(value, bytes):
        return b"b" + len(value).to_bytes(4, "big") + value
    if isinstance(value, str):
        text = value.encode(errors="surrogateescape")
        return b"t" + len(text).to_bytes(4, "big") + text
    if isinstance(value, int):
        return b"i\x00\x00\x00\x08" + value.to_bytes(8, "big", signed=True)
    raise TypeError(f"a key store holds no {type(value).__name__}")


def raw(value: object) -> bytes:
    """Write a value as SQLite casts it to bytes."""
    if isinstance(value, bytes):
        return value
    return str(value).encode(errors="surrogateescape")
