"""A node that tells of a checkpoint that never was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from eth_abi.abi import encode

from salus.anchors.stream_history import StreamHistory
from salus.anchors.streams import AnchoredCheckpoint
from salus.chain import Chain
from salus.chain.abi import catalogue
from salus.chain.abi.catalogue import event_topic
from salus.contracts.anchors.events import Anchored as AnchoredEvent
from salus.primitives.address import Address
from salus_verify.log import Checkpoint, stream_id

HUGE = 2**53 - 1


@contextmanager
def invented(
    chain: Chain,
    issuer: Address,
    label: str,
    *,
    number: int = 1,
    after: AnchoredCheckpoint | None = None,
    acts: int | None = None,
) -> Iterator[Checkpoint]:
    """Tell of a head that nobody anchored, a block after the last; for so many acts, if told."""
    last = after or StreamHistory(chain, lambda _: []).checkpoints(issuer, label)[-1]
    parent = last.checkpoint.id if number == 1 else bytes(32)
    fake = Checkpoint(parent, b"\x66" * 32, HUGE)
    name, registry = stream_id(label, number), chain.contract("AnchorRegistry").address.lower()
    asks_head = catalogue.function("AnchorRegistry", "headOf").selector + encode(
        ["address", "bytes32"], [issuer, name]
    )
    topic, at = event_topic(AnchoredEvent)[0], last.block_number + 1
    honest: Callable[..., Any] = chain.rpc.attempt
    left = [acts]

    def log(asked: dict[str, Any], shown: list[Any]) -> list[Any]:
        topics = asked["topics"]
        if len(topics) < 3 or topics[2] is None or bytes.fromhex(topics[2][2:]) != name:
            return shown
        if not int(asked["fromBlock"], 16) <= at <= int(asked["toBlock"], 16):
            return shown
        like = honest(
            "eth_getLogs",
            {
                **asked,
                "fromBlock": hex(last.block_number),
                "toBlock": hex(last.block_number),
                "topics": [*topics[:2], "0x" + last.stream.hex()],
            },
        )[-1]
        places = {"issuer": encode(["address"], [issuer]), "stream": name, "checkpoint_id": fake.id}
        rest = {"parent": fake.parent, "root": fake.root, "size": fake.size.to_bytes(32, "big")}
        of = catalogue.events_by_topic()[topic].parameters
        told = {
            **like,
            "topics": [topic, *(places[each.name] for each in of if each.indexed)],
            "data": b"".join(rest[each.name] for each in of if not each.indexed),
            "blockNumber": at,
        }
        return [*shown, told]

    def lying(method: str, *params: Any) -> Any:
        about = params[0] if params and isinstance(params[0], dict) else {}
        if left[0] == 0 or str(about.get("address", about.get("to", ""))).lower() != registry:
            shown = honest(method, *params)
            if method == "eth_sendRawTransaction" and left[0]:
                left[0] -= 1
            return shown
        if method == "eth_call" and bytes.fromhex(about["data"][2:]) == asks_head:
            return fake.id
        shown = honest(method, *params)
        return log(about, list(shown)) if method == "eth_getLogs" else shown

    chain.rpc.attempt = lying  # type: ignore[method-assign]
    try:
        yield fake
    finally:
        chain.rpc.attempt = honest  # type: ignore[method-assign]
