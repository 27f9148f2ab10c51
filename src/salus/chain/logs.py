"""Logs as events.

Example:
    >>> from salus.chain.logs import topics
    >>> from salus.events import ConsentRevoked
    >>> [topic and topic[:10] for topic in topics(ConsentRevoked, {"consent_id": bytes(32)})][1:]
    [None, '0x00000000']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from salus.chain.catalogue import Described, event_topic, events_by_topic
from salus.chain.codec import decode, encode
from salus.chain.rpc import Rpc, RpcFailure, octets, quantity
from salus.errors import ArgumentsInvalid, ChainUnreachable
from salus.events import Event

E = TypeVar("E", bound=Event)
_TOO_MANY = re.compile(r"range|limit|too many|more than|exceed|size", re.IGNORECASE)


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

    A range that the node finds too long is halved until it is not.

    Args:
        rpc: The node.
        address: The contract.
        event: The class.
        first: First block.
        last: Last block, or ``latest``.
        indexed: Values that indexed fields must have, by field name.

    Returns:
        The events.

    Raises:
        ArgumentsInvalid: The event has no such indexed field, or the value does not fit it.
        ChainUnreachable: The node does not answer, or refuses even one block.
    """
    until = quantity(rpc.request("eth_blockNumber")) if last == "latest" else int(last)
    found = _fetch(rpc, {"address": address, "topics": topics(event, indexed)}, first, until)
    decoded = (decode_log(log) for log in found)
    return [each for each in decoded if isinstance(each, event)]


def topics(event: type[Event], indexed: Mapping[str, Any]) -> list[str | None]:
    """Build the filter for an event.

    Args:
        event: The class.
        indexed: Values that indexed fields must have, by field name.

    Returns:
        Topics as hex; None where any value will do.

    Raises:
        ArgumentsInvalid: The event has no such indexed field, or the value does not fit it.
    """
    topic, described = event_topic(event)
    possible = [each for each in described.parameters if each.indexed]
    unknown = set(indexed) - {each.name for each in possible}
    if unknown:
        names = ", ".join(each.name for each in possible) or "none"
        reason = f"{', '.join(sorted(unknown))} is not indexed; these are: {names}"
        raise ArgumentsInvalid(function=event.__name__, reason=reason)
    wanted: list[str | None] = ["0x" + topic.hex()]
    for each in possible:
        value = indexed.get(each.name)
        try:
            wanted.append(None if value is None else "0x" + encode((each,), (value,)).hex())
        except (ValueError, TypeError) as error:
            raise ArgumentsInvalid(function=event.__name__, reason=f"{error}") from None
    return wanted


def sender_of(rpc: Rpc, transaction: str) -> str | None:
    """Tell which account sent a transaction.

    Args:
        rpc: The node.
        transaction: Its 0x-prefixed hash.

    Returns:
        The account, checksummed; None when the node does not have the transaction (any more).

    Raises:
        ChainUnreachable: The node does not answer.
    """
    from eth_utils.address import to_checksum_address

    try:
        found = rpc.request("eth_getTransactionByHash", transaction)
    except RpcFailure:
        return None
    return None if found is None else str(to_checksum_address(found["from"]))


def decode_log(log: Mapping[str, Any]) -> Event | None:
    """Decode one log.

    Args:
        log: As the node gives it.

    Returns:
        The event; None when it is none of ours, or does not have its form.
    """
    raw_topics = [_bytes(topic) for topic in log["topics"]]
    described = events_by_topic().get(raw_topics[0]) if raw_topics else None
    if described is None:
        return None
    where = {
        "contract_address": str(log["address"]),
        "block_number": quantity(log["blockNumber"]),
        "transaction_hash": "0x" + _bytes(log["transactionHash"]).hex(),
        "log_index": quantity(log["logIndex"]),
    }
    try:
        values = _values(described, raw_topics[1:], _bytes(log["data"]))
        event: Event = described.build(values, **where)
    except ValueError:
        return None
    return event


def _values(described: Described, indexed: list[bytes], data: bytes) -> tuple[Any, ...]:
    """Put topics and data back into the ABI's order."""
    parameters = described.parameters
    from_topics = iter(decode([each for each in parameters if each.indexed], b"".join(indexed)))
    from_data = iter(decode([each for each in parameters if not each.indexed], data))
    return tuple(next(from_topics if each.indexed else from_data) for each in parameters)


def _fetch(rpc: Rpc, query: dict[str, Any], first: int, last: int) -> list[Any]:
    if first > last:
        return []
    try:
        span = {"fromBlock": hex(first), "toBlock": hex(last)}
        return list(rpc.request("eth_getLogs", {**query, **span}))
    except RpcFailure as failure:
        if first == last or not _TOO_MANY.search(failure.message):
            raise ChainUnreachable(url=rpc.url, reason=failure.message) from None
    middle = (first + last) // 2
    return _fetch(rpc, query, first, middle) + _fetch(rpc, query, middle + 1, last)


def _bytes(value: Any) -> bytes:
    return octets(value) if isinstance(value, str) else bytes(value)
