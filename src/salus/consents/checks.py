"""Whether a consent is in force, and what consents in force decide.

Example:
    >>> [str(each) for each in Strength]
    ['signed', 'registered', 'batched']
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from salus.anchors.client import Anchors
from salus.chain.errors import HistoryUnavailable
from salus.consents.documents import BatchedConsent, Consent, SignedConsent, consent_of, unsigned
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.consents.timelines import CONSENT_STREAM, Timelines
from salus.contracts.consents.values import ConsentStatus
from salus.contracts.event import EventPlace
from salus.errors import CredentialError, VerificationError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import utc
from salus.primitives.values import typed
from salus.terms.description import describe, in_words
from salus.terms.evaluation import combine, evaluate
from salus.terms.request import Decision, Outcome, Request, unknown_in
from salus_verify.encoding import hex0x
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.chain.chain import Block
    from salus.chain.registry_client import RegistryClient


class Strength(StrEnum):
    """What makes a consent valid."""

    SIGNED = "signed"
    REGISTERED = "registered"
    BATCHED = "batched"


@dataclass(frozen=True, slots=True)
@typed
class Standing:
    """That a consent was in force at a block, and by what strength."""

    consent: Consent
    strength: Strength
    block_number: int


class ConsentChecks:
    """What anybody may ask `ConsentRegistry`, and decide by its answers.

    Args:
        registry: `ConsentRegistry`, to be read.
        anchors: Who reads the streams that batched consents are anchored in.
    """

    @typed_arguments
    def __init__(self, registry: RegistryClient, anchors: Anchors) -> None:
        self._chain, self._registry, self._anchors = registry.chain, registry, anchors
        self._block, self._timelines = "", Timelines(self._chain, anchors, 0)
        self._stood: dict[Consent | SignedConsent | BatchedConsent, Standing] = {}

    @typed_arguments
    def epoch(self, patient: AnyIdentity, *, block: int | str = "latest") -> bytes:
        """Read the value that the patient's consents must carry.

        Args:
            patient: Whose consents.
            block: The state that counts: number, or ``latest``.

        Returns:
            32 bytes; zeros until the patient first revokes all.
        """
        patient = identity_of(patient)
        epoch: bytes = self._registry.contract.call("epochOf", patient, block=block)
        return epoch

    @typed_arguments
    def status(
        self, patient: AnyIdentity, consent_id: bytes, *, block: int | str = "latest"
    ) -> ConsentStatus:
        """Read when a consent was granted and revoked, and whether it is active on chain.

        Args:
            patient: Whose consent.
            consent_id: 32 bytes.
            block: The state that counts: number, or ``latest``.

        Returns:
            The status; all zero for a consent that was never registered.
        """
        patient = identity_of(patient)
        granted, revoked, active = self._registry.contract.call(
            "consentStatus", patient, consent_id, block=block
        )
        return ConsentStatus(granted, revoked, active)

    @typed_arguments
    def require(
        self,
        presented: Consent | SignedConsent | BatchedConsent,
        *,
        block: int | None = None,
    ) -> Standing:
        """Require that a consent is in force, by the strongest evidence there is.

        Args:
            presented: With its signature or its proof, unless it is registered.
            block: The block to decide at; defaults to the latest. Everything is read as of it.

        Returns:
            The consent with its strength and the block.

        Raises:
            ConsentNotInForce: With the reason.
            HistoryUnavailable: The node lacks events that tell whether it is in force.
        """
        at = self._chain.block("latest" if block is None else block)
        if at.hash != self._block:  # many records come under one consent: it is asked for once
            self._block, self._stood = at.hash, {}
            self._timelines = Timelines(self._chain, self._anchors, at.number)
        if presented not in self._stood:
            self._stood[presented] = self._checked(presented, at)
        return self._stood[presented]

    @typed_arguments
    def outlasts(
        self,
        came: SignedConsent | BatchedConsent,
        kept: SignedConsent | BatchedConsent,
        *,
        block: int | None = None,
    ) -> bool:
        """Return whether a document counts by itself, and for longer than another of its consent.

        A registered consent counts whatever is shown of it, forged copies too: there none does.

        Args:
            came: The one, in force.
            kept: The other, in force.
            block: The block to decide at; defaults to the latest.

        Returns:
            True for a proof beside a signature, and for a later deadline.

        Raises:
            ConsentNotInForce: The first is not.
            HistoryUnavailable: The node lacks events that tell.
        """
        if _end(came) <= _end(kept):
            return False
        return self.require(came, block=block).strength is not Strength.REGISTERED

    def _checked(self, presented: Consent | SignedConsent | BatchedConsent, at: Block) -> Standing:
        consent = presented if isinstance(presented, Consent) else presented.consent
        status = self.status(consent.patient, consent.id, block=at.number)
        if status.revoked_at:
            raise _not_in_force(consent, f"the patient revoked it at {utc(status.revoked_at)}")
        if self.epoch(consent.patient, block=at.number) != consent.epoch:
            raise _not_in_force(consent, "the patient revoked all consents of its epoch")
        if status.active:
            return Standing(consent, Strength.REGISTERED, at.number)
        if self._is_deactivated(consent.patient, at.number):
            raise _not_in_force(consent, "the patient's identity is deactivated")
        if isinstance(presented, BatchedConsent):
            return self._check_batched(presented, at.number)
        if isinstance(presented, SignedConsent):
            return self._check_signed(presented, at.number, at.timestamp)
        raise _unsigned(consent)

    @typed_arguments
    def decide(
        self,
        request: Request,
        presented: Iterable[Consent | SignedConsent | BatchedConsent],
        *,
        patient: AnyIdentity | None = None,
        block: int | None = None,
    ) -> Decision:
        """Evaluate a request against consents in force that name the recipient.

        Args:
            request: Who wants what, for what.
            presented: The consents, all of the patient whose record it is.
            patient: Whose record it is; when None, who granted the consents, all of them.
            block: The block to decide at; defaults to the latest.

        Returns:
            The decision that permits it: it names the consent and the block, to be replayed.

        Raises:
            ConsentNotInForce: One of them is not, names another grantee, or is another patient's.
            ConsentRefused: Together they do not permit it, or there are none.
        """
        shown = tuple(presented)
        if not shown:
            why = (str(Outcome.NOT_APPLICABLE), "no consent was shown")
            raise ConsentRefused(*why, purpose=request.purpose)
        decision = self.weigh(request, shown, patient=patient, block=block)
        if not decision.permits:
            raise ConsentRefused(
                str(decision.outcome),
                decision.reason,
                purpose=request.purpose,
                asked=in_words(request),
                covers=" ".join(describe(consent_of(each).terms) for each in shown),
                unknown=unknown_in(request, [consent_of(each).terms for each in shown]),
            )
        return decision

    @typed_arguments
    def weigh(
        self,
        request: Request,
        presented: Iterable[Consent | SignedConsent | BatchedConsent],
        *,
        patient: AnyIdentity | None = None,
        block: int | None = None,
    ) -> Decision:
        """Decide as :meth:`decide` does, and return a refusal too.

        Args:
            request: As for :meth:`decide`, as are the others and the error.
            presented: At least one.
            patient: Whose record it is.
            block: The block to decide at.

        Returns:
            The decision.
        """
        at = self._chain.block().number if block is None else block
        standings = [self.require(each, block=at) for each in presented]
        whose = patient or standings[0].consent.patient
        for each in standings:
            if each.consent.grantee != request.recipient.address:
                raise _not_in_force(each.consent, "it names another grantee")
            if each.consent.patient != whose:
                raise _not_in_force(each.consent, "it is another patient's")
        return combine([_evaluated(each, request) for each in standings])

    @typed_arguments
    def batched(self, consent: Consent) -> BatchedConsent | None:
        """Prove a consent that was to be anchored from here, where it was.

        Args:
            consent: The consent.

        Returns:
            It with its proof; None where it is not anchored.

        Raises:
            VerificationError: It may be: the log store does not explain what the chain holds.
            NodeBehind: The node shows less than was seen.
        """
        whose = consent.patient
        if not self._anchors.log.was_given(CONSENT_STREAM, consent.id, issuer=whose):
            return None
        if consent.id not in self._anchors.log.known(CONSENT_STREAM, issuer=whose):
            return None
        return BatchedConsent(
            consent, self._anchors.proofs.prove(CONSENT_STREAM, consent.id, issuer=whose)
        )

    # -----------------------------------------------------------------------------------------

    def _check_signed(self, signed: SignedConsent, block: int, now: int) -> Standing:
        from salus.chain.control_check import verify_typed_data

        consent = signed.consent
        if signed == unsigned(consent):
            raise _unsigned(consent)
        if now > signed.deadline:
            raise _not_in_force(consent, f"its signature lapsed at {utc(signed.deadline)}")
        message = {"consent": consent.as_message(), "deadline": signed.deadline}
        typed: dict[str, Any] = self._registry.typed("GrantConsent", message)
        shown = (consent.patient, typed, signed.signer, signed.signature)
        try:
            verify_typed_data(self._chain, *shown, block=block)
        except CredentialError as error:
            raise _not_in_force(consent, str(error)) from error
        return Standing(consent, Strength.SIGNED, block)

    def _check_batched(self, batched: BatchedConsent, block: int) -> Standing:
        consent, inclusion = batched.consent, batched.inclusion
        anchored = inclusion.anchored
        # Only what stands in this stream was meant as a consent: leaves of others may be anything.
        meant = stream_id(CONSENT_STREAM, anchored.number)
        if inclusion.leaf != consent.id or anchored.stream != meant:
            raise _not_in_force(consent, "the inclusion proof is another leaf's")
        if anchored.issuer != consent.patient:
            raise _not_in_force(consent, "the inclusion proof is another issuer's")
        try:
            anchored_at = self._anchors.proofs.locate(inclusion, block=block)
        except VerificationError as error:
            raise _not_in_force(consent, str(error)) from error
        if not self._timelines.stands(anchored):
            # Nobody who reads the stream finds it, the patient neither: it is not to be revoked.
            raise _not_in_force(consent, "its checkpoint does not stand in the patient's stream")
        # Who foresaw the epoch, and held the key until it began, could anchor consents of it.
        if anchored_at < self._epoch_began(consent):
            raise _not_in_force(consent, "it was anchored before the consents of its epoch began")
        return Standing(consent, Strength.BATCHED, block)

    def _epoch_began(self, consent: Consent) -> EventPlace:
        """Where a consent's epoch began."""
        if not any(consent.epoch):
            return EventPlace(0, 0)  # the first, which every identity has from the start
        if began := self._timelines.epoch_began(consent.patient, consent.epoch):
            return began
        # It is the patient's epoch now: that it began is on chain, and this node lacks its event.
        raise HistoryUnavailable(
            identity=consent.patient,
            block=0,
            reason="the beginning of the epoch of its consents is missing",
        )

    def _is_deactivated(self, patient: Address, block: int) -> bool:
        identities = self._chain.contract("IdentityRegistry")
        return bool(identities.call("isDeactivated", patient, block=block))


def _evaluated(standing: Standing, request: Request) -> Decision:
    consent, block = standing.consent, standing.block_number
    return evaluate(consent.terms, request, consent_id=consent.id, block=block)


def _end(presented: SignedConsent | BatchedConsent) -> tuple[bool, int]:
    if isinstance(presented, SignedConsent):
        return False, presented.deadline
    return True, 0


def _unsigned(consent: Consent) -> ConsentNotInForce:
    return ConsentNotInForce(
        hex0x(consent.id),
        "it is not registered, and no signature was presented",
        advice="Give what `consents.sign()` returned, or `consents.grant()` it first",
    )


def _not_in_force(consent: Consent, reason: str) -> ConsentNotInForce:
    return ConsentNotInForce(hex0x(consent.id), reason)
