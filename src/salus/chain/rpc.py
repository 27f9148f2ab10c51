"""JSON-RPC to a node, with one way to fail.

HTTP goes through a plain session rather than through web3's provider: requests are several times
faster, batches may carry raw transactions, and no library logs the URL with its credentials.

Example:
    >>> HttpRpc("https://user:secret@node.example:8545/v3/0123456789abcdef?key=secret")
    HttpRpc('https://node.example:8545/…')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from salus.chain.urls import hide, is_loopback, redact
from salus.errors import ChainUnreachable

if TYPE_CHECKING:
    from web3 import Web3

REQUEST_TIMEOUT = 30.0
"""Seconds to wait for one answer of a node."""
BATCH = 250
"""Requests in one HTTP body: beyond it nodes answer no faster, and some refuse."""


class RpcFailure(Exception):
    """A node answered a request with an error. Never leaves :mod:`salus.chain`.

    Attributes:
        message: What the node said.
        data: What the call reverted with; None when it did not revert, or the node does not say.
        mined: Hash of the transaction that the node mined although it answers with an error.
    """

    def __init__(self, message: str, *, data: bytes | None = None, mined: str | None = None):
        super().__init__(message)
        self.message, self.data, self.mined = message, data, mined


class Rpc(Protocol):
    """What the chain layer needs of a node."""

    url: str
    """Where the node is, without credentials."""
    loopback: bool
    """Whether it runs on this machine."""

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; raises RpcFailure or ChainUnreachable."""

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things; an RpcFailure stands where one of them failed."""

    def web3(self) -> Web3:
        """Make a web3 client for the same node."""

    def close(self) -> None:
        """Let go of connections."""


def quantity(value: Any) -> int:
    """Read a number of a node's answer, which is hex over HTTP and an integer in process."""
    try:
        return int(value, 16) if isinstance(value, str) else int(value)
    except (ValueError, TypeError):
        raise ChainUnreachable(url="its URL", reason="an answer of it is no number") from None


def octets(value: Any) -> bytes:
    """Read bytes of a node's answer, which is hex."""
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except (ValueError, AttributeError):
        raise ChainUnreachable(url="its URL", reason="an answer of it is no bytes") from None


class HttpRpc:
    """A node behind an HTTP URL.

    Args:
        url: Where; user, password, path and query may hold credentials and are never shown.
        timeout: Seconds to wait for one answer.
    """

    def __init__(self, url: str, *, timeout: float = REQUEST_TIMEOUT) -> None:
        import requests

        self.url, self.loopback = redact(url), is_loopback(url)
        self._url, self._timeout = url, timeout
        hide(url)
        self._session = requests.Session()

    def __repr__(self) -> str:
        return f"HttpRpc({self.url!r})"

    def request(self, method: str, *params: Any) -> Any:
        """Ask once.

        Returns:
            The answer's ``result``.

        Raises:
            RpcFailure: The node answers with an error.
            ChainUnreachable: It does not answer, or with something else than JSON-RPC.
        """
        answer = _result(self._post(_body(0, method, params)), self.url)
        if isinstance(answer, RpcFailure):
            raise answer
        return answer

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things in few HTTP requests.

        Returns:
            Answers in the order of the requests; an RpcFailure where one failed.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        answers: list[Any] = []
        for start in range(0, len(requests), BATCH):
            part = requests[start : start + BATCH]
            bodies = [_body(i, method, params) for i, (method, params) in enumerate(part)]
            replies = self._post(bodies)
            if not isinstance(replies, list) or len(replies) != len(part):
                raise ChainUnreachable(url=self.url, reason="it does not answer batches")
            ordered = sorted(replies, key=lambda reply: int(reply["id"]))
            answers += [_result(reply, self.url) for reply in ordered]
        return answers

    def web3(self) -> Web3:
        """Make a web3 client for the same node.

        Returns:
            A client over HTTP.
        """
        from web3 import HTTPProvider, Web3

        return Web3(HTTPProvider(self._url, request_kwargs={"timeout": self._timeout}))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _post(self, body: Any) -> Any:
        import requests

        try:
            response = self._again(body)
            if response.status_code >= 400 and "json" not in response.headers.get(
                "Content-Type", ""
            ):
                raise ChainUnreachable(url=self.url, reason=f"HTTP {response.status_code}")
            return response.json()
        except requests.JSONDecodeError:
            raise ChainUnreachable(url=self.url, reason="its answer is not JSON") from None
        except requests.Timeout:
            reason = f"no answer within {self._timeout:g} s"
            raise ChainUnreachable(url=self.url, reason=reason) from None
        except (requests.RequestException, ValueError) as error:
            # The cause is dropped on purpose: its text holds the URL, credentials included.
            raise ChainUnreachable(url=self.url, reason=_why(error)) from None

    def _again(self, body: Any) -> Any:
        """Post, once more when a connection that was kept open turns out to be closed."""
        import requests

        try:
            return self._session.post(self._url, json=body, timeout=self._timeout)
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError):
            raise
        except requests.ConnectionError:
            return self._session.post(self._url, json=body, timeout=self._timeout)


def _body(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def _result(reply: Any, url: str) -> Any:
    if not isinstance(reply, dict) or not ("result" in reply or "error" in reply):
        raise ChainUnreachable(url=url, reason="its answer is not JSON-RPC")
    error = reply.get("error")
    if error is None:
        return reply.get("result")
    details = error.get("data")
    # Hardhat wraps what anvil and geth give directly, and names the transaction it mined.
    wrapped = details if isinstance(details, dict) else {"data": details}
    return RpcFailure(
        str(error.get("message", "no message")),
        data=_hex(wrapped.get("data")),
        mined=wrapped.get("txHash"),
    )


def _hex(value: Any) -> bytes | None:
    return octets(value) if isinstance(value, str) and value.startswith("0x") else None


def _why(error: Exception) -> str:
    return "connection refused" if "refused" in str(error) else type(error).__name__
