r"""A node that lies: a real one behind a loopback door that loses, changes or delays its answers.

What a gateway, a load balancer or whoever is on the path can do to a client. The node behind it is
real, so what was taken is mined, whatever the client was told.

Example:
    >>> from salus.testing import LyingNode, local_salus
    >>> from salus.testing.lies import lost_after
    >>> honest = local_salus().chain
    >>> with LyingNode(honest.rpc) as node:
    ...     node.lie("eth_sendRawTransaction", lost_after, times=1)
    ...     node.url.startswith("http://127.0.0.1:")
    True
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

from salus.chain.answers import RpcFailure
from salus.errors import ChainUnreachable
from salus.values import typed

if TYPE_CHECKING:
    from salus.chain.rpc import Rpc

Ask: TypeAlias = Callable[[], Any]
"""Asks the real node, and gives the whole reply, a JSON-RPC object."""


@dataclass(frozen=True, slots=True)
@typed
class Http:
    """An HTTP answer instead of a JSON-RPC reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


CUT = Http(0)
"""No answer: the connection ends."""
Lie: TypeAlias = Callable[[Ask], Any]
"""Told how to ask the real node; gives the reply instead, an :class:`Http`, or :data:`CUT`."""


class LyingNode:
    """A door on loopback in front of a node, for as long as the block lasts.

    Args:
        inner: The real node.

    Attributes:
        url: Where to connect.
        asked: Every method that came through, in order; those of batches too.
    """

    def __init__(self, inner: Rpc) -> None:
        self._inner, self._lies = inner, dict[str, tuple[Lie, int]]()
        self.asked: list[str] = []
        self.taken: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def lie(self, method: str, lie: Lie, *, times: int = 1_000_000) -> None:
        """Answer a method with a lie from now on.

        Args:
            method: JSON-RPC method, ``*`` for all, ``[]`` for batches as a whole.
            lie: What to answer.
            times: How often, before the truth is told again.
        """
        self._lies[method] = (lie, times)

    def be_honest(self) -> None:
        """Tell the truth from now on."""
        self._lies.clear()

    def __enter__(self) -> LyingNode:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: Any) -> Any:
        """Answer what a client posted, truly or not.

        Args:
            body: A JSON-RPC request, or a batch of them.

        Returns:
            The reply, or an :class:`Http`.
        """
        if not isinstance(body, list):
            return self._one(body)
        lie = self._lie_about("[]")
        if lie is not None:
            return lie(lambda: [self._truth(each) for each in body])
        replies = [self._one(each) for each in body]
        return next((each for each in replies if isinstance(each, Http)), replies)

    def _one(self, body: dict[str, Any]) -> Any:
        lie = self._lie_about(body["method"]) or self._lie_about("*")
        return self._truth(body) if lie is None else lie(lambda: self._truth(body))

    def _lie_about(self, method: str) -> Lie | None:
        lie, left = self._lies.get(method, (None, 0))
        if lie is None or left == 0:
            return None
        self._lies[method] = (lie, left - 1)
        return lie

    def _truth(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body["method"])
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": body["id"]}
        try:
            answer = self._inner.attempt(body["method"], *body["params"])
        except ChainUnreachable as error:
            return {**reply, "error": {"code": -32603, "message": error.reason}}
        if isinstance(answer, RpcFailure):
            data = None if answer.data is None else "0x" + answer.data.hex()
            return {**reply, "error": {"code": 3, "message": answer.message, "data": data}}
        result = _plain(answer)
        if body["method"] == "eth_sendRawTransaction":
            self.taken.append(result)
        return {**reply, "result": result}


# Lies about any method ------------------------------------------------------------------------


def lost_before(ask: Ask) -> Any:
    """The connection ends before the node hears anything."""
    return CUT


def lost_after(ask: Ask) -> Any:
    """The node hears, and acts; its answer is lost."""
    ask()
    return CUT


def silent_after(ask: Ask) -> Any:
    """The node acts, and says nothing for longer than anybody waits."""
    ask()
    time.sleep(3)
    return CUT


def error_after(ask: Ask) -> Any:
    """The node acts; a gateway answers with an error of its own."""
    return {**_blank(ask()), "error": {"code": -32603, "message": "gateway: internal mishap"}}


def error_as_text(ask: Ask) -> Any:
    """The node acts; the error is a bare text."""
    return {**_blank(ask()), "error": "quota of plan used up"}


def nonce_too_low(ask: Ask) -> Any:
    """The node acts; the gateway asks it twice, and passes the second answer on."""
    return {**_blank(ask()), "error": {"code": -32000, "message": "nonce too low"}}


def refused(ask: Ask) -> Any:
    """A gateway refuses on its own; the node hears nothing."""
    return {"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": "policy: not today"}}


def null(ask: Ask) -> Any:
    """The node acts; the result is null."""
    return {**_blank(ask()), "result": None}


def nothing(ask: Ask) -> Any:
    """The node acts; the reply has neither a result nor an error."""
    return _blank(ask())


def of_another_request(ask: Ask) -> Any:
    """A true answer under another request's id."""
    return {**ask(), "id": 4711}


def a_number(ask: Ask) -> Any:
    """The node acts; what comes is JSON and no JSON-RPC."""
    ask()
    return 7


def web_page(ask: Ask) -> Any:
    """The node acts; a proxy answers with a page."""
    ask()
    return Http(200, b"<html><h1>It works</h1></html>", {"Content-Type": "text/html"})


def xml_as_json(ask: Ask) -> Any:
    """The node acts; XML comes that calls itself JSON."""
    ask()
    return Http(200, b"<?xml version='1.0'?><fault/>", {"Content-Type": "application/json"})


def redirected(ask: Ask) -> Any:
    """Another place is named; whoever follows hands over what it holds."""
    return Http(307, b"", {"Location": "http://127.0.0.1:1/elsewhere?key=sesame"})


def bad_gateway(ask: Ask) -> Any:
    """The node acts; its gateway answers 502."""
    ask()
    return Http(502, b"upstream reset", {"Content-Type": "text/plain"})


def busy(ask: Ask) -> Any:
    """Too many requests, in words of JSON; to be asked again at once."""
    body = {"jsonrpc": "2.0", "id": 0, "error": {"code": 429, "message": "slow down, please"}}
    return Http(429, json.dumps(body).encode(), {"Retry-After": "0"})


def busy_in_text(ask: Ask) -> Any:
    """Too many requests, in plain words; to be asked again at once."""
    return Http(429, b"slow down, please", {"Retry-After": "0", "Content-Type": "text/plain"})


def interrupted_before(ask: Ask) -> Any:
    """Somebody presses Ctrl-C; the node hears nothing."""
    _press_ctrl_c()
    return CUT


def interrupted_after(ask: Ask) -> Any:
    """The node acts; somebody presses Ctrl-C while the answer is awaited."""
    ask()
    _press_ctrl_c()
    return CUT


# Lies about receipts and logs -----------------------------------------------------------------


def without_status(ask: Ask) -> Any:
    """A receipt that does not say whether its transaction succeeded."""
    return _changed(ask(), lambda receipt: receipt.pop("status", None))


def of_another_transaction(ask: Ask) -> Any:
    """Another transaction's receipt."""
    return _changed(ask(), lambda receipt: receipt.update(transactionHash="0x" + "77" * 32))


def logs_of_another(ask: Ask) -> Any:
    """Logs of a contract that was not asked for."""
    reply = ask()
    for log in reply.get("result") or []:
        log["address"] = "0x" + "66" * 20
    return reply


def too_large(ask: Ask) -> Any:
    """What a proxy says of an answer that it will not carry."""
    body = {"jsonrpc": "2.0", "id": 0}
    error = {"code": -32020, "message": "backend response too large"}
    return Http(500, json.dumps({**body, "error": error}).encode())


# Lies about batches ---------------------------------------------------------------------------


def batch_doubled(ask: Ask) -> Any:
    """One request of a batch is answered twice, another not at all."""
    replies = ask()
    return [*replies[:-1], replies[0]]


def batch_cut(ask: Ask) -> Any:
    """The last request of a batch is not answered."""
    return ask()[:-1]


def batch_with_null(ask: Ask) -> Any:
    """Null stands for a reply of a batch."""
    return [*ask()[:-1], None]


def batch_without_ids(ask: Ask) -> Any:
    """The replies of a batch do not say what they answer."""
    return [{**each, "id": None} for each in ask()]


def _blank(reply: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": reply["id"]}


def _changed(reply: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    if isinstance(reply.get("result"), dict):
        change(reply["result"])
    return reply


def _press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)  # whoever waits for the answer is interrupted while it still waits


def _plain(value: Any) -> Any:
    """As JSON-RPC writes it: the in-process chain gives numbers and bytes as Python has them."""
    if isinstance(value, bytes):
        return "0x" + bytes(value).hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _handler(node: LyingNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = node.answer(body)
            if answer is CUT:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if not isinstance(answer, Http):
                kind = {"Content-Type": "application/json"}
                answer = Http(200, json.dumps(answer).encode(), kind)
            self._send(answer)

        def _send(self, answer: Http) -> None:
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
