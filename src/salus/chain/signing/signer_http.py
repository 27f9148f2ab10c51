"""HTTP to a signing service: TLS, no redirect, no second try, no text of its own repeated.

A question is asked once: a person may be looking at it.

Example:
    >>> SignerHttp("https://user:secret@signer.example:9000/x", timeout=5).url
    'https://signer.example:9000/…'
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from salus.chain.errors import AnswerMalformed
from salus.chain.node.urls import checked, hide, hide_text, is_loopback, redact
from salus.chain.signing.errors import (
    SignerAnswerMalformed,
    SignerRefused,
    SignerTooSlow,
    SignerUnreachable,
)
from salus.errors import ConfigurationInvalid
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus_verify import json_reader

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

UNAVAILABLE = frozenset({408, 425, 429})
"""Answers below 500 that say nothing of what was asked, but: not now."""
CONNECTING = 10.0
"""Seconds until somebody must be there; the rest is for who thinks about it."""
MOST_BYTES = 2**20
"""Of an answer; a signed transaction is as long as what was asked, and hex."""


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class SignerAccess:
    """What lets a signing service know us, and us know it; nothing of it is ever shown.

    Attributes:
        token: Sent as ``Authorization: Bearer``.
        authority: File of the certificates that the service's is checked with; defaults to the
            system's.
        certificate: File of our certificate and its unencrypted key, in PEM, for mutual TLS.
    """

    token: str | None = field(default=None, repr=False)
    authority: str | None = None
    certificate: str | None = None


@never_pickled
class SignerHttp:
    """Asks one signing service; a whole answer may take ``timeout`` seconds."""

    def __init__(self, url: str, *, timeout: float, access: SignerAccess | None = None) -> None:
        access = SignerAccess() if access is None else access
        checked(url, setting="SALUS_ACCOUNT")
        if not url.startswith("https://") and not is_loopback(url):
            raise ConfigurationInvalid(
                setting="SALUS_ACCOUNT",
                reason="names a signing service on another machine without TLS: whoever listens"
                " could have anything signed; use https://",
            )
        _require_files(access)
        self.url = redact(url)
        hide(url)
        if access.token:
            hide_text(access.token)
        self._base, self._timeout, self._access = url, timeout, access
        self._lock, self._process = Lock(), 0
        self._session: Session | None = None

    def get(self, path: str) -> bytes:
        """Ask for a resource."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Any) -> bytes:
        """Post JSON; return the answer's content.

        Raises:
            SignerUnreachable: Nobody answers in time, or says "not now".
            SignerRefused: It refuses, or redirects.
        """
        return self._ask("POST", path, body)

    def json(self, content: bytes) -> Any:
        """Read an answer's JSON."""
        try:
            return json_reader.load(content)
        except ValueError:
            raise SignerAnswerMalformed(url=self.url, reason="it is not JSON") from None

    def _ask(self, method: str, path: str, body: Any) -> bytes:
        import requests
        import urllib3

        try:
            response = self._opened().request(
                method,
                self._at(path),
                json=body,
                timeout=(min(CONNECTING, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
            )
            found = self._content(response)
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
            raise SignerTooSlow(
                url=self.url, reason=f"no answer within {self._timeout:g} s"
            ) from None
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
        ) as why:
            # The cause is dropped on purpose: its text holds the URL, credentials included.
            raise SignerUnreachable(url=self.url, reason=_why(why)) from None
        self._require_success(response)
        return found

    def _at(self, path: str) -> str:
        base, mark, query = self._base.partition("?")
        return base.rstrip("/") + path + mark + query

    def _content(self, response: Response) -> bytes:
        from salus.chain.node.limits import content

        try:
            found = content(response, url=self.url)
        except AnswerMalformed as error:
            raise SignerAnswerMalformed(url=self.url, reason=error.reason) from None
        if len(found) > MOST_BYTES:
            raise SignerAnswerMalformed(
                url=self.url, reason=f"it is longer than {MOST_BYTES} bytes"
            )
        return found

    def _require_success(self, response: Response) -> None:
        status = response.status_code
        if 300 <= status < 400:
            where = redact(response.headers.get("Location", ""))
            reason = f"HTTP {status}: it redirects to {where}, which is not followed"
            raise SignerRefused(url=self.url, reason=reason)
        if status >= 500 or status in UNAVAILABLE:
            raise SignerUnreachable(url=self.url, reason=f"HTTP {status}")
        if status != 200:
            raise SignerRefused(url=self.url, reason=f"HTTP {status}")

    def _opened(self) -> Session:
        with self._lock:
            if self._session is None or self._process != os.getpid():  # a fork shares no socket
                self._session, self._process = self._made(), os.getpid()
            return self._session

    def _made(self) -> Session:
        import requests
        from requests.utils import get_auth_from_url

        from salus.chain.node.limits import EndingAdapter

        session = requests.Session()
        session.trust_env = False  # no proxy and no .netrc stands between us and a key
        session.verify = self._access.authority or os.environ.get("REQUESTS_CA_BUNDLE") or True
        session.cert = self._access.certificate
        session.headers["Accept-Encoding"] = "identity"
        if self._access.token:
            session.headers["Authorization"] = f"Bearer {self._access.token}"
        named = "@" in urlsplit(self._base).netloc
        session.auth = get_auth_from_url(self._base) if named else _as_it_is
        for scheme in ("http://", "https://"):
            session.mount(scheme, EndingAdapter())
        return session


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """No credentials but those that were given."""
    return request


def _require_files(access: SignerAccess) -> None:
    for setting, path in (
        ("SALUS_SIGNER_CA", access.authority),
        ("SALUS_SIGNER_CERTIFICATE", access.certificate),
    ):
        if path and not Path(path).is_file():
            raise ConfigurationInvalid(setting=setting, reason=f"names {path}, which is no file")


def _why(error: Exception) -> str:
    """A reason in words of ours."""
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted, or it does not trust ours"
    if "refused" in str(error):
        return "connection refused"
    return type(error).__name__
