"""Logs as a node gives them, checked, as rows; and rows as events.

Each log is looked at here and nowhere later, by the same rules as in `salus.chain.node.answers`,
written out: this runs fifty thousand times a second.

Example:
    >>> divmod(place(7, 3), PLACES)
    (7, 3)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from salus.chain.abi.logs import address_of, event_of
from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import count, elements, member, octets
from salus.contracts.event import Event
from salus_verify.encoding import hex0x, keccak, octets_of

Row: TypeAlias = tuple[int, int, bytes | None, bytes | None, bytes | None, bytes, bytes]
"""Place, kind, three topics, data, transaction."""
PLACES = 1 << 24
"""Logs that one block has room for; 375 gas each."""
_MOST_TOPICS = 4


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
        self.rows: list[Row] = []
        self.kinds: dict[int, tuple[bytes, bytes]] = {}
        self.hashes: dict[int, bytes] = {}
        self._kinds: dict[tuple[Any, Any], int] = {}

    def take(self, answer: Any, *, first: int, last: int) -> None:
        """Read an answer; nothing of it is taken where anything in it is odd.

        Raises:
            AnswerMalformed: A log is not one, of another contract or block, or there twice.
        """
        try:
            found = [self._row(log, first, last) for log in elements(answer)]
        except (ValueError, OverflowError):
            raise AnswerMalformed(reason="a log has what is not hexadecimal") from None
        taken = sorted(each for each in found if each is not None)
        if len({each[0] for each in taken}) < len(taken):
            raise AnswerMalformed(reason="two logs stand in one place")
        self.rows += taken

    def _row(self, log: Any, first: int, last: int) -> Row | None:
        topics = elements(member(log, "topics"))
        block, position = _count(member(log, "blockNumber")), _count(member(log, "logIndex"))
        if not first <= block <= last:
            raise AnswerMalformed(reason="a log is of another block than was asked for")
        if position >= PLACES or len(topics) > _MOST_TOPICS or log.get("removed") is True:
            raise AnswerMalformed(reason="it is a log that no block holds")
        hashed = _octets(member(log, "blockHash"), 32)
        if self.hashes.setdefault(block, hashed) != hashed:
            raise AnswerMalformed(reason="it tells of two blocks of one number")
        kind = self._kind(member(log, "address"), topics)
        if kind is None:
            return None
        more = [_octets(each, 32) for each in topics[1:]] + [None] * (_MOST_TOPICS - len(topics))
        data, transaction = _octets(member(log, "data")), member(log, "transactionHash")
        return (place(block, position), kind, *more, data, _octets(transaction, 32))  # type: ignore[return-value]

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


def event_in(row: Row, kinds: Mapping[int, tuple[bytes, bytes]]) -> Event | None:
    """The event that a row holds; None of one that this Salus does not know."""
    where, kind, first, second, third, data, transaction = row
    block, log = divmod(where, PLACES)
    address, topic = kinds[kind]
    topics = [topic, *(each for each in (first, second, third) if each is not None)]
    return event_of(
        topics,
        data,
        contract_address=hex0x(address),
        block_number=block,
        transaction_hash=hex0x(transaction),
        log_index=log,
    )


def _octets(value: Any, size: int | None = None) -> bytes:
    if type(value) is str:
        found = octets_of(value)
        if value[:2] == "0x" and 2 * len(found) + 2 == len(value) and size in (None, len(found)):
            return found
    return octets(value, size=size)


@lru_cache(maxsize=1 << 16)
def _count(value: Any) -> int:
    return count(value)
