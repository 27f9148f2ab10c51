"""The health half: records anchored, shared under a passkey's consent, proven, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from salus.chain.chain import Chain
from salus.client import Salus
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.demo.people import TITLES
from salus.errors import VerificationError
from salus.primitives.address import Address
from salus.records.added import AddedRecords
from salus.terms.model import Terms
from salus.vault.errors import TamperedBlob, WrongRecipient
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.letters.inbox import Inbox
from salus.vault.storage.storage_kinds import open_storage
from salus.vault.vault import Vault
from salus_verify.assurance import Assurance, Expected
from salus_verify.encoding import hex0x, octets_of
from salus_verify.errors import ReceiptMismatch
from salus_verify.receipt import Receipt
from salus_verify.verify import Verification, verify_receipt

if TYPE_CHECKING:
    from salus.demo.report import Report
    from salus.testing.participants import People

PURPOSE = "TREAT"
WITHHELD = frozenset({"PSY", "SUD", "HIV"})
"""Labels of what the patient keeps to the hospital; a record without one is not known by it."""
DAYS = 90

_RESTS = {
    Assurance.STORAGE_PROOF: "a storage proof of the block",
    Assurance.NAMED: "a named block (the node has no proofs)",
}


@dataclass(frozen=True, slots=True)
class DemoStorages:
    """Storage URLs: each hospital's blobs, and the two inboxes."""

    hospital: str
    clinic: str
    hospital_inbox: str
    clinic_inbox: str


def tell(people: People, report: Report, bundle: bytes, places: DemoStorages) -> None:
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
    vault = Vault(storage, "memory:", keys=keys, chain_id=client.chain.chain_id, read_from=others)
    return Salus(client.chain, account=client.account, vault=vault)


def _announce(report: Report, hospital: Salus, clinic: Salus, places: DemoStorages) -> None:
    for client, inbox, name in (
        (hospital, places.hospital_inbox, "hospital"),
        (clinic, places.clinic_inbox, "clinic"),
    ):
        with report.step("health", TITLES[name], "announces its inbox and key") as step:
            step.paid(client.mail.announce(inbox))


def _keep(people: People, report: Report, hospital: Salus, bundle: bytes) -> AddedRecords:
    with report.step("health", TITLES["hospital"], "") as step:
        added = hospital.records.add_bundle(
            bundle, patient=people.patient.identity, progress=report.progress
        )
        if added.transaction is not None:
            step.paid(added.transaction)
        step.what = f"stores {len(added.records):,} encrypted records, anchors them"
    report.facts["records"] = len(added.records)
    report.facts["anchored"] = hex0x(added.anchored.checkpoint.id)
    return added


def _consent(people: People, report: Report, hospital: Salus, clinic: Salus) -> SignedConsent:
    terms = Terms.permit(PURPOSE).except_(sensitivities=WITHHELD)
    with report.step("health", "Patient", "consents by passkey, no PSY, HIV or SUD"):
        consent = hospital.consents.propose(people.patient, clinic.account, terms)
        deadline = timedelta(days=DAYS)
        signed = hospital.consents.sign(consent, by=people.patient, deadline=deadline)
    with report.step("health", TITLES["hospital"], "submits the consent and pays for it") as step:
        step.paid(hospital.consents.register(signed))
    return signed


def _share_and_open(report: Report, hospital: Salus, clinic: Salus, signed: SignedConsent) -> None:
    total = report.facts["records"]
    with report.step("health", TITLES["hospital"], "") as step:
        shared = hospital.records.share(signed, purpose=PURPOSE)
        step.what = _sealed(len(shared), total)
    with report.step("health", TITLES["clinic"], "") as step:
        came = clinic.records.collect()
        if came.problems or len(came.manifests) != len(shared):
            problems = "; ".join(map(str, came.problems)) or "records are missing"
            raise VerificationError(f"the clinic could not take everything in: {problems}")
        consent = came.consents[0]
        opened = [
            clinic.records.open(each, under=consent, purpose=PURPOSE) for each in came.manifests[:3]
        ]
        step.what = f"collects {len(came.manifests):,} records, opens {len(opened)}"
    report.facts["shared"] = len(shared)
    report.prove(
        "the clinic reads what the patient permitted, no more",
        by=TITLES["clinic"],
        rests_on="keys by the terms and the labels; consent id on chain",
    )
    report.refusal(
        "health",
        TITLES["clinic"],
        "asks for them again, for marketing",
        error=ConsentRefused,
        act=lambda: clinic.records.open(came.manifests[0], under=consent, purpose="HMARKT"),
    )


def _sealed(shared: int, total: int) -> str:
    """Where nothing is withheld, that is said."""
    if shared == total:
        return f"seals keys to all {total:,}; none is PSY, SUD or HIV"
    return f"seals keys to {shared:,} of {total:,} records"


def _prove(report: Report, hospital: Salus, added: AddedRecords) -> None:
    record = added.records[0].manifest
    with report.step("health", TITLES["hospital"], "writes a receipt for one record"):
        receipt = hospital.records.receipt(record).to_json()
        document = hospital.records.open(record)
    with report.step("health", "Verifier", "") as step:
        verifier, issuer = _connection_of_its_own(hospital.chain), hospital.account.identity
        found = check_receipt(verifier, receipt, document=document, issuer=issuer)
        step.what = "checks it; block and registry by a node"
    report.prove(
        "this very document existed no later than its block",
        by="Verifier",
        rests_on=f"inclusion proof, and {_RESTS[found.assurance]}",
    )
    altered = document.replace(b'"', b"'", 1)
    report.refusal(
        "health",
        "Verifier",
        "is shown an altered document",
        error=ReceiptMismatch,
        act=lambda: check_receipt(verifier, receipt, document=altered, issuer=issuer),
    )


def check_receipt(
    chain: Chain, receipt: bytes, *, document: bytes, issuer: Address
) -> Verification:
    """Check a receipt as somebody who trusts a node, and nothing that the receipt says of itself.

    Raises:
        MalformedReceipt: It is not a receipt.
        ReceiptMismatch: It is of another chain, registry, issuer, block or document.
        ArgumentsInvalid: The chain has no such block.
    """
    read = Receipt.from_json(receipt)
    known = octets_of(chain.block(read.block_number).hash)
    registry = chain.contract("AnchorRegistry").address
    expected = Expected(chain_id=chain.chain_id, registry=registry, issuer=issuer)
    return verify_receipt(read, document=document, block_hash=known, expected=expected)


def _connection_of_its_own(chain: Chain) -> Chain:
    """The verifier's connection: to the same node here, and it shares nothing else."""
    return Chain(chain.rpc, network=chain.network, deployment=chain.deployment)


def _refuse_stranger(people: People, report: Report, hospital: Salus, places: DemoStorages) -> None:
    stranger = people.stranger.account
    keys = IdentityKeys.generate(stranger.identity, created_at=hospital.chain.now())
    inbox = Inbox(places.clinic_inbox)

    def pry() -> None:
        from salus.mail.directory import verifier

        inbox.open(inbox.list()[0], keys, verify=verifier(hospital.chain))

    report.refusal(
        "health",
        "Stranger",
        "tries to open a message in that inbox",
        error=WrongRecipient,
        act=pry,
    )


def _catch_tampering(
    report: Report, hospital: Salus, added: AddedRecords, places: DemoStorages
) -> None:
    manifest = added.records[-1].manifest
    storage = open_storage(places.hospital)
    blob = b"".join(storage.get(manifest.blob.name))
    flipped = blob[:-1] + bytes([blob[-1] ^ 1])
    storage.delete(manifest.blob.name)
    storage.put(manifest.blob.name, flipped)
    report.refusal(
        "health",
        TITLES["hospital"],
        "reads a record after storage flipped a bit",
        error=TamperedBlob,
        act=lambda: hospital.records.open(manifest),
    )
    storage.delete(manifest.blob.name)
    storage.put(manifest.blob.name, blob)
    report.prove(
        "storage cannot change, truncate or swap a record unseen",
        by="any reader",
        rests_on="authenticated segments, key and plaintext commitments",
    )


def _revoke(
    people: People, report: Report, hospital: Salus, clinic: Salus, signed: SignedConsent
) -> None:
    patient, consent_id = people.patient, signed.consent.id
    with report.step("health", "Patient", "revokes by passkey; keys are rotated") as step:
        step.paid(hospital.consents.revoke(patient.identity, consent_id, by=patient))
    report.refusal(
        "health",
        TITLES["hospital"],
        "is asked to share under it again",
        error=ConsentNotInForce,
        act=lambda: hospital.records.share(signed, purpose=PURPOSE),
    )
    report.refusal(
        "health",
        TITLES["clinic"],
        "opens a record under it again",
        error=ConsentNotInForce,
        act=lambda: clinic.records.open(
            next(iter(clinic.vault.manifests(issuer=hospital.account.identity))),
            under=signed,
            purpose=PURPOSE,
        ),
    )
    report.prove(
        "a revoked consent opens nothing new",
        by="hospitals",
        rests_on="one slot on chain; what was read before cannot be unread",
    )
