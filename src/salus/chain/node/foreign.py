"""A node that an application reaches through web3 already: its client, or the client's provider.

An ``HTTPProvider`` only lends its URL, headers and timeout: asked is through a connection of ours,
which bounds answers in bytes and time, follows no redirect and keeps credentials out of logs. Any
other provider is asked itself, and its answers are read as strictly; what it reads into memory
before, and for how long, is its own affair.

Example:
    >>> from web3 import HTTPProvider, Web3
    >>> of_web3(Web3(HTTPProvider("https://node.example/v3/0123456789abcdef")))
    HttpRpc('https://node.example/…')
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests
from web3 import AsyncWeb3, EthereumTesterProvider, HTTPProvider, IPCProvider, Web3
from web3.providers import AsyncBaseProvider, BaseProvider

from salus.chain.errors import AnswerMalformed, ChainUnreachable, ConnectionClosed, NodeTooSlow
from salus.chain.node.answers import granted, reply
from salus.chain.node.limits import MOST
from salus.chain.node.rpc import HttpRpc, Rpc
from salus.chain.node.urls import hide
from salus.errors import ConfigurationInvalid
from salus_verify import json as nesting

if TYPE_CHECKING:
    from web3.types import RPCEndpoint

_TAKEN_OVER = frozenset({"headers", "timeout"})


def of_web3(node: object) -> Rpc:
    """Reach the node that a web3 client, or its provider, reaches.

    Raises:
        ConfigurationInvalid: It is neither, is asynchronous, or asks in a way that is not kept.
    """
    if isinstance(node, AsyncWeb3 | AsyncBaseProvider):
        raise ConfigurationInvalid(
            setting="network",
            reason=f"is {type(node).__name__}, which is asynchronous: give a Web3, or a URL, and"
            " call with asyncio.to_thread",
        )
    provider = node.provider if isinstance(node, Web3) else node
    if not isinstance(provider, BaseProvider):
        raise ConfigurationInvalid(
            setting="network",
            reason=f"is of type {type(node).__name__}: give a name, a URL, a web3.Web3 or its"
            " provider",
        )
    if type(provider) is HTTPProvider:
        return _over_http(provider)
    if isinstance(provider, EthereumTesterProvider):
        return _in_process(provider)
    return ProviderRpc(provider)


class ProviderRpc:
    """A node behind a provider of web3's that is not plain HTTP; its owner closes it."""

    def __init__(self, provider: BaseProvider) -> None:
        self.url = f"web3's {type(provider).__name__}"
        self.loopback = isinstance(provider, IPCProvider)
        self._provider, self._lock, self._open = provider, Lock(), True
        if uri := getattr(provider, "endpoint_uri", None):
            hide(str(uri))

    def __repr__(self) -> str:
        return f"ProviderRpc({type(self._provider).__name__})"

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; see `Rpc`."""
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning; see `Rpc`."""
        if not self._open:
            raise ConnectionClosed(url=self.url)
        with self._lock:
            raw = self._ask(method, params)
        return reply(self._plain(raw), number=0, url=self.url)

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things, one after the other: not every provider takes batches."""
        return [self.attempt(method, *params) for method, params in requests]

    def web3(self) -> Web3:
        """Make a web3 client over the same provider."""
        return Web3(self._provider)

    def close(self) -> None:
        """Ask nothing more; the provider stays open, it is its owner's."""
        self._open = False

    def _ask(self, method: str, params: Sequence[Any]) -> Any:
        try:
            endpoint: RPCEndpoint = method  # type: ignore[assignment]
            return self._provider.make_request(endpoint, list(params))
        except (TimeoutError, requests.Timeout):
            raise NodeTooSlow(url=self.url, reason="no answer in its time") from None
        except Exception as error:
            # The cause is dropped on purpose: its text may hold the URL, credentials included.
            raise ChainUnreachable(url=self.url, reason=type(error).__name__) from None

    def _plain(self, raw: Any) -> Any:
        """The answer as JSON has it, to be read as strictly as what comes over HTTP."""
        try:
            text = Web3.to_json(raw).encode()
            if len(text) > MOST:
                raise AnswerMalformed(url=self.url, reason=f"it is longer than {MOST >> 20} MiB")
            answer = nesting.load(text)
        except (TypeError, ValueError):
            raise AnswerMalformed(url=self.url, reason="it is not JSON") from None
        # the provider matched the answer with its request, by a number of its own
        return {**answer, "id": 0} if isinstance(answer, dict) else answer


def _over_http(provider: HTTPProvider) -> Rpc:
    from salus.chain.node.networks import checked

    told = provider.get_request_kwargs()
    lost = sorted(set(told) - _TAKEN_OVER)
    manager = getattr(provider, "_request_session_manager", None)
    if getattr(manager, "_explicit_session", None) is not None:
        lost.append("session")
    if lost:
        raise ConfigurationInvalid(
            setting="network",
            reason=f"is an HTTPProvider with {', '.join(lost)} of its own, which Salus's connection"
            " would not keep: give one with URL, headers and timeout alone, or ask through a"
            " subclass of it, whose answers are not bounded before they are read",
        )
    url, timeout = checked(str(provider.endpoint_uri), setting="network"), told.get("timeout")
    headers = {str(name): str(value) for name, value in told.get("headers", {}).items()}
    if isinstance(timeout, int | float):
        return HttpRpc(url, timeout=timeout, headers=headers)
    return HttpRpc(url, headers=headers)


def _in_process(provider: EthereumTesterProvider) -> Rpc:
    from salus.chain.node.tester import TesterRpc

    web3 = Web3(provider)
    web3.middleware_onion.remove("ens_name_to_address")  # see `in_process`
    return TesterRpc(web3, caller=web3.eth.accounts[0])
