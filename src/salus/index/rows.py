"""Logs as a node gives them, checked, as rows; and rows as events.

Each log is looked at here and nowhere later, by the same rules as in `salus.chain.node.answers`:
by column where all are as usual, since this runs fifty thousand times a second.

Example:
    >>> divmod(place(7, 3), PLACES)
    (7, 3)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any, TypeAlias

from salus.chain.abi.logs import address_of, event_of
from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import count, elements, member, octets
from salus.contracts.event import Event
from salus.index import columns
from salus.primitives.collection import uncollected
from salus_verify.encoding import hex0x, keccak

LogRow: TypeAlias = tuple[int, int, int | None, int | None, int | None, bytes]
"""Place, kind, a key for each topic behind the first, and all bytes: transaction, those topics,
data. A key is what an index of the file holds of a topic, its last 8 bytes as a number."""
PLACES = 1 << 24
"""Logs that one block has room for; 375 gas each."""
_PLACE = itemgetter(0)


def place(block: int, log: int) -> int:
    """A block and a position among its logs as one number, in the order of the chain."""
    return block * PLACES + log


@lru_cache(maxsize=4096)
def kind_of(address: bytes, topic: bytes) -> int:
    """What stands for a contract and one of its events in rows: 48 bits."""
    return int.from_bytes(keccak(address + topic)[:6])


class Rows:
    """Reads logs of some contracts in some blocks.

    Attributes:
        rows: Those that were read, in the order of the chain.
        kinds: Contract and first topic by what stands for them.
        hashes: Of each block that has a log, by its number.
    """

    def __init__(self, addresses: Iterable[bytes]) -> None:
        self._addresses = frozenset(addresses)
        self.rows: list[LogRow] = []
        self.kinds: dict[int, tuple[bytes, bytes]] = {}
        self.hashes: dict[int, bytes] = {}
        self._kinds: dict[tuple[Any, Any], int] = {}
        self._blocks: dict[tuple[Any, Any], int] = {}

    def take(self, answer: Any, *, first: int, last: int) -> None:
        """Read an answer; nothing of it is taken where anything in it is odd.

        Raises:
            AnswerMalformed: A log is not one, of another contract or block, or there twice.
        """
        logs = elements(answer)
        try:
            with uncollected():
                found = self._by_shapes(logs, first, last)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            found = [row for each in logs if (row := self._row(each, first, last)) is not None]
        found.sort(key=_PLACE)
        if len(set(map(_PLACE, found))) < len(found):
            raise AnswerMalformed(reason="two logs stand in one place")
        self.rows += found

    def _by_shapes(self, logs: Sequence[Any], first: int, last: int) -> list[LogRow]:
        """All logs at once where they are as usual; any error says that one is not."""
        rows: list[LogRow] = []
        for (address, topic, topics, data), alike in columns.shapes_of(logs):
            kind = self._kind(address, [topic])
            raws = columns.raws_of(alike, topics=topics, data=data)
            keys = columns.keys_of(raws, topics=topics)
            rows += zip(self._places(alike, first, last), repeat(kind), *keys, raws)
        return rows

    def _places(self, logs: Sequence[Any], first: int, last: int) -> list[int]:
        named = columns.blocks_of(logs)
        for number, hashed in set(named) - self._blocks.keys():
            self._blocks[number, hashed] = self._block(number, hashed)
        blocks = list(map(self._blocks.__getitem__, named))
        positions = list(map(_count, columns.positions_of(logs)))
        if min(blocks) < first or max(blocks) > last or max(positions) >= PLACES:
            raise ValueError("a log is of another place")
        return [block * PLACES + log for block, log in zip(blocks, positions, strict=True)]

    def _block(self, number: Any, hashed: Any) -> int:
        """The number of a log's block, whose hash is noted."""
        block, known = _count(number), octets(hashed, size=32)
        if self.hashes.setdefault(block, known) != known:
            raise AnswerMalformed(reason="it tells of two blocks of one number")
        return block

    def _row(self, log: Any, first: int, last: int) -> LogRow | None:
        """One log, to say what is odd about it; None of a log without a topic."""
        topics = elements(member(log, "topics"))
        block, position = _count(member(log, "blockNumber")), _count(member(log, "logIndex"))
        if not first <= block <= last:
            raise AnswerMalformed(reason="a log is of another block than was asked for")
        if position >= PLACES or len(topics) > columns.MOST_TOPICS or log.get("removed") is True:
            raise AnswerMalformed(reason="it is a log that no block holds")
        self._block(log["blockNumber"], member(log, "blockHash"))
        kind = self._kind(member(log, "address"), topics)
        if kind is None:
            return None
        words = [member(log, "transactionHash"), *topics[1:]]
        raw = b"".join([octets(each, size=32) for each in words]) + octets(member(log, "data"))
        [keys] = zip(*columns.keys_of([raw], topics=len(topics)), strict=False)
        return (place(block, position), kind, *keys, raw)

    def _kind(self, address: Any, topics: Any) -> int | None:
        """What stands for a log's contract and event; None of a log without a topic."""
        named = (address, topics[0] if topics else None)
        found = self._kinds.get(named)
        if found is not None:
            return found
        where = address_of(address)
        if where not in self._addresses:
            raise AnswerMalformed(reason="a log is of another contract than was asked for")
        if not topics:
            return None
        topic = octets(topics[0], size=32)
        found = self._kinds[named] = kind_of(where, topic)
        self.kinds[found] = (where, topic)
        return found


def event_in(row: LogRow, address: bytes, topic: bytes) -> Event | None:
    """The event that a row holds of a contract; None of what is not one, whoever wrote it."""
    raw = row[5]
    if type(raw) is not bytes:
        return None
    block, log = divmod(row[0], PLACES)
    topics = topics_of(row)
    return event_of(
        [topic, *topics],
        raw[32 + 32 * len(topics) :],
        contract_address=hex0x(address),
        block_number=block,
        transaction_hash=hex0x(raw[:32]),
        log_index=log,
    )


def topics_of(row: LogRow) -> list[bytes]:
    """The topics of a row behind the first, 32 bytes each."""
    raw = row[5]
    return [raw[at : at + 32] for at in range(32, 32 * (columns.MOST_TOPICS - row.count(None)), 32)]


def key_of(topic: bytes) -> int:
    """What an index of the file holds of a topic."""
    return int.from_bytes(topic[-8:], signed=True)


@lru_cache(maxsize=1 << 16)
def _count(value: Any) -> int:
    return count(value)
