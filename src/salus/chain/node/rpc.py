"""JSON-RPC to a node, with one way to fail.

HTTP goes through a plain session rather than through web3's provider: requests are several times
faster, batches may carry raw transactions, and no library logs the URL with its credentials.

Example:
    >>> HttpRpc("https://user:secret@node.example:8545/v3/0123456789abcdef?key=secret")
    HttpRpc('https://node.example:8545/…')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from salus.chain.errors import NodeRefused
from salus.chain.node.answers import RpcFailure, granted, replies, reply
from salus.chain.node.transport import Transport
from salus.chain.node.urls import is_loopback
from salus.primitives.secrets import never_pickled

if TYPE_CHECKING:
    from web3 import Web3

REQUEST_TIMEOUT = 30.0
"""Seconds to wait for one answer of a node."""
BATCH = 250
"""Requests in one HTTP body: beyond it nodes answer no faster, and some refuse."""


@runtime_checkable
class Rpc(Protocol):
    """What the chain layer needs of a node."""

    url: str
    """Where the node is, without credentials."""
    loopback: bool
    """Whether it runs on this machine."""

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; a refusal is a ChainUnreachable too, with the node's words."""

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning: it is given as an RpcFailure."""

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things; an RpcFailure stands where one of them failed."""

    def web3(self) -> Web3:
        """Make a web3 client for the same node."""

    def close(self) -> None:
        """Let go of connections."""


@never_pickled
class HttpRpc:
    """A node behind an HTTP URL; an answer may take so many seconds."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = REQUEST_TIMEOUT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._transport = Transport(url, timeout=timeout, headers=headers or {})
        self.url, self.loopback = self._transport.url, is_loopback(url)

    def __repr__(self) -> str:
        return f"HttpRpc({self.url!r})"

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; see `Rpc`.

        Raises:
            ChainUnreachable: The node does not answer, refuses, or does not speak JSON-RPC.
        """
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning; see `Rpc`.

        Raises:
            ChainUnreachable: The node does not answer, or does not speak JSON-RPC.
        """
        return reply(self._transport.post(_body(0, method, params)), number=0, url=self.url)

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things in few HTTP requests: in smaller ones where the node finds one too large.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        answers: list[Any] = []
        for start in range(0, len(requests), BATCH):
            answers += self._batch(requests[start : start + BATCH])
        return answers

    def web3(self) -> Web3:
        """Make a web3 client that asks through this connection, and never learns the URL."""
        from salus.chain.node.provider import client

        return client(self)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _batch(self, part: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        bodies = [_body(i, method, params) for i, (method, params) in enumerate(part)]
        try:
            answers = replies(self._transport.post(bodies), count=len(part), url=self.url)
            if not isinstance(answers, RpcFailure):
                return answers
        except NodeRefused as refusal:
            if len(part) > 1 and refusal.reason[:8] != "HTTP 413":
                raise
        if len(part) == 1:
            return [self.attempt(part[0][0], *part[0][1])]
        middle = len(part) // 2
        return self._batch(part[:middle]) + self._batch(part[middle:])


def _body(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
