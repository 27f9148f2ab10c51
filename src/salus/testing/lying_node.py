"""A node that lies: a real one behind a loopback door that loses, changes or delays its answers.

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
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from salus.chain.errors import ChainUnreachable
from salus.chain.node.answers import RpcFailure
from salus.testing.lies import CUT, Http, Lie
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.node.rpc import Rpc


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
        self._last, self._gone = "", False
        self.asked: list[str] = []
        self.taken: list[str] = []
        self._answering, self._idle = 0, threading.Condition()
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

    def go_after(self, method: str) -> None:
        """Answer nothing more once a question of this kind has had its answer.

        Args:
            method: JSON-RPC method, such as that of receipts; null is not an answer.
        """
        self._last = method

    def be_honest(self) -> None:
        """Tell the truth from now on."""
        self._lies.clear()
        self._last, self._gone = "", False

    def settle(self, *, timeout: float = 60) -> None:
        """Wait until nothing is being answered: who asked may have gone before the node acted.

        Args:
            timeout: Seconds, at most.
        """
        with self._idle:
            self._idle.wait_for(lambda: not self._answering, timeout)

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
        with self._idle:
            self._answering += 1
        try:
            return self._answer(body)
        finally:
            with self._idle:
                self._answering -= 1
                self._idle.notify_all()

    def _answer(self, body: Any) -> Any:
        if not isinstance(body, list):
            return self._one(body)
        lie = self._lie_about("[]")
        if lie is not None:
            return lie(lambda: [self._truth(each) for each in body])
        replies = [self._one(each) for each in body]
        return next((each for each in replies if isinstance(each, Http)), replies)

    def _one(self, body: dict[str, Any]) -> Any:
        if self._gone:
            return CUT
        lie = self._lie_about(body["method"]) or self._lie_about("*")
        reply = self._truth(body) if lie is None else lie(lambda: self._truth(body))
        if isinstance(reply, dict) and reply.get("id") == 0:  # a lie does not know what was asked
            reply = {**reply, "id": body["id"]}
        if body["method"] == self._last and isinstance(reply, dict):
            self._gone = reply.get("result") is not None
        return reply

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
            data = None if answer.data is None else hex0x(answer.data)
            return {**reply, "error": {"code": 3, "message": answer.message, "data": data}}
        result = _plain(answer)
        if body["method"] == "eth_sendRawTransaction":
            self.taken.append(result)
        return {**reply, "result": result}


def _plain(value: Any) -> Any:
    """As JSON-RPC writes it: the in-process chain gives numbers and bytes as Python has them."""
    if isinstance(value, bytes):
        return hex0x(bytes(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _handler(node: LyingNode) -> type[BaseHTTPRequestHandler]:
    class LyingHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second waited 40 ms

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
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = self.close_connection or answer.missing > 0
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return LyingHandler
