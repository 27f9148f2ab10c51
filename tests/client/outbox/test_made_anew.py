"""Acts that lost a race and were made anew by their own call: nobody is alarmed about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from tests.support.waiting import polled

from salus import Salus
from salus.anchors.streams import AnchoredCheckpoint


@pytest.fixture(params=[0, 2], ids=["closed at once", "closed when deep"])
def confirmations(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("SALUS_CONFIRMATIONS", str(request.param))
    return int(request.param)


def blocks_of(anchored: Iterable[AnchoredCheckpoint]) -> list[int]:
    return [each.block_number for each in anchored]


def met_once(limit_of: Callable[..., int], meet: Barrier) -> Callable[..., int]:
    """Simulate an act, and wait, the first time, until the other's was simulated without it."""
    waits = [meet]

    def of(*words: Any) -> int:
        limit = limit_of(*words)
        if waits:
            waits.pop().wait(timeout=60)
        return limit

    return of


@pytest.fixture
def both(
    confirmations: int, open_client: Callable[..., Salus], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Salus, Salus]]:
    """Two clients over one state folder, and a log that they share; mining waits for a word."""
    account = 4 + confirmations
    one, other = open_client(account), open_client(account)
    one.anchors.append("records", [b"\1" * 32])
    for each in (one, other):
        each.chain.sender._watcher._nudge = lambda: None
    one.chain.rpc.request("evm_setAutomine", False)
    meet = Barrier(2)
    for each in (one, other):
        limits = each.chain.sender._limits
        monkeypatch.setattr(limits, "of", met_once(limits.of, meet))
    yield one, other
    one.chain.rpc.request("evm_setAutomine", True)


def test_a_checkpoint_that_another_was_faster_than_alarms_nobody(
    both: tuple[Salus, Salus], confirmations: int
) -> None:
    one, other = both
    with ThreadPoolExecutor() as threads:
        done = [
            threads.submit(each.anchors.append, "records", [leaf * 32])
            for each, leaf in ((one, b"\2"), (other, b"\3"))
        ]
        for _ in polled():
            if int(one.chain.rpc.request("txpool_status")["pending"], 16) == 2:
                break
        one.chain.rpc.request("evm_setAutomine", True)
        one.chain.rpc.request("evm_mine")
        anchored = [each.result() for each in done]
    first = one.chain.rpc.request("eth_getBlockReceipts", hex(min(blocks_of(anchored))))
    assert sorted(each["status"] for each in first) == ["0x0", "0x1"], "one lost the race"
    one.chain.rpc.request("anvil_mine", hex(confirmations + 1))
    assert one.outbox.resume() == []
    assert one.outbox.alarms(older=0) == []
