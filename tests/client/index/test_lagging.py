"""Several nodes behind one URL: what one of them lacks is not taken for all there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.client.index.conftest import read, told_by_index, told_by_node

from salus.chain import Chain, connect
from salus.chain.errors import ChainUnreachable, NodeBusy, NodeRefused
from salus.chain.node.answers import RpcFailure
from salus.chain.node.rpc import Rpc
from salus.index import Index, log_ranges
from salus.index.errors import EventsWithheld
from salus.index.file import IndexFile
from salus.testing import LyingNode, lies
from salus.testing.lies import AskNode

Act = Callable[[str], int]


@pytest.fixture
def node(chain: Chain, revoke: Act) -> Iterator[LyingNode]:
    revoke("one"), revoke("two")
    chain.rpc.request("anvil_mine", hex(100))  # both are below what is final
    with LyingNode(chain.rpc) as door:
        yield door


@pytest.fixture
def behind(chain: Chain, node: LyingNode) -> Iterator[Chain]:
    """The chain as some nodes behind one URL show it."""
    connected = connect(node.url, deployment=chain.deployment)
    yield connected
    connected.close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_ranges, "_PAUSES", (0.0, 0.0, 0.0))


def asked_of_one_that_lags(ask: AskNode) -> Any:
    """It has no logs of blocks that it lacks, and says nothing of it."""
    replies = ask()
    if any(isinstance(each["result"], list) for each in replies):
        for each in replies:
            each["result"] = [] if isinstance(each["result"], list) else None
    return replies


def without_logs(ask: AskNode) -> Any:
    return {**ask(), "result": []}


def not_today(ask: AskNode) -> Any:
    return {**lies.refused(ask), "id": ask()["id"]}


def too_often(ask: AskNode) -> Any:
    failure = {"code": -32005, "message": "rate limit exceeded"}
    return {"jsonrpc": "2.0", "id": ask()["id"], "error": failure}


def test_logs_of_a_node_that_lags_are_not_taken(node: LyingNode, behind: Chain, file: Path) -> None:
    node.lie("[]", asked_of_one_that_lags)
    with pytest.raises(NodeBusy, match="lacks block"):
        read(behind, file)
    node.be_honest()
    with Index.open(file, behind) as index:
        assert index.status().events == 0
    read(behind, file)
    assert told_by_index(behind, file) == told_by_node(behind)


class Gateway:
    """Asks one node for blocks, and for logs another one that has fewer of them."""

    def __init__(self, rpc: Rpc, *, lacks: int) -> None:
        self._rpc, self.url = rpc, rpc.url
        self._has = int(rpc.request("eth_blockNumber"), 16) - lacks

    def attempt(self, method: str, *params: Any) -> Any:
        found = self._rpc.attempt(method, *params)
        if method != "eth_getLogs":
            return found
        if "blockHash" in params[0]:
            late = any(int(each["blockNumber"], 16) > self._has for each in found)
            return RpcFailure("unknown block") if late else found
        return [each for each in found if int(each["blockNumber"], 16) <= self._has]


@pytest.mark.parametrize("lacks", [135, 165, 200, 10**6])
def test_logs_of_a_node_that_lags_are_not_taken_where_a_gateway_splits_messages(
    chain: Chain, file: Path, revoke: Act, lacks: int
) -> None:
    """The last block comes from a node that has it, and the logs from one that has not."""
    for name in ("one", "two", "three"):
        revoke(name)
        chain.rpc.request("anvil_mine", hex(30))
    chain.rpc.request("anvil_mine", hex(100))
    with LyingNode(Gateway(chain.rpc, lacks=lacks)) as door:  # type: ignore[arg-type]
        split = connect(door.url, deployment=chain.deployment)
        with pytest.raises((NodeRefused, EventsWithheld)):
            read(split, file)
        split.close()
    read(chain, file)
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_node_that_keeps_no_logs_of_old_blocks_is_found_out(
    chain: Chain, node: LyingNode, behind: Chain, file: Path, revoke: Act
) -> None:
    for name in ("three", "four"):  # of a new file, and of one that holds events
        node.lie("eth_getLogs", without_logs)
        with pytest.raises(EventsWithheld, match="every event of block"):
            read(behind, file)
        node.be_honest()
        read(behind, file)
        revoke(name)
        chain.rpc.request("anvil_mine", hex(100))
    read(behind, file)
    assert told_by_index(behind, file) == told_by_node(behind)


def test_a_node_that_is_asked_too_often_is_asked_again(
    node: LyingNode, behind: Chain, file: Path
) -> None:
    with Index.open(file, behind) as index:
        index._reader._looked = True
        node.lie("eth_getLogs", too_often, times=3)
        index._asking.range_from(0, 5, far=5)
        node.lie("eth_getLogs", too_often)
        with pytest.raises(NodeBusy, match="rate limit"):
            index._asking.range_from(0, 5, far=5)


def test_a_block_that_one_of_them_does_not_know_yet_is_asked_for_again(
    node: LyingNode, behind: Chain, file: Path, revoke: Act
) -> None:
    read(behind, file)
    revoke("three")
    node.lie("eth_getLogs", not_today, times=3)
    assert read(behind, file) == [1]
    revoke("four")
    node.lie("eth_getLogs", not_today)
    with pytest.raises(NodeRefused, match="not today"):
        read(behind, file)


@pytest.mark.parametrize("lie", [lies.null, lies.refused])
def test_a_node_that_has_let_go_of_block_0_fills_an_index(
    node: LyingNode, behind: Chain, tmp_path: Path, lie: lies.Lie
) -> None:
    def without_block_0(ask: AskNode) -> Any:
        reply = ask()
        first = reply["result"] and reply["result"]["number"] == "0x0"
        return {**lie(ask), "id": reply["id"]} if first else reply

    made_before, made_by_it = tmp_path / "before.sqlite", tmp_path / "anew.sqlite"
    read(behind, made_before)
    node.lie("eth_getBlockByNumber", without_block_0)
    with pytest.raises(ChainUnreachable):  # of a local chain block 0 is the name
        Index.open(made_before, behind)
    behind.is_local = False
    for file in (made_before, made_by_it):
        read(behind, file)
        assert told_by_index(behind, file) == told_by_node(behind)
    assert _genesis(made_by_it) == b""
    node.be_honest()
    read(behind, made_by_it)
    assert _genesis(made_by_it) == _genesis(made_before) != b""


def _genesis(file: Path) -> bytes:
    with closing(IndexFile.open(f"sqlite://{file}")) as opened:
        origin = opened.origin()
    assert origin is not None
    return origin.genesis


def test_two_ranges_are_asked_for_at_once(node: LyingNode, behind: Chain, file: Path) -> None:
    answering, at_once = list[None](), list[int]()

    def slowly(ask: AskNode) -> Any:
        replies = ask()
        if any(isinstance(each["result"], list) for each in replies):
            answering.append(None)
            at_once.append(len(answering))
            time.sleep(0.3)
            answering.pop()
        return replies

    node.lie("[]", slowly)
    read(behind, file)
    assert max(at_once) == 2
    node.be_honest()
    assert told_by_index(behind, file) == told_by_node(behind)
