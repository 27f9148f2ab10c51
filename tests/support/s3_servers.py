"""Real and wicked S3 servers on loopback, started and ended here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_LISTENS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@contextmanager
def s3_server(*program: str) -> Iterator[str]:
    """Run moto's server on a port of its own choosing; it ends with the block."""
    program = program or ("-m", "moto.server")
    command = [sys.executable, *program, "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stderr is not None
        try:
            found = next(match for line in server.stderr if (match := _LISTENS.search(line)))
            # What it logs must not fill its pipe.
            Thread(target=server.stderr.read, daemon=True).start()
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            server.terminate()


def make_bucket(server: str, name: str) -> None:
    connection = HTTPConnection(server.removeprefix("http://"))
    connection.request("PUT", f"/{name}")
    assert connection.getresponse().status == 200
    connection.close()


def environment(server: str) -> dict[str, str]:
    """What an S3 client is told; none of it is secret here."""
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
    }


class Wicked(BaseHTTPRequestHandler):
    """Says that every blob has 100,000 bytes, gives fewer, and takes none: it is full."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    size, short = 100_000, 7

    def do_HEAD(self) -> None:
        self._headers(200, self.size)

    def do_GET(self) -> None:
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        body = bytes(last + 1 - first - self.short)
        self._headers(206, len(body), f"bytes {first}-{last - self.short}/{self.size}")
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"<Error><Code>XMinioStorageFull</Code></Error>"
        self._headers(507, len(body))
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass

    def _headers(self, status: int, length: int, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT")
        self.send_header("ETag", '"x"')
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()


@contextmanager
def wicked_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wicked)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
