"""Logs as a node gives them, checked, as rows; and rows as events.

Each log is looked at here and nowhere later, by the same rules as in `salus.chain.node.answers`,
written out: this runs fifty thousand times a second.

Example:
    >>> divmod(place(7, 3), PLACES)
    (7, 3)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import Any, TypeAlias

from salus.chain.abi.logs import address_of, event_of
from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import count, elements, member, octets
from salus.contracts.event import Event
from salus_verify.encoding import hex0x, keccak

LogRow: TypeAlias = tuple[int, int, int | None, int | None, int | None, bytes]
"""Place, kind, a key for each topic behind the first, and all bytes: transaction, those topics,
data. A key is what an index of the file holds of a topic, its last 8 bytes as a number."""
PLACES = 1 << 24
"""Logs that one block has room for; 375 gas each."""
_KEYS = [Struct(f">32x{'24xq' * topics}") for topics in range(4)]
_MOST_TOPICS = len(_KEYS)
_WORD = 66
"""Characters of 32 bytes."""


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
        try:
            found = [self._row(log, first, last) for log in elements(answer)]
        except ValueError:
            raise AnswerMalformed(reason="a log has what is not hexadecimal") from None
        taken = sorted(each for each in found if each is not None)
        if len({each[0] for each in taken}) < len(taken):
            raise AnswerMalformed(reason="two logs stand in one place")
        self.rows += taken

    def _row(self, log: Any, first: int, last: int) -> LogRow | None:
        """One log: at once where all is as usual, else one after the other, to say what is odd."""
        try:
            topics, data, transaction = log["topics"], log["data"], log["transactionHash"]
            block = self._blocks[log["blockNumber"], log["blockHash"]]
            position = _count(log["logIndex"])
            kind = self._kinds[log["address"], topics[0]]
            usual = first <= block <= last and position < PLACES and log.get("removed") is not True
            raw = _joined(transaction, topics, data) if usual else None
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raw = None
        if raw is None:
            return self._strictly(log, first, last)
        return _row(place(block, position), kind, len(topics) - 1, raw)

    def _strictly(self, log: Any, first: int, last: int) -> LogRow | None:
        topics = elements(member(log, "topics"))
        block, position = _count(member(log, "blockNumber")), _count(member(log, "logIndex"))
        if not first <= block <= last:
            raise AnswerMalformed(reason="a log is of another block than was asked for")
        if position >= PLACES or len(topics) > _MOST_TOPICS or log.get("removed") is True:
            raise AnswerMalformed(reason="it is a log that no block holds")
        hashed = octets(member(log, "blockHash"), size=32)
        if self.hashes.setdefault(block, hashed) != hashed:
            raise AnswerMalformed(reason="it tells of two blocks of one number")
        self._blocks[log["blockNumber"], log["blockHash"]] = block
        kind = self._kind(member(log, "address"), topics)
        if kind is None:
            return None
        words = [member(log, "transactionHash"), *topics[1:]]
        raw = b"".join([octets(each, size=32) for each in words]) + octets(member(log, "data"))
        return _row(place(block, position), kind, len(topics) - 1, raw)

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
    return [raw[at : at + 32] for at in range(32, 32 * (_MOST_TOPICS - row.count(None)), 32)]


def key_of(topic: bytes) -> int:
    """What an index of the file holds of a topic."""
    return int.from_bytes(topic[-8:], signed=True)


def _row(where: int, kind: int, topics: int, raw: bytes) -> LogRow:
    keys = _KEYS[topics].unpack_from(raw)
    return (where, kind, *keys, *[None] * (_MOST_TOPICS - 1 - topics), raw)


def _joined(transaction: Any, topics: Any, data: Any) -> bytes | None:
    """A transaction's hash, all topics but the first, and data, read in one go; None if odd."""
    words = [transaction, *topics[1:]]
    if len(words) > _MOST_TOPICS or any(len(each) != _WORD for each in words):
        return None
    parts = "".join([*words, data]).split("0x")
    if len(parts) != len(words) + 2 or parts[0]:
        return None
    text = "".join(parts)
    raw = bytes.fromhex(text)
    return raw if 2 * len(raw) == len(text) else None  # else there were blanks


@lru_cache(maxsize=1 << 16)
def _count(value: Any) -> int:
    return count(value)
