"""Consents: sign, register, revoke, check, decide.

Three strengths of the same struct: *signed* costs no gas and holds while its signer controls the
patient's identity; *registered* survives a key rotation; *batched* is anchored with many others. A
revocation ends all of them.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> len(salus.consents.epoch(salus.account.identity))
    32
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus import terms as consent_terms
from salus.acts import SIGNATURE_LIFETIME
from salus.consents.checks import CONSENT_STREAM, ConsentChecks
from salus.consents.documents import BatchedConsent, Consent, SignedConsent
from salus.errors import InputError
from salus.models import Address

if TYPE_CHECKING:
    from salus.chain import Transaction
    from salus.chain.signers import Signer


class Consents(ConsentChecks):
    """The client's side of `ConsentRegistry`: everything but break-glass."""

    def propose(self, patient: Address, grantee: Address, terms: consent_terms.Terms) -> Consent:
        """Make a consent for the patient's current epoch; nothing is signed or sent.

        Args:
            patient: The grantor: the identity that the patient uses with the custodian.
            grantee: Who may act on it.
            terms: What is permitted.

        Returns:
            The consent, with a fresh salt.

        Raises:
            InputError: An address is none.
        """
        return Consent(patient, grantee, terms, secrets.token_bytes(32), self.epoch(patient))

    def sign(self, consent: Consent, *, by: Signer, deadline: int | None = None) -> SignedConsent:
        """Sign a consent: valid from here on for whoever holds it, without gas.

        Args:
            consent: What is agreed to.
            by: Who controls the patient's identity.
            deadline: Unix seconds until which it counts unregistered; an hour from now unless told.

        Returns:
            The document, to be sealed to the grantee.

        Raises:
            InputError: The deadline is no time that documents can hold.
        """
        until = self._chain.now() + SIGNATURE_LIFETIME if deadline is None else deadline
        if not 0 <= until < 1 << 53:
            raise InputError(f"deadline {until} is no time in Unix seconds below 2**53")
        message = {"consent": consent.as_message(), "deadline": until}
        signature = by.sign_typed_data(self._typed("GrantConsent", message))
        return SignedConsent(consent, until, by.signer, signature)

    def grant(self, consent: Consent, *, by: Signer | None = None) -> Transaction:
        """Register a consent: it then survives a rotation of the patient's key.

        Args:
            consent: What is agreed to.
            by: Who controls the patient's identity, or may grant for it; the client's account then
                only pays. Direct when None.

        Returns:
            The transaction.

        Raises:
            ConsentEpochMoved: The patient revoked all consents since it was proposed.
            ConsentAlreadyGranted: It is registered.
            ConsentAlreadyRevoked: It was revoked, which is final.
            NotController: Who grants neither controls the identity nor may grant for it.
        """
        if by is not None:
            return self.register(self.sign(consent, by=by))
        return self._send("grantConsent", consent.patient, consent.epoch, consent.particulars)

    def register(self, signed: SignedConsent) -> Transaction:
        """Register a signed consent; whoever holds it may, and pays.

        Args:
            signed: The consent.

        Returns:
            The transaction.

        Raises:
            SignatureExpired: Its deadline has passed.
            SignatureInvalid: It is not over this consent.
            ContractError: As for :meth:`grant`.
        """
        consent = signed.consent
        authorization = (signed.signer, signed.deadline, signed.signature)
        return self._send(
            "grantConsentBySig", consent.patient, consent.epoch, consent.particulars, authorization
        )

    def grant_batch(
        self, consents: Sequence[Consent], *, by: Signer | None = None
    ) -> tuple[BatchedConsent, ...]:
        """Anchor many consents of one patient under one root.

        Args:
            consents: All of one patient.
            by: Who controls the patient's identity, when that is not the client's account.

        Returns:
            Each with its proof, in order: the document for its grantee.

        Raises:
            InputError: There are none, or they are of several patients or of another epoch.
        """
        patients = {consent.patient for consent in consents}
        if len(patients) != 1:
            raise InputError(f"a batch takes consents of one patient, not of {len(patients)}")
        (patient,) = patients
        if {consent.epoch for consent in consents} != {self.epoch(patient)}:
            raise InputError("the patient revoked all consents meanwhile: propose them anew")
        ids = [each.id for each in consents]
        self._anchors.append(CONSENT_STREAM, ids, issuer=patient, by=by)
        proofs = self._anchors.prove_all(CONSENT_STREAM, ids, issuer=patient)
        return tuple(map(BatchedConsent, consents, proofs))
