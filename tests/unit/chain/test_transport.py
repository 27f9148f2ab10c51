"""What a node may take of time and memory, and what it is told: bounded, and nothing of others."""

import base64
import gzip
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from salus.chain.errors import AnswerMalformed, ChainUnreachable, NodeTooSlow
from salus.chain.node import limits
from salus.chain.node.networks import is_local
from salus.chain.node.rpc import HttpRpc
from salus.chain.node.transport import pause_asked

TRUE = b'{"jsonrpc":"2.0","id":0,"result":"0x1"}'
FIVE_MINUTES = b" " * 6000
BOMB = gzip.compress(TRUE[:-1] + b',"x":"' + b"A" * (2 * limits.MOST) + b'"}')


class Server:
    """Answers on loopback as it is told, and remembers what it was sent."""

    def __init__(self):
        self.seen, self.answer = [], honest
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.seen.append((self.path, self.headers.get("Authorization")))
                try:
                    outer.answer(self)
                except OSError:
                    self.close_connection = True  # whoever asked has gone

            def log_message(self, *_):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # whoever asked has gone
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self):
        self._server.shutdown()
        self._server.server_close()


def packed(body, kind):
    def answer(handler):
        handler.send_response(200)
        if kind:
            handler.send_header("Content-Encoding", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


honest = packed(TRUE, None)


def slow_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(FIVE_MINUTES) + len(TRUE)))
    handler.end_headers()
    drip(handler, FIVE_MINUTES)
    handler.wfile.write(TRUE)


def slow_headers(handler):
    drip(handler, b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * (len(FIVE_MINUTES) // 8))
    honest(handler)


def drip(handler, content):
    """A byte now and then, until whoever asked has gone."""
    for each in content:
        handler.wfile.write(bytes([each]))
        handler.wfile.flush()
        time.sleep(0.05)


def chunks(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for part in (TRUE[:9], TRUE[9:]):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
    handler.wfile.write(b"0\r\n\r\n")


@pytest.fixture
def server():
    found = Server()
    yield found
    found.end()


@pytest.mark.parametrize(
    "answer", [honest, chunks, packed(gzip.compress(TRUE), "gzip"), packed(TRUE, "identity")]
)
def test_a_whole_answer_is_read_however_it_comes(server, answer):
    server.answer = answer
    rpc = HttpRpc(server.url)
    assert [rpc.request("eth_chainId") for _ in range(3)] == ["0x1"] * 3


@pytest.mark.parametrize("answer", [slow_body, slow_headers])
def test_an_answer_that_drips_ends_in_its_time_and_the_next_one_is_read(server, answer):
    server.answer, rpc = answer, HttpRpc(server.url, timeout=0.4)
    with pytest.raises(NodeTooSlow, match=r"within 0\.4 s"):
        rpc.request("eth_chainId")
    server.answer, rpc._transport._timeout = honest, 60
    assert rpc.request("eth_chainId") == "0x1"


@pytest.mark.parametrize(
    ("body", "kind"), [(BOMB, "gzip"), (gzip.decompress(BOMB), None)], ids=["packed", "plain"]
)
def test_an_answer_without_end_costs_bounded_memory(server, body, kind):
    server.answer, rpc = packed(body, kind), HttpRpc(server.url)

    tracemalloc.start()
    try:
        with pytest.raises(AnswerMalformed, match="longer than 64 MiB"):
            rpc.request("eth_getLogs")
        assert tracemalloc.get_traced_memory()[1] < 1.5 * limits.MOST
    finally:
        tracemalloc.stop()
    server.answer = honest
    assert rpc.request("eth_chainId") == "0x1"


@pytest.mark.parametrize(
    "answer",
    [
        packed(TRUE, "gzip"),
        packed(TRUE, "br"),
        packed(gzip.compress(TRUE), "gzip, gzip"),
        packed(gzip.compress(TRUE) + b"x", "gzip"),
        packed(gzip.compress(TRUE) + b"x" * (32 << 20), "gzip"),
    ],
)
def test_an_answer_packed_in_another_way_is_odd(server, answer):
    server.answer = answer
    with pytest.raises(AnswerMalformed):
        HttpRpc(server.url).request("eth_chainId")


@pytest.fixture
def proxied(server, monkeypatch, tmp_path):
    """A proxy is set for everything, and `.netrc` has a password for everybody."""
    for name in ("no_proxy", "NO_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, server.url)
    (tmp_path / ".netrc").write_text("default login corp password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    return server


def test_this_machine_is_not_reached_through_a_proxy(proxied):
    rpc = HttpRpc("http://127.0.0.1:1")
    assert is_local(31337, loopback=rpc.loopback)
    with pytest.raises(ChainUnreachable, match="refused"):
        rpc.request("eth_chainId")
    assert proxied.seen == []


def test_another_machine_is_reached_through_the_proxy_without_netrc(proxied):
    rpc = HttpRpc("http://node.invalid/path")
    assert rpc.request("eth_chainId") == "0x1"
    assert not rpc.loopback
    assert proxied.seen == [("http://node.invalid/path", None)]


def test_netrc_is_not_sent_to_this_machine_either(proxied):
    assert HttpRpc(proxied.url).request("eth_chainId") == "0x1"
    assert proxied.seen == [("/", None)]


def test_what_the_url_holds_is_sent(server):
    url = f"http://me:s%40same@127.0.0.1:{server.port}/"
    assert HttpRpc(url).request("eth_chainId") == "0x1"
    assert server.seen == [("/", "Basic " + base64.b64encode(b"me:s@same").decode())]


@pytest.mark.parametrize("header", ["9" * 400, "1e999", "nan", "-1", "", "soon", "٣"])
def test_a_pause_that_is_no_pause_is_not_read(header):
    assert pause_asked(header) is None


@pytest.mark.parametrize(
    "header", ["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "7"]
)
def test_a_pause_is_a_number_or_nothing(header):
    assert pause_asked(header) is None or pause_asked(header) >= 0
