"""Logs of one shape read by column: what they have alike is looked at once, in few steps for all.

LogShape is all that makes two logs equally long. What is unusual in any of them is left to
`salus.index.rows`, which reads one after the other, and says what is odd.

Example:
    >>> logs = [{"topics": ["0x" + "11" * 32], "data": "0x22", "transactionHash": "0x" + "33" * 32}]
    >>> [len(each) for each in raws_of(logs, topics=1, data=4)]
    [33]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import itemgetter
from struct import Struct
from typing import Any, TypeAlias

RawLog: TypeAlias = Mapping[str, Any]
LogShape: TypeAlias = tuple[Any, Any, int, int]
"""Contract and first topic as the node writes them, how many topics, characters of data."""
MOST_TOPICS = 4
_KEYS = [Struct(f">32x{'24xq' * topics}") for topics in range(MOST_TOPICS)]
AT_ONCE = 256
"""Logs whose text the processor's cache holds."""
_WORD = 66
"""Characters of 32 bytes."""
_BLOCKS = itemgetter("blockNumber", "blockHash")
_POSITION = itemgetter("logIndex")
_TRANSACTION, _TOPICS, _DATA = map(itemgetter, ("transactionHash", "topics", "data"))


def shapes_of(logs: Sequence[RawLog]) -> Iterator[tuple[LogShape, list[RawLog]]]:
    """Logs by their shapes, each in the order that they came in, a few at a time.

    Raises:
        ValueError: One was taken back.
    """
    found: dict[LogShape, list[RawLog]] = defaultdict(list)
    for log in logs:
        topics = log["topics"]
        found[log["address"], topics[0], len(topics), len(log["data"])].append(log)
    if True in {log.get("removed") for log in logs}:
        raise ValueError("a log was taken back")
    for shape, alike in found.items():
        for at in range(0, len(alike), AT_ONCE):
            yield shape, alike[at : at + AT_ONCE]


def blocks_of(logs: Sequence[RawLog]) -> list[tuple[Any, Any]]:
    """Number and hash of each log's block, as the node writes them."""
    return list(map(_BLOCKS, logs))


def positions_of(logs: Sequence[RawLog]) -> Iterable[Any]:
    """The position of each log in its block, as the node writes it."""
    return map(_POSITION, logs)


def raws_of(logs: Sequence[RawLog], *, topics: int, data: int) -> list[bytes]:
    """Of each log its transaction's hash, its topics but the first, and its data, as bytes.

    Raises:
        ValueError: Something in one of them is not hexadecimal, or of another length.
    """
    columns = zip(*map(_TOPICS, logs), strict=True)
    next(columns)
    words = zip(map(_TRANSACTION, logs), *columns, map(_DATA, logs), strict=True)
    texts = list(chain.from_iterable(words))
    as_usual = list(map(len, texts)) == [*[_WORD] * topics, data] * len(logs)
    digits = "".join([each[2:] for each in texts])
    raw = bytes.fromhex(digits)
    # `fromhex` passes over blanks
    if not as_usual or {each[:2] for each in texts} != {"0x"} or 2 * len(raw) != len(digits):
        raise ValueError("a log has what is not hexadecimal")
    size = 32 * topics + (data - 2) // 2
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def keys_of(raws: Sequence[bytes], *, topics: int) -> list[Iterable[int | None]]:
    """The keys of all logs by topic, behind the first; None for topics that they have not."""
    keys = zip(*map(_KEYS[topics - 1].unpack_from, raws), strict=True)
    return [*keys, *[repeat(None)] * (MOST_TOPICS - topics)]
