"""Consents: sign, register, revoke, check, decide.

Three strengths of the same struct: *signed* costs no gas and holds while its signer controls the
patient's identity; *registered* survives a key rotation; *batched* is anchored with many others. A
revocation ends all of them.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> len(me.consents.checks.epoch(me.account.identity))
    32
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from salus.chain.registry_client import SIGNATURE_LIFETIME, RegistryClient
from salus.chain.signing.signers import Signer
from salus.consents.actors import ActorDirectory
from salus.consents.batches import ConsentBatches
from salus.consents.checks import ConsentChecks
from salus.consents.documents import Consent, Presented, SignedConsent, consent_of, unsigned
from salus.consents.ending import Ending
from salus.consents.errors import HandlersFailed
from salus.consents.fhir_consents import FhirConsents
from salus.consents.handlers import ConsentHandler, ConsentHandlers
from salus.consents.passing import PassedConsents
from salus.consents.revocations import Revocations
from salus.consents.rulings import Rulings
from salus.consents.searching import ConsentSearch, KnownConsent
from salus.errors import ContractError, InputError, SalusError
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Deadline, Moment, utc
from salus.primitives.verbs import verb
from salus.terms.model import Terms

if TYPE_CHECKING:
    from salus.accreditations.client import Accreditations
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account
    from salus.consents.states import ConsentState

LATEST = (1 << 53) - 1
"""The last second that documents can hold."""


class Consents:
    """The client's side of `ConsentRegistry`: everything but break-glass.

    Args:
        chain: Where consents are registered.
        account: Who pays; None to read only.
        anchors: Logs, for consents that are granted together.
        accreditations: Who may say who an actor is.

    Attributes:
        actors: Which identities stand behind the names that consents have for actors.
        checks: Whether consents are in force, and what they decide.
        batches: Many consents of one patient under one root.
        revocations: Revocations as signed documents.
        rulings: Decisions as documents, taken again.
        passing: Consents that their grantees pass on.
        ending: What ends a consent, on chain and here.
        fhir: FHIR Consents that become consents, and consents as FHIR writes them.
    """

    @typed_arguments
    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        anchors: Anchors,
        accreditations: Accreditations,
    ) -> None:
        self._chain = chain
        self._registry = RegistryClient(chain, account, "ConsentRegistry")
        self._handlers = ConsentHandlers()
        self.actors = ActorDirectory(self._registry, accreditations)
        self.checks = ConsentChecks(self._registry, anchors)
        self.batches = ConsentBatches(self._registry, anchors, self.checks, self._handlers)
        self.ending = Ending(self._registry, self.checks, self._handlers)
        self.revocations = Revocations(self._registry, self.ending)
        self.rulings = Rulings(chain, self.checks, accreditations)
        self.passing = PassedConsents(
            self._registry, self.checks, self.actors, handlers=self._handlers
        )
        self.fhir = FhirConsents(self, self.checks, self.actors, self._handlers, chain)

    def __repr__(self) -> str:
        return f"Consents({self._registry.who})"

    revoke = verb("ending", Ending.revoke)
    revoke_all = verb("ending", Ending.revoke_all)

    @typed_arguments
    def handled_by(self, handler: ConsentHandler) -> None:
        """Report to a feature every consent that is made or ended here from now on.

        Args:
            handler: Told of each that is signed, registered or anchored, before it counts.
        """
        self._handlers.add(handler)

    def __iter__(self) -> Iterator[KnownConsent]:
        """Every consent that is kept here, oldest first."""
        return self.search()

    @typed_arguments
    def search(
        self,
        *,
        patient: AnyIdentity | None = None,
        grantee: AnyIdentity | None = None,
        state: ConsentState | str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        after: KnownConsent | bytes | None = None,
        limit: int | None = None,
    ) -> Iterator[KnownConsent]:
        """List the consents that are kept here, oldest first; each condition narrows the search.

        Args:
            patient: Granted by this identity, or by a signer's.
            grantee: Naming this identity, or a signer's.
            state: ``stands``, ``rests`` (not in force now) or ``over`` (for good).
            since: Valid by their terms at or after this moment: a datetime, date or Unix seconds.
            until: Valid by their terms before this moment.
            after: Behind this one, or the one of this id.
            limit: At most so many; None for all.

        Returns:
            The consents, with what the chain says of each when it is reached.

        Raises:
            InputError: This client keeps no consents, or a condition is not valid.
            ChainError: The node does not answer.
        """
        search = ConsentSearch.of(
            patient=patient, grantee=grantee, state=state, since=since, until=until, after=after
        )
        return search.find(self._handlers.known(), limit)

    @typed_arguments
    def propose(
        self,
        patient: AnyIdentity,
        grantee: AnyIdentity,
        terms: Terms,
    ) -> Consent:
        """Make a consent for the patient's current epoch; nothing is signed or sent.

        Args:
            patient: The grantor, as the patient is known to the custodian, or a signer for it.
            grantee: Who may act on it: an identity, or a signer for it.
            terms: What is permitted.

        Returns:
            The consent, with a fresh salt. Terms that permit nothing close what others open.

        Raises:
            InputError: An address is not valid, or the terms ended already.
        """
        whose, validity = identity_of(patient), terms.base.validity
        if validity is not None and validity.end is not None and validity.end <= self._chain.now():
            raise InputError(
                f"these terms ended at {utc(validity.end)}, and nothing would be permitted under"
                " them: give terms that end later"
            )
        salt, epoch = secrets.token_bytes(32), self.checks.epoch(whose)
        return Consent(whose, identity_of(grantee), terms, salt, epoch)

    @typed_arguments
    def sign(
        self, consent: Consent, *, by: Signer, deadline: Deadline | None = None, keep: bool = True
    ) -> SignedConsent:
        """Sign a consent: valid from here on for whoever holds it, without gas.

        Args:
            consent: What is agreed to.
            by: Who controls the patient's identity; asked where it is shown, not here.
            deadline: Until when it counts unregistered, or a timedelta; defaults to an hour.
            keep: False where it is signed to be registered at once, and never shown if that fails.

        Returns:
            The document, to be sealed to the grantee.

        Raises:
            InputError: The deadline is not a time that documents can hold.
            ClocksDiffer: The chain's time is too far from this machine's.
        """
        signed = self._signed(consent, by, deadline)
        if keep:
            self._handlers.heard(signed, made_here=True)
        return signed

    def _signed(
        self, consent: Consent, by: Signer, deadline: Deadline | None = None
    ) -> SignedConsent:
        until = self._chain.deadline(SIGNATURE_LIFETIME, told=deadline)
        if not 0 <= until <= LATEST:
            raise InputError(f"deadline {until} is not a time: give Unix seconds below 2**53")
        message = {"consent": consent.as_message(), "deadline": until}
        signature = by.sign_typed_data(self._registry.typed("GrantConsent", message))
        return SignedConsent(consent, until, by.signer, signature)

    @typed_arguments
    def grant(self, consent: Consent, *, by: Signer | None = None) -> Transaction:
        """Register a consent: it then survives a rotation of the patient's key.

        Args:
            consent: What is agreed to.
            by: Who controls the identity, or may grant for it; direct when None.

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
        self._handlers.heard(unsigned(consent), made_here=False)
        return self._registry.send(
            "grantConsent", consent.patient, consent.epoch, consent.particulars
        )

    @typed_arguments
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
        self._handlers.heard(signed, made_here=False)
        return self._registry.send("grantConsentBySig", *signed.registration)

    def _register_own(self, signed: SignedConsent) -> Transaction:
        """Whatever the node answers it is kept: once a signature may have left, others have it."""
        self._handlers.heard(unsigned(signed.consent), made_here=False)
        posted = self._chain.sender.posted
        try:
            return self._registry.send("grantConsentBySig", *signed.registration)
        except BaseException as end:
            if self._chain.sender.posted != posted and not isinstance(end, ContractError):
                self._handlers.heard(signed, made_here=True)
            raise

    @typed_arguments
    def change(
        self, old: Consent | Presented, terms: Terms, *, by: Signer | None = None
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
            HandlersFailed: As for :meth:`replace`; the new consent is its ``done``.
            ContractError: As for :meth:`grant`.
            ChainError: The node does not answer: the same call goes on where this stopped.
        """
        signer, was = self._registry.payer if by is None else by, consent_of(old)
        signed = self._signed(self.propose(was.patient, was.grantee, terms), signer)
        try:
            self.replace(old, signed, by=signer, keep=False)
        except HandlersFailed as end:
            raise HandlersFailed(end.problems, done=signed) from end
        return signed

    @typed_arguments
    def replace(
        self,
        old: Consent | Presented,
        new: SignedConsent,
        *,
        by: Signer | None = None,
        keep: bool = True,
    ) -> Transaction | None:
        """Register a consent in the place of another, between the same two.

        The old one ends first, permanently: what fails in between leaves nothing permitted, and the
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
            HandlersFailed: All was done but what a feature failed at, as for :meth:`revoke`.
            SignatureExpired: The new one's deadline has passed; nothing was changed.
            ContractError: As for :meth:`grant`, as are the others; nothing was changed.
        """
        failed, known = self._end_for(old, new, by)
        sent = None if known else self.register(new, keep=keep)
        if failed:
            raise HandlersFailed(failed, done=sent)
        return sent

    def _end_for(
        self, old: Consent | Presented, new: SignedConsent, by: Signer | None
    ) -> tuple[tuple[SalusError, ...], bool]:
        """End one in favour of another: what failed of it here, and if that is registered."""
        was, now = consent_of(old), new.consent
        if was.id == now.id or (was.patient, was.grantee) != (now.patient, now.grantee):
            reason = "give another consent of the same patient to the same grantee"
            raise InputError(f"these do not replace one another: {reason}")
        registered = self.checks.status(now.patient, now.id).granted_at > 0
        if not registered:
            # What would be refused is refused before the old one ends.
            self._registry.contract.call("grantConsentBySig", *new.registration)
            self._handlers.heard(unsigned(now), made_here=False)
        if not self.checks.status(was.patient, was.id).revoked_at:
            self.ending.on_chain(was.patient, was.id, by=by)
        return self._handlers.ended(was.patient, was.id), registered
