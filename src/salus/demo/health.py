"""The health half: a record encrypted, anchored, shared under a passkey's consent, opened, proven, revoked.

Example:
    >>> from salus.demo.health import PURPOSE
    >>> PURPOSE
    'TREAT'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.client import Salus
from salus.consent_documents import SignedConsent
from salus.demo.people import TITLES, People
from salus.errors import SalusError, TamperedBlob, WrongRecipient
from salus.errors.consent import ConsentNotInForce, ConsentRefused
from salus.receipts import Receipt, verify_receipt
from salus.records import AddedRecords
from salus.terms import Effect, Rule, Terms
from salus.vault import IdentityKeys, Inbox, Vault, open_storage

if TYPE_CHECKING:
    from salus.demo.report import Report

PURPOSE = "TREAT"
WITHHELD = frozenset({"PSY", "SUD", "HIV"})
"""Sensitivities that the patient keeps to the hospital that treats them."""
DAYS = 90


@dataclass(frozen=True, slots=True)
class Places:
    """Storage URLs: each hospital's blobs, and the two inboxes."""

    hospital: str
    clinic: str
    hospital_inbox: str
    clinic_inbox: str


def tell(people: People, report: Report, bundle: bytes, places: Places) -> None:
    """Run the chapter."""
    hospital = _equip(people["hospital"], places.hospital)
    clinic = _equip(people["clinic"], places.clinic, read_from=places.hospital)
    _announce(report, hospital, clinic, places)
    added = _keep(people, report, hospital, bundle)
    signed = _consent(people, report, hospital, clinic)
    _share_and_open(report, hospital, clinic, signed)
    _prove(report, hospital, added)
    _refuse_stranger(people, report, hospital, places)
    _catch_tampering(report, hospital, added, places)
    _revoke(people, report, hospital, clinic, signed)


def _equip(client: Salus, storage: str, *, read_from: str | None = None) -> Salus:
    keys = IdentityKeys.generate(client.account.identity, created_at=client.chain.now())
    others = [] if read_from is None else [read_from]
    vault = Vault(
        storage, "memory:", keys=keys, chain_id=client.chain.chain_id, read_from=others
    )
    return Salus(client.chain, account=client.account, vault=vault)


def _announce(report: Report, hospital: Salus, clinic: Salus, places: Places) -> None:
    for client, inbox, name in (
        (hospital, places.hospital_inbox, "hospital"),
        (clinic, places.clinic_inbox, "clinic"),
    ):
        with report.step("health", TITLES[name], "announces its inbox and post-quantum key") as step:
            step.paid(client.records.directory.announce(client.vault.keys.document, inbox))


def _keep(people: People, report: Report, hospital: Salus, bundle: bytes) -> AddedRecords:
    with report.step("health", TITLES["hospital"], "") as step:
        added = hospital.records.add_bundle(
            bundle, patient=people.patient.identity, progress=report.progress
        )
        assert added.anchored.transaction is not None
        step.paid(added.anchored.transaction)
        step.what = f"encrypts and stores {len(added.records):,} records, anchors them in one write"
    report.facts["records"] = len(added.records)
    report.facts["anchored"] = "0x" + added.anchored.checkpoint.id.hex()
    return added


def _consent(people: People, report: Report, hospital: Salus, clinic: Salus) -> SignedConsent:
    exception = Rule(effect=Effect.DENY, sensitivities=WITHHELD)
    terms = Terms(
        base=Rule(effect=Effect.PERMIT, purposes=frozenset({PURPOSE})), exceptions=(exception,)
    )
    with report.step("health", "Patient", "signs a consent by passkey: treatment, no psychiatry, HIV, addiction"):
        consent = hospital.consents.propose(
            people.patient.identity, clinic.account.identity, terms
        )
        deadline = hospital.chain.now() + DAYS * 24 * 3600
        signed = hospital.consents.sign(consent, by=people.patient, deadline=deadline)
    with report.step("health", TITLES["hospital"], "submits the patient's consent and pays for it") as step:
        step.paid(hospital.consents.register(signed))
    return signed


def _share_and_open(
    report: Report, hospital: Salus, clinic: Salus, signed: SignedConsent
) -> None:
    total = report.facts["records"]
    with report.step("health", TITLES["hospital"], "") as step:
        shared = hospital.records.share(signed, purpose=PURPOSE)
        step.what = f"leaves keys to {len(shared):,} of {total:,} records in the clinic's inbox, sealed"
    with report.step("health", TITLES["clinic"], "") as step:
        came = clinic.records.collect()
        if came.problems or len(came.manifests) != len(shared):
            raise AssertionError(f"the clinic could not take everything in: {came.problems}")
        consent = came.consents[0]
        opened = [
            clinic.records.open(each, under=consent, purpose=PURPOSE) for each in came.manifests[:3]
        ]
        step.what = f"collects {len(came.manifests):,} records and opens {len(opened)}"
    report.facts["shared"] = len(shared)
    report.prove(
        "the clinic reads what the patient permitted, and nothing else",
        by=TITLES["clinic"],
        rests_on="keys that open a subset of the terms; the consent's id on chain",
    )
    report.refusal(
        "health",
        TITLES["clinic"],
        "asks for the same records for marketing",
        error=ConsentRefused,
        act=lambda: clinic.records.open(came.manifests[0], under=consent, purpose="HMARKT"),
    )


def _prove(report: Report, hospital: Salus, added: AddedRecords) -> None:
    record = added.records[0].manifest
    with report.step("health", TITLES["hospital"], "writes a receipt for one record"):
        receipt = hospital.records.receipt(record).to_json()
        document = hospital.records.open(record)
    with report.step("health", "Verifier", "") as step:
        read = Receipt.from_json(receipt)
        found = verify_receipt(read, document=document, block_hash=read.block_hash)
        step.what = f"checks it offline, without node or storage ({found.assurance})"
    report.prove(
        "this very document existed no later than its block",
        by="Verifier",
        rests_on=f"inclusion proof, checkpoint, {found.assurance} of the block; trust: {found.trust}",
    )
    altered = document.replace(b'"', b"'", 1)
    report.refusal(
        "health",
        "Verifier",
        "is shown the receipt with an altered document",
        error=SalusError,
        act=lambda: verify_receipt(read, document=altered),
    )


def _refuse_stranger(
    people: People, report: Report, hospital: Salus, places: Places
) -> None:
    stranger = people.stranger.account
    keys = IdentityKeys.generate(stranger.identity, created_at=hospital.chain.now())
    inbox = Inbox(places.clinic_inbox)

    def pry() -> None:
        from salus.records.directory import verifier

        inbox.open(inbox.list()[0], keys, verify=verifier(hospital.chain))

    report.refusal(
        "health", "Stranger", "finds the clinic's inbox and tries to open a message",
        error=WrongRecipient, act=pry,
    )


def _catch_tampering(
    report: Report, hospital: Salus, added: AddedRecords, places: Places
) -> None:
    manifest = added.records[-1].manifest
    storage = open_storage(places.hospital)
    blob = b"".join(storage.get(manifest.blob_name))
    flipped = blob[:-1] + bytes([blob[-1] ^ 1])
    storage.delete(manifest.blob_name)
    storage.put(manifest.blob_name, flipped)
    report.refusal(
        "health",
        TITLES["hospital"],
        "reads a record whose storage flipped one bit",
        error=TamperedBlob,
        act=lambda: hospital.records.open(manifest),
    )
    storage.delete(manifest.blob_name)
    storage.put(manifest.blob_name, blob)
    report.prove(
        "storage cannot change, truncate or swap a record unseen",
        by="whoever opens it",
        rests_on="authenticated segments, key and plaintext commitments",
    )


def _revoke(
    people: People, report: Report, hospital: Salus, clinic: Salus, signed: SignedConsent
) -> None:
    patient, consent_id = people.patient, signed.consent.id
    with report.step("health", "Patient", "revokes by passkey; the hospital submits and rotates keys") as step:
        step.paid(hospital.consents.revoke(patient.identity, consent_id, by=patient))
        hospital.records.revoke(consent_id)
    report.refusal(
        "health",
        TITLES["hospital"],
        "is asked to share under the revoked consent",
        error=ConsentNotInForce,
        act=lambda: hospital.records.share(signed, purpose=PURPOSE),
    )
    report.refusal(
        "health",
        TITLES["clinic"],
        "tries to open a record under the revoked consent",
        error=ConsentNotInForce,
        act=lambda: clinic.records.open(
            next(iter(clinic.vault.manifests(issuer=hospital.account.identity))),
            under=signed,
            purpose=PURPOSE,
        ),
    )
    report.prove(
        "a revoked consent opens nothing new",
        by="both hospitals",
        rests_on="one slot on chain that cannot be cleared; what was read before cannot be unread",
    )
