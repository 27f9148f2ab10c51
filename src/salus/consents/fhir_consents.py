"""FHIR Consents that become consents here, and consents written as FHIR has them.

What a Consent says beside its terms (who performed it, its source, its number, what terms cannot
say) is kept with the consent, byte for byte. Whose it is, a statement says, or who imports it.

Example:
    >>> import json, salus
    >>> me = salus.connect("tester", storage="memory://example-fhir-consents")
    >>> grantee = "0x" + "ab" * 20
    >>> consent = me.consents.propose(me, grantee, salus.Terms.permit("TREAT"))
    >>> _ = me.consents.grant(consent)
    >>> written = json.loads(me.consents.fhir.export(consent.id).data)
    >>> written["status"], written["patient"]["identifier"]["value"] == me.identities.did(me)
    ('active', True)
    >>> _ = me.consents.revoke(me, consent.id)
    >>> me.consents.fhir.export(consent.id).status
    'inactive'
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from salus.chain.control_check import require_control
from salus.chain.signing.signers import Signer
from salus.consents.documents import Consent, Presented, SignedConsent, consent_of
from salus.consents.errors import ConsentNotKept
from salus.consents.fhir_names import FhirNames
from salus.consents.fhir_writing import written
from salus.consents.states import ConsentState
from salus.errors import InputError
from salus.fhir.consent import ConsentReading
from salus.fhir.consent_checking import actor_places, check_consent, why_unfit
from salus.fhir.consent_status import ACTIVE, INACTIVE, with_status
from salus.fhir.errors import ConsentNotUsable
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Deadline, utc
from salus.primitives.values import typed
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.actors import ActorDirectory
    from salus.consents.checks import ConsentChecks
    from salus.consents.handlers import ConsentHandlers
    from salus.consents.searching import KnownConsent
    from salus.terms.model import Terms
    from salus.vault.database.notebook import Notebook

SOURCE = "salus/fhir-source/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class FhirProposal:
    """A consent that a FHIR Consent became: nobody signed it, and nothing is kept of it.

    Attributes:
        consent: What the patient is to sign.
        source: The exact bytes of the FHIR Consent.
        unfit: The elements that did not fit, which must be read before its permits open anything.
    """

    consent: Consent
    source: bytes = field(repr=False)
    unfit: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class FhirDocument:
    """A consent as FHIR R4 writes it, as of one moment.

    Attributes:
        data: The Consent as JSON: where it was imported its exact bytes, but for the status.
        status: ``active`` or ``inactive``.
        imported: Whether it is the Consent that was imported.
        block: A block at which the chain was asked, or a little later.
    """

    data: bytes = field(repr=False)
    status: str
    imported: bool
    block: int


class ConsentMaker(Protocol):
    """Who proposes and signs consents: `Consents`."""

    def propose(self, patient: AnyIdentity, grantee: AnyIdentity, terms: Terms) -> Consent:
        """Make a consent for the patient's current epoch."""

    def sign(
        self, consent: Consent, *, by: Signer, deadline: Deadline | None = None
    ) -> SignedConsent:
        """Sign a consent, and keep it."""


class FhirConsents:
    """FHIR Consents in, and out.

    Args:
        maker: Who proposes and signs.
        checks: Whether consents are in force.
        actors: Who somebody is.
        handlers: What keeps consents.
        chain: Where they are registered.
    """

    def __init__(
        self,
        maker: ConsentMaker,
        checks: ConsentChecks,
        actors: ActorDirectory,
        handlers: ConsentHandlers,
        chain: Chain,
    ) -> None:
        self._maker, self._checks, self._actors = maker, checks, actors
        self._handlers, self._chain = handlers, chain
        self._names = FhirNames(actors, chain)
        self._notes: Notebook | None = None

    @typed_arguments
    def keep_in(self, notes: Notebook) -> None:
        """Keep what is imported in a sealed notebook.

        Args:
            notes: The notebook, of this part alone.
        """
        self._notes = notes

    @typed_arguments
    def propose(
        self,
        data: bytes,
        grantee: AnyIdentity,
        *,
        patient: AnyIdentity | None = None,
        policies: Collection[str] = (),
        residual: bool = False,
        unknown_actors: bool = False,
    ) -> FhirProposal:
        """Make a consent of a FHIR Consent; nothing is signed, sent or kept.

        Args:
            data: The exact bytes of an R4 Consent, as JSON.
            grantee: Who may act on it: an identity, or a signer for it.
            patient: Whose identity signs; defaults to the one that statements say its ``patient``
                is. One that they say is somebody else is refused.
            policies: Addresses of policies that were read, and that add nothing.
            residual: Whether what does not fit is taken as conditions that must be read first.
            unknown_actors: Whether actors are taken of whom no statement says who they are.

        Returns:
            The consent, with its source.

        Raises:
            ConsentNotUsable: It cannot become one; every element that keeps it from that is named.
            InputError: It is not JSON, not a Consent, or not R4's.
            ChainError: The node does not answer.
        """
        reading = check_consent(data, policies=policies)
        told = None if patient is None else identity_of(patient)
        whose, problems = self._names.patient(reading.patient, told=told)
        problems += [*_ended(reading, self._chain.now())]
        if not residual:
            problems += why_unfit(reading)
        if whose is not None and not unknown_actors:
            problems += self._nobodies(data, reading, whose)
        if whose is None or problems:
            raise ConsentNotUsable(problems=problems)
        consent = self._maker.propose(whose, grantee, reading.terms)
        return FhirProposal(consent=consent, source=data, unfit=reading.unfit)

    @typed_arguments
    def sign(
        self, proposal: FhirProposal, *, by: Signer, deadline: Deadline | None = None
    ) -> SignedConsent:
        """Sign a proposal, and keep the consent with its source.

        Args:
            proposal: What :meth:`propose` made.
            by: Who controls the patient's identity.
            deadline: As for `Consents.sign`.

        Returns:
            The document, to be sealed to the grantee; what `Consents.register` registers.

        Raises:
            SignerNotInControl: Who signs does not control the patient's identity.
            InputError: This client keeps no consents.
            ChainError: The node does not answer.
        """
        notes, consent = self._notebook(), proposal.consent
        require_control(self._chain, by, identity=consent.patient)
        name = consent.id.hex()
        before = notes.get(name)
        notes.put(name, _note(proposal.source))
        try:
            return self._maker.sign(consent, by=by, deadline=deadline)
        except BaseException:
            notes.drop(name) if before is None else notes.put(name, before)
            raise

    @typed_arguments
    def keep(
        self,
        presented: Consent | Presented,
        data: bytes,
        *,
        policies: Collection[str] = (),
    ) -> tuple[str, ...]:
        """Keep the FHIR Consent beside a consent that the patient signed for it elsewhere.

        Args:
            presented: The consent.
            data: The exact bytes of the FHIR Consent.
            policies: As for :meth:`propose`.

        Returns:
            The elements that did not fit.

        Raises:
            ConsentNotUsable: It says other terms, or statements say that it is another patient's.
            InputError: It is not JSON, not a Consent or not R4's; or no consents are kept here.
            ChainError: The node does not answer.
        """
        notes, consent = self._notebook(), consent_of(presented)
        reading = check_consent(data, policies=policies)
        _, problems = self._names.patient(reading.patient, told=consent.patient)
        if reading.terms != consent.terms:
            why = f"says other terms than consent {hex0x(consent.id)}: give what it was made from"
            problems.append(("Consent.provision", why))
        if problems:
            raise ConsentNotUsable(problems=problems)
        notes.put(consent.id.hex(), _note(data))
        return reading.unfit

    @typed_arguments
    def source(self, consent_id: bytes) -> bytes | None:
        """The FHIR Consent that a consent was imported from, byte for byte.

        Args:
            consent_id: 32 bytes.

        Returns:
            What was imported; None where the consent was not, or nothing is kept here.
        """
        note = None if self._notes is None else self._notes.get(consent_id.hex())
        return None if note is None else str(note["text"]).encode()

    @typed_arguments
    def drop(self, consent_id: bytes) -> None:
        """Forget what a consent was imported from; the consent itself stays.

        Args:
            consent_id: 32 bytes.

        Raises:
            InputError: This client keeps no consents.
        """
        self._notebook().drop(consent_id.hex())

    @typed_arguments
    def export(self, consent_id: bytes, *, patient: str | None = None) -> FhirDocument:
        """Write a consent that is kept here as a FHIR R4 Consent, as it stands now.

        What is revoked, superseded, of an ended epoch, not in force or over by its terms is
        ``inactive``; the chain is asked in this call.

        Args:
            consent_id: 32 bytes.
            patient: How its ``patient`` is written, as ``Patient/1`` or ``system|value``; defaults
                to the name that statements give the identity, then to its DID.

        Returns:
            The Consent. What was imported comes back byte for byte, but for another status.

        Raises:
            ConsentNotKept: It is not kept here.
            InputError: This client keeps no consents; statements say that this patient is another;
                or it was imported, and its patient is as it was written there.
            InvalidTerms: Its terms have a policy and 15 exceptions: of one grantee alone they are
                one rule too many.
            ChainError: The node does not answer: whether it stands is not known.
        """
        at = self._chain.block()  # before it is asked: what ended since then is inactive
        known = self._known(consent_id)
        status = ACTIVE if _stands(known, max(at.timestamp, int(time.time()))) else INACTIVE
        source = self.source(known.id)
        if source is None:
            name = self._names.written(known.patient, told=patient)
            granted = self._checks.status(known.patient, known.id, block=at.number)
            agreed = granted.granted_at or known.kept_at
            data = written(known.document.consent, patient=name, at=agreed, status=status)
        elif patient is None:
            data = with_status(source, status)
        else:
            raise InputError(
                "this consent was imported, and its patient is as it was written there: leave"
                " `patient=` out"
            )
        return FhirDocument(data=data, status=status, imported=source is not None, block=at.number)

    def _known(self, consent_id: bytes) -> KnownConsent:
        for stored in self._handlers.known():
            if stored.document.consent.id == consent_id:
                return stored.judged()
        raise ConsentNotKept(hex0x(consent_id))

    def _nobodies(
        self, data: bytes, reading: ConsentReading, patient: Address
    ) -> Iterator[tuple[str, str]]:
        unknown = set(self._actors.unknown(reading.terms, patient=patient))
        for place, name in actor_places(data):
            if name in unknown:
                yield (
                    place,
                    f"nobody whose word counts said who {name} is: keep such a statement with"
                    " `consents.actors.keep()`, or go on with `unknown_actors=True`",
                )

    def _notebook(self) -> Notebook:
        if self._notes is None:
            raise InputError("this client keeps no consents: connect it with storage= and state=")
        return self._notes


def _ended(reading: ConsentReading, now: int) -> Iterator[tuple[str, str]]:
    end = _end_of(reading.terms)
    if end is not None and end <= now:
        yield "Consent.provision.period.end", f"was over at {utc(end)}"


def _stands(known: KnownConsent, now: int) -> bool:
    end = _end_of(known.terms)
    return known.state is ConsentState.STANDS and (end is None or now < end)


def _end_of(terms: Terms) -> int | None:
    return None if terms.base.validity is None else terms.base.validity.end


def _note(data: bytes) -> dict[str, str]:
    return {"type": SOURCE, "text": data.decode()}
