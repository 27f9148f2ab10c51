"""Two nodes: what one says is compared with the other's word, and what differs is named."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.killed import write, written

import salus
from salus.chain import Chain, connect, deploy, development_account
from salus.chain.errors import NodeRefused, NodesDiffer, NodeUnavailable, NodeUnchecked
from salus.chain.node import cross_check
from salus.chain.node.local import local_node
from salus.errors import ConfigurationInvalid
from salus.testing import LyingNode, lies

ME = development_account(3)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chain, Path]]:
    """A node with our contracts, and the file that says where they are."""
    file = tmp_path_factory.mktemp("two nodes") / "deployment.json"
    try:
        with local_node("anvil") as node, connect("anvil", url=node.url) as chain:
            deploy(chain, development_account(9), path=file)
            yield chain, file
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def liar(honest: tuple[Chain, Path]) -> Iterator[LyingNode]:
    with LyingNode(honest[0].rpc) as door:
        yield door


@pytest.fixture
def both(
    honest: tuple[Chain, Path], liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Chain]:
    """A connection that asks the liar, and compares with the honest one."""
    monkeypatch.setattr(cross_check, "PATIENCE", 0.5)
    chain, file = honest
    with connect(liar.url, checked_by=chain.rpc.url, deployment=file) as made:
        made.rpc._patience = 0.5  # type: ignore[attr-defined]
        yield made


def test_all_that_is_done_goes_on_where_both_say_the_same(both: Chain) -> None:
    write(both, b"two nodes agree", ME)
    identities = salus.Salus(both, account=ME).identities
    assert identities.control.owner(ME.identity) == ME.address
    assert both.block().number > 0


def use(chain: Chain, value: bytes) -> None:
    """Write, list and look."""
    write(chain, value, ME)
    chain.contract("IdentityRegistry").call("identityOwner", ME.identity)
    written(chain, ME)
    chain.balance(ME.address)


def changed(*path: str, to: Any) -> lies.Lie:
    """Change one thing in an answer, wherever it is a whole one."""

    def lie(ask: Callable[[], Any]) -> Any:
        reply = ask()
        found = reply.get("result")
        if found is None:
            return reply
        if not path:
            return {**reply, "result": to}
        inner = found[0] if isinstance(found, list) and found else found
        if inner:
            inner[path[0]] = to
        return reply

    return lie


OTHER = "0x" + "22" * 32
LIES: dict[str, tuple[str, lies.Lie, str]] = {
    "a receipt": ("eth_getTransactionReceipt", changed("status", to="0x0"), "the receipt"),
    "a receipt's block": ("eth_getTransactionReceipt", changed("blockHash", to=OTHER), "receipt"),
    "a receipt's events": ("eth_getTransactionReceipt", changed("logs", to=[]), "the receipt"),
    "events": ("eth_getLogs", changed(to=[]), "events"),
    "an event's data": ("eth_getLogs", changed("data", to=OTHER), "events"),
    "a block": ("eth_getBlockByNumber", changed("hash", to=OTHER), "a block"),
    "what a contract says": ("eth_call", changed(to=OTHER), "a contract"),
    "coin": ("eth_getBalance", changed(to="0x1"), "an account"),
    "the head": ("eth_blockNumber", changed(to="0xfffff"), "the head"),
    "a stale head": ("eth_blockNumber", changed(to="0x1"), "the head"),
}


@pytest.mark.parametrize("name", LIES)
def test_what_one_node_says_otherwise_is_named(both: Chain, liar: LyingNode, name: str) -> None:
    method, lie, words = LIES[name]
    write(both, b"before " + name.encode(), ME)
    liar.lie(method, lie)
    with pytest.raises(NodesDiffer, match=words) as differ:
        use(both, b"while it lies about " + name.encode())
    assert (differ.value.exit_code, differ.value.url) == (6, both.rpc.url)


def test_another_chain_is_refused_at_once(honest: tuple[Chain, Path], liar: LyingNode) -> None:
    liar.lie("eth_chainId", lies.of_another_chain)
    with pytest.raises(NodesDiffer, match="the chain's id"):
        connect(honest[0].rpc.url, checked_by=liar.url)


def test_a_node_that_is_a_little_behind_is_waited_for(both: Chain, liar: LyingNode) -> None:
    liar.lie("eth_blockNumber", lies.behind, times=2)
    write(both, b"a little behind", ME)


def test_where_the_second_node_is_away_nothing_is_taken(
    honest: tuple[Chain, Path], liar: LyingNode
) -> None:
    with connect(honest[0].rpc.url, checked_by=liar.url, deployment=honest[1]) as chain:
        liar.lie("*", lies.lost_before)
        with pytest.raises(NodeUnchecked, match="SALUS_UNCHECKED=warn"):
            chain.balance(ME.address)


@pytest.mark.parametrize("asked_first", [True, False], ids=["the first", "the second"])
def test_a_node_that_refuses_a_range_is_no_liar(
    honest: tuple[Chain, Path], liar: LyingNode, asked_first: bool
) -> None:
    """Whoever reads events halves the range then, as with one node."""
    urls = (liar.url, honest[0].rpc.url) if asked_first else (honest[0].rpc.url, liar.url)
    limits = {"fromBlock": "0x0", "toBlock": "0x1"}
    with connect(urls[0], checked_by=urls[1], deployment=honest[1]) as chain:
        liar.lie("eth_getLogs", lies.refused, times=1)
        began = time.monotonic()
        with pytest.raises(NodeRefused):
            chain.rpc.request("eth_getLogs", limits)
        assert time.monotonic() - began < cross_check.PATIENCE / 2, "that is no block to come"
        assert isinstance(chain.rpc.request("eth_getLogs", limits), list)


def test_a_short_fork_at_the_head_is_waited_for(both: Chain, liar: LyingNode) -> None:
    liar.lie("eth_getBlockByNumber", changed("hash", to=OTHER), times=1)
    assert both.balance(ME.address) > 0


def test_or_it_is_said_once_and_gone_on(
    honest: tuple[Chain, Path], liar: LyingNode, caplog: pytest.LogCaptureFixture
) -> None:
    url, file = honest[0].rpc.url, honest[1]
    with connect(url, checked_by=liar.url, unchecked="warn", deployment=file) as chain:
        liar.lie("*", lies.lost_before)
        with caplog.at_level(logging.WARNING):
            write(chain, b"on one node's word", ME)
        assert caplog.text.count("compared with nothing") == 1


def test_the_setting_says_one_of_two(honest: tuple[Chain, Path]) -> None:
    with pytest.raises(ConfigurationInvalid, match="give refuse or warn"):
        connect(honest[0].rpc.url, checked_by=honest[0].rpc.url, unchecked="perhaps")
