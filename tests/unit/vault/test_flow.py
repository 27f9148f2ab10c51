"""The vault as its users meet it: what was added comes back, and nobody else sees it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.vaults import TEXT, add
from tests.unit.conftest import CHAIN, Person

from salus.vault import Compartment, Vault
from salus.vault.crypto.cid import content_id
from salus.vault.errors import (
    VersionTaken,
)
from salus.vault.storage import MemoryStorage
from salus.vault.versions.pipeline import store_encrypted
from salus_verify.opening import PlaintextCommitment, commit_plaintext

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize("size", [0, 1, 65480, 1 << 20, 3_000_000])
def test_gives_back_the_exact_bytes(vault: Vault, hospital: Person, size: int) -> None:
    content = os.urandom(size)
    added = add(vault, hospital, content)
    record = vault.open(added.manifest)

    assert record.read() == content
    assert b"".join(record.blocks()) == content
    assert record.read_range(size // 3, size // 2) == content[size // 3 :][: size // 2]


def test_takes_files_and_generators(vault: Vault, hospital: Person) -> None:
    content = os.urandom(2_500_000)
    for source in (
        io.BytesIO(content),
        (content[at : at + 999] for at in range(0, len(content), 999)),
    ):
        assert vault.open(add(vault, hospital, source).manifest).read() == content


def test_the_blob_is_named_by_its_content(
    vault: Vault, hospital: Person, storage: MemoryStorage
) -> None:
    manifest = add(vault, hospital, os.urandom(1_500_000)).manifest
    blob = storage.blobs[manifest.blob.name]
    assert manifest.blob.content_id == content_id(blob)
    assert manifest.blob.ciphertext_size == len(blob)


def test_the_storage_sees_no_plaintext(
    vault: Vault, hospital: Person, storage: MemoryStorage
) -> None:
    add(vault, hospital, b"HbA1c 48 mmol/mol")
    assert storage.blobs
    assert all(b"HbA1c" not in blob for blob in storage.blobs.values())


def test_the_key_database_file_shows_no_key_and_no_description(
    tmp_path: Path,
    hospital: Person,
    storage: MemoryStorage,
    labs: Compartment,
    closed_later: ClosedLater,
) -> None:
    vault = closed_later(
        Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
    )
    added = add(vault, hospital, compartment=labs, when=(1_777_888_999, None))
    key = vault.keyring.record_key(vault.identity, added.manifest.record, 1)
    file = (tmp_path / "keys.db").read_bytes()

    for secret in (
        key.key,
        key.salt,
        vault.keyring.compartments.all()[0].key,
        hospital.keys.store_key,
        labs.patient.encode(),
        b"laboratory",
        b"1777888999",
        b"fhir",
    ):
        assert secret not in file


def test_the_leaf_opens_with_the_document_alone(vault: Vault, hospital: Person) -> None:
    added = add(vault, hospital)
    assert (added.opening.leaf(), added.opening.opens(TEXT)) == (added.leaf, True)
    assert vault.opening(added.manifest) == added.opening
    assert not added.opening.opens(TEXT.replace(b"48.00", b"48.0"))


def test_equal_records_look_unrelated(vault: Vault, hospital: Person) -> None:
    one, two = add(vault, hospital), add(vault, hospital)
    assert one.leaf != two.leaf
    assert one.manifest.commitment != two.manifest.commitment
    assert one.manifest.blob.content_id != two.manifest.blob.content_id


def test_padding_hides_the_length(vault: Vault, hospital: Person) -> None:
    sizes = set()
    for size in range(1000, 1024):
        added = add(vault, hospital, os.urandom(size), padding="padme")
        assert len(vault.open(added.manifest).read()) == size
        sizes.add(added.manifest.blob.ciphertext_size)
    assert len(sizes) <= 2


def test_versions_follow_each_other(vault: Vault, hospital: Person) -> None:
    first = add(vault, hospital, b"one")
    second = add(vault, hospital, b"two", record=first.manifest.record_id)

    assert second.manifest.version == 2
    assert second.manifest.previous == first.manifest.digest
    assert vault.manifest(first.manifest.record_id) == second.manifest
    assert vault.manifest(first.manifest.record_id, version=1) == first.manifest
    assert vault.open(first.manifest).read() == b"one"


def test_two_writers_of_one_version_do_not_both_win(
    tmp_path: Path, hospital: Person, storage: MemoryStorage, closed_later: ClosedLater
) -> None:
    ours, other = (
        closed_later(
            Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
        )
        for _ in range(2)
    )
    record = add(ours, hospital, b"one").manifest.record_id

    def late() -> object:
        yield b"mine "
        add(other, hospital, b"theirs", record=record)
        yield b"too late"

    with pytest.raises(VersionTaken):
        add(ours, hospital, late(), record=record)
    assert ours.open(ours.manifest(record)).read() == b"theirs"
    assert len(list(storage.list("blobs"))) == 2


def test_a_vault_opens_again_from_its_url(
    tmp_path: Path, hospital: Person, closed_later: ClosedLater
) -> None:
    urls = ((tmp_path / "blobs").as_uri(), f"sqlite://{tmp_path}/keys.db")
    vault = closed_later(Vault(*urls, keys=hospital.keys, chain_id=CHAIN))
    manifest = add(vault, hospital).manifest
    vault.close()
    assert (
        closed_later(Vault(*urls, keys=hospital.keys, chain_id=CHAIN)).open(manifest).read() == TEXT
    )


def test_works_on_real_studies_and_records(vault: Vault, hospital: Person) -> None:
    files = [*DATA.glob("dicom/*.dcm"), *DATA.glob("synthea-r4/**/*.json")][:6]
    if not files:
        pytest.skip("the shared test data is not beside this checkout")
    for file in files:
        with file.open("rb") as source:
            added = add(vault, hospital, source)
        assert vault.open(added.manifest).read() == file.read_bytes()


def test_a_blob_in_the_pipeline_matches_what_is_stored(storage: MemoryStorage) -> None:
    content = os.urandom((20 << 20) + 17)
    commitment = PlaintextCommitment(bytes(32))
    stored = store_encrypted(
        storage,
        content,
        key=bytes(32),
        associated_data=b"",
        commitment=commitment,
        padding="none",
    )
    assert stored.content_id == content_id(storage.blobs[f"blobs/{stored.content_id}"])
    assert commitment.digest() == commit_plaintext(bytes(32), content)
