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
    from salus.consents.checks import ConsentChecks, Standing, Strength
    from salus.consents.client import Consents
    from salus.consents.documents import (
        BatchedConsent,
        Consent,
        Presented,
        SignedConsent,
        read_consent,
    )
    from salus.consents.errors import (
        ConsentNotInForce,
        ConsentRefused,
        RevocationNotValid,
        UnknownConsent,
    )
    from salus.consents.folder import ConsentFolder
    from salus.consents.handlers import ConsentHandler
    from salus.consents.revocations import Revocations, SignedRevocation
    from salus.consents.searching import KnownConsent
    from salus.consents.states import ConsentState
    from salus.consents.timelines import CONSENT_STREAM
    from salus.contracts.consents import (
        ConsentAlreadyGranted,
        ConsentAlreadyRevoked,
        ConsentEpochMoved,
    )

__all__ = [
    "CONSENT_STREAM",
    "BatchedConsent",
    "Consent",
    "ConsentAlreadyGranted",
    "ConsentAlreadyRevoked",
    "ConsentChecks",
    "ConsentEpochMoved",
    "ConsentFolder",
    "ConsentHandler",
    "ConsentNotInForce",
    "ConsentRefused",
    "ConsentState",
    "Consents",
    "KnownConsent",
    "Presented",
    "RevocationNotValid",
    "Revocations",
    "SignedConsent",
    "SignedRevocation",
    "Standing",
    "Strength",
    "UnknownConsent",
    "read_consent",
]

__getattr__ = door(
    __name__,
    {
        "checks": "ConsentChecks Standing Strength",
        "client": "Consents",
        "documents": "BatchedConsent Consent Presented SignedConsent read_consent",
        "errors": "ConsentNotInForce ConsentRefused RevocationNotValid UnknownConsent",
        "handlers": "ConsentHandler",
        "folder": "ConsentFolder",
        "revocations": "Revocations SignedRevocation",
        "salus.contracts.consents": "ConsentAlreadyGranted ConsentAlreadyRevoked ConsentEpochMoved",
        "searching": "KnownConsent",
        "states": "ConsentState",
        "timelines": "CONSENT_STREAM",
    },
)
