"""The threads and processes that a provider of an application's is asked in."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import pytest
from web3.providers import BaseProvider

import salus
from salus.chain.errors import AnswerMalformed, ChainUnreachable, ConnectionClosed, NodeTooSlow
from salus.chain.node import turns
from salus.chain.node.foreign import ProviderRpc

LONG = 60.0
TENANT: ContextVar[str] = ContextVar("tenant", default="nobody")
Answer = Callable[[str], Any]


class Answering(BaseProvider):
    """A provider that answers with what a function makes of the method."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer

    def make_request(self, method: Any, params: Any) -> Any:
        return {"result": self.answer(method)}


def node_of(answer: Answer, *, timeout: float | None = None) -> ProviderRpc:
    return ProviderRpc(Answering(answer), timeout=timeout)


def test_a_provider_of_its_own_thread_is_asked_there() -> None:
    cache = sqlite3.connect(":memory:")  # refuses every other thread
    node = node_of(lambda method: cache.execute("SELECT 'cached'").fetchone()[0])
    assert node.request("eth_chainId") == "cached"
    cache.close()


@pytest.mark.parametrize("timeout", [None, LONG])
def test_a_provider_sees_the_context_of_who_asks(timeout: float | None) -> None:
    token = TENANT.set("hospital")
    try:
        node = node_of(lambda method: TENANT.get(), timeout=timeout)
        assert node.request("eth_chainId") == "hospital"
    finally:
        TENANT.reset(token)


@pytest.mark.parametrize("timeout", [None, LONG])
def test_a_provider_may_ask_back_while_it_is_asked(timeout: float | None) -> None:
    def answer(method: str) -> str:
        return f"{method} of {node.request('inner')}" if method == "outer" else method

    node = node_of(answer, timeout=timeout)
    assert node.request("outer") == "outer of inner"
    assert node.request("inner") == "inner"


def test_a_thread_that_cannot_start_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    node = node_of(str, timeout=LONG)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(ChainUnreachable, match="no thread can be started"):
            node.request("first")
    assert node.request("second") == "second"


def test_an_interrupt_while_a_thread_starts_locks_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, real = threading.Event(), threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        real(thread)
        started.wait()
        raise KeyboardInterrupt

    def answer(method: str) -> str:
        started.set()
        return method

    node = node_of(answer, timeout=LONG)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            node.request("first")
    assert node.request("second") == "second"


@pytest.mark.parametrize("raised", [OSError("https://node.example/a-key"), KeyboardInterrupt()])
def test_what_a_provider_raises_locks_nobody_out(raised: BaseException) -> None:
    def answer(method: str) -> str:
        if method == "first":
            raise raised
        return method

    node = node_of(answer)
    with pytest.raises((ChainUnreachable, KeyboardInterrupt)) as caught:
        node.request("first")
    assert "a-key" not in str(caught.value)
    assert caught.value.__context__ is None
    assert node.request("second") == "second"


def test_a_forked_child_is_refused_by_name() -> None:
    asked, free = threading.Event(), threading.Event()

    def answer(method: str) -> str:
        asked.set()
        free.wait()
        return method

    node = node_of(answer)
    parent = threading.Thread(target=node.request, args=("first",), daemon=True)
    parent.start()
    asked.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        try:
            node.request("second")
        except ConnectionClosed as refused:
            os._exit(0 if "another process" in str(refused) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    free.set()
    parent.join()


def test_who_waits_for_a_turn_gives_up_only_when_one_question_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "REQUEST_TIMEOUT", 0.05)
    asked, free = threading.Event(), threading.Event()

    def answer(method: str) -> str:
        asked.set()
        free.wait()
        return method

    node = node_of(answer)
    first = threading.Thread(target=node.request, args=("first",), daemon=True)
    first.start()
    asked.wait()
    with pytest.raises(NodeTooSlow, match=r"0\.05 s"):
        node.request("second")
    free.set()
    first.join()
    assert node.request("third") == "third"


def test_an_answer_that_shares_its_parts_is_measured_as_it_would_be_written() -> None:
    shared: Any = ["leaf"]
    for _ in range(40):
        shared = [shared] * 12
    with pytest.raises(AnswerMalformed, match="longer than"):
        node_of(lambda method: shared).request("eth_getLogs")
    with pytest.raises(AnswerMalformed, match="longer than"):
        node_of(lambda method: ["0" * 1_000_000] * 100_000).request("eth_getLogs")
    with pytest.raises(AnswerMalformed, match="longer than"):
        node_of(lambda method: {"0" * 1_000_000: [10**4000] * 100_000}).request("eth_getLogs")


def test_lists_within_themselves_are_refused() -> None:
    itself: list[Any] = []
    itself += [itself, itself]
    with pytest.raises(AnswerMalformed, match="nested"):
        node_of(lambda method: itself).request("eth_getLogs")


def test_an_application_gives_the_limit_where_it_connects() -> None:
    given = threading.Event()
    with pytest.raises(NodeTooSlow, match=r"no answer in 0\.25 s"):
        salus.connect(Answering(lambda method: given.wait()), timeout=timedelta(seconds=0.25))
    given.set()
