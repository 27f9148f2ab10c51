"""Signed webhooks, as Standard Webhooks 1.0.0 describes them: headers, signature, secret.

Example:
    >>> key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> body = b'{"test": 2432232314}'
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from salus.chain.node.transport import pause_asked
from salus.chain.node.urls import checked, hide, hide_text, is_loopback, redact
from salus.errors import ConfigurationInvalid
from salus.index.errors import WebhookGone
from salus.primitives.arguments import typed_arguments
from salus.primitives.secrets import never_pickled

if TYPE_CHECKING:
    from requests import PreparedRequest

_SETTING, _SECRET = "SALUS_WEBHOOK", "SALUS_WEBHOOK_SECRET"
_PREFIX, _LEAST, _MOST = "whsec_", 24, 64
_SECONDS = 15.0
"""To wait for a whole answer, however slowly it comes."""
_GONE = 410
_SEALED = b"salus/index/told/v1\0"
"""No name of a message begins so."""


def signing_key(secret: str) -> bytes:
    """Read a secret: ``whsec_`` and 24 to 64 bytes in base64.

    Raises:
        ConfigurationInvalid: It is not one.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _LEAST <= len(key) <= _MOST:
        raise ConfigurationInvalid(
            setting=_SECRET,
            reason=f"is not {_PREFIX} and {_LEAST} to {_MOST} bytes in base64: make one, such as"
            f" {_PREFIX}$(openssl rand -base64 32)",
        )
    return key


def signature(key: bytes, name: str, timestamp: int, body: bytes) -> str:
    """Sign a message's name, the time of the attempt in Unix seconds, and its body."""
    signed = f"{name}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@never_pickled
class Webhook:
    """Somebody who takes notices at a URL. Neither URL nor secret is logged or shown.

    Args:
        url: https, or http on this machine.
        secret: Shared with whoever takes them, as `signing_key` reads it.

    Attributes:
        url: The URL, with all hidden that could be a credential.
        target: What stands for the URL in a file, 32 bytes.

    Raises:
        ConfigurationInvalid: One of them is not valid.
    """

    @typed_arguments
    def __init__(self, url: str, secret: str) -> None:
        import requests

        from salus.chain.node.limits import EndingAdapter

        checked(url, setting=_SETTING)
        if not url.startswith("https://") and not is_loopback(url):
            raise ConfigurationInvalid(setting=_SETTING, reason="must be https: use such a URL")
        self._key = signing_key(secret)
        hide(url)
        hide_text(secret)
        self._url, self.url = url, redact(url)
        self.target = hashlib.sha256(url.encode()).digest()
        self._session = requests.Session()
        self._session.auth = _as_it_is
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, EndingAdapter())
        if is_loopback(url):  # a proxy may be anywhere
            self._session.trust_env = False

    def __repr__(self) -> str:
        return f"Webhook({self.url!r})"

    def post(self, name: str, body: bytes) -> tuple[str, float | None] | None:
        """Send a message; None where it was taken, else why not, and the seconds to wait if told.

        Raises:
            WebhookGone: The receiver says that nobody takes messages there any more.
        """
        import requests
        import urllib3

        now = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._key, name, now, body),
        }
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=_SECONDS,
                allow_redirects=False,
                stream=True,  # whatever it answers is not read
            ) as answer:
                status, asked = answer.status_code, answer.headers.get("Retry-After", "")
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            # whose text holds the URL
            return type(error).__name__, None
        if status == _GONE:
            raise WebhookGone(url=self.url)
        return None if 200 <= status < 300 else (f"HTTP {status}", pause_asked(asked))

    def seal(self, data: bytes) -> bytes:
        """What only who has the secret makes of bytes, and no message's signature."""
        return hmac.new(self._key, _SEALED + data, hashlib.sha256).digest()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """The signature alone says who sends: credentials of ``.netrc`` are for other places."""
    return request
