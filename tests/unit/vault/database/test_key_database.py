"""Several changes or none, one writer at a time, and deleted means overwritten."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.closing import ClosedLater

from salus.primitives.address import checked_address
from salus.primitives.errors import InvalidStorageUrl, StorageUnavailable
from salus.vault.database.encoding import encode
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import GivenRow, ManifestRow, ReceivedRow, RecordRow
from salus.vault.errors import KeyDatabaseUnavailable, WrongKey

ISSUER = checked_address("0x" + "ab" * 20)
OTHER = checked_address("0x" + "ef" * 20)


def row(number: int, secret: bytes = b"secret") -> RecordRow:
    record = number.to_bytes(16, "big")
    return RecordRow(ISSUER, record, 1, record, b"k" * 16, secret, b"facts")


def url(path: Path) -> str:
    return f"sqlite://{path / 'keys.db'}"


Unlocked = Callable[[str], KeyDatabase]


@pytest.fixture
def unlocked(closed_later: ClosedLater) -> Unlocked:
    """Open a key database as its owner."""

    def opened(where: str) -> KeyDatabase:
        store = closed_later(KeyDatabase.open(where))
        store.let_in(ISSUER, bytes(32))
        return store

    return opened


def test_keeps_what_was_committed(tmp_path: Path, unlocked: Unlocked) -> None:
    store = unlocked(url(tmp_path))
    store.records.put(row(1))
    store.close()
    assert unlocked(url(tmp_path)).records.all(ISSUER) == [row(1)]


def test_several_changes_become_one_or_none(tmp_path: Path, unlocked: Unlocked) -> None:
    store = unlocked(url(tmp_path))

    def fails_midway() -> None:
        with store.transaction():
            store.records.put(row(1))
            with store.transaction():
                store.records.put(row(2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_midway()
    assert store.records.all(ISSUER) == []


def test_two_writers_take_turns(tmp_path: Path, unlocked: Unlocked) -> None:
    def write(first: int) -> None:
        store = unlocked(url(tmp_path))
        for number in range(first, first + 20):
            store.records.put(row(number))
        store.close()

    threads = [threading.Thread(target=write, args=(at,)) for at in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(unlocked(url(tmp_path)).records.all(ISSUER)) == 60


def test_threads_of_one_program_share_a_store(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    threads = [
        threading.Thread(target=lambda n=n: [store.records.put(row(n * 50 + i)) for i in range(50)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.records.all(ISSUER)) == 200


def test_overwrites_what_is_erased_in_every_file(tmp_path: Path, unlocked: Unlocked) -> None:
    store = unlocked(url(tmp_path))
    for number in range(40):
        store.records.put(row(number, os.urandom(64)))
    sealed = [each[-1] for each in store.rows.read("SELECT * FROM records ORDER BY record")]
    gone, kept = sealed[7], sealed[8]
    store.erase_record(ISSUER, row(7).record)

    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert kept in files
    assert gone not in files


def test_erases_keys_and_manifests_of_one_record_only(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    for number in (1, 2):
        record = row(number)
        store.records.put(record)
        store.manifests.add(
            ManifestRow(ISSUER, record.record, 1, bytes(32), "blobs/x", bytes(32), b"sealed")
        )

    store.erase_record(ISSUER, row(1).record)

    assert [left.record for left in store.records.all(ISSUER)] == [row(2).record]
    assert [left.record for left in store.manifests.all(ISSUER)] == [row(2).record]


def gave(share_id: bytes, target: bytes, consent: str = "c", *, whole: bool = False) -> GivenRow:
    return GivenRow(share_id, consent, f"0x{share_id.decode()}", target, whole)


def test_what_was_given_and_what_came_are_dropped_apart(unlocked: Unlocked) -> None:
    """Whoever names its own keys can name them like ours: neither drop reaches the other kind."""
    store = unlocked("memory:")
    ours = [gave(b"a", b"same"), gave(b"b", b"same", whole=True)]
    came = [ReceivedRow(b"same", through=b"key"), ReceivedRow(b"same", consent="c")]
    for row in (*ours, gave(b"f", b"other")):
        store.given.add(row)
    for came_so in came:
        store.received.add(came_so)

    assert store.received.drop([b"same", b"same"]) == 2
    assert store.given.all(target=b"same") == ours
    assert store.given.grantees(b"same") == {"0xa", "0xb"}
    for came_so in came:
        store.received.add(came_so)
    assert store.given.drop([b"same"]) == 2
    assert store.received.all(target=b"same") == came
    assert store.given.grantees(b"same") == set()
    assert [left.target for left in store.given.all(consent="c")] == [b"other"]
    assert [left.target for left in store.received.all(consent="c")] == [b"same"]


def test_a_dropped_wrap_leaves_its_reader_known_and_no_key(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    for row in (gave(b"a", b"w"), gave(b"b", b"w", "d")):
        store.given.add(row)
    assert (store.given.end("c"), store.given.end("c")) == (1, 0)
    assert [left.share_id for left in store.given.all()] == [b"b"]
    assert store.given.grantees(b"w") == {"0xa", "0xb"}
    assert store.given.drop([b"w"]) == 1  # the one that ended is forgotten, and is not counted
    assert store.given.grantees(b"w") == set()


def test_how_a_key_came_is_noted_once(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    for _ in range(2):
        store.received.add(ReceivedRow(b"key", consent="c"))
    assert (store.received.end("c"), store.received.end("c")) == (1, 0)


def test_a_locked_store_shows_and_takes_nothing() -> None:
    store = KeyDatabase.open("memory:")
    with pytest.raises(KeyDatabaseUnavailable, match="locked"):
        store.records.put(row(1))
    store.let_in(ISSUER, bytes(32))
    store.records.put(row(1))
    with pytest.raises(WrongKey):
        store.let_in(ISSUER, bytes(31) + b"1")
    with pytest.raises(WrongKey):
        store.let_in(OTHER, bytes(32))
    assert store.records.all(ISSUER) == [row(1)]


@given(
    st.lists(
        st.lists(st.binary(max_size=6) | st.text(max_size=6) | st.integers(-9, 9), max_size=4),
        min_size=2,
        max_size=2,
    )
)
def test_no_two_rows_are_written_alike(rows: list[list[object]]) -> None:
    one, two = rows
    assert (encode("meta", one) == encode("meta", two)) is (one == two)
    assert encode("meta", one) != encode("given", one)


def test_two_issuers_may_use_the_same_record_id(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    other = RecordRow(OTHER, row(1).record, 1, b"w", b"k", b"theirs", b"")
    store.records.put(row(1))
    store.records.put(other)
    assert store.records.find(ISSUER, row(1).record, 1) == row(1)
    assert store.records.find(other.issuer, row(1).record, 1) == other


def test_a_manifest_is_never_written_over(unlocked: Unlocked) -> None:
    store = unlocked("memory:")
    first = ManifestRow(ISSUER, bytes(16), 1, b"1" * 32, "blobs/x", bytes(32), b"first")
    second = ManifestRow(ISSUER, bytes(16), 1, b"2" * 32, "blobs/x", bytes(32), b"second")
    assert store.manifests.add(first) is True
    assert store.manifests.add(second) is False
    assert store.manifests.find(ISSUER, bytes(16)) == first


def test_only_the_owner_can_read_the_file(tmp_path: Path, closed_later: ClosedLater) -> None:
    closed_later(KeyDatabase.open(url(tmp_path / "new")))
    assert (tmp_path / "new" / "keys.db").stat().st_mode & 0o077 == 0


def test_refuses_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"not a database " * 100)
    with pytest.raises(KeyDatabaseUnavailable, match="not a key database"):
        KeyDatabase.open(url(tmp_path))


@pytest.mark.parametrize(
    ("version", "remedy"), [(99, "update Salus"), (1, "older: open it with the Salus that made it")]
)
def test_refuses_the_store_of_another_salus_and_says_whether_it_is_newer(
    tmp_path: Path, version: int, remedy: str
) -> None:
    KeyDatabase.open(url(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "keys.db")) as database, database:
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(KeyDatabaseUnavailable, match=remedy):
        KeyDatabase.open(url(tmp_path))


def test_refuses_a_place_that_cannot_hold_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        KeyDatabase.open(url(tmp_path / "file"))


@pytest.mark.parametrize(
    "bad", ["", "sqlite:relative", "sqlite://host/x", "postgres:///x", "sqlite:///"]
)
def test_refuses_other_urls(bad: str) -> None:
    with pytest.raises(InvalidStorageUrl):
        KeyDatabase.open(bad)
