"""One vault on every kind of storage: its promises, and storage that lies or fills up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
import pytest
from tests.support.s3_servers import environment, wicked_server
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import StorageFull, StorageUnavailable
from salus.vault import Compartment, Vault
from salus.vault.errors import AppendedBlob, RecordErased, TamperedBlob, TruncatedBlob
from salus.vault.storage import LocalStorage, MemoryStorage, Storage, open_storage
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.objects import ObjectStorage
from salus.vault.versions.adding import Added

CONTENT = os.urandom(2_500_000)


@pytest.fixture(params=["file", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        return open_storage(request.getfixturevalue("bucket")())
    return LocalStorage(tmp_path / "blobs") if request.param == "file" else MemoryStorage()


@pytest.fixture
def vault(storage: Storage, hospital: Person) -> Vault:
    return Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN)


def add(vault: Vault, by: Person, content: object = CONTENT) -> Added:
    return vault.add(
        content,  # type: ignore[arg-type]
        compartment=Compartment(patient=PATIENT, resource_class="ImagingStudy"),
        media_type="application/dicom",
        created_at=NOW,
    )


def overwrite(storage: Storage, name: str, blob: bytes) -> None:
    """What only whoever runs the storage can do."""
    if isinstance(storage, LocalStorage):
        storage.path(name).write_bytes(blob)
    elif isinstance(storage, MemoryStorage):
        storage.blobs[name] = blob
    elif isinstance(storage, ObjectStorage):
        obstore.put(storage.store, name, blob)


def test_adds_reads_re_encrypts_collects_and_erases(vault: Vault, hospital: Person) -> None:
    added = add(vault, hospital)
    record = vault.open(added.manifest)
    assert record.read() == CONTENT
    assert record.read_range(1_234_567, 99) == CONTENT[1_234_567:][:99]

    done = vault.upkeep.rekey()

    assert done.complete
    assert vault.open(added.manifest).read() == CONTENT
    assert vault.upkeep.check(deep=True).findings == ()
    assert vault.upkeep.collect(older_than=0).blobs == ()
    assert vault.erase(added.manifest.record_id, erased_at=NOW).complete
    assert list(vault.storage.list()) == []
    with pytest.raises(RecordErased):
        vault.open(added.manifest)


def truncated(blob: bytes, other: bytes) -> bytes:
    return blob[: 1 << 20]


def appended(blob: bytes, other: bytes) -> bytes:
    return blob + b"\0"


def changed(blob: bytes, other: bytes) -> bytes:
    return blob[:1_500_000] + bytes([blob[1_500_000] ^ 1]) + blob[1_500_001:]


def swapped(blob: bytes, other: bytes) -> bytes:
    return other


def reordered(blob: bytes, other: bytes) -> bytes:
    cuts = [blob[at : at + 65536] for at in range(0, len(blob), 65536)]
    cuts[3], cuts[9] = cuts[9], cuts[3]
    return b"".join(cuts)


def repeated(blob: bytes, other: bytes) -> bytes:
    return blob[: 5 * 65536] + blob[4 * 65536 : 5 * 65536] + blob[6 * 65536 :]


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (truncated, TruncatedBlob),
        (appended, AppendedBlob),
        (changed, TamperedBlob),
        (swapped, TamperedBlob),
        (reordered, TamperedBlob),
        (repeated, TamperedBlob),
    ],
)
def test_a_lie_is_named_and_no_file_is_made(
    vault: Vault,
    hospital: Person,
    tmp_path: Path,
    lie: Callable[[bytes, bytes], bytes],
    error: type[Exception],
) -> None:
    name, other = (add(vault, hospital).manifest.blob.name for _ in range(2))
    blob, another = (b"".join(vault.storage.get(each)) for each in (name, other))
    overwrite(vault.storage, name, lie(blob, another))
    manifest = next(each for each in vault.manifests() if each.blob.name == name)

    with pytest.raises(error):
        vault.open(manifest).save_to(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [each.kind for each in vault.upkeep.check(deep=True).findings] == ["damaged blob"]


def test_a_blob_that_was_taken_away_is_named(vault: Vault, hospital: Person) -> None:
    manifest = add(vault, hospital).manifest
    vault.storage.delete(manifest.blob.name)
    with pytest.raises(MissingBlob):
        vault.open(manifest)


def test_a_source_that_fails_midway_leaves_nothing(vault: Vault, hospital: Person) -> None:
    def source() -> Iterator[bytes]:
        yield CONTENT
        raise TimeoutError

    with pytest.raises(TimeoutError):
        add(vault, hospital, source())
    assert list(vault.storage.list()) == []
    assert vault.manifests() == []


# ── an S3 server that is full, short, or gone ────────────────────────────────────────────────


@pytest.fixture
def wicked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    with wicked_server() as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        yield open_storage("s3://bucket")


def test_a_server_that_gives_fewer_bytes_than_asked_for_is_caught(wicked: Storage) -> None:
    with pytest.raises((TruncatedBlob, StorageUnavailable)):
        b"".join(wicked.get("blobs/x"))


def test_a_server_without_room_is_called_full(wicked: Storage) -> None:
    with wicked.writer() as writer, pytest.raises(StorageFull, match="s3://bucket"):
        writer.commit("blobs/x")


def test_a_server_that_is_not_there_is_named_in_seconds(
    wicked: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageUnavailable, match="s3://gone"):
        open_storage("s3://gone").exists("blobs/x")


def test_a_full_disk_under_the_gathered_ciphertext_stores_nothing(
    bucket: Callable[[], str], tmp_path: Path
) -> None:
    """A real limit of the system, in a process of its own."""
    url = bucket()
    program = f"""
import resource
from salus.primitives.errors import StorageFull
from salus.vault.storage import open_storage
storage = open_storage({url!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    storage.put("blobs/large", (bytes(1 << 19) for _ in range(4)))
except StorageFull:
    print("full")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["full"]
    assert list(open_storage(url).list()) == []
