"""A provider that an application wrote: its secrets, its words, its depth and its time."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from web3 import HTTPProvider
from web3.providers import BaseProvider

from salus.chain import connect
from salus.chain.errors import AnswerMalformed, ChainUnreachable, NodeRefused, NodeTooSlow
from salus.chain.node.foreign import ProviderRpc


class Answering(BaseProvider):
    """A provider that answers what it is told to, or raises it."""

    def __init__(self, answer: Any = None) -> None:
        super().__init__()
        self.answer = answer

    def make_request(self, method: Any, params: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class WithKey(HTTPProvider):
    """A subclass with a key in a header, whose node repeats what it was sent."""

    words = ""

    def make_request(self, method: Any, params: Any) -> Any:
        return {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": self.words}}


@pytest.mark.parametrize("secret", ["0123456789abcdef", "Bearer-of-a-secret", "keyofthequery"])
def test_a_node_that_repeats_a_credential_alone_is_not_repeated(secret: str) -> None:
    url = "https://node.example/v3/0123456789abcdef?key=keyofthequery"
    provider = WithKey(url, request_kwargs={"headers": {"X-Key": "Bearer-of-a-secret"}})
    provider.words = f"invalid project id {secret}"
    with pytest.raises(NodeRefused) as caught:
        connect(provider)
    assert "invalid project id …" in str(caught.value)
    assert secret not in str(caught.value)


def test_words_of_a_node_obey_no_terminal_and_can_be_encoded() -> None:
    provider = Answering()
    provider.answer = {"error": {"message": "gone \x1b[2J\ud800 on"}}
    with pytest.raises(NodeRefused) as caught:
        connect(provider)
    assert str(caught.value).isprintable()
    assert str(caught.value).encode()


def test_an_error_of_a_provider_is_not_behind_ours() -> None:
    provider = Answering()
    provider.answer = OSError("https://node.example/v3/a-password-of-it")
    with pytest.raises(ChainUnreachable) as caught:
        connect(provider)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("deep", [101, 100_000])
def test_an_answer_that_nests_deep_is_refused_before_it_is_read(deep: int) -> None:
    nested: Any = []
    for _ in range(deep):
        nested = [nested]
    provider = Answering()
    provider.answer = {"result": nested}
    with pytest.raises(AnswerMalformed, match="nested"):
        ProviderRpc(provider).request("eth_getCode")


def test_a_provider_that_hangs_holds_up_nobody_longer_than_is_said() -> None:
    free = Event()

    class Hanging(Answering):
        def make_request(self, method: Any, params: Any) -> Any:
            free.wait()
            return {"result": method}

    node = ProviderRpc(Hanging(), timeout=0.05)
    for method in ("first", "second"):
        with pytest.raises(NodeTooSlow):
            node.request(method)
    free.set()
    again = ProviderRpc(Hanging())
    assert again.request("third") == "third"


def test_the_time_that_an_application_names_reaches_its_provider() -> None:
    free = Event()

    class Hanging(Answering):
        def make_request(self, method: Any, params: Any) -> Any:
            free.wait()
            return {"result": "0x1"}

    with pytest.raises(NodeTooSlow, match=r"0\.05 s"):
        connect(Hanging(), timeout=0.05)
    free.set()
