"""Whether consents stand, or are over for good: what needs no further call is told first."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentNotInForce
from salus.errors import CredentialError

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.checks import ConsentChecks
    from salus.consents.documents import Presented
    from salus.primitives.address import Address


class ConsentState(StrEnum):
    """What became of a consent."""

    STANDS = "stands"
    RESTS = "rests"
    """It is not in force, and may be again."""
    OVER = "over"
    """It is not in force, and never will be: revoked, or of an ended epoch. A lapsed signature is
    not the end: the patient can register the same consent later, and control comes back to keys."""


class ConsentStates:
    """States at one block: what they have in common is asked once."""

    def __init__(self, chain: Chain, checks: ConsentChecks, block: int) -> None:
        self._checks, self._block = checks, block
        self._epoch = cache(lambda who: checks.epoch(who, block=block))
        identities = chain.contract("IdentityRegistry")
        self._owner = cache(lambda who: identities.call("identityOwner", who, block=block))
        self._time = cache(lambda: chain.block(block).timestamp)

    @property
    def time(self) -> int:
        """When the block was made, as it says: Unix seconds."""
        return int(self._time())

    def of(self, presented: Presented) -> ConsentState:
        """Judge a consent.

        Raises:
            ChainError: The node cannot tell now.
        """
        consent = presented.consent
        if self._epoch(consent.patient) != consent.epoch:
            return ConsentState.OVER
        if isinstance(presented, SignedConsent) and self._is_spent(presented):
            return self._registered(consent.patient, consent.id)
        try:
            self._checks.require(presented, block=self._block)
        except ConsentNotInForce:
            status = self._checks.status(consent.patient, consent.id, block=self._block)
            return ConsentState.OVER if status.revoked_at else ConsentState.RESTS
        return ConsentState.STANDS

    def _is_spent(self, signed: SignedConsent) -> bool:
        """Whether its signature counts no more: it stands only where it was registered."""
        from salus.chain.signing.verifying import signer_identity

        if self.time > signed.deadline:
            return True
        try:
            return bool(signer_identity(signed.signer) != self._owner(signed.consent.patient))
        except CredentialError:
            return True

    def _registered(self, patient: Address, consent_id: bytes) -> ConsentState:
        status = self._checks.status(patient, consent_id, block=self._block)
        if status.active:
            return ConsentState.STANDS
        return ConsentState.OVER if status.revoked_at else ConsentState.RESTS
