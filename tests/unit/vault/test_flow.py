"""The vault as its users meet it: add, open, share, receive, erase; and storage that lies."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import (
    InvalidArgument,
    RangeOutOfBounds,
    StorageFull,
    StorageUnavailable,
)
from salus.vault import Added, Compartment, Vault
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.commitments import commit_key
from salus.vault.crypto.envelope import decrypt, encrypt
from salus.vault.documents.erasure import statement_of
from salus.vault.errors import (
    AppendedBlob,
    CommitmentMismatch,
    ForkedManifest,
    MalformedManifest,
    MissingKey,
    MissingRecord,
    RecordErased,
    TamperedBlob,
    TruncatedBlob,
    VersionTaken,
)
from salus.vault.storage import LocalStorage, MemoryStorage
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions import adding
from salus.vault.versions.pipeline import store_encrypted
from salus_verify.erasure import Erasure
from salus_verify.opening import PlaintextCommitment, commit_plaintext

TEXT = b'{"resourceType":"Observation","valueQuantity":{"value":48.00}}'
DATA = Path(__file__).parents[4] / "shared" / "data"


def add(vault: Vault, by: Person, source: object = TEXT, **more: object) -> Added:
    values: dict[str, object] = {
        "compartment": Compartment(patient="0x" + "cd" * 20, resource_class="Observation"),
        "media_type": "application/fhir+json",
        "created_at": NOW,
        **more,
    }
    return vault.add(source, **values)  # type: ignore[arg-type]


@pytest.fixture
def vault(vault_of: Callable[[Person], Vault], hospital: Person) -> Vault:
    return vault_of(hospital)


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
    assert all(b"HbA1c" not in blob for blob in storage.blobs.values())


def test_the_key_database_file_shows_no_key_and_no_description(
    tmp_path: Path, hospital: Person, storage: MemoryStorage, labs: Compartment
) -> None:
    vault = Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
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
    tmp_path: Path, hospital: Person, storage: MemoryStorage
) -> None:
    ours, other = (
        Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
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


def test_a_vault_opens_again_from_its_url(tmp_path: Path, hospital: Person) -> None:
    urls = ((tmp_path / "blobs").as_uri(), f"sqlite://{tmp_path}/keys.db")
    vault = Vault(*urls, keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    vault.close()
    assert Vault(*urls, keys=hospital.keys, chain_id=CHAIN).open(manifest).read() == TEXT


def test_works_on_real_studies_and_records(vault: Vault, hospital: Person) -> None:
    files = [*DATA.glob("dicom/*.dcm"), *DATA.glob("synthea-r4/**/*.json")][:6]
    if not files:
        pytest.skip("the shared test data is not beside this checkout")
    for file in files:
        with file.open("rb") as source:
            added = add(vault, hospital, source)
        assert vault.open(added.manifest).read() == file.read_bytes()


# ── bad input leaves nothing behind ──────────────────────────────────────────────────────────


def empty(vault: Vault) -> bool:
    return not list(vault.storage.list()) and not vault.manifests()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("media_type", "", MalformedManifest),
        ("media_type", "x/\x1b]0;owned\x07", MalformedManifest),
        ("created_at", -1, MalformedManifest),
        ("padding", "zeros", InvalidArgument),
        ("record", "no id", InvalidArgument),
        ("record", bytes(16), InvalidArgument),
        ("record", "00" * 16, MissingRecord),
    ],
)
def test_refuses_bad_arguments_and_keeps_nothing(
    vault: Vault, hospital: Person, name: str, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(vault, hospital, **{name: value})
    assert empty(vault)


def test_what_fails_once_the_blob_is_stored_keeps_nothing(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(key: bytes) -> bytes:
        raise ConnectionError

    monkeypatch.setattr(adding, "commit_key", interrupted)
    with pytest.raises(ConnectionError):
        add(vault, hospital)
    assert empty(vault)


def test_a_source_that_fails_leaves_nothing(vault: Vault, hospital: Person) -> None:
    def source() -> object:
        yield os.urandom(3 << 20)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        add(vault, hospital, source())
    assert empty(vault)


class _Full(MemoryStorage):
    """A storage that fills up after a megabyte."""

    def writer(self) -> object:  # type: ignore[override]
        writer, written = super().writer(), 0
        write = writer.write

        def limited(piece: bytes) -> None:
            nonlocal written
            written += len(piece)
            if written > 1 << 20:
                raise StorageFull("here")
            write(piece)

        writer.write = limited  # type: ignore[assignment,method-assign]
        return writer


def test_a_storage_that_fills_up_midway_leaves_nothing(hospital: Person) -> None:
    vault = Vault(_Full(), "memory:", keys=hospital.keys, chain_id=CHAIN)
    with pytest.raises(StorageFull):
        add(vault, hospital, os.urandom(5 << 20))
    assert empty(vault)
    assert vault.open(add(vault, hospital).manifest).read() == TEXT


# ── storage that lies ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def long(vault: Vault, hospital: Person) -> Added:
    return add(vault, hospital, os.urandom(200_000))


def test_names_a_missing_blob(vault: Vault, long: Added, storage: MemoryStorage) -> None:
    storage.delete(long.manifest.blob.name)
    with pytest.raises(MissingBlob, match="memory://shared"):
        vault.open(long.manifest)


def test_names_a_truncated_and_an_appended_blob(
    vault: Vault, long: Added, storage: MemoryStorage
) -> None:
    name, blob = long.manifest.blob.name, storage.blobs[long.manifest.blob.name]
    storage.blobs[name] = blob[:-1]
    with pytest.raises(TruncatedBlob):
        vault.open(long.manifest)
    storage.blobs[name] = blob + b"\0"
    with pytest.raises(AppendedBlob):
        vault.open(long.manifest)


def test_names_a_changed_blob_and_saves_no_file(
    vault: Vault, long: Added, storage: MemoryStorage, tmp_path: Path
) -> None:
    blob = bytearray(storage.blobs[long.manifest.blob.name])
    blob[150_000] ^= 1
    storage.blobs[long.manifest.blob.name] = bytes(blob)
    record = vault.open(long.manifest)
    for read in (record.read, lambda: record.save_to(tmp_path / "out")):
        with pytest.raises(TamperedBlob):
            read()
    assert list(tmp_path.iterdir()) == []
    assert len(record.read_range(0, 100)) == 100
    with pytest.raises(TamperedBlob):
        record.read_range(149_000, 2_000)


def test_names_a_blob_swapped_with_another_record(
    vault: Vault, hospital: Person, long: Added, storage: MemoryStorage
) -> None:
    other = add(vault, hospital, os.urandom(200_000))
    storage.blobs[long.manifest.blob.name] = storage.blobs[other.manifest.blob.name]
    with pytest.raises(TamperedBlob):
        vault.open(long.manifest).read()


def test_names_a_blob_that_a_holder_of_the_key_exchanged(
    vault: Vault, long: Added, storage: MemoryStorage, tmp_path: Path
) -> None:
    """A former reader has the key: the authentication tags are right, the commitment is not."""
    key = vault.keyring.record_key(vault.identity, long.manifest.record, 1)
    forged = encrypt(bytes(200_000), key=key.key, associated_data=long.manifest.associated_data)
    storage.blobs[long.manifest.blob.name] = b"".join(forged)
    with pytest.raises(CommitmentMismatch):
        vault.open(long.manifest).read()
    with pytest.raises(CommitmentMismatch):
        vault.open(long.manifest).save_to(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_names_a_read_that_comes_back_short(
    vault: Vault, long: Added, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryStorage.get

    def short(self: MemoryStorage, name: str, **part: object) -> object:
        pieces = list(real(self, name, **part))  # type: ignore[arg-type]
        return iter([*pieces[:-1], pieces[-1][:-1]])

    monkeypatch.setattr(MemoryStorage, "get", short)
    record = vault.open(long.manifest)
    with pytest.raises(TamperedBlob):
        record.read()
    with pytest.raises(TruncatedBlob):
        record.read_range(100_000, 5)


def test_refuses_a_range_outside(vault: Vault, hospital: Person) -> None:
    record = vault.open(add(vault, hospital, b"0123456789", padding="padme").manifest)
    for offset, length in ((0, 11), (-1, 2), (11, 0), (5, -1)):
        with pytest.raises(RangeOutOfBounds):
            record.read_range(offset, length)


def test_saves_to_a_file_that_only_its_owner_reads(
    vault: Vault, long: Added, tmp_path: Path
) -> None:
    record = vault.open(long.manifest)
    record.save_to(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == record.read()
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_reads_from_a_second_storage_only_when_told(hospital: Person, tmp_path: Path) -> None:
    first, second = LocalStorage(tmp_path / "a"), LocalStorage(tmp_path / "b")
    url = f"sqlite://{tmp_path}/keys.db"
    manifest = add(Vault(first, url, keys=hospital.keys, chain_id=CHAIN), hospital).manifest

    closed = Vault(second, url, keys=hospital.keys, chain_id=CHAIN)
    told = Vault(second, url, keys=hospital.keys, chain_id=CHAIN, read_from=[first.url])

    with pytest.raises(MissingBlob):
        closed.open(manifest)
    assert told.open(manifest).read() == TEXT


# ── between two hospitals ────────────────────────────────────────────────────────────────────


def test_a_shared_record_opens_for_its_reader_and_for_nobody_else(
    vault: Vault,
    hospital: Person,
    clinician: Person,
    stranger: Person,
    vault_of: Callable[[Person], Vault],
) -> None:
    added = add(vault, hospital)
    parcel = share_record(vault, added.manifest.record_id, clinician.keys.document, consent="c")
    theirs = vault_of(clinician)

    (manifest,) = theirs.readers.receive(parcel.to_bytes(), sender=hospital.identity)

    assert theirs.open(manifest).read() == TEXT
    opening = theirs.opening(manifest)
    assert (opening.leaf(), opening.opens(TEXT)) == (added.leaf, True)
    with pytest.raises(MissingKey, match="ask its custodian"):
        vault_of(stranger).open(manifest)


def test_an_older_manifest_is_not_taken_as_the_newest(
    vault: Vault, hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    record = add(vault, hospital, b"one").manifest.record_id
    old = share_record(vault, record, clinician.keys.document, consent="c")
    add(vault, hospital, b"two", record=record)
    new = share_record(vault, record, clinician.keys.document, consent="c")
    theirs = vault_of(clinician)

    for parcel in (new, old, new, old):
        theirs.readers.receive(parcel, sender=hospital.identity)
        newest = theirs._manifests.newest(vault.identity, bytes.fromhex(record))
        assert newest is not None
        assert newest.version == 2
    one, _ = theirs.manifests(issuer=vault.identity)
    assert theirs.open(one).read() == b"one"


def test_an_issuer_that_sends_two_contents_is_convicted(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    one, two = vault_of(hospital), vault_of(hospital)
    first = add(one, hospital, b"one")
    key = two.keyring.generate()
    blob = replace(first.manifest.blob, key_commitment=commit_key(key.key), wrap_id=key.wrap_id)
    fork = replace(first.manifest, commitment=bytes(32), blob=blob)
    two._manifests.add(fork, key)
    two.keyring.keep(
        key,
        record=first.manifest.record,
        version=1,
        compartment=Compartment(patient="0x" + "cd" * 20, resource_class="Observation"),
    )
    theirs = vault_of(clinician)
    document, record = clinician.keys.document, first.manifest.record_id

    theirs.readers.receive(
        share_record(one, record, document, consent="c"),
        sender=hospital.identity,
    )
    with pytest.raises(ForkedManifest, match="convict"):
        theirs.readers.receive(
            share_record(two, record, document, consent="c"),
            sender=hospital.identity,
        )


def test_refuses_records_of_another_chain(
    hospital: Person, clinician: Person, storage: MemoryStorage
) -> None:
    here = Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN)
    there = Vault(storage, "memory:", keys=clinician.keys, chain_id=1)
    record = add(here, hospital).manifest.record_id
    parcel = share_record(here, record, clinician.keys.document, consent="c")
    with pytest.raises(MalformedManifest, match="chain"):
        there.readers.receive(parcel, sender=hospital.identity)


# ── erasure ──────────────────────────────────────────────────────────────────────────────────


def test_erasure_destroys_all_that_the_vault_controls(
    tmp_path: Path, hospital: Person, clinician: Person, storage: MemoryStorage
) -> None:
    vault = Vault(storage, f"sqlite://{tmp_path}/keys.db", keys=hospital.keys, chain_id=CHAIN)
    first = add(vault, hospital, b"one")
    record = first.manifest.record_id
    second = add(vault, hospital, b"two", record=record)
    kept = add(vault, hospital, b"kept")
    parcel = share_record(vault, record, clinician.keys.document, consent="c")
    wrapped = [row[-1] for row in vault.database._db.all("SELECT * FROM records")]

    report = vault.erase(record, erased_at=NOW)

    assert report.complete
    assert [(v, leaf) for v, _, leaf in report.versions] == [(1, first.leaf), (2, second.leaf)]
    assert (report.wraps, report.grantees) == (1, (clinician.identity,))
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
    assert report.unreached == ((storage.url, manifest.blob.name, "StorageUnavailable"),)
    with pytest.raises(RecordErased):
        vault.open(manifest)
    storage.refusing = False
    again = vault.erase(manifest.record_id, erased_at=NOW + 99)
    assert again.complete
    assert again.erased_at == NOW
    assert list(storage.list()) == []


def test_erasure_names_a_storage_that_is_not_ours(tmp_path: Path, hospital: Person) -> None:
    url = f"sqlite://{tmp_path}/keys.db"
    elsewhere = MemoryStorage("elsewhere")
    manifest = add(Vault(elsewhere, url, keys=hospital.keys, chain_id=CHAIN), hospital).manifest
    here = Vault(MemoryStorage("here"), url, keys=hospital.keys, chain_id=CHAIN)

    report = here.erase(manifest.record_id, erased_at=NOW)

    assert report.unreached == (
        ("memory://elsewhere", manifest.blob.name, "not a storage of this vault"),
    )


def test_refuses_to_erase_what_never_was(vault: Vault) -> None:
    with pytest.raises(MissingRecord):
        vault.erase("00" * 16, erased_at=NOW)


def test_the_report_of_an_erasure_is_a_document_to_sign(vault: Vault, hospital: Person) -> None:
    report = vault.erase(add(vault, hospital).manifest.record_id, erased_at=NOW)
    assert Erasure.parse(report.to_bytes()) == report
    assert statement_of(report).digest == report.digest


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
