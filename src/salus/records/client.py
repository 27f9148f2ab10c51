"""Records in the client: custodians add, share, revoke, erase; grantees collect and open.

Example:
    >>> from salus.records.client import RECORDS_STREAM
    >>> RECORDS_STREAM
    'records'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus import fhir
from salus.consent_documents import SignedConsent
from salus.errors import InputError, MissingRecord
from salus.errors.consent import ConsentNotInForce
from salus.models import Address
from salus.receipts import Receipt, issue_receipt
from salus.records.access import asks, compartment_of, facts_of, kept_of, party
from salus.records.directory import Directory, verifier
from salus.records.mail import PARCEL, TERMS, Collected, collect, together
from salus.terms import Action, Outcome, Request, ResourceFacts, evaluate
from salus.vault import Compartment, Entry, Inbox, KeyDocument, Manifest, Plan, Revocation, Vault

if TYPE_CHECKING:
    from salus.accreditations import Accreditations
    from salus.anchors import Anchored, Anchors
    from salus.chain import Chain, Transaction
    from salus.chain.signers import Account
    from salus.consents import Consents
    from salus.vault import Added, Erasure

RECORDS_STREAM = "records"
"""Label of the stream that record leaves are anchored in."""
FHIR_JSON = "application/fhir+json"

Progress = Callable[[int], None]
"""Told how many records are done."""


@dataclass(frozen=True, slots=True)
class AddedRecords:
    """Records that were stored and anchored together, in order."""

    records: tuple[Added, ...]
    anchored: Anchored

    @property
    def transaction(self) -> Transaction:
        """The transaction that anchored them."""
        assert self.anchored.transaction is not None  # noqa: S101 - just made, not read back
        return self.anchored.transaction


class Records:
    """One participant's records: own ones as a custodian, received ones as a grantee."""

    def __init__(
        self,
        chain: Chain,
        account: Account,
        vault: Vault,
        *,
        anchors: Anchors,
        consents: Consents,
        accreditations: Accreditations,
        directory: Directory,
    ) -> None:
        self._chain = chain
        self._account = account
        self._vault = vault
        self._anchors = anchors
        self._consents = consents
        self._accreditations = accreditations
        self.directory = directory

    # A custodian -----------------------------------------------------------------------------

    def add_bundle(
        self, data: bytes, *, patient: Address, progress: Progress = lambda done: None
    ) -> AddedRecords:
        """Store a FHIR R4 bundle, one record a resource, and anchor all of them in one checkpoint.

        The exact bytes of each resource are kept; nothing is re-serialised. All of the bundle is
        read and checked
        before the first record is stored.

        Args:
            data: A Bundle, a single resource, or NDJSON.
            patient: The identity that the patient uses here.
            progress: Told how many records are stored.

        Raises:
            InputError: When it is not strict JSON, not FHIR R4, or holds no resource; nothing was
            stored.
        """
        resources = list(fhir.resources(data))
        if not resources:
            raise InputError("the bundle holds no resource: there is nothing to store")
        added = []
        for done, resource in enumerate(resources, start=1):
            added.append(self._store(resource.data, resource.facts, patient, FHIR_JSON))
            progress(done)
        anchored = self._anchors.append(RECORDS_STREAM, [each.leaf for each in added])
        return AddedRecords(tuple(added), anchored)

    def add(
        self,
        data: bytes,
        *,
        patient: Address,
        facts: ResourceFacts,
        media_type: str = "application/octet-stream",
    ) -> AddedRecords:
        """Store and anchor one record of any kind.

        Args:
            data: Its exact bytes.
            patient: The identity that the patient uses here.
            facts: What consent terms look at.
            media_type: What it is (RFC 6838).
        """
        added = self._store(data, facts, patient, media_type)
        return AddedRecords((added,), self._anchors.append(RECORDS_STREAM, [added.leaf]))

    def share(
        self, signed: SignedConsent, *, purpose: str, action: Action = Action.ACCESS
    ) -> tuple[Manifest, ...]:
        """Give the grantee the keys that a consent permits, and no others, through its inbox.

        Purpose and action cannot be expressed in keys: they decide what is shared, and the
        grantee's software
        checks them again at each opening.

        Args:
            signed: The consent; it must be in force.
            purpose: What the grantee asked for, an HL7 PurposeOfUse code.
            action: What the grantee asked to do.

        Returns:
            The manifests of what the grantee can open now.

        Raises:
            ConsentNotInForce: When the consent does not stand.
            MissingRecord: When nothing that is kept here is permitted.
        """
        standing = self._consents.check(signed)
        consent = standing.consent
        at = self._chain.block(standing.block_number).timestamp
        grantee = party(consent.grantee, self._accreditations)

        def permits(facts: ResourceFacts, compartment: Compartment) -> bool:
            request = asks(
                facts,
                recipient=grantee,
                custodian=self._account.identity,
                purpose=purpose,
                at=at,
                action=action,
            )
            return compartment.patient == consent.patient.lower() and self._permitted(
                signed, request, standing.block_number
            )

        plan = self._vault.keyring.plan(
            covers=lambda compartment: permits(facts_of(compartment), compartment),
            permits=lambda entry: permits(_entry_facts(entry), entry.compartment),
        )
        return self._send(signed, plan)

    def revoke(self, consent_id: bytes) -> Revocation:
        """Honour a revocation: no further wrap under that consent, new keys for what follows."""
        return self._vault.revoke(_hex(consent_id))

    def erase(self, record: str) -> Erasure:
        """Destroy every key, salt, wrap, manifest and blob of a record that is in reach."""
        return self._vault.erase(record, erased_at=self._chain.now())

    def receipt(self, manifest: Manifest) -> Receipt:
        """Prove a record of one's own: that it existed no later than the chain's latest block."""
        opening = self._vault.opening(manifest)
        inclusion = self._anchors.prove(RECORDS_STREAM, opening.leaf())
        return issue_receipt(self._chain, inclusion, opening)

    # A grantee -------------------------------------------------------------------------------

    def collect(self) -> Collected:
        """Take in what others left in this participant's inbox."""
        inbox, _ = self.directory.find(self._account.identity)
        return collect(inbox, self._vault, self._vault.keys, verify=verifier(self._chain))

    def open(
        self,
        manifest: Manifest,
        *,
        under: SignedConsent | None = None,
        purpose: str | None = None,
        action: Action = Action.ACCESS,
        facts: ResourceFacts | None = None,
    ) -> bytes:
        """Open a record: one's own, or a received one under the consent that permits it.

        Args:
            manifest: The pointer to it.
            under: The consent; needed for received records, and checked on chain first.
            purpose: For what, an HL7 PurposeOfUse code; needed likewise.
            action: What is done with it.
            facts: What terms look at, for records that are not FHIR; FHIR resources say it
                themselves.

        Raises:
            InputError: When the consent, the purpose or the facts are missing.
            ConsentNotInForce: When the consent does not stand, or is somebody else's.
            ConsentRefused: When it does not permit this record for that purpose.
            TamperedBlob: When the stored bytes are not what was promised.
        """
        if manifest.issuer == self._vault.identity:
            return self._vault.open(manifest).read()
        if under is None or purpose is None:
            raise InputError("a received record is opened under= a consent and for a purpose=")
        standing = self._consents.check(under)
        if standing.consent.grantee != self._account.identity:
            raise ConsentNotInForce(_hex(standing.consent.id), "it names another grantee")
        data = self._vault.open(manifest).read()
        request = asks(
            _content_facts(manifest, data) if facts is None else facts,
            recipient=party(self._account.identity, self._accreditations),
            custodian=manifest.issuer,
            purpose=purpose,
            at=self._chain.block(standing.block_number).timestamp,
            action=action,
        )
        self._consents.decide(request, [under], block=standing.block_number)
        return data

    # -----------------------------------------------------------------------------------------

    def _store(self, data: bytes, facts: ResourceFacts, patient: Address, media_type: str) -> Added:
        return self._vault.add(
            data,
            author=self._account,
            compartment=compartment_of(patient, facts),
            media_type=media_type,
            created_at=self._chain.now(),
            facts=kept_of(facts),
        )

    def _permitted(self, signed: SignedConsent, request: Request, block: int) -> bool:
        consent = signed.consent
        decision = evaluate(consent.terms, request, consent_id=consent.id, block=block)
        return decision.outcome is Outcome.PERMIT

    def _send(self, signed: SignedConsent, plan: Plan) -> tuple[Manifest, ...]:
        consent = signed.consent
        manifests = tuple(self._planned(plan))
        if not manifests:
            raise MissingRecord(f"any that consent {_hex(consent.id)} permits")
        inbox, document = self.directory.find(consent.grantee)
        parcels = self._vault.share(plan, document, consent=_hex(consent.id))
        self._post(inbox, TERMS, signed.to_json().encode(), document)
        for parcel in parcels:
            self._post(inbox, PARCEL, parcel.to_bytes(), document)
        for parcel in together(self._vault.pointers(key) for key in plan.compartments):
            self._post(inbox, PARCEL, parcel.to_bytes(), document)
        return manifests

    def _planned(self, plan: Plan) -> Iterable[Manifest]:
        for record, version in plan.records:
            yield self._vault.manifest(record.hex(), version=version).manifest
        for key in plan.compartments:
            for entry in self._vault.keyring.entries(key.key_id):
                yield self._vault.manifest(entry.record.hex(), version=entry.version).manifest

    def _post(self, inbox: Inbox, kind: str, body: bytes, document: KeyDocument) -> None:
        inbox.send(
            kind,
            body,
            author=self._account,
            recipient=document,
            chain_id=self._chain.chain_id,
            sent_at=self._chain.now(),
        )


def _entry_facts(entry: Entry) -> ResourceFacts:
    return facts_of(entry.compartment, entry.facts)


def _content_facts(manifest: Manifest, data: bytes) -> ResourceFacts:
    """What terms look at in a record that was just opened: read from the resource itself."""
    if manifest.media_type != FHIR_JSON:
        raise InputError(f"a record of {manifest.media_type} is opened with facts= about it")
    return next(iter(fhir.resources(data))).facts


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
