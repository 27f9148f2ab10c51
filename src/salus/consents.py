"""Consents: sign, register, revoke, check, decide.

Three strengths of the same struct: *signed* costs no gas and holds while its signer controls the
patient's identity;
*registered* survives a key rotation; *batched* is anchored with many others. A revocation ends all
of them.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> len(salus.consents.epoch(salus.account.identity))
    32
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from salus import terms as consent_terms
from salus.acts import SIGNATURE_LIFETIME, Acts
from salus.anchors import Anchors, Inclusion
from salus.consent_documents import Consent, SignedConsent
from salus.errors import CredentialError, InputError
from salus.errors.consent import ConsentNotInForce, ConsentRefused
from salus.models import Address, ConsentStatus

if TYPE_CHECKING:
    from salus.chain import Chain, Transaction
    from salus.chain.signers import Account, Signer

CONSENT_STREAM = "consents"
"""Label of the stream that batched consents are anchored in."""


class Strength(StrEnum):
    """What makes a consent valid."""

    SIGNED = "signed"
    REGISTERED = "registered"
    BATCHED = "batched"


@dataclass(frozen=True, slots=True)
class Standing:
    """That a consent was in force at a block, and by what strength."""

    consent: Consent
    strength: Strength
    block_number: int


class Consents(Acts):
    """The client's side of `ConsentRegistry`: everything but break-glass."""

    contract_name = "ConsentRegistry"

    def __init__(self, chain: Chain, account: Account | None, anchors: Anchors) -> None:
        super().__init__(chain, account)
        self._anchors = anchors

    def epoch(self, patient: Address) -> bytes:
        """The value, 32 bytes, that the patient's consents must carry now."""
        epoch: bytes = self._contract.call("epochOf", patient)
        return epoch

    def propose(self, patient: Address, grantee: Address, terms: consent_terms.Terms) -> Consent:
        """Make a consent for the patient's current epoch; nothing is signed or sent."""
        return Consent(patient, grantee, terms, secrets.token_bytes(32), self.epoch(patient))

    def sign(self, consent: Consent, *, by: Signer, deadline: int | None = None) -> SignedConsent:
        """Sign a consent: valid from here on for whoever holds it, without gas.

        Args:
            consent: What is agreed to.
            by: Who controls the patient's identity.
            deadline: Unix seconds until which it counts unregistered; an hour from now unless told.
        """
        until = self._chain.now() + SIGNATURE_LIFETIME if deadline is None else deadline
        message = {"consent": consent.as_message(), "deadline": until}
        signature = by.sign_typed_data(self._typed("GrantConsent", message))
        return SignedConsent(consent, until, by.signer, signature)

    def grant(self, consent: Consent, *, by: Signer | None = None) -> Transaction:
        """Register a consent; signed by ``by`` and paid by the client's account, or direct."""
        if by is not None:
            return self.register(self.sign(consent, by=by))
        return self._send("grantConsent", consent.patient, consent.epoch, consent.particulars)

    def register(self, signed: SignedConsent) -> Transaction:
        """Register a signed consent; whoever holds it may, and pays."""
        consent = signed.consent
        authorization = (signed.signer, signed.deadline, signed.signature)
        return self._send(
            "grantConsentBySig", consent.patient, consent.epoch, consent.particulars, authorization
        )

    def grant_batch(
        self, consents: Sequence[Consent], *, by: Signer | None = None
    ) -> list[Inclusion]:
        """Anchor many consents of one patient under one root; returns their proofs in order.

        Raises:
            InputError: When there are none, or they are of several patients.
        """
        patients = {consent.patient for consent in consents}
        if len(patients) != 1:
            raise InputError(f"a batch takes consents of one patient, not of {len(patients)}")
        (patient,) = patients
        self._anchors.append(CONSENT_STREAM, [c.id for c in consents], issuer=patient, by=by)
        return [self._anchors.prove(CONSENT_STREAM, c.id, issuer=patient) for c in consents]

    # Ending ----------------------------------------------------------------------------------

    def revoke(
        self, patient: Address, consent_id: bytes, *, by: Signer | None = None
    ) -> Transaction:
        """End a consent for ever, registered or not."""
        if by is None:
            return self._send("revokeConsent", patient, consent_id)
        message = {"patient": patient, "consentId": consent_id}
        authorization = self._authorize(by, "RevokeConsent", message)
        return self._send("revokeConsentBySig", patient, consent_id, authorization)

    def revoke_all(self, patient: Address, *, by: Signer | None = None) -> Transaction:
        """End every consent of the patient, known or not, in one write."""
        if by is None:
            return self._send("revokeAllConsents", patient)
        epoch = self.epoch(patient)
        authorization = self._authorize(
            by, "RevokeAllConsents", {"patient": patient, "epoch": epoch}
        )
        return self._send("revokeAllConsentsBySig", patient, epoch, authorization)

    # Checking --------------------------------------------------------------------------------

    def status(
        self, patient: Address, consent_id: bytes, *, block: int | str = "latest"
    ) -> ConsentStatus:
        """When the consent was granted and revoked, and whether it is active on chain."""
        granted, revoked, active = self._contract.call(
            "consentStatus", patient, consent_id, block=block
        )
        return ConsentStatus(granted, revoked, active)

    def check(
        self,
        presented: Consent | SignedConsent,
        *,
        inclusion: Inclusion | None = None,
        block: int | None = None,
    ) -> Standing:
        """Check that a consent is in force, by the strongest evidence there is.

        Args:
            presented: With its signature unless it is registered or batched.
            inclusion: Proof of a batched consent.
            block: The block to decide at; the latest unless told.

        Raises:
            ConsentNotInForce: With the reason.
        """
        signed = presented if isinstance(presented, SignedConsent) else None
        consent = presented.consent if isinstance(presented, SignedConsent) else presented
        at = self._chain.block("latest" if block is None else block)
        status = self.status(consent.patient, consent.id, block=at.number)
        if status.revoked_at:
            raise _not_in_force(consent, f"the patient revoked it at {status.revoked_at}")
        if self._contract.call("epochOf", consent.patient, block=at.number) != consent.epoch:
            raise _not_in_force(consent, "the patient revoked all consents of its epoch")
        if status.active:
            return Standing(consent, Strength.REGISTERED, at.number)
        if status.granted_at:
            raise _not_in_force(consent, "the patient's identity is deactivated")
        if inclusion is not None:
            return self._check_batched(consent, inclusion, at.number)
        if signed is None:
            raise _not_in_force(consent, "it is not registered, and no signature was presented")
        return self._check_signed(signed, at.number, at.timestamp)

    def decide(
        self,
        request: consent_terms.Request,
        presented: Iterable[Consent | SignedConsent],
        *,
        block: int | None = None,
    ) -> consent_terms.Decision:
        """Evaluate a request against consents in force that name the recipient.

        Raises:
            ConsentNotInForce: When one of them is not, or names another grantee.
            ConsentRefused: When together they do not permit it.
        """
        standings = [self.check(each, block=block) for each in presented]
        for standing in standings:
            if standing.consent.grantee.lower() != request.recipient.address:
                raise _not_in_force(standing.consent, "it names another grantee")
        decisions = [
            consent_terms.evaluate(
                standing.consent.terms,
                request,
                consent_id=standing.consent.id,
                block=standing.block_number,
            )
            for standing in standings
        ]
        decision = consent_terms.combine(decisions)
        if not decision.permits:
            raise ConsentRefused(str(decision.outcome), decision.reason)
        return decision

    # -----------------------------------------------------------------------------------------

    def _check_signed(self, signed: SignedConsent, block: int, now: int) -> Standing:
        from salus.chain import verify_typed_data

        consent = signed.consent
        if now > signed.deadline:
            raise _not_in_force(consent, f"its signature lapsed at {signed.deadline}")
        message = {"consent": consent.as_message(), "deadline": signed.deadline}
        typed: dict[str, Any] = self._typed("GrantConsent", message)
        try:
            verify_typed_data(self._chain, consent.patient, typed, signed.signer, signed.signature)
        except CredentialError as error:
            raise _not_in_force(consent, str(error)) from error
        return Standing(consent, Strength.SIGNED, block)

    def _check_batched(self, consent: Consent, inclusion: Inclusion, block: int) -> Standing:
        if inclusion.leaf != consent.id or inclusion.anchored.issuer != consent.patient:
            raise _not_in_force(consent, "the inclusion proof is another consent's")
        self._anchors.verify(inclusion)
        if self._contract_identity_ended(consent.patient):
            raise _not_in_force(consent, "the patient's identity is deactivated")
        return Standing(consent, Strength.BATCHED, block)

    def _contract_identity_ended(self, patient: Address) -> bool:
        return bool(self._chain.contract("IdentityRegistry").call("isDeactivated", patient))


def _not_in_force(consent: Consent, reason: str) -> ConsentNotInForce:
    return ConsentNotInForce("0x" + consent.id.hex(), reason)
