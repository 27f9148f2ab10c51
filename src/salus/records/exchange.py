"""Exchanging records: custodians share and revoke, grantees collect.

Example:
    >>> from salus.records.exchange import Exchange
    >>> Exchange.__name__
    'Exchange'
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.consents.documents import Presented
from salus.consents.revocations import SignedRevocation
from salus.errors import InputError
from salus.errors.consent import NothingToShare
from salus.records.access import asks, facts_of, party
from salus.records.base import RecordActs, hex_id
from salus.records.directory import verifier
from salus.records.mail import PARCEL, TERMS, Collected, collect, together
from salus.records.revocations import honour, require_known, require_none
from salus.terms import Action, ResourceFacts, evaluate
from salus.vault import Compartment, Entry, Manifest, Plan, Revocation


class Exchange(RecordActs):
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
            NothingToShare: Nothing that is kept here is permitted.
            MissingKey: The grantee announced no inbox.
            InputError: The grantee is this participant itself, who has the keys.
            SignerNotInControl: The account does not control this identity (any more).
        """
        self.require_control()
        if presented.consent.grantee.lower() == self._vault.identity:
            raise InputError("the consent's grantee is this participant, who has the keys already")
        standing = self._consents.check(presented)
        consent, block = standing.consent, standing.block_number
        require_none(self._vault, consent)
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
            if compartment.patient != consent.patient.lower():
                return False
            decision = evaluate(consent.terms, request, consent_id=consent.id, block=block)
            return decision.permits

        plan = self._vault.keyring.plan(
            covers=lambda compartment: permits(facts_of(compartment), compartment),
            permits=lambda entry: permits(_entry_facts(entry), entry.compartment),
        )
        self._note(presented, purpose=purpose, action=action)
        return self._send(presented, plan, purpose=purpose)

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
            return self._vault.revoke(hex_id(revoked))
        self._consents.check_revocation(revoked)
        return honour(self._vault, revoked)

    def collect(self, *, after: Collected | None = None) -> Collected:
        """Take in what others left in this participant's inbox.

        One run reads up to 64 MiB of letters; while ``left`` is not empty, go on with ``after``.
        Deleted are only parcels that held an erased record, once all else in them was taken in.

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
        return collect(inbox, self._vault, self._vault.keys, verify=verify, after=after)

    def discard(self, collected: Collected, *, refused: bool = False) -> int:
        """Delete messages from this participant's inbox, once the consents in them are kept.

        Args:
            collected: What :meth:`collect` gave.
            refused: Delete also those that were refused.

        Returns:
            How many were deleted.

        Raises:
            StorageError: The inbox refuses.
        """
        inbox, _ = self.directory.find(self._identity)
        ids = (*collected.taken, *(collected.refused if refused else ()))
        return sum(inbox.delete(each) for each in ids)

    def _note(self, presented: Presented, *, purpose: str, action: Action) -> None:
        """Before anything is given: what was given is judged by it for as long as it stands."""
        consent, document = hex_id(presented.consent.id), presented.to_json().encode()
        self._vault.grants.note(consent, document, purpose=purpose, action=action.name)

    def _send(self, presented: Presented, plan: Plan, *, purpose: str) -> tuple[Manifest, ...]:
        consent = presented.consent
        manifests = tuple(self._planned(plan))
        if not manifests:
            raise NothingToShare(hex_id(consent.id), purpose=purpose)
        inbox, document = self.directory.find(consent.grantee)
        # To look the reader up takes time, in which a revocation may have been honoured.
        parcels = self._vault.share(
            plan,
            document,
            consent=hex_id(consent.id),
            guard=lambda: require_none(self._vault, consent),
        )
        self._post(inbox, TERMS, presented.to_json().encode(), document)
        for parcel in parcels:
            self._post(inbox, PARCEL, parcel.to_bytes(), document)
        # Older keys first: they hold the older versions.
        keys = sorted(plan.compartments, key=lambda key: key.generation)
        for parcel in together(self._vault.pointers(key) for key in keys):
            self._post(inbox, PARCEL, parcel.to_bytes(), document)
        return manifests

    def _planned(self, plan: Plan) -> Iterable[Manifest]:
        for record, version in plan.records:
            yield self._vault.manifest(record.hex(), version=version).manifest
        for key in plan.compartments:
            for entry in self._vault.keyring.entries(key.key_id):
                yield self._vault.manifest(entry.record.hex(), version=entry.version).manifest


def _entry_facts(entry: Entry) -> ResourceFacts:
    return facts_of(entry.compartment, entry.facts)
