"""What cannot be listed because the node forgot it is never a shorter list."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.thefts import GRANT, Theft, steal

from salus import Salus
from salus.chain.errors import ChainUnreachable, HistoryUnavailable
from salus.chain.node.answers import RpcFailure
from salus.testing import local_salus


@pytest.fixture(scope="module")
def helper() -> Salus:
    return local_salus()


@pytest.fixture
def theft(helper: Salus) -> Theft:
    return steal(helper)


@pytest.fixture
def forget(
    helper: Salus, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int, RpcFailure | None], None]:
    """Let the node have no events of blocks before one: with an error, or silently."""
    ask = helper.chain.rpc.attempt

    def start(before: int, error: RpcFailure | None) -> None:
        def attempt(method: str, *params: object) -> object:
            if method == "eth_getLogs" and int(params[0]["fromBlock"], 16) < before:
                return [] if error is None else error
            return ask(method, *params)

        monkeypatch.setattr(helper.chain.rpc, "attempt", attempt)

    return start


@pytest.mark.parametrize("error", [RpcFailure("pruned history unavailable"), None])
def test_says_that_the_node_forgot_and_ends_nothing(
    theft: Theft, forget: Callable[[int, RpcFailure | None], None], error: RpcFailure | None
) -> None:
    theft.recover()
    identities, who = theft.helper.identities, theft.identity
    forget(theft.block, error)
    with pytest.raises(HistoryUnavailable, match="prunes no events") as caught:
        theft.helper.thefts.clear(who, by=theft.new_owner)
    assert caught.value.exit_code == 5
    assert caught.value.block < theft.block
    with pytest.raises(HistoryUnavailable):
        identities.changes.attributes(who)
    assert identities.changes.is_delegate(who, GRANT, theft.accomplice.identity)
    # What is asked for is still there: no need for what is not.
    assert len(theft.left(since=theft.block)) == 3
    assert theft.helper.thefts.clear(who, since=theft.block, by=theft.new_owner).consents_ended


def test_while_a_recovery_waits_what_is_asked_for_is_enough(
    theft: Theft, forget: Callable[[int, RpcFailure | None], None]
) -> None:
    theft.propose()
    forget(theft.block, None)
    assert len(theft.left(since=theft.block)) == 3


def test_a_block_of_which_some_events_are_missing_is_no_list(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = theft.helper.chain.rpc.attempt

    def attempt(method: str, *params: object) -> object:
        answer = ask(method, *params)
        return answer[1:] if method == "eth_getLogs" else answer

    monkeypatch.setattr(theft.helper.chain.rpc, "attempt", attempt)
    with pytest.raises(HistoryUnavailable):
        theft.left()


def test_a_node_that_is_not_there_did_not_forget(
    theft: Theft, forget: Callable[[int, RpcFailure | None], None]
) -> None:
    forget(theft.block, RpcFailure("503 Service Unavailable"))
    with pytest.raises(ChainUnreachable) as caught:
        theft.left()
    assert not isinstance(caught.value, HistoryUnavailable)
