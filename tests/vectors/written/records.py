"""A hospital adds, shares, erases; a clinic collects; the patient revokes one consent."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from tests.support.s3_servers import environment, make_bucket, s3_server
from tests.vectors.written.release import NOTE, PATIENT, Release

import salus
from salus.terms import Terms
from salus.vault.storage.base import MARKER
from salus.vault.storage.memory import MemoryStorage


def write_records(release: Release, hospital: salus.Salus, clinic: salus.Salus) -> None:
    """Records in two versions, one that was erased, one consent that ended."""
    clinic.mail.announce("memory://inbox")
    first = hospital.records.add(b"first note", patient=PATIENT.identity, about=NOTE).records[0]
    amended = b"first note, amended"
    hospital.records.add(amended, patient=PATIENT.identity, about=NOTE, record=first)
    gone = hospital.records.add(b"erased note", patient=PATIENT.identity, about=NOTE).records[0]
    consents = hospital.consents
    terms = Terms.permit("TREAT", classes="DocumentReference").except_(sensitivities="PSY")
    consent = consents.sign(consents.propose(PATIENT.identity, clinic.identity, terms), by=PATIENT)
    hospital.records.share(consent, purpose="TREAT")
    assert len(clinic.records.collect().manifests) == 3
    erased = hospital.records.erase(gone)
    clinic.records.collect()
    revocation = consents.revocations.sign(PATIENT.identity, consent.consent.id, by=PATIENT)
    release.document("consent.json", consent.to_json())
    release.document("revocation.json", revocation.to_json())
    release.document("receipt.json", hospital.records.receipt(first).to_json())
    release.document("erasure.json", erased.receipt.to_json())


def write_partial_erasure(release: Release) -> None:
    """An archive erases a record whose versions lie in five places, and reaches none of them."""
    with s3_server() as server, TemporaryDirectory() as state:
        os.environ.update(environment(server))
        make_bucket(server, "archive")
        client = boto3.client("s3", endpoint_url=server, region_name="eu-central-1")
        client.put_bucket_versioning(
            Bucket="archive", VersioningConfiguration={"Status": "Enabled"}
        )
        client.close()
        release.document("erasure-unreached.json", _erased(release, Path(state)))


def _erased(release: Release, state: Path) -> bytes:
    told, unmounted, elsewhere, lost = (
        f"memory://{name}" for name in ("sold", "unmounted", "elsewhere", "lost")
    )
    record = None
    for home in (told, unmounted, elsewhere, lost, "s3://archive"):
        archive = release.participant("archive", state=state, storage=home)
        added = archive.records.add(home.encode(), patient=PATIENT, about=NOTE, record=record)
        record = added.records[0]
        archive.close()
    assert record is not None
    MemoryStorage.named("unmounted").blobs.clear()
    MemoryStorage.named("elsewhere").blobs.clear()
    MemoryStorage.named("elsewhere").put(MARKER, b"0" * 32)
    for blob in MemoryStorage.named("lost").blobs.keys() - {MARKER}:
        MemoryStorage.named("lost").delete(blob)
    still = " ".join((unmounted, elsewhere, lost))
    archive = release.participant("archive", state=state, storage="s3://archive", read_from=still)
    erased = archive.records.erase(record)
    archive.close()
    return erased.receipt.to_json()
