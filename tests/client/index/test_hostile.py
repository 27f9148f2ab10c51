"""Nodes that lie to the reader, processes that are killed, and two that write at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client.index.conftest import read, told_by_index, told_by_node

from salus.chain import Chain, connect
from salus.chain.errors import AnswerMalformed, ChainUnreachable, NodeRefused
from salus.index import Index
from salus.index.errors import EventsWithheld
from salus.testing import LyingNode, lies
from salus.testing.lies import AskNode

Act = Callable[[str], int]


@pytest.fixture
def node(chain: Chain, revoke: Act) -> Iterator[LyingNode]:
    revoke("one"), revoke("two")
    with LyingNode(chain.rpc) as door:
        yield door


@pytest.fixture
def behind(chain: Chain, node: LyingNode) -> Iterator[Chain]:
    """The chain as the node shows it that may lie."""
    connected = connect(node.url, deployment=chain.deployment)
    yield connected
    connected.close()


def changed(change: Callable[[dict[str, Any]], object]) -> lies.Lie:
    """A lie about each log of an answer."""

    def lie(ask: AskNode) -> Any:
        reply = ask()
        for log in reply.get("result") or []:
            change(log)
        return reply

    return lie


def doubled(ask: AskNode) -> Any:
    reply = ask()
    return {**reply, "result": reply["result"] * 2}


def only_small_batches(ask: AskNode) -> Any:
    replies = ask()
    logs = [each for each in replies if isinstance(each["result"], list)]
    return replies if len(logs) < 3 else lies.web_page(ask)


def of_another_block(ask: AskNode) -> Any:
    reply = ask()
    if reply["result"]:
        reply["result"]["number"] = "0x4"
    return reply


def not_today(ask: AskNode) -> Any:
    return {**lies.refused(ask), "id": ask()["id"]}


OF_ANOTHER_HASH = "of a block of another hash"
LOGS = {
    "of another contract": lies.logs_of_another,
    "twice": doubled,
    "not a list": lies.null,
    "of a block not asked for": changed(lambda log: log.update(blockNumber="0x2f")),
    OF_ANOTHER_HASH: changed(lambda log: log.update(blockHash="0x" + "12" * 32)),
    "taken back": changed(lambda log: log.update(removed=True)),
    "with half a topic": changed(lambda log: log.update(topics=[log["topics"][0], "0x12"])),
    "with five topics": changed(lambda log: log.update(topics=log["topics"][:1] * 5)),
    "with blanks in its data": changed(lambda log: log.update(data="0x12 34")),
    "with data that is no hex": changed(lambda log: log.update(data="0xzz")),
    "without a transaction": changed(lambda log: log.pop("transactionHash")),
    "at a place that no block has": changed(lambda log: log.update(logIndex=hex(1 << 24))),
    "at a place with a sign": changed(lambda log: log.update(logIndex="0x-1")),
}


@pytest.mark.parametrize(
    ("name", "ranges"),
    [
        pytest.param(name, ranges, id=f"{name}, by {'ranges' if ranges else 'blocks'}")
        for name in LOGS
        for ranges in (False, True)
        if not (ranges and name == OF_ANOTHER_HASH)  # final blocks are not asked for one by one
    ],
)
def test_odd_logs_are_refused_and_nothing_of_them_is_written(
    node: LyingNode, behind: Chain, file: Path, name: str, ranges: bool
) -> None:
    if ranges:
        behind.rpc.request("anvil_mine", hex(100))
    node.lie("eth_getLogs", LOGS[name])
    with pytest.raises(AnswerMalformed):
        read(behind, file)
    with Index.open(file, behind) as index:
        assert index.status().events == 0
    node.be_honest()
    read(behind, file)
    assert told_by_index(behind, file) == told_by_node(behind)


@pytest.mark.parametrize("lie", [of_another_block, lies.lost_before, lies.web_page, lies.refused])
def test_odd_blocks_are_refused(node: LyingNode, behind: Chain, file: Path, lie: lies.Lie) -> None:
    Index.open(file, behind).close()
    with Index.open(file, behind) as index:
        node.lie("eth_getBlockByNumber", lie)
        with pytest.raises(ChainUnreachable):
            list(index.read())
        node.be_honest()
        assert index.status().events == 0


def test_a_range_that_is_too_large_is_halved(node: LyingNode, behind: Chain, file: Path) -> None:
    behind.rpc.request("anvil_mine", hex(300))
    node.lie("eth_getLogs", lies.too_large, times=3)
    read(behind, file)
    assert told_by_index(behind, file) == told_by_node(behind)


def test_blocks_whose_logs_are_too_many_for_one_answer_are_read_in_parts(
    node: LyingNode, behind: Chain, file: Path
) -> None:
    node.lie("[]", only_small_batches)
    steps = read(behind, file)
    assert len(steps) > 1
    assert told_by_index(behind, file) == told_by_node(behind)


def test_a_node_that_refuses_even_one_block_is_heard(
    node: LyingNode, behind: Chain, file: Path
) -> None:
    behind.rpc.request("anvil_mine", hex(300))
    node.lie("eth_getLogs", not_today)
    with pytest.raises(NodeRefused, match="not today"):
        read(behind, file)


@pytest.mark.parametrize("act", ["anchor", "set_attribute"])
@pytest.mark.parametrize("ranges", [False, True], ids=["by blocks", "by ranges"])
def test_an_event_that_a_later_one_names_cannot_be_withheld(
    node: LyingNode,
    behind: Chain,
    file: Path,
    act: str,
    ranges: bool,
    request: pytest.FixtureRequest,
) -> None:
    make: Act = request.getfixturevalue(act)
    make("one")
    read(behind, file)  # honest so far
    hidden = hex(make("hidden"))
    make("three")
    if ranges:
        behind.rpc.request("anvil_mine", hex(100))

    def withhold(ask: AskNode) -> Any:
        reply = ask()
        told = reply.get("result") or []
        return {**reply, "result": [each for each in told if each["blockNumber"] != hidden]}

    node.lie("eth_getLogs", withhold)
    with pytest.raises(EventsWithheld, match="is missing"):
        read(behind, file)
    node.be_honest()
    read(behind, file)
    assert told_by_index(behind, file) == told_by_node(behind)


KILLED = """
import os, signal, sys
from pathlib import Path
from salus.chain import connect
from salus.chain.deployments.file import Deployment
from salus.index import Index

url, deployment, file, point = sys.argv[1:]
index = Index.open(file, connect(url, deployment=Path(deployment)))

def trace(statement):
    if statement.startswith(point):
        os.kill(os.getpid(), signal.SIGKILL)

index._file._db.connection.set_trace_callback(trace)
list(index.read())
"""
POINTS = (
    "BEGIN IMMEDIATE",
    "INSERT OR IGNORE INTO kinds",
    "INSERT INTO events",
    "INSERT INTO blocks",
    "UPDATE reading SET block",
    "UPDATE reading SET final",
    "DELETE FROM blocks",
    "COMMIT",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_reader_that_is_killed_loses_nothing_and_doubles_nothing(
    chain: Chain, file: Path, tmp_path: Path, revoke: Act, anchor: Act, point: str
) -> None:
    revoke("one"), anchor("one"), revoke("two")
    chain.rpc.request("anvil_mine", hex(100))
    revoke("three")
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    arguments = (chain.rpc.url, str(deployment), str(file), point)
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    read(chain, file)
    assert told_by_index(chain, file) == told_by_node(chain)
    with Index.open(file, chain) as index:
        assert index.status().events == sum(map(len, told_by_node(chain).values()))


BESIDE = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise AssertionError")


def test_two_processes_read_into_one_file(
    chain: Chain, file: Path, tmp_path: Path, revoke: Act, anchor: Act
) -> None:
    for name in ("one", "two", "three"):
        revoke(name), anchor(name)
        chain.rpc.request("anvil_mine", hex(300))
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    arguments = (chain.rpc.url, str(deployment), str(file), "nothing of the kind")
    both = [
        subprocess.Popen([sys.executable, "-c", BESIDE, *arguments], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [each.communicate()[1] for each in both] == [b"", b""]
    assert [each.returncode for each in both] == [0, 0]
    assert told_by_index(chain, file) == told_by_node(chain)
