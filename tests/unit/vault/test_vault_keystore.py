"""The key store: several changes or none, one writer at a time, and deleted means overwritten."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from salus.errors import InvalidStorageUrl, KeyStoreUnavailable, StorageUnavailable
from salus.vault.keystore import KeyStore, ManifestRow, RecordRow, ShareRow

ISSUER = "0x" + "ab" * 20


def row(number: int, wrapped: bytes = b"wrapped") -> RecordRow:
    record = number.to_bytes(16, "big")
    return RecordRow(ISSUER, record, 1, record, b"k" * 16, wrapped, b"label")


def url(path: Path) -> str:
    return f"sqlite://{path / 'keys.db'}"


def test_keeps_what_was_committed(tmp_path: Path) -> None:
    store = KeyStore.open(url(tmp_path))
    store.add_record(row(1))
    store.close()
    assert KeyStore.open(url(tmp_path)).records(ISSUER) == [row(1)]


def test_several_changes_become_one_or_none(tmp_path: Path) -> None:
    store = KeyStore.open(url(tmp_path))

    def fails_midway() -> None:
        with store.transaction():
            store.add_record(row(1))
            with store.transaction():
                store.add_record(row(2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_midway()
    assert store.records(ISSUER) == []


def test_two_writers_take_turns(tmp_path: Path) -> None:
    def write(first: int) -> None:
        store = KeyStore.open(url(tmp_path))
        for number in range(first, first + 20):
            store.add_record(row(number))
        store.close()

    threads = [threading.Thread(target=write, args=(at,)) for at in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyStore.open(url(tmp_path)).records(ISSUER)) == 60


def test_threads_of_one_program_share_a_store() -> None:
    store = KeyStore.open("memory:")
    threads = [
        threading.Thread(target=lambda n=n: [store.add_record(row(n * 50 + i)) for i in range(50)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.records(ISSUER)) == 200


def test_overwrites_what_is_erased_in_every_file(tmp_path: Path) -> None:
    store = KeyStore.open(url(tmp_path))
    marks = [os.urandom(72) for _ in range(40)]
    for number, mark in enumerate(marks):
        store.add_record(row(number, mark))
    gone, kept = marks[7], marks[8]
    store.erase_record(ISSUER, row(7).record)

    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert kept in files
    assert gone not in files


def test_erases_keys_manifests_and_wraps_of_one_record_only() -> None:
    store = KeyStore.open("memory:")
    for number in (1, 2):
        record = row(number)
        store.add_record(record)
        store.add_manifest(
            ManifestRow(ISSUER, record.record, 1, bytes(32), "blobs/x", bytes(32), b"sealed")
        )
        store.add_share(ShareRow(bytes([number]), "c", "0x", "record", record.wrap_id, b"wrap"))

    assert store.erase_record(ISSUER, row(1).record) == 1

    assert [left.record for left in store.records(ISSUER)] == [row(2).record]
    assert [left.record for left in store.manifests(ISSUER)] == [row(2).record]
    assert [left.target for left in store.shares()] == [row(2).wrap_id]


def test_two_issuers_may_use_the_same_record_id() -> None:
    store = KeyStore.open("memory:")
    other = RecordRow("0x" + "ef" * 20, row(1).record, 1, b"w", b"k", b"theirs", b"")
    store.add_record(row(1))
    store.add_record(other)
    assert store.record(ISSUER, row(1).record, 1) == row(1)
    assert store.record(other.issuer, row(1).record, 1) == other


def test_a_manifest_is_never_written_over() -> None:
    store = KeyStore.open("memory:")
    first = ManifestRow(ISSUER, bytes(16), 1, b"1" * 32, "blobs/x", bytes(32), b"first")
    second = ManifestRow(ISSUER, bytes(16), 1, b"2" * 32, "blobs/x", bytes(32), b"second")
    assert store.add_manifest(first) is True
    assert store.add_manifest(second) is False
    assert store.manifest(ISSUER, bytes(16)) == first


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    KeyStore.open(url(tmp_path / "new"))
    assert (tmp_path / "new" / "keys.db").stat().st_mode & 0o077 == 0


def test_refuses_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"not a database " * 100)
    with pytest.raises(KeyStoreUnavailable, match="no key store"):
        KeyStore.open(url(tmp_path))


def test_refuses_the_store_of_a_newer_salus(tmp_path: Path) -> None:
    KeyStore.open(url(tmp_path)).close()
    with sqlite3.connect(tmp_path / "keys.db") as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(KeyStoreUnavailable, match="update Salus"):
        KeyStore.open(url(tmp_path))


def test_refuses_a_place_that_cannot_hold_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        KeyStore.open(url(tmp_path / "file"))


@pytest.mark.parametrize(
    "bad", ["", "sqlite:relative", "sqlite://host/x", "postgres:///x", "sqlite:///"]
)
def test_refuses_other_urls(bad: str) -> None:
    with pytest.raises(InvalidStorageUrl):
        KeyStore.open(bad)
