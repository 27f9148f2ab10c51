"""Storage that lies, and reading what it gives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.vaults import TEXT, add
from tests.unit.conftest import CHAIN, Person

from salus.primitives.errors import (
    RangeOutOfBounds,
)
from salus.vault import Vault
from salus.vault.crypto.envelope import encrypt
from salus.vault.errors import (
    AppendedBlob,
    CommitmentMismatch,
    TamperedBlob,
    TruncatedBlob,
)
from salus.vault.storage import LocalStorage, MemoryStorage
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions.adding import Added

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


def test_reads_from_a_second_storage_only_when_told(
    hospital: Person, tmp_path: Path, closed_later: ClosedLater
) -> None:
    first, second = LocalStorage(tmp_path / "a"), LocalStorage(tmp_path / "b")
    url = f"sqlite://{tmp_path}/keys.db"
    manifest = add(
        closed_later(Vault(first, url, keys=hospital.keys, chain_id=CHAIN)), hospital
    ).manifest

    closed = closed_later(Vault(second, url, keys=hospital.keys, chain_id=CHAIN))
    told = closed_later(
        Vault(second, url, keys=hospital.keys, chain_id=CHAIN, read_from=[first.url])
    )

    with pytest.raises(MissingBlob):
        closed.open(manifest)
    assert told.open(manifest).read() == TEXT
