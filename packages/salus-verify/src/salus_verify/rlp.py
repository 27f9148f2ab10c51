"""Recursive length prefix: how Ethereum writes block headers and the nodes of its tries.

Example:
    >>> decode(encode([b"dog", [b"", b"cat"]]))
    [b'dog', [b'', b'cat']]
"""

from __future__ import annotations

from typing import TypeAlias

Item: TypeAlias = bytes | list["Item"]

_DEEPEST = 64


def decode(data: bytes) -> Item:
    """Read one item; only the shortest form of it is taken.

    Raises:
        ValueError: It is malformed, or something follows it.
    """
    item, end = _read(data, 0, len(data), _DEEPEST)
    if end != len(data):
        raise ValueError("something follows the item")
    return item


def encode(item: Item) -> bytes:
    """Write one item."""
    if isinstance(item, list):
        return _headed(0xC0, b"".join(map(encode, item)))
    return item if len(item) == 1 and item[0] < 0x80 else _headed(0x80, item)


def _headed(base: int, body: bytes) -> bytes:
    if len(body) < 56:
        return bytes([base + len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length + body


def _read(data: bytes, at: int, bound: int, deepest: int) -> tuple[Item, int]:
    """The item that begins at ``at`` and ends by ``bound``, and where it ends."""
    # The bound is handed down: a part cut out for each item would take time by the square.
    if at >= bound or not deepest:
        raise ValueError("it is cut short, or nests too deep")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0xC0 if first >= 0xC0 else 0x80
    start, end = _extent(data, at, bound, first - base)
    if base == 0x80:
        if end - start == 1 and data[start] < 0x80:
            raise ValueError("a byte is not in its shortest form")
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _read(data, start, end, deepest - 1)
        items.append(item)
    return items, end


def _extent(data: bytes, at: int, bound: int, told: int) -> tuple[int, int]:
    """Where the body of an item begins and ends; ``told`` is what its first byte says of it."""
    start, length = at + 1, told
    if told > 55:
        start += told - 55
        if start > bound:
            raise ValueError("it is cut short")
        length = int.from_bytes(data[at + 1 : start], "big")
        if length < 56 or data[at + 1] == 0:
            raise ValueError("a length is not in its shortest form")
    if start + length > bound:
        raise ValueError("it is cut short")
    return start, start + length
