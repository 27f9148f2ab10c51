"""Writes inclusion.json and consistency.json from RFC 9162's own recursive definitions.

It shares no code with salus.merkle, so that the vectors judge it. The leaf at index i holds i as
eight big-endian bytes (Solidity: ``abi.encodePacked(uint64(i))``).

Run: python tests/vectors/merkle/make.py
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

SIZES = [*range(1, 18), 33, 64, 100, 1000]
RULE = "leaf i = SHA-256(0x00 || i as 8 big-endian bytes)"
HERE = Path(__file__).parent


def split(width: int) -> int:
    power = 1
    while power * 2 < width:
        power *= 2
    return power


@cache
def mth(start: int, end: int) -> bytes:
    """Section 2.1.1."""
    if start == end:
        return sha256(b"").digest()
    if end - start == 1:
        return sha256(b"\x00" + start.to_bytes(8, "big")).digest()
    middle = start + split(end - start)
    return sha256(b"\x01" + mth(start, middle) + mth(middle, end)).digest()


def path(index: int, start: int, end: int) -> list[bytes]:
    """Section 2.1.3.1."""
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*path(index, start, middle), mth(middle, end)]
    return [*path(index, middle, end), mth(start, middle)]


def subproof(old: int, start: int, end: int, known: bool) -> list[bytes]:
    """Section 2.1.4.1."""
    if old == end:
        return [] if known else [mth(start, end)]
    middle = start + split(end - start)
    if old <= middle:
        return [*subproof(old, start, middle, known), mth(middle, end)]
    return [*subproof(old, middle, end, False), mth(start, middle)]


def text(value: bytes) -> str:
    return "0x" + value.hex()


def sampled(size: int) -> list[int]:
    """Every index of a small tree; the edges, the powers of two and a few more of a large one."""
    if size <= 33:
        return list(range(size))
    edges = {0, 1, size // 3, size // 2, size - 2, size - 1}
    powers = {1 << bit for bit in range(10)} | {(1 << bit) - 1 for bit in range(10)}
    return sorted(index for index in edges | powers if index < size)


def inclusion() -> list[dict[str, object]]:
    return [
        {
            "index": index,
            "leaf": text(mth(index, index + 1)),
            "proof": [text(part) for part in path(index, 0, size)],
            "root": text(mth(0, size)),
            "size": size,
        }
        for size in SIZES
        for index in sampled(size)
    ]


def consistency() -> list[dict[str, object]]:
    return [
        {
            "newRoot": text(mth(0, new)),
            "newSize": new,
            "oldRoot": text(mth(0, old)),
            "oldSize": old,
            "proof": [text(part) for part in subproof(old, 0, new, True)],
        }
        for new in SIZES
        for old in (index + 1 for index in sampled(new))
    ]


def document(name: str) -> str:
    cases = {"inclusion": inclusion, "consistency": consistency}[name]()
    heading = json.dumps({"version": 1, "standard": "RFC 9162, SHA-256", "rule": RULE})[:-1]
    rows = ",\n".join(json.dumps(case) for case in cases)
    return f'{heading}, "cases": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    for vectors in ("inclusion", "consistency"):
        (HERE / f"{vectors}.json").write_text(document(vectors), encoding="utf-8")
