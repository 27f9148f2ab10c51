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
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from salus import terms as consent_terms
from salus.chain.registry import SIGNATURE_LIFETIME, require_control
from salus.consents.checks import ConsentChecks
from salus.consents.documents import BatchedConsent, Consent, Presented, SignedConsent, unsigned
from salus.consents.timelines import CONSENT_STREAM
from salus.errors import ContractError, InputError
from salus.primitives.address import Address
from salus.primitives.documents import hex0x

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account, Signer


LATEST = (1 << 53) - 1
"""The last second that documents can hold."""


class Hears(Protocol):
    """Who is told of consents."""

    def __call__(self, consent: Presented, *, made_here: bool) -> None:
        """Keep it; what was not made here may be a copy under a signature that is none."""


def _nobody(consent: Presented, *, made_here: bool) -> None:
    """Without a key store there is nobody to keep it."""


class Consents(ConsentChecks):
    """The client's side of `ConsentRegistry`: everything but break-glass.

    Args:
        chain: Where consents are registered.
        account: Who pays; None to read only.
        anchors: Logs, for consents that are granted together.
        heard: Told of every consent that is signed, registered or anchored here, to ask it later.
        ended: Told of every consent that another took the place of, to hand out no more keys.
    """

    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        anchors: Anchors,
        heard: Hears = _nobody,
        ended: Callable[[bytes], None] = lambda consent_id: None,
    ) -> None:
        super().__init__(chain, account, anchors)
        self._heard = heard
        self._ended = ended

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

    def sign(
        self, consent: Consent, *, by: Signer, deadline: int | None = None, keep: bool = True
    ) -> SignedConsent:
        """Sign a consent: valid from here on for whoever holds it, without gas.

        Args:
            consent: What is agreed to.
            by: Who controls the patient's identity.
            deadline: Unix seconds until which it counts unregistered; an hour from now unless told.
            keep: False where it is signed to be registered at once, and never shown if that fails.

        Returns:
            The document, to be sealed to the grantee.

        Raises:
            InputError: The deadline is no time that documents can hold.
            ClocksDiffer: The chain's time is too far from this machine's.
        """
        signed = self._signed(consent, by, deadline)
        if keep:
            self._heard(signed, made_here=True)
        return signed

    def _signed(self, consent: Consent, by: Signer, deadline: int | None = None) -> SignedConsent:
        until = self._chain.deadline(SIGNATURE_LIFETIME, told=deadline)
        if not 0 <= until <= LATEST:
            raise InputError(
                f"deadline {until} is no time: give Unix seconds from 0 to below 2**53"
            )
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
            return self._register_own(self._signed(consent, by))
        self._heard(unsigned(consent), made_here=False)
        return self._send("grantConsent", consent.patient, consent.epoch, consent.particulars)

    def register(self, signed: SignedConsent, *, keep: bool = True) -> Transaction:
        """Register a signed consent; whoever holds it may, and pays.

        Args:
            signed: The consent.
            keep: False where it is kept only if it may have left this machine, as for :meth:`sign`.

        Returns:
            The transaction.

        Raises:
            SignatureExpired: Its deadline has passed.
            SignatureInvalid: It is not over this consent.
            ContractError: As for :meth:`grant`.
        """
        if not keep:
            return self._register_own(signed)
        self._heard(signed, made_here=False)
        return self._send("grantConsentBySig", *_registration(signed))

    def _register_own(self, signed: SignedConsent) -> Transaction:
        """Register what was signed for this alone: refused, it was never in force.

        Whatever the node answers, the consent is kept, and counts once it is registered; once its
        signature may have left this machine, others can hold it.
        """
        self._heard(unsigned(signed.consent), made_here=False)
        posted = self._chain.sender.posted
        try:
            return self._send("grantConsentBySig", *_registration(signed))
        except BaseException as end:
            if self._chain.sender.posted != posted and not isinstance(end, ContractError):
                self._heard(signed, made_here=True)
            raise

    def change(
        self, old: Consent | Presented, terms: consent_terms.Terms, *, by: Signer | None = None
    ) -> SignedConsent:
        """Put other terms in the place of a consent's: the old one ends, the new one is registered.

        Args:
            old: The consent that is changed, in force or not.
            terms: What is permitted from now on.
            by: Who controls the patient's identity; the client's account when None.

        Returns:
            The new consent, to be shared under.

        Raises:
            NotController: Who signs does not control the identity; nothing was changed.
            ContractError: As for :meth:`grant`.
            ChainError: The node does not answer: the same call goes on where this stopped.
        """
        signer, was = self._payer if by is None else by, _consent_of(old)
        signed = self._signed(self.propose(was.patient, was.grantee, terms), signer)
        self.replace(old, signed, by=signer, keep=False)
        return signed

    def replace(
        self,
        old: Consent | Presented,
        new: SignedConsent,
        *,
        by: Signer | None = None,
        keep: bool = True,
    ) -> Transaction | None:
        """Register a consent in the place of another, between the same two.

        The old one ends first, for ever: what fails in between leaves nothing permitted, and the
        same call goes on. The end of the new one brings it not back.

        Args:
            old: The consent that ends.
            new: The one that takes its place; keep its document before this.
            by: Who may revoke for the patient; direct when None.
            keep: As for :meth:`register`.

        Returns:
            The transaction that registered it; None when it was registered before.

        Raises:
            InputError: They are not between the same two, or are one; nothing was changed.
            SignatureExpired: The new one's deadline has passed; nothing was changed.
            ContractError: As for :meth:`grant`, as are the others; nothing was changed.
        """
        return self.register(new, keep=keep) if self._end_for(old, new, by) else None

    def _end_for(self, old: Consent | Presented, new: SignedConsent, by: Signer | None) -> bool:
        """End one in favour of another, and tell whether that is to be registered still."""
        was, now = _consent_of(old), new.consent
        if was.id == now.id or (was.patient, was.grantee) != (now.patient, now.grantee):
            raise InputError(
                "these do not replace one another: give another consent of the same patient to the"
                " same grantee"
            )
        registered = self.status(now.patient, now.id).granted_at > 0
        if not registered:
            # What would be refused is refused before the old one ends.
            self._contract.call("grantConsentBySig", *_registration(new))
        if not self.status(was.patient, was.id).revoked_at:
            self.revoke(was.patient, was.id, by=by)
        self._ended(was.id)
        return not registered

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
            SignerNotInControl: Who signs does not control the identity; nothing was signed.
            SalusError: The chain refused, or went silent: a note on the error names what waits, and
                what ends it. The same call goes on.
        """
        patients = {consent.patient for consent in consents}
        if len(patients) != 1:
            raise InputError(
                f"a batch takes consents of one patient, not of {len(patients)}: make one batch for"
                " each"
            )
        (patient,) = patients
        if {consent.epoch for consent in consents} != {self.epoch(patient)}:
            raise InputError("the patient revoked all consents meanwhile: propose them anew")
        require_control(self._chain, by or self._payer, identity=patient)
        # Whatever the node answers, a deny is kept: it counts once its leaf is found on chain.
        for each in consents:
            if consent_terms.may_deny(each.terms):
                self._heard(unsigned(each), made_here=False)
        ids = [each.id for each in consents]
        try:
            self._anchors.ensure(CONSENT_STREAM, ids, issuer=patient, by=by)
        except BaseException as end:
            _say_what_waits(end, ids)
            raise
        proofs = self._anchors.prove_all(CONSENT_STREAM, ids, issuer=patient)
        batched = tuple(map(BatchedConsent, consents, proofs))
        for proved in batched:
            self._heard(proved, made_here=True)
        return batched


def _say_what_waits(end: BaseException, ids: Sequence[bytes]) -> None:
    """The leaves wait in the log and are anchored with the next batch: nobody may miss that."""
    named = ", ".join(map(hex0x, ids))
    end.add_note(
        f"none of the consents of this batch is in force before it is anchored: with the next one,"
        f" or when the same is granted again: {named}. `salus consents revoke` ends each by its id,"
        " for ever, anchored or not"
    )


def _consent_of(presented: Consent | Presented) -> Consent:
    return presented if isinstance(presented, Consent) else presented.consent


def _registration(signed: SignedConsent) -> tuple[object, ...]:
    consent = signed.consent
    authorization = (signed.signer, signed.deadline, signed.signature)
    return (consent.patient, consent.epoch, consent.particulars, authorization)
