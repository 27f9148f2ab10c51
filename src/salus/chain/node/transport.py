"""HTTP to a node: no redirect is followed, a busy node is asked again, no URL is shown.

Example:
    >>> pause_asked("7"), pause_asked("soon") is None
    (7.0, True)
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from salus.chain.errors import (
    AnswerMalformed,
    ChainUnreachable,
    ConnectionClosed,
    NodeBusy,
    NodeRefused,
    NodeTooSlow,
)
from salus.chain.node.answers import reply, words
from salus.chain.node.urls import hide, hide_text, is_loopback, redact, scrub
from salus.primitives.collection import uncollected
from salus.primitives.secrets import never_pickled
from salus_verify import json_reader

if TYPE_CHECKING:
    from requests import PreparedRequest

ATTEMPTS = 4
"""How often a node that is busy is asked."""
FIRST_PAUSE = 0.5
"""Seconds before the second attempt where the node names none; doubled for each that follows."""
LONGEST_PAUSE = 20.0
"""Seconds that a node may ask us to wait; who asks for more is left alone, and the user told."""
_SECONDS = re.compile(r"[0-9]{1,9}")
_OURS = frozenset({"content-type", "content-length", "user-agent", "accept", "accept-encoding"})
"""Headers that say how we ask: nobody else's count."""
_LARGE = 1 << 18
"""Bytes of an answer of many parts."""
BUSY = frozenset({429, 500, 502, 503, 504})
GATEWAY = frozenset({502, 503, 504})
"""What a gateway says of a node that did not answer it in time."""


@dataclass(frozen=True, slots=True)
class _HttpAnswer:
    """What came over HTTP, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    decoded: Any = field(repr=False)
    """Its JSON; None where it is not JSON."""


@never_pickled
class Transport:
    """Posts JSON to one URL; a whole answer may take so many seconds."""

    def __init__(
        self, url: str, *, timeout: float, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        import requests
        from requests.utils import get_auth_from_url

        from salus.chain.node.limits import EndingAdapter

        self.url = redact(url)
        self._url, self._timeout = url, timeout
        self._process: int | None = os.getpid()
        hide(url)
        self._session = requests.Session()
        for name, value in headers.items():
            if name.lower() not in _OURS:
                self._session.headers[name] = value
                hide_text(value)
        self._session.headers["Accept-Encoding"] = "gzip"
        self._session.auth = get_auth_from_url(url) if "@" in urlsplit(url).netloc else _as_it_is
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, EndingAdapter())
        if is_loopback(url):  # a proxy may be anywhere
            self._session.trust_env = False
            self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True

    def post(self, body: Any) -> Any:
        """Post JSON, again after a while where the node is busy; return the decoded answer.

        Raises:
            ChainUnreachable: Nobody answers, or busily for too long, or not with JSON.
            ConnectionClosed: It was closed.
        """
        self._require_open()
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            response = self._exchange(body)
            said = self._busy(response)
            if said is None:
                return self._read(response)
            wait = pause_asked(response.headers.get("Retry-After", ""))
            if attempt == ATTEMPTS and response.status in GATEWAY:
                raise NodeTooSlow(url=self.url, reason=said, seconds=wait)
            if attempt == ATTEMPTS or (wait or 0) > LONGEST_PAUSE:
                raise NodeBusy(url=self.url, reason=said, seconds=wait)
            time.sleep(pause if wait is None else wait)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close the connections; nothing is asked afterwards."""
        self._session.close()
        self._process = None

    def _require_open(self) -> None:
        if self._process is None:
            raise ConnectionClosed(url=self.url)
        if self._process != os.getpid():  # a forked one would read the other's answers
            raise ConnectionClosed(url=self.url, reason="was made by another process")

    def _exchange(self, body: Any) -> _HttpAnswer:
        import requests
        import urllib3

        try:
            return self._again(body)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            reason = f"no answer within {self._timeout:g} s"
            raise NodeTooSlow(url=self.url, reason=reason) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            # The cause is dropped on purpose: its text holds the URL, credentials included.
            raise ChainUnreachable(url=self.url, reason=_why(error)) from None

    def _again(self, body: Any) -> _HttpAnswer:
        """Post, once more when a connection that was kept open turns out to be closed.

        A transaction may be posted twice by this. It is the same one: who sends looks it up.
        """
        import requests

        try:
            return self._once(body)
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError):
            raise
        except requests.ConnectionError:
            return self._once(body)

    def _once(self, body: Any) -> _HttpAnswer:
        from salus.chain.node.limits import content

        response = self._session.post(
            self._url, json=body, timeout=self._timeout, allow_redirects=False, stream=True
        )
        found = content(response, url=self.url)
        return _HttpAnswer(response.status_code, response.headers, found, _decoded(found))

    def _busy(self, response: _HttpAnswer) -> str | None:
        """What a busy node says; None where it answers."""
        decoded = response.decoded
        if response.status in BUSY and not _is_answer(decoded, response.status):
            return _status(response.status, self._words(response))
        if isinstance(decoded, dict) and decoded.get("error") is not None:
            failure = reply(decoded, number=0, url=self.url)
            return self._clean(failure.message) if failure.limited else None
        return None

    def _read(self, response: _HttpAnswer) -> Any:
        code = response.status
        if 300 <= code < 400:
            where = redact(response.headers.get("Location", ""))
            reason = f"HTTP {code}: it redirects to {where}, which is not followed"
            raise NodeRefused(url=self.url, reason=reason)
        decoded = response.decoded
        if code >= 400 and not _is_answer(decoded, code):
            raise NodeRefused(url=self.url, reason=_status(code, self._words(response)))
        if decoded is None and response.content.strip() != b"null":
            raise AnswerMalformed(
                url=self.url, reason=_not_json(response.content), words=self._words(response)
            )
        return decoded

    def _words(self, response: _HttpAnswer) -> str:
        try:
            return self._clean(words(json_reader.load(response.content)))
        except ValueError:
            markup = response.content.lstrip().startswith(b"<")
            return "" if markup else self._clean(words(response.content.decode(errors="replace")))

    def _clean(self, text: str) -> str:
        return scrub(text)


def pause_asked(header: str) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3), also given as a date."""
    if _SECONDS.fullmatch(header.strip()):
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _decoded(content: bytes) -> Any:
    try:
        with uncollected() if len(content) > _LARGE else nullcontext():
            return json_reader.load(content)
    except ValueError:
        return None


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """No credentials but the URL's: those of ``.netrc`` are for other places."""
    return request


def _is_answer(decoded: Any, code: int) -> bool:
    """Whether a JSON-RPC error came under an HTTP error: some nodes answer reverts with 500."""
    if code in BUSY - {500} or not isinstance(decoded, dict):
        return False
    error = decoded.get("error")
    return isinstance(error, dict) and "jsonrpc" in decoded and "message" in error


def _status(code: int, said: str) -> str:
    return f"HTTP {code}: {said}" if said else f"HTTP {code}"


def _not_json(content: bytes) -> str:
    start = content.lstrip()[:200].lower()
    if not start:
        return "it is empty"
    if b"<html" in start or b"<!doctype html" in start:
        return "it is a web page, not JSON"
    return "it is XML, not JSON" if start.startswith(b"<") else "it is not JSON"


def _why(error: Exception) -> str:
    return "connection refused" if "refused" in str(error) else type(error).__name__
