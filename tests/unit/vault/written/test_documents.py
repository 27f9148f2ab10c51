"""Each document that a release left behind is read, and is written again byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from salus.consents.actor_statements import SignedActorStatement
from salus.consents.documents import read_consent
from salus.consents.passed_documents import PassedConsent
from salus.consents.revocations import SignedRevocation
from salus.consents.rulings import Ruling
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import Deposit
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.identities.guardian_documents import RecoveryApproval, read_guardians, write_guardians
from salus.primitives.statement import SaltedStatement
from salus.safes.proposals import SafeProposal
from salus_verify import ErasureReceipt, Receipt
from salus_verify.encoding import canonical


def reason(data: bytes) -> str:
    """Nothing reads a reason but its author's program: it opens what the chain holds."""
    said = json.loads(data)
    return SaltedStatement(said["text"], bytes.fromhex(said["salt"])).to_json()


def entry(data: bytes) -> bytes:
    """An audit entry counts by its digest: whoever reads it needs its exact bytes."""
    return canonical(json.loads(data))


Again = Callable[[bytes], bytes | str]
WRITTEN_BY: dict[str, Again] = {
    "actor-statement.json": lambda data: SignedActorStatement.from_json(data).to_json(),
    "batched-consent.json": lambda data: read_consent(data).to_json(),
    "consent.json": lambda data: read_consent(data).to_json(),
    "consignment.json": lambda data: Consignment.from_json(data).to_json(),
    "deposit-clinic.json": lambda data: Deposit.parse(data).to_bytes(),
    "deposit-custodian.json": lambda data: Deposit.parse(data).to_bytes(),
    "emergency-card.json": lambda data: EmergencyCard.parse(data).to_bytes(),
    "erasure.json": lambda data: ErasureReceipt.from_json(data).to_json(),
    "erasure-unreached.json": lambda data: ErasureReceipt.from_json(data).to_json(),
    "guardians.json": lambda data: write_guardians(read_guardians(data)),
    "lot.json": lambda data: LotManifest.from_json(data).to_json(),
    "pack.json": lambda data: PackOpening.from_json(data).to_json(),
    "passed-consent.json": lambda data: PassedConsent.from_json(data).to_json(),
    "reason.json": reason,
    "receipt.json": lambda data: Receipt.from_json(data).to_json(),
    "recovery-approval.json": lambda data: RecoveryApproval.from_bytes(data).to_bytes(),
    "release-clinic.json": entry,
    "release-custodian.json": entry,
    "release-request.json": lambda data: ReleaseRequest.parse(data).to_bytes(),
    "released-share-clinic.json": lambda data: ReleasedShare.parse(data).to_bytes(),
    "released-share-custodian.json": lambda data: ReleasedShare.parse(data).to_bytes(),
    "revocation.json": lambda data: SignedRevocation.from_json(data).to_json(),
    "ruling.json": lambda data: Ruling.from_json(data).to_json(),
    "safe-proposal.json": lambda data: SafeProposal.from_bytes(data).to_bytes(),
    "signed-release-request.json": lambda data: SignedRequest.parse(data).to_bytes(),
}
"""Reads each document, and writes it again."""

OPENED_ELSEWHERE = {"recovery.json", "recovery-shares.txt"}
"""What holds secrets is not written twice alike: `test_secrets` opens it."""


def test_every_document_has_its_reader(release: Path) -> None:
    found = {each.name for each in (release / "documents").iterdir()}
    assert found == set(WRITTEN_BY) | OPENED_ELSEWHERE


@pytest.mark.parametrize("name", sorted(WRITTEN_BY))
def test_a_document_is_read_as_it_was_written(release: Path, name: str) -> None:
    data = (release / "documents" / name).read_bytes()
    again = WRITTEN_BY[name](data)
    assert (again.encode() if isinstance(again, str) else again) == data


def test_an_erasure_says_why_each_blob_may_be_left(release: Path) -> None:
    data = (release / "documents" / "erasure-unreached.json").read_bytes()
    report = ErasureReceipt.from_json(data).report
    assert {str(each.reason) for each in report.unreached} == {
        *("missing", "no-marker", "not-ours", "other-marker", "untold", "versions")
    }
    assert not report.complete
