"""Places that are not what they should be: pipes, odd URLs, storage that is down or short."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import obstore
import pytest
from obstore.store import MemoryStore
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person, verify

from salus.mail.directory import DOCUMENT_LIMIT, Directory, key_document_name
from salus.primitives.errors import InvalidStorageUrl, StorageUnavailable
from salus.vault import Compartment, Vault
from salus.vault.database.key_database import KeyDatabase
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import AppendedBlob, MissingMessage, TruncatedBlob
from salus.vault.letters.inbox import Inbox
from salus.vault.storage import LocalStorage, MemoryStorage, open_storage
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.objects import ObjectStorage

# Files that are none ------------------------------------------------------------------------------


def test_a_named_pipe_in_an_inbox_stops_nobody(tmp_path: Path, clinician: Person) -> None:
    """Opening one for reading waits for a writer who never comes."""
    pipe = tmp_path / "messages" / ("a" * 52)
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    inbox = Inbox(tmp_path.as_uri())
    found: list[type] = []

    def read() -> None:
        try:
            inbox.open(pipe.name, clinician.keys, verify=verify)
        except MissingMessage as problem:
            found.append(type(problem))

    reader = Thread(target=read)
    reader.start()
    reader.join(20)
    if reader.is_alive():
        os.close(os.open(pipe, os.O_WRONLY))  # lets it go on, so that this test ends
    reader.join()
    assert found == [MissingMessage]
    assert inbox.list() == []


def test_what_is_no_file_is_no_blob(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "folder").mkdir()
    for reading in (storage.size, storage.get):
        with pytest.raises(MissingBlob):
            reading("folder")
    assert not storage.exists("folder")


def test_refused_reads_leave_no_file_open(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "folder").mkdir()
    storage.put("blob", b"x")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(MissingBlob):
            storage.size("folder")
        with pytest.raises(TruncatedBlob):
            storage.get("blob", length=2)
        assert storage.size("blob") == 1
    assert len(os.listdir("/proc/self/fd")) == before


# URLs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "file:///tmp/%00x",
        "file:///tmp/a\x00b",
        "file:///tmp/\ud800x",
        "file:///tmp/a\nb",
        "memory://a\x1b",
        "s3://bucket/%00",
        "s3://bucket/\x1b[31m",
    ],
)
def test_a_url_that_names_no_place_is_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidStorageUrl) as caught:
        open_storage(url)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("path", ["/keys/%00.db", "/keys/\ud800.db", "/keys/a\nb.db", "/%00/x"])
def test_a_key_database_url_that_names_no_file_is_refused_by_name(path: str) -> None:
    with pytest.raises(InvalidStorageUrl):
        KeyDatabase.open(f"sqlite://{path}")


def test_a_folder_of_any_name_opens_again_by_its_url(tmp_path: Path) -> None:
    """Names of files are bytes: these are no UTF-8."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 %41"))
    first = LocalStorage(folder)
    first.put("blob", b"x")
    again = open_storage(first.url)
    assert isinstance(again, LocalStorage)
    assert again.root == folder
    assert again.size("blob") == 1
    assert list(tmp_path.iterdir()) == [folder]


# Storage that lies -------------------------------------------------------------------------------


def test_an_object_that_shrinks_while_it_is_read_is_noticed() -> None:
    storage = ObjectStorage(MemoryStore(), "s3://bucket")
    storage.put("blob", bytes(1000))
    reading = storage.get("blob")
    obstore.put(storage.store, "blob", bytes(900))
    with pytest.raises(TruncatedBlob, match="900 came"):
        b"".join(reading)


class Growing(MemoryStorage):
    """Says that everything is small, and then never ends."""

    given = 0

    def size(self, name: str) -> int:
        return 100

    def get(self, name: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        while True:
            self.given += 1 << 15
            yield bytes(1 << 15)


def test_a_key_document_is_not_read_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Growing()
    monkeypatch.setitem(MemoryStorage._named, "growing", storage)
    with pytest.raises(MissingBlob):
        Directory._fetch("memory://growing", bytes(32))
    assert storage.given <= DOCUMENT_LIMIT + (1 << 15)


def test_a_key_document_that_says_it_is_large_is_not_read() -> None:
    storage = MemoryStorage.named("large-document")
    storage.put(key_document_name(bytes(32)), bytes(DOCUMENT_LIMIT + 1))
    with pytest.raises(MissingBlob):
        Directory._fetch(storage.url, bytes(32))


# A second place ----------------------------------------------------------------------------------


class Moody(MemoryStorage):
    """A storage that is down when it is told so."""

    down = False

    def size(self, name: str) -> int:
        if self.down:
            raise StorageUnavailable(self.url, "down")
        return super().size(name)

    def exists(self, name: str) -> bool:
        if self.down:
            raise StorageUnavailable(self.url, "down")
        return super().exists(name)


@pytest.fixture
def home() -> Moody:
    return Moody("home")


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> MemoryStorage:
    storage = MemoryStorage("second")
    monkeypatch.setitem(MemoryStorage._named, "second", storage)
    return storage


@pytest.fixture
def vault(home: Moody, second: MemoryStorage, hospital: Person) -> Vault:
    return Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[second.url])


@pytest.fixture
def manifest(vault: Vault, hospital: Person) -> Manifest:
    labs = Compartment(patient=PATIENT, resource_class="Observation")
    added = vault.add(b"x" * 1000, compartment=labs, media_type="text/plain", created_at=NOW)
    return added.manifest


@pytest.mark.parametrize("state", ["down", "short", "long", "gone"])
def test_a_whole_copy_elsewhere_is_read(
    vault: Vault, home: Moody, second: MemoryStorage, manifest: Manifest, state: str
) -> None:
    blob = home.blobs[manifest.blob.name]
    second.put(manifest.blob.name, blob)
    home.down = state == "down"
    changed = {"short": blob[:-1], "long": blob + b"\0"}
    if state in changed:
        home.blobs[manifest.blob.name] = changed[state]
    elif state == "gone":
        home.blobs.clear()
    assert vault.open(manifest).read() == b"x" * 1000


def test_without_a_whole_copy_what_is_wrong_at_home_is_said(
    vault: Vault, home: Moody, second: MemoryStorage, manifest: Manifest
) -> None:
    name = manifest.blob.name
    blob = home.blobs[name]
    home.blobs[name] = blob[:-1]
    with pytest.raises(TruncatedBlob):
        vault.open(manifest)
    second.put(name, blob + b"\0")
    with pytest.raises(TruncatedBlob):
        vault.open(manifest)
    del home.blobs[name]
    with pytest.raises(AppendedBlob):
        vault.open(manifest)
    second.blobs.clear()
    with pytest.raises(MissingBlob, match="memory://second"):
        vault.open(manifest)
    home.down = True
    with pytest.raises(StorageUnavailable):
        vault.open(manifest)
