"""Consents: what a patient signs, how long it stands, what it decides, and how it ends.

Example:
    >>> from salus import Terms, connect
    >>> from salus.consents import ConsentNotInForce
    >>> me = connect("tester")
    >>> consent = me.consents.propose(me, "0x" + "ab" * 20, Terms.permit("TREAT"))
    >>> try:
    ...     me.consents.checks.require(consent)
    ... except ConsentNotInForce as refused:
    ...     print(refused.reason)
    it is not registered, and no signature was presented
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.consents.client import Consents
    from salus.consents.documents import SignedConsent, read_consent
    from salus.consents.errors import ConsentNotInForce, ConsentRefused
    from salus.consents.folder import ConsentFolder
    from salus.consents.handlers import ConsentHandler
    from salus.consents.revocations import SignedRevocation
    from salus.contracts.consents.errors import ConsentAlreadyRevoked

__all__ = [
    "ConsentAlreadyRevoked",
    "ConsentFolder",
    "ConsentHandler",
    "ConsentNotInForce",
    "ConsentRefused",
    "Consents",
    "SignedConsent",
    "SignedRevocation",
    "read_consent",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Consents",
        "documents": "SignedConsent read_consent",
        "errors": "ConsentNotInForce ConsentRefused",
        "handlers": "ConsentHandler",
        "folder": "ConsentFolder",
        "revocations": "SignedRevocation",
        "salus.contracts.consents.errors": "ConsentAlreadyRevoked",
    },
)
