"""A node that an application reaches through web3 already: its client, or the client's provider.

An ``HTTPProvider`` only lends its URL, headers and timeout: asked is through a connection of ours,
which bounds answers in bytes and time, follows no redirect and keeps credentials out of logs. Any
other provider is asked itself, and its answers are read as strictly; what it reads into memory
before is its own affair. One that does not answer in time is left alone until it does.

Example:
    >>> from web3 import HTTPProvider, Web3
    >>> of_web3(Web3(HTTPProvider("https://node.example/v3/0123456789abcdef")))
    HttpRpc('https://node.example/…')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import requests
from web3 import AsyncWeb3, EthereumTesterProvider, HTTPProvider, IPCProvider, Web3
from web3.providers import AsyncBaseProvider, BaseProvider

from salus.chain.errors import AnswerMalformed, ChainUnreachable, ConnectionClosed, NodeTooSlow
from salus.chain.node.answers import granted, reply
from salus.chain.node.limits import MOST
from salus.chain.node.rpc import REQUEST_TIMEOUT, HttpRpc, Rpc
from salus.chain.node.urls import checked, hide, hide_text
from salus.errors import ConfigurationInvalid
from salus_verify import json as nesting

if TYPE_CHECKING:
    from web3.types import RPCEndpoint

_TAKEN_OVER = frozenset({"headers", "timeout"})
_PUBLIC = frozenset({"content-type", "user-agent", "accept", "accept-encoding", "connection"})
"""Headers that hold no credential."""


def of_web3(node: object, *, timeout: float = REQUEST_TIMEOUT) -> Rpc:
    """Reach the node that a web3 client, or its provider, reaches.

    Args:
        timeout: Seconds that a provider which is not plain HTTP may take for one answer.

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
    return ProviderRpc(provider, timeout=timeout)


class ProviderRpc:
    """A node behind a provider of web3's that is not plain HTTP; its owner closes it."""

    def __init__(self, provider: BaseProvider, *, timeout: float = REQUEST_TIMEOUT) -> None:
        self.url = f"web3's {type(provider).__name__}"
        self.loopback = isinstance(provider, IPCProvider)
        self._provider, self._lock, self._open = provider, Lock(), True
        self._timeout = timeout
        for name, value in _headers(provider).items():
            if name.lower() not in _PUBLIC:
                hide_text(value)
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
        return reply(self._plain(self._ask(method, params)), number=0, url=self.url)

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
        """Ask in a thread of its own, which alone waits for a provider that hangs."""
        if not self._lock.acquire(timeout=self._timeout):
            raise NodeTooSlow(url=self.url, reason=f"no answer in {self._timeout:g} s")
        asked = _Asked(self._provider, method, params, done=self._lock.release)
        Thread(target=asked.run, daemon=True, name=f"salus asks {self.url}").start()
        if not asked.came.wait(self._timeout):
            raise NodeTooSlow(url=self.url, reason=f"no answer in {self._timeout:g} s")
        if asked.failure is None:
            return asked.answer
        # Raised here, with nothing behind it: the foreign error may hold the URL, its key included.
        if issubclass(asked.failure, TimeoutError | requests.Timeout):
            raise NodeTooSlow(url=self.url, reason="no answer in its time")
        raise ChainUnreachable(url=self.url, reason=asked.failure.__name__)

    def _plain(self, raw: Any) -> Any:
        """The answer as JSON has it, to be read as strictly as what comes over HTTP."""
        if _nests_deeper(raw, nesting.MAX_DEPTH):
            raise AnswerMalformed(url=self.url, reason="it is nested too deep")
        try:
            text = Web3.to_json(raw).encode()
            if len(text) > MOST:
                raise AnswerMalformed(url=self.url, reason=f"it is longer than {MOST >> 20} MiB")
            answer = nesting.load(text)
        except (TypeError, ValueError):
            raise AnswerMalformed(url=self.url, reason="it is not JSON") from None
        # the provider matched the answer with its request, by a number of its own
        return {**answer, "id": 0} if isinstance(answer, dict) else answer


class _Asked:
    """One request to a provider, and what came of it; of an error its class alone is kept."""

    def __init__(
        self,
        provider: BaseProvider,
        method: str,
        params: Sequence[Any],
        *,
        done: Callable[[], None],
    ) -> None:
        self._provider, self._method, self._params, self._done = provider, method, params, done
        self.came, self.answer = Event(), None
        self.failure: type[BaseException] | None = None

    def run(self) -> None:
        """Ask, and let the next one ask: only then is the provider free."""
        try:
            endpoint: RPCEndpoint = self._method  # type: ignore[assignment]
            self.answer = self._provider.make_request(endpoint, list(self._params))  # type: ignore[assignment]
        except BaseException as error:
            self.failure = type(error)
        finally:
            self._done()
            self.came.set()


def _headers(provider: BaseProvider) -> dict[str, str]:
    """What a provider sends along, where it tells: credentials may be among it."""
    tell = getattr(provider, "get_request_kwargs", None)
    with suppress(Exception):
        told = dict(tell()) if tell else {}
        return {str(name): str(each) for name, each in dict(told.get("headers", {})).items()}
    return {}


def _nests_deeper(value: Any, most: int) -> bool:
    """Whether a value nests deeper, without recursion: an encoder's would end the process."""
    level = [value]
    for _ in range(most):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _over_http(provider: HTTPProvider) -> Rpc:
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
