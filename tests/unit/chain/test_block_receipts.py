"""Receipts by block: a node cannot have it read on without end, whatever head it tells of."""

from __future__ import annotations

import time
from typing import Any

import pytest

from salus.chain.node.networks import in_process
from salus.chain.sending.watcher import BlockReceipts

FAR = 2**53 - 1


def asked_for_blocks(monkeypatch: pytest.MonkeyPatch, *, head: int, until: float) -> int:
    """How many blocks are read of a chain of so many, none of which holds what is looked for."""
    rpc, asked = in_process(), []

    def attempt(method: str, *params: Any) -> Any:
        asked.append(method)
        return hex(head) if method == "eth_blockNumber" else []

    monkeypatch.setattr(rpc, "attempt", attempt)
    monkeypatch.setattr(rpc, "request", attempt)
    assert BlockReceipts(rpc, since=0).look({"0x" + "11" * 32}, until=until) == {}
    return asked.count("eth_getBlockReceipts")


def test_a_few_blocks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for_blocks(monkeypatch, head=5, until=time.monotonic() + 600) == 5


def test_a_head_far_away_is_not_read_up_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for_blocks(monkeypatch, head=FAR, until=time.monotonic() + 600) == 0


def test_nothing_is_read_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for_blocks(monkeypatch, head=5, until=time.monotonic() - 1) == 0
