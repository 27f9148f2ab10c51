"""An erasure destroys what the vault controls, and says what it could not reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.support.vaults import add
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import (
    StorageUnavailable,
)
from salus.vault import Compartment, Vault
from salus.vault.crypto.envelope import decrypt
from salus.vault.documents.erasure_notice import statement_of
from salus.vault.errors import (
    MissingRecord,
    RecordErased,
    TamperedBlob,
)
from salus.vault.storage import MemoryStorage
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import Unreached, WhyLeft

# ── erasure ──────────────────────────────────────────────────────────────────────────────────


def test_erasure_destroys_all_that_the_vault_controls(
    tmp_path: Path,
    hospital: Person,
    clinician: Person,
    storage: MemoryStorage,
    closed_later: ClosedLater,
) -> None:
    vault = closed_later(
        Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
    )
    first = add(vault, hospital, b"one")
    record = first.manifest.record_id
    second = add(vault, hospital, b"two", record=record)
    kept = add(vault, hospital, b"kept")
    parcel = share_record(vault, record, clinician.keys.document, consent="c")
    wrapped = [row[-1] for row in vault.database._db.all("SELECT * FROM records")]

    report = vault.erase(record, erased_at=NOW)

    assert report.complete
    assert [(v, leaf) for v, _, leaf in report.versions] == [(1, first.leaf), (2, second.leaf)]
    assert (report.shared_keys, report.grantees) == (1, (clinician.identity,))
    assert {name for _, name in report.destroyed} == {
        first.manifest.blob.name,
        second.manifest.blob.name,
    }
    assert list(storage.list()) == [kept.manifest.blob.name]
    file = (tmp_path / "keys.db").read_bytes()
    assert sum(key in file for key in wrapped) == 1
    assert parcel.keys[0].secret not in file
    assert vault.open(kept.manifest).read() == b"kept"


def test_an_erased_record_stays_erased(vault: Vault, hospital: Person, clinician: Person) -> None:
    manifest = add(vault, hospital).manifest
    vault.erase(manifest.record_id, erased_at=NOW)
    for act in (
        lambda: vault.open(manifest),
        lambda: vault.opening(manifest),
        lambda: vault.manifest(manifest.record_id),
        lambda: add(vault, hospital, b"again", record=manifest.record_id),
        lambda: share_record(vault, manifest.record_id, clinician.keys.document, consent="c"),
    ):
        with pytest.raises(RecordErased):
            act()


def test_what_is_erased_cannot_be_opened_with_a_former_readers_compartment_key(
    vault: Vault, hospital: Person, clinician: Person, storage: MemoryStorage, labs: Compartment
) -> None:
    """The reader kept its compartment key and the manifest, and somebody kept the blob."""
    added = add(vault, hospital, compartment=labs)
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    (parcel,) = vault.readers.share(plan, clinician.keys.document, consent="c")
    compartment_key = parcel.keys[0].secret
    blobs = dict(storage.blobs)

    report = vault.erase(added.manifest.record_id, erased_at=NOW)

    assert report.grantees == (clinician.identity,)
    assert vault.database.records.all(vault.identity) == []
    for guess in (compartment_key, added.manifest.blob.key_commitment, added.manifest.commitment):
        with pytest.raises(TamperedBlob):
            list(
                decrypt(
                    blobs[added.manifest.blob.name],
                    key=guess,
                    associated_data=added.manifest.associated_data,
                )
            )


class _Stubborn(MemoryStorage):
    """A storage that refuses to delete until it is told to."""

    refusing = True

    def delete(self, name: str) -> bool:
        if self.refusing:
            raise StorageUnavailable(self.url, "it is read-only")
        return super().delete(name)


def test_erasure_says_what_it_could_not_reach_and_finishes_later(hospital: Person) -> None:
    storage = _Stubborn()
    vault = Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest

    report = vault.erase(manifest.record_id, erased_at=NOW)

    assert not report.complete
    assert report.unreached == (Unreached(storage.url, manifest.blob.name, WhyLeft.REFUSED),)
    with pytest.raises(RecordErased):
        vault.open(manifest)
    storage.refusing = False
    again = vault.erase(manifest.record_id, erased_at=NOW + 99)
    assert again.complete
    assert again.erased_at == NOW
    assert list(storage.list()) == []


def test_erasure_names_a_storage_that_is_not_ours(
    tmp_path: Path, hospital: Person, closed_later: ClosedLater
) -> None:
    url = f"sqlite://{tmp_path}/keys.db"
    elsewhere = MemoryStorage("elsewhere")
    manifest = add(
        closed_later(Vault(elsewhere, url, keys=hospital.keys, chain_id=CHAIN)), hospital
    ).manifest
    here = closed_later(Vault(MemoryStorage("here"), url, keys=hospital.keys, chain_id=CHAIN))

    report = here.erase(manifest.record_id, erased_at=NOW)

    assert report.unreached == (
        Unreached("memory://elsewhere", manifest.blob.name, WhyLeft.NOT_OURS),
    )


def test_refuses_to_erase_what_never_was(vault: Vault) -> None:
    with pytest.raises(MissingRecord):
        vault.erase("00" * 16, erased_at=NOW)


def test_the_report_of_an_erasure_is_a_document_to_sign(vault: Vault, hospital: Person) -> None:
    report = vault.erase(add(vault, hospital).manifest.record_id, erased_at=NOW)
    assert Erasure.parse(report.to_bytes()) == report
    assert statement_of(report).digest == report.digest
