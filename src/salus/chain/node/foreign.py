"""A node that an application reaches through web3 already: its client, or the client's provider.

An ``HTTPProvider`` only lends its URL, headers and timeout: asked is through a connection of ours,
which bounds answers in bytes and time, follows no redirect and keeps credentials out of logs. Any
other provider is asked itself, and its answers are read as strictly; what it reads into memory
before is its own affair. Where a time limit is given, one that does not answer in time is left
alone until it does.

Example:
    >>> from web3 import HTTPProvider, Web3
    >>> of_web3(Web3(HTTPProvider("https://node.example/v3/0123456789abcdef")))
    HttpRpc('https://node.example/…')
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from web3 import AsyncWeb3, EthereumTesterProvider, HTTPProvider, IPCProvider, Web3
from web3.providers import AsyncBaseProvider, BaseProvider

from salus.chain.errors import AnswerMalformed, ConnectionClosed
from salus.chain.node.answers import granted, reply
from salus.chain.node.limits import MOST
from salus.chain.node.rpc import HttpRpc, Rpc
from salus.chain.node.turns import Turns
from salus.chain.node.urls import checked, hide, hide_text
from salus.errors import ConfigurationInvalid
from salus_verify import json_reader

if TYPE_CHECKING:
    from web3.types import RPCEndpoint

_TAKEN_OVER = frozenset({"headers", "timeout"})
_PUBLIC = frozenset({"content-type", "user-agent", "accept", "accept-encoding", "connection"})
"""Headers that hold no credential."""
_VALUE = 16
"""Bytes of an answer that each value and name counts for at least: memory takes more."""
_LEAVES = (str, bytes, int, float, type(None))
_TOO_LONG = f"it is longer than {MOST >> 20} MiB"


def of_web3(node: object, *, timeout: float | None = None) -> Rpc:
    """Reach the node that a web3 client, or its provider, reaches.

    With a limit in seconds, a provider that is not plain HTTP is asked in a thread of its own.
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

    def __init__(self, provider: BaseProvider, *, timeout: float | None = None) -> None:
        self.url = f"web3's {type(provider).__name__}"
        self.loopback = isinstance(provider, IPCProvider)
        self._provider, self._open, self._process = provider, True, os.getpid()
        self._turns = Turns(self._make_request, url=self.url, timeout=timeout)
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
        if self._process != os.getpid():  # a forked one would read the other's answers
            raise ConnectionClosed(url=self.url, reason="was made by another process")
        return reply(self._plain(self._turns.ask(method, params)), number=0, url=self.url)

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things, one after the other: not every provider takes batches."""
        return [self.attempt(method, *params) for method, params in requests]

    def web3(self) -> Web3:
        """Make a web3 client over the same provider."""
        return Web3(self._provider)

    def close(self) -> None:
        """Ask nothing more; the provider stays open, it is its owner's."""
        self._open = False

    def _make_request(self, method: str, params: list[Any]) -> Any:
        endpoint: RPCEndpoint = method  # type: ignore[assignment]
        return self._provider.make_request(endpoint, params)

    def _plain(self, raw: Any) -> Any:
        """The answer as JSON has it, to be read as strictly as what comes over HTTP."""
        if odd := _too_much(raw):
            raise AnswerMalformed(url=self.url, reason=odd)
        try:
            text = Web3.to_json(raw).encode()
            if len(text) > MOST:
                raise AnswerMalformed(url=self.url, reason=_TOO_LONG)
            answer = json_reader.load(text)
        except (TypeError, ValueError):
            raise AnswerMalformed(url=self.url, reason="it is not JSON") from None
        # the provider matched the answer with its request, by a number of its own
        return {**answer, "id": 0} if isinstance(answer, dict) else answer


def _headers(provider: BaseProvider) -> dict[str, str]:
    """What a provider sends along, where it tells: credentials may be among it."""
    tell = getattr(provider, "get_request_kwargs", None)
    with suppress(Exception):
        told = dict(tell()) if tell else {}
        return {str(name): str(each) for name, each in dict(told.get("headers", {})).items()}
    return {}


def _too_much(value: Any) -> str | None:
    """What is too much of a value: an encoder would end the process, or take all memory for it.

    Objects in process may share parts, so that few bytes are written as many: each way is counted.
    """
    inside: list[Iterator[Any]] = [iter((value,))]
    left = MOST
    while inside:
        for each in inside[-1]:
            left -= max(_VALUE, _written(each))
            if left < 0:
                return _TOO_LONG
            if len(inside) > json_reader.MAX_DEPTH:
                return "it is nested too deep"
            if not isinstance(each, _LEAVES) and isinstance(each, Mapping | list | tuple):
                inside.append(iter(_inside(each)))
                break
        else:
            inside.pop()
    return None


def _inside(value: Mapping[Any, Any] | Sequence[Any]) -> Iterable[Any]:
    return chain(value.keys(), value.values()) if isinstance(value, Mapping) else value


def _written(value: Any) -> int:
    """About how many characters of JSON a value takes, without what is in it."""
    if isinstance(value, str | bytes):
        return len(value)
    return value.bit_length() // 4 if isinstance(value, int) else 0


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
