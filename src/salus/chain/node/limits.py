"""Answers of nodes that end: bounded in bytes and in time, their headers included."""

from __future__ import annotations

import io
import socket
import time
import zlib
from functools import cache
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

from salus.chain.errors import AnswerMalformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import Response
    from urllib3.connectionpool import HTTPConnectionPool

MOST = 64 * 2**20
"""Bytes of an answer that are read: a range of logs that has more is asked for in parts."""
_PIECE = 2**16


def content(response: Response, *, url: str) -> bytes:
    """Read the body of a response, unpacked, up to its bound."""
    found = bytearray()
    try:
        for piece in _pieces(response, url=url):
            found += piece
            if len(found) > MOST:
                raise AnswerMalformed(url=url, reason=f"it is longer than {MOST >> 20} MiB")
    except zlib.error:
        raise AnswerMalformed(url=url, reason="its gzip cannot be unpacked") from None
    finally:
        response.close()
    return bytes(found)


def _pieces(response: Response, *, url: str) -> Iterator[bytes]:
    """The body in pieces of bounded size: what little arrives may unpack to anything."""
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip"):
        raise AnswerMalformed(url=url, reason="it is packed in a way that was not asked for")
    unpack = zlib.decompressobj(31) if packed == "gzip" else None
    while piece := response.raw.read(_PIECE, decode_content=False):
        while unpack is not None and piece:
            if unpack.eof:  # else they would be gathered, unread and without end
                raise AnswerMalformed(url=url, reason="bytes follow the end of its gzip")
            yield unpack.decompress(piece, _PIECE)
            piece = unpack.unconsumed_tail or unpack.unused_data
        if unpack is None:
            yield piece


class EndingAdapter(HTTPAdapter):
    """Connections whose timeout is for a whole answer, not for each of its bytes."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        """Return the pool of connections for a request, as requests wants it."""
        pool = super().get_connection_with_tls_context(*args, **options)
        if not issubclass(pool.ConnectionCls, _Marked):
            pool.ConnectionCls = _ending(pool.ConnectionCls)
        return pool


class _Marked:
    """Connections that were made so."""


@cache
def _ending(kind: type) -> Any:
    return type(f"Ending{kind.__name__}", (_Marked, kind), {"response_class": _EndingResponse})


class _EndingResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_EndingSocket(sock))


class _EndingSocket(io.RawIOBase):
    """Reads a socket until the time of one answer has passed."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._file = sock, sock.makefile("rb", buffering=0)
        waits = sock.gettimeout()
        self._end = None if waits is None else time.monotonic() + waits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole answer takes too long")
            self._sock.settimeout(left)
        read: int | None = self._file.readinto(buffer)
        return read

    def close(self) -> None:
        self._file.close()
        super().close()
