"""What goes wrong with a key that is held elsewhere.

::

    CredentialError                exit 4
    ├── SignerUnreachable          what holds the key does not answer
    │   └── SignerTooSlow          it did not answer in time
    ├── SignerRefused              it, or what it asks, does not sign this
    │   └── SignerDeclined         the person who was asked said no
    ├── SignerAnswerMalformed      what it answers is no answer to the question
    └── SignerLacksKey             it does not hold the key that is named

No text of a signing service is repeated: it may hold a key. Its numbers are.

Example:
    >>> SignerDeclined(url="http://127.0.0.1:8550").exit_code
    4
"""

from __future__ import annotations

from salus.errors import CredentialError


class SignerUnreachable(CredentialError):
    """What holds the key does not answer. ``url`` never holds credentials."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"the signing service at {url} does not answer ({reason}): nothing was signed; start"
            " it, or correct SALUS_ACCOUNT and what it trusts (SALUS_SIGNER_CA), and try again"
        )


class SignerTooSlow(SignerUnreachable):
    """It did not answer in time: what it signs later is not used."""


class SignerRefused(CredentialError):
    """It does not sign this: its rules, or what it takes, forbid it."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(self._line())

    def _line(self) -> str:
        return (
            f"the signing service at {self.url} refuses ({self.reason}): nothing was signed; look"
            " at its log, its rules, and what it knows us by (SALUS_SIGNER_TOKEN,"
            " SALUS_SIGNER_CERTIFICATE)"
        )


class SignerDeclined(SignerRefused):
    """The person who was asked to agree said no."""

    def __init__(self, *, url: str, reason: str = "the request was denied") -> None:
        super().__init__(url=url, reason=reason)

    def _line(self) -> str:
        return (
            f"whoever watches the signing service at {self.url} did not agree ({self.reason}):"
            " nothing was signed; ask them, and try again"
        )


class SignerAnswerMalformed(CredentialError):
    """What it answers is no answer to the question."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"the signing service at {url} gave an odd answer ({reason}): nothing was signed; check"
            " that its URL is that of such a service"
        )


class SignerLacksKey(CredentialError):
    """It does not hold the key that is named, or holds several and none is named."""

    def __init__(self, *, url: str, wanted: str | None, holds: tuple[str, ...] = ()) -> None:
        self.url, self.wanted, self.holds = url, wanted, holds
        has = f"it holds {', '.join(holds[:10])}" if holds else "it holds none"
        what = f"has no key of {wanted}" if wanted else "has not exactly one key"
        super().__init__(
            f"the signing service at {url} {what} ({has}): name one of its accounts after the URL,"
            " as in #0x and 40 digits"
        )
