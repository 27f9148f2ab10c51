"""Events whose fields are words and bytes, as most are: read without a decoder, five times as fast.

Whatever is odd about one, a word that is too large for its type say, is left to the decoder, which
knows how to refuse it.

Example:
    >>> from salus.chain.abi.catalogue import event_topic
    >>> from salus.contracts.consents.events import AllConsentsRevoked
    >>> _, described = event_topic(AllConsentsRevoked)
    >>> len(read_words(described, [bytes(32)], bytes(32)))
    2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

from salus.chain.abi.catalogue import Described
from salus_verify.address import checksummed

Word: TypeAlias = Callable[[bytes], Any]
"""Reads 32 bytes; a ValueError where they are odd."""
_UINT = re.compile(r"uint([0-9]+)")


def read_words(
    described: Described, indexed: Sequence[bytes], data: bytes
) -> tuple[Any, ...] | None:
    """An event's values in the ABI's order; None where the decoder must look at it."""
    if described.cls not in _plans:
        _plans[described.cls] = _made(described)
    plan = _plans[described.cls]
    if plan is None or len(indexed) != plan.indexed or len(data) < 32 * plan.others:
        return None
    words = [*indexed, *[data[at : at + 32] for at in range(0, 32 * plan.others, 32)]]
    try:
        end = _unpacked(words, data, plan)
        found = tuple([read(words[place]) for place, read in plan.fields])
    except ValueError:
        return None
    return found if end == len(data) else None


class _WordPlan:
    """Which word each field is, how it is read, and which only say where bytes are."""

    def __init__(
        self, indexed: int, others: int, fields: list[tuple[int, Word]], packed: list[int]
    ) -> None:
        self.indexed, self.others, self.fields, self.packed = indexed, others, fields, packed


def _unpacked(words: list[bytes], data: bytes, plan: _WordPlan) -> int:
    """Put bytes in the place of words that point to them, one behind the other; say where they end.

    Solidity writes them so, filled up with zeros; anything else is the decoder's.
    """
    end = 32 * plan.others
    for place in plan.packed:
        if int.from_bytes(words[place]) != end:
            raise ValueError("elsewhere")
        size, start = int.from_bytes(data[end : end + 32]), end + 32
        end = start + (size + 31) // 32 * 32
        if end > len(data) or any(data[start + size : end]):
            raise ValueError("cut short, or filled up with something")
        words[place] = data[start : start + size]
    return end


_plans: dict[type[Any], _WordPlan | None] = {}


def _made(described: Described) -> _WordPlan | None:
    indexed = [each for each in described.parameters if each.indexed]
    others = [each for each in described.parameters if not each.indexed]
    words = [*indexed, *others]
    fields = [(words.index(each), _word(each.kind)) for each in described.parameters]
    known = [(place, read) for place, read in fields if read is not None]
    if len(known) < len(fields) or any(each.kind == "bytes" for each in indexed):
        return None
    packed = [place for place, each in enumerate(words) if each.kind == "bytes"]
    return _WordPlan(len(indexed), len(others), known, packed)


@cache
def _word(kind: str) -> Word | None:
    """How a word of a type is read; None of a type that is not one word, or rare."""
    uint = _UINT.fullmatch(kind)
    if uint:
        most = 1 << int(uint[1])
        return lambda word: _number(word, most)
    words: dict[str, Word] = {"address": _address, "bytes32": _bytes32, "bool": _flag}
    return {**words, "bytes": bytes}.get(kind)


def _number(word: bytes, most: int) -> int:
    value = int.from_bytes(word)
    if value >= most or len(word) != 32:
        raise ValueError("too large")
    return value


def _address(word: bytes) -> str:
    if word[:12] != bytes(12) or len(word) != 32:
        raise ValueError("not an address")
    return checksummed(word[12:])


def _bytes32(word: bytes) -> bytes:
    if len(word) != 32:
        raise ValueError("not a word")
    return word


def _flag(word: bytes) -> bool:
    return bool(_number(word, 2))
