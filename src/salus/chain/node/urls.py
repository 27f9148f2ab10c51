"""URLs of nodes hold credentials: what is shown of them, and what logs may not show.

Example:
    >>> redact("https://user:secret@node.example:8545/v3/0123456789abcdef?key=secret")
    'https://node.example:8545/…'
"""

from __future__ import annotations

import logging
import re
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from salus.errors import ConfigurationInvalid

SHORTEST = 8
"""Characters of what can be a credential: shorter parts of URLs are words such as ``eth``."""
MALFORMED = "…"
"""What is shown of a URL that cannot be taken apart: nothing."""
_WRITTEN = re.compile(r"[^\x00-\x20\x7f-\U0010ffff\\\"<>^`{|}]+")
"""What RFC 3986 lets stand in a URL: of all else, two parsers make two things."""


def take_apart(url: str) -> SplitResult:
    """Take a URL apart where it can be read in one way only."""
    from requests import Request

    if not _WRITTEN.fullmatch(url):
        raise ValueError("a character that no URL has")
    parts = urlsplit(url)
    asked = urlsplit(Request("POST", url).prepare().url or "")  # what requests connects by
    if parts.netloc.count("@") > 1 or _place(parts) != _place(asked):
        raise ValueError("two places in one URL")
    return parts


def redact(url: str) -> str:
    """Scheme, host and port of a URL, and an ellipsis for all that could be a credential.

    Of one that is malformed, or can be read in two ways, nothing is shown.
    """
    try:
        parts = take_apart(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MALFORMED
    hidden = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{hidden}"


def checked(url: str, *, setting: str) -> str:
    """Refuse a URL that is not HTTP's, or that two parsers read in two ways."""
    if redact(url) == MALFORMED:
        raise ConfigurationInvalid(
            setting=setting,
            reason="is not a URL that is read in one way only: write what is unusual in it in per"
            " cents, as %40 for @ and %5C for a backslash, and its host in ASCII",
        )
    if not url.startswith(("http://", "https://")):
        raise ConfigurationInvalid(setting=setting, reason="must begin with http:// or https://")
    return url


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and nowhere else."""
    try:
        host = take_apart(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def hide(url: str) -> None:
    """Keep the parts of a URL that may be credentials out of what is logged."""
    _HIDDEN.add(url)


def hide_text(secret: str) -> None:
    """Keep a header's value, and its words, out of what is logged and repeated."""
    _HIDDEN.add_text(secret, *secret.split())


def scrub(text: str) -> str:
    """Put an ellipsis for what :func:`hide` was told of: nodes repeat their paths."""
    return _HIDDEN.scrub(text)


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


_TALKATIVE = ("urllib3.connectionpool", "web3.providers.HTTPProvider")
"""Loggers that name the URL of every request."""


class _Hide(logging.Filter):
    """Takes credentials out of what urllib3 logs: it names the path of every request."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: set[str] = set()

    def add(self, url: str) -> None:
        parts = urlsplit(url)
        self.add_text(parts.path.strip("/"), parts.query, parts.username, parts.password)
        # A node may name the key alone, which the path only holds among other words.
        for each in (*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))):
            self.add_text(each, unquote(each))

    def add_text(self, *secrets: str | None) -> None:
        self._hidden |= {each for each in secrets if each and len(each) >= SHORTEST}
        for name in _TALKATIVE:
            logging.getLogger(name).addFilter(self)

    def scrub(self, text: str) -> str:
        for each in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(each, "…")
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a caller's slip: no reason to fail its work
            said = str(record.msg)
        record.msg, record.args = self.scrub(said), ()
        return True


_HIDDEN = _Hide()
