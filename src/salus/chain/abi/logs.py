"""Logs as events.

Example:
    >>> from salus.contracts.consents.events import ConsentRevoked
    >>> [topic and topic[:10] for topic in topics(ConsentRevoked, {"consent_id": bytes(32)})][1:]
    [None, '0x00000000']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from salus.chain.abi.catalogue import Described, event_topic, events_by_topic
from salus.chain.abi.codec import decode, encode
from salus.chain.abi.word_events import read_words
from salus.chain.errors import AnswerMalformed, ArgumentsInvalid, NodeRefused, NodeTooSlow
from salus.chain.node.answers import RpcFailure, count, elements, is_of, member, octets
from salus.chain.node.rpc import Rpc
from salus.contracts.event import Event
from salus_verify.address import checksummed
from salus_verify.encoding import hex0x

E = TypeVar("E", bound=Event)


def read_logs(
    rpc: Rpc,
    address: str,
    event: type[E],
    *,
    first: int,
    last: int | str,
    indexed: Mapping[str, Any],
) -> list[E]:
    """Read events of one class that one contract emitted, oldest first.

    A range that the node does not answer is halved until it is: nodes that find a range, or what
    is in it, too large have no common word for it. One that refuses for another reason refuses the
    first block too, a few requests later.

    Raises:
        ArgumentsInvalid: The event has no such indexed field, or the value does not fit it.
        ChainUnreachable: The node does not answer, or refuses even one block.
    """
    until = count(rpc.request("eth_blockNumber")) if last == "latest" else int(last)
    query = {"address": address, "topics": topics(event, indexed)}
    found = [require_asked(log, query, first, until) for log in _fetch(rpc, query, first, until)]
    decoded = (decode_log(log) for log in found)
    return [each for each in decoded if isinstance(each, event)]


def read_spans(
    rpc: Rpc,
    address: str,
    event: type[E],
    *,
    spans: Sequence[range],
    indexed: Mapping[str, Any],
) -> list[E]:
    """Read such events in spans of blocks, which do not overlap, oldest first; all asked at once.

    Raises:
        ArgumentsInvalid: The event has no such indexed field, or the value does not fit it.
        ChainUnreachable: The node does not answer, or refuses even one block.
    """
    query = {"address": address, "topics": topics(event, indexed)}
    asked = [
        {**query, "fromBlock": hex(each.start), "toBlock": hex(each.stop - 1)} for each in spans
    ]
    found: list[Any] = []
    for span, answer in zip(
        spans, rpc.batch([("eth_getLogs", (each,)) for each in asked]), strict=True
    ):
        first, last = span.start, span.stop - 1
        told = _fetch(rpc, query, first, last) if isinstance(answer, RpcFailure) else answer
        found += [require_asked(log, query, first, last) for log in elements(told)]
    decoded = (decode_log(log) for log in found)
    return [each for each in decoded if isinstance(each, event)]


def topics(event: type[Event], indexed: Mapping[str, Any]) -> list[str | None]:
    """The filter for an event, as hex; None where any value of an indexed field will do."""
    topic, described = event_topic(event)
    possible = [each for each in described.parameters if each.indexed]
    unknown = set(indexed) - {each.name for each in possible}
    if unknown:
        names = ", ".join(each.name for each in possible) or "none"
        reason = f"{', '.join(sorted(unknown))} is not indexed; these are: {names}"
        raise ArgumentsInvalid(function=event.__name__, reason=reason)
    wanted: list[str | None] = [hex0x(topic)]
    for each in possible:
        value = indexed.get(each.name)
        try:
            wanted.append(None if value is None else hex0x(encode((each,), (value,))))
        except (ValueError, TypeError) as error:
            raise ArgumentsInvalid(function=event.__name__, reason=f"{error}") from None
    return wanted


def sender_of(rpc: Rpc, transaction: str) -> str | None:
    """The account that sent a transaction; None when the node does not have it (any more).

    Raises:
        ChainUnreachable: The node does not answer.
    """
    found = rpc.attempt("eth_getTransactionByHash", transaction)
    if isinstance(found, RpcFailure) or not is_of(found, transaction):
        return None
    return checksummed(address_of(member(found, "from")))


def require_asked(log: Any, query: Mapping[str, Any], first: int, last: int) -> Mapping[str, Any]:
    """Refuse a log that was not asked for: of another contract, event, value or block."""
    if address_of(member(log, "address")) != address_of(query["address"]):
        raise AnswerMalformed(reason="a log is of another contract than was asked for")
    given = [octets(each) for each in elements(member(log, "topics"))]
    wanted = query["topics"]
    differ = (each and octets(each) != got for each, got in zip(wanted, given, strict=False))
    if len(given) < len(wanted) or any(differ):
        raise AnswerMalformed(reason="a log is not of the event that was asked for")
    if not first <= count(member(log, "blockNumber")) <= last:
        raise AnswerMalformed(reason="a log is of another block than was asked for")
    return cast("Mapping[str, Any]", log)


def address_of(value: Any) -> bytes:
    """The 20 bytes of an address in a node's answer, 0x-prefixed hex."""
    raw = octets(value)
    if len(raw) != 20:
        raise AnswerMalformed(reason="it is not an address where there should be one")
    return raw


def decode_log(log: Any) -> Event | None:
    """Decode one log; None when it is not one of ours, or does not have its form.

    Raises:
        AnswerMalformed: It is not a log at all.
    """
    raw_topics = [octets(topic) for topic in elements(member(log, "topics"))]
    if not raw_topics:
        return None
    return event_of(
        raw_topics,
        octets(member(log, "data")),
        contract_address=str(member(log, "address")),
        block_number=count(member(log, "blockNumber")),
        transaction_hash=hex0x(octets(member(log, "transactionHash"))),
        log_index=count(member(log, "logIndex")),
    )


def event_of(raw_topics: Sequence[bytes], data: bytes, **where: Any) -> Event | None:
    """Make an event of topics and data; None when it is not one of ours, or not of its form."""
    described = events_by_topic().get(raw_topics[0])
    if described is None:
        return None
    try:
        values = _values(described, raw_topics[1:], data)
        event: Event = described.build(values, **where)
    except ValueError:
        return None
    return event


def _values(described: Described, indexed: Sequence[bytes], data: bytes) -> tuple[Any, ...]:
    """Put topics and data back into the ABI's order."""
    words = read_words(described, indexed, data)
    if words is not None:
        return words
    parameters = described.parameters
    from_topics = iter(decode([each for each in parameters if each.indexed], b"".join(indexed)))
    from_data = iter(decode([each for each in parameters if not each.indexed], data))
    return tuple(next(from_topics if each.indexed else from_data) for each in parameters)


def fetch_logs(
    rpc: Rpc, query: dict[str, Any], *, first: int, last: int
) -> list[Mapping[str, Any]]:
    """Read raw logs of an address and topics, of contracts that are not ours, oldest first."""
    return [require_asked(log, query, first, last) for log in _fetch(rpc, query, first, last)]


def _fetch(rpc: Rpc, query: dict[str, Any], first: int, last: int) -> list[Any]:
    if first > last:
        return []
    span = {"fromBlock": hex(first), "toBlock": hex(last)}
    try:
        return list(elements(rpc.request("eth_getLogs", {**query, **span})))
    except (AnswerMalformed, NodeRefused, NodeTooSlow):
        if first == last:
            raise
    middle = (first + last) // 2
    return _fetch(rpc, query, first, middle) + _fetch(rpc, query, middle + 1, last)
