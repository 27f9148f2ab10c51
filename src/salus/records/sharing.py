"""Exchanging records: custodians share and revoke, grantees collect.

Example:
    >>> from salus.records.sharing import Exchange
    >>> Exchange.__name__
    'Exchange'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from salus.consents.documents import Consent, Presented, read_consent
from salus.consents.errors import ConsentNotInForce, NothingToShare
from salus.consents.revocations import SignedRevocation
from salus.errors import InputError
from salus.mail.collecting import PARCEL, TERMS, UNJUDGED_FOR, Collected, collect, together
from salus.mail.directory import verifier
from salus.primitives.address import Address
from salus.primitives.documents import hex0x
from salus.records.admitting import Admitting, drop_shown
from salus.records.consulting import deny
from salus.records.facts import asks, facts_of, party
from salus.records.revocations import honour, require_known, require_none
from salus.records.telling import Telling
from salus.terms import describe, evaluate
from salus.terms.request import ResourceFacts
from salus.terms.vocabulary import Action
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.keys import Entry, Plan
from salus.vault.documents.manifest import Manifest
from salus.vault.sharing.sharing import Revocation


class Exchange(Telling):
    """What passes between a custodian and a grantee, under a consent."""

    def share(
        self, presented: Presented, *, purpose: str, action: Action = Action.ACCESS
    ) -> tuple[Manifest, ...]:
        """Give the grantee the keys that a consent permits, and no others, through its inbox.

        Purpose and action cannot be expressed in keys: they decide what is shared, and the
        grantee's software checks them again at each opening.

        Args:
            presented: The consent; it must be in force.
            purpose: What the grantee asked for, an HL7 PurposeOfUse code.
            action: What the grantee asked to do.

        Returns:
            The manifests of what the grantee can open now.

        Raises:
            UnknownCode: The purpose is none.
            ConsentNotInForce: The consent does not stand, or its revocation was shown here.
                Any other consent in force between the parties that denies a record withholds it.
            NothingToShare: Nothing that is kept here is permitted.
            MissingKey: The grantee announced no inbox.
            InputError: The grantee is this participant itself, who has the keys.
            SignerNotInControl: The account does not control this identity (any more).
        """
        self.require_control()
        if presented.consent.grantee.lower() == self._vault.identity:
            raise InputError(
                "the consent's grantee is this participant, who has the keys already: nothing is to"
                " be shared"
            )
        patient = presented.consent.patient.lower()
        ended = self._vault.grants.ended(hex0x(presented.consent.id))
        relabelled = self._vault.keyring.relabelled(patient)
        standing = self._consents.checks.require(presented)
        consent, block = standing.consent, standing.block_number
        require_none(self._vault, consent)
        presented = self._longest(presented, block=block)
        before = self._heard(consent)  # of what came meanwhile, nothing was asked

        def guard() -> None:
            self._require_unchanged(consent, before)
            if self._vault.grants.ended(hex0x(consent.id)) != ended:
                reason = "it was revoked here while it was shared"
                raise ConsentNotInForce(hex0x(consent.id), reason)
            if self._vault.keyring.relabelled(patient) != relabelled:
                raise _meanwhile(consent, "a record of this patient was labelled anew meanwhile")

        others = self.consulting.between(
            consent.patient, consent.grantee, custodian=self._identity, block=block
        )
        at = self._chain.block(block).timestamp
        grantee, custodian = (
            party(each, self._accreditations, block=block)
            for each in (consent.grantee, self._identity)
        )

        def permits(facts: ResourceFacts, compartment: Compartment) -> bool:
            request = asks(
                facts,
                recipient=grantee,
                custodian=custodian,
                purpose=purpose,
                at=at,
                action=action,
            )
            if compartment.patient != patient:
                return False
            decision = evaluate(consent.terms, request, consent_id=consent.id, block=block)
            return decision.permits and deny(others, request, block=block) is None

        plan = self._vault.keyring.plan(
            patient=patient,
            covers=lambda compartment: permits(facts_of(compartment), compartment),
            permits=lambda entry: permits(_entry_facts(entry), entry.compartment),
        )
        self._tell_of_consents(consent.patient, consent.grantee, but=presented, block=block)
        self._note(presented, purpose=purpose, action=action)
        return self._send(presented, plan, purpose=purpose, guard=guard)

    def heed(self, presented: Presented) -> bool:
        """Keep a consent that was handed over, ask it from now on, and pass it on to its grantee.

        Consents that this participant signed or registered, shared under, or collected are kept
        already. A deny counts only where it is known: hand it to the custodian and to the grantee.
        The custodian passes it on to a grantee who ever had a key of the patient's records, now or
        with :meth:`revoke_ended`.

        Args:
            presented: Its document.

        Returns:
            False where it is not in force now; if it may deny, and no other document of it is
            kept, it is kept all the same.

        Raises:
            ChainError: The node does not answer.
            StorageError: The key store, or the grantee's inbox, cannot be written.
        """
        consent, block = presented.consent, self._chain.block().number
        if not self.consulting.hear(presented, block=block):
            return False
        if self._had_keys(consent.patient, consent.grantee):
            self._tell_of_consents(consent.patient, consent.grantee, block=block)
        return True

    def revoke(self, revoked: bytes | SignedRevocation) -> Revocation:
        """Honour a revocation: no further wrap under that consent, new keys for what follows.

        A signed one is honoured at sight: it is checked against who controls the patient's identity
        now, kept, and nothing is sent. From then on this custodian neither shares nor opens
        anything under that consent, whether or not somebody submits the document.

        Args:
            revoked: The consent's id, 32 bytes, on the custodian's own word; or what the patient
                signed.

        Returns:
            What was done to the keys. Revoking again does nothing.

        Raises:
            UnknownConsent: No consent of that id is known here or on chain.
            RevocationNotValid: The document is forged, lapsed, of another chain, or not the
                patient's whose records were shared; nothing was changed.
            StorageError: The key store cannot be written; nothing was changed.
        """
        if not isinstance(revoked, SignedRevocation):
            require_known(self._vault, self._chain, revoked)
            return self._vault.revoke(hex0x(revoked))
        self._consents.revocations.check(revoked)
        return honour(self._vault, revoked)

    def collect(self, *, after: Collected | None = None) -> Collected:
        """Take in what others left in this participant's inbox.

        One run reads up to 64 MiB of letters; while ``left`` is not empty, go on with ``after``.
        A record comes in only under a consent in force that names this reader, and that the sender
        of the record showed in a letter. Deleted are only parcels that held an erased record, once
        all else in them was taken in.

        Args:
            after: The run before, to go on where it ended.

        Returns:
            Consents, records and problems; keep the consents, then :meth:`discard` the messages.

        Raises:
            MissingKey: This participant announced no inbox.
            StorageError: The inbox cannot be read.
        """
        inbox, _ = self.directory.find(self._identity)
        verify = verifier(self._chain)
        return collect(
            inbox,
            self._vault,
            self._vault.keys,
            verify=verify,
            admission=Admitting(self._vault, self.consulting, self._chain),
            letters=self.letters,
            after=after,
        )

    def discard(
        self,
        collected: Collected,
        *,
        refused: bool = False,
        unknown: bool = False,
        unjudged: bool = False,
    ) -> int:
        """Delete messages from this participant's inbox, once the consents in them are kept.

        Args:
            collected: What :meth:`collect` gave.
            refused: Delete also those that were refused, and what nobody asked for.
            unknown: Delete also letters of kinds that nothing here handles.
            unjudged: Delete also what no node could judge, of what lies there for a week.

        Returns:
            How many were deleted.

        Raises:
            StorageError: The inbox refuses.
        """
        inbox, _ = self.directory.find(self._identity)
        others = (*collected.refused, *collected.unasked) if refused else ()
        stale = inbox.older(UNJUDGED_FOR) if unjudged else set[str]()
        ids = (
            *collected.taken,
            *collected.already,
            *others,
            *(collected.unknown if unknown else ()),
            *(each for each in collected.unjudged if each in stale),
        )
        return sum(inbox.delete(each) for each in ids)

    def drop_shown(self, sender: Address) -> int:
        """Forget the consents that somebody showed in letters, and take no records under them.

        Args:
            sender: Whose letters.

        Returns:
            How many were forgotten. Those stay that records came under, and what may deny these.

        Raises:
            StorageError: The key store cannot be written.
        """
        return drop_shown(self._vault, sender)

    def _longest(self, presented: Presented, *, block: int) -> Presented:
        """What is given is judged, and opened, by the document that counts for the longest time."""
        self.consulting.hear(presented, block=block)
        kept = self.consulting.known(presented.consent)
        return presented if kept is None else read_consent(kept.document)

    def _note(self, presented: Presented, *, purpose: str, action: Action) -> None:
        """Before anything is given: what was given is judged by it for as long as it stands."""
        consent, document = hex0x(presented.consent.id), presented.to_json().encode()
        self._vault.grants.note(consent, document, purpose=purpose, action=action.name)

    def _send(
        self, presented: Presented, plan: Plan, *, purpose: str, guard: Callable[[], None]
    ) -> tuple[Manifest, ...]:
        consent = presented.consent
        manifests = tuple(self._planned(plan))
        if not manifests:
            keys = self._vault.keyring.compartment_keys(consent.patient.lower())
            classes = (each.compartment.resource_class.partition(".")[0] for each in keys)
            raise NothingToShare(
                hex0x(consent.id),
                purpose=purpose,
                covers=describe(consent.terms),
                kept=", ".join(sorted({*classes})),
            )
        inbox, document = self.directory.find(consent.grantee)
        # To look the reader up takes time, in which a revocation may have been honoured, or another
        # consent kept.
        parcels = self._vault.share(plan, document, consent=hex0x(consent.id), guard=guard)
        shown = presented.to_json().encode()
        self._post(inbox, TERMS, shown, document)
        self._vault.heard.tell(
            consent.patient, consent.grantee, consent=hex0x(consent.id), document=shown
        )
        # Older keys first: they hold the older versions.
        keys = sorted(plan.compartments, key=lambda key: key.generation)
        pointers = together(self._vault.pointers(key) for key in keys)
        for parcel in chain(parcels, pointers):
            guard()
            self._post(inbox, PARCEL, parcel.to_bytes(), document)
        return manifests

    def _require_unchanged(self, consent: Consent, before: frozenset[tuple[bytes, int]]) -> None:
        require_none(self._vault, consent)
        if not self._heard(consent) <= before:
            raise _meanwhile(consent, "another consent of this patient came meanwhile")

    def _heard(self, consent: Consent) -> frozenset[tuple[bytes, int]]:
        parties = (consent.grantee, consent.patient, self._identity)
        heard = (self._vault.heard.names(consent.patient, each) for each in parties)
        return frozenset(chain.from_iterable(heard))

    def _planned(self, plan: Plan) -> Iterable[Manifest]:
        for record, version in plan.records:
            yield self._vault.manifest(record.hex(), version=version).manifest
        for key in plan.compartments:
            for entry in self._vault.keyring.entries(key.key_id):
                yield self._vault.manifest(entry.record.hex(), version=entry.version).manifest


def _meanwhile(consent: Consent, reason: str) -> ConsentNotInForce:
    advice = "Share again: all is asked anew then"
    return ConsentNotInForce(hex0x(consent.id), reason, advice=advice)


def _entry_facts(entry: Entry) -> ResourceFacts:
    return facts_of(entry.compartment, entry.facts)
