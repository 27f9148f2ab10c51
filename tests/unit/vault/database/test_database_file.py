# ruff: noqa: S608 - whoever changes the file writes what SQL he likes
"""A key database's file: exchanged, put back, rebuilt, or a second one of the same owner."""

from __future__ import annotations

import gc
import hmac
import sqlite3
import struct
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.support.attacked import OTHER, Attacked
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, Person

from salus.primitives.address import checked_address
from salus.vault import Vault
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import TABLES, ReceivedRow, RecordRow
from salus.vault.errors import KeyDatabaseUnavailable, TamperedKeyDatabase, WrongKey
from salus.vault.keyring.heard import Heard
from salus.vault.storage import MemoryStorage
from salus.vault.storage.errors import KeyDatabaseNotCompared
from salus.vault.versions.adding import Added

OWNER = checked_address("0x" + "ab" * 20)


@pytest.fixture
def attacked(tmp_path: Path, hospital: Person, closed_later: ClosedLater) -> Attacked:
    return closed_later(Attacked(tmp_path / "keys.db", hospital))


@pytest.fixture
def two(attacked: Attacked) -> tuple[Added, Added]:
    return attacked.add(b"of patient A"), attacked.add(b"of patient B", OTHER)


def written(value: object) -> bytes:
    """As docs/vault.md says."""
    if isinstance(value, int):
        return struct.pack(">cIq", b"i", 8, value)
    kind, data = (b"t", value.encode()) if isinstance(value, str) else (b"b", bytes(value))  # type: ignore[call-overload]
    return struct.pack(">cI", kind, len(data)) + data


def test_a_key_database_that_refuses_somebody_is_closed_again(
    tmp_path: Path, hospital: Person, clinician: Person
) -> None:
    url = f"sqlite://{tmp_path}/keys.db"
    Vault(MemoryStorage("refused"), url, keys=hospital.keys, chain_id=CHAIN).close()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(WrongKey):
            Vault(MemoryStorage("refused"), url, keys=clinician.keys, chain_id=CHAIN)
        gc.collect()
    assert not warned


def test_another_program_opens_the_same_seals(
    attacked: Attacked, two: tuple[Added, Added], clinician: Person
) -> None:
    """From the documented format, with an AES-GCM of its own."""
    vault = attacked.vault
    share_record(vault, two[0].manifest.record_id, clinician.keys.document, consent="c")
    vault.erase(two[1].manifest.record_id, erased_at=0)
    vault.database.notes.set("motto", b"forget me")
    vault.database.leaves.keep((CHAIN, "0xab", "records", 1), [b"l" * 32], since=0)
    vault.database.received.add(ReceivedRow(b"a key", consent="0x03"))
    vault.heard.keep(clinician.identity, vault.identity, Heard("0x02", b"{}"))
    ((store_id, owner),) = attacked.sql("SELECT id, owner FROM store")
    drawn = hmac.digest(store_id, attacked.person.keys.store_key, "sha256")

    def key(name: bytes) -> bytes:  # HKDF-SHA256 (RFC 5869), one block
        return hmac.digest(drawn, b"salus/vault/key-store/v1\0" + name + b"\x01", "sha256")

    assert owner == hmac.digest(key(b"find"), b"owner" + vault.identity.encode(), "sha256")
    for table in TABLES:
        rows = attacked.sql(f"SELECT * FROM {table}")
        assert rows
        for *row, sealed in rows:
            bound = b"".join(map(written, (table, *row)))
            AESGCM(key(b"seal")).decrypt(sealed[:12], sealed[12:], bound)


# ── its tables and its name ──────────────────────────────────────────────────────────────────────


def test_rows_of_another_store_of_the_same_owner_are_foreign(
    attacked: Attacked, two: tuple[Added, Added], tmp_path: Path, closed_later: ClosedLater
) -> None:
    second = closed_later(Attacked(tmp_path / "second.db", attacked.person))
    with closing(sqlite3.connect(second.file)) as database, database:
        database.execute("ATTACH ? AS first", (str(attacked.file),))
        database.execute("INSERT INTO compartments SELECT * FROM first.compartments")
    with pytest.raises(TamperedKeyDatabase):
        second.vault.keyring.compartments.all()


@pytest.mark.parametrize("column", ["id", "owner"])
def test_a_store_whose_name_was_changed_does_not_open(attacked: Attacked, column: str) -> None:
    attacked.sql(f"UPDATE store SET {column} = zeroblob(16)")
    with pytest.raises(WrongKey):
        attacked.open()


def test_a_store_without_its_name_is_not_claimed_again(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    attacked.sql("DELETE FROM store")
    with pytest.raises(TamperedKeyDatabase):
        attacked.open()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE attic (wrapped BLOB)",
        "CREATE TRIGGER keep BEFORE DELETE ON records BEGIN DELETE FROM meta; END",
        "DROP INDEX current_compartment",
        "CREATE VIEW more AS SELECT * FROM records",
    ],
)
def test_a_store_with_other_tables_or_triggers_does_not_open(
    attacked: Attacked, statement: str
) -> None:
    attacked.sql(statement)
    with pytest.raises(KeyDatabaseUnavailable, match="tables"):
        attacked.open()


def test_what_names_an_altered_row_cannot_write_on_a_terminal(attacked: Attacked) -> None:
    attacked.sql("INSERT INTO meta VALUES (?, x'00')", "\x1b[2J\u202e" + "x" * 10_000)
    (finding,) = attacked.open().upkeep.check().findings
    assert finding.subject.isascii()
    assert finding.subject.isprintable()
    assert len(finding.subject) < 200


# ── a second key database ───────────────────────────────────────────────────────────────────────


def test_another_key_database_of_the_same_keys_collects_nothing_of_the_first(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    laptop = Vault(attacked.storage, "memory:", keys=attacked.person.keys, chain_id=CHAIN)
    assert laptop.upkeep.collect(older_than=0).blobs == ()
    assert laptop.upkeep.check().sound
    assert attacked.vault.upkeep.check(deep=True).findings == ()


def test_a_key_database_that_knows_no_record_collects_nothing(attacked: Attacked) -> None:
    """Put back to its first day it would take every blob for an unused one."""
    first_day = attacked.file.read_bytes()
    kept = attacked.add(b"kept").manifest
    attacked.vault.close()
    attacked.file.write_bytes(first_day)
    with pytest.raises(KeyDatabaseUnavailable, match="knows no record"):
        attacked.open().upkeep.collect(older_than=0)
    assert attacked.storage.exists(kept.blob.name)


def test_two_threads_that_need_a_comparison_make_one_and_both_go_on(stale: KeyDatabase) -> None:
    """A comparison takes a while; who comes meanwhile waits for it, also the time after."""
    store = stale
    made: list[int] = []
    begun = Event()

    def compare() -> None:
        made.append(1)
        begun.set()
        time.sleep(0.2)
        store.comparison.mark()

    store.comparison.set(compare)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.comparison.require)
        assert begun.wait(300)
        second = pool.submit(store.comparison.require)
        for each in (first, second):
            each.result(300)
    assert (len(made), store.comparison._compare) == (1, compare)


def test_what_compares_opens_nothing_meanwhile(stale: KeyDatabase) -> None:
    store = stale
    store.comparison.set(store.comparison.require)
    with pytest.raises(KeyDatabaseNotCompared):
        store.comparison.require()
    with pytest.raises(KeyDatabaseNotCompared):
        store.comparison.require()


@pytest.fixture
def stale(tmp_path: Path, closed_later: ClosedLater) -> KeyDatabase:
    """A key database of which nobody knows whether it is the one that was compared."""
    url = f"sqlite://{tmp_path}/stale.sqlite"
    store = KeyDatabase.open(url)
    store.let_in(OWNER, b"s" * 32)
    row = RecordRow(OWNER, bytes(16), 1, b"w" * 16, b"k" * 16, b"72 bytes", b"")
    store.records.put(row)
    store.close()
    (tmp_path / "stale.sqlite.compared").unlink()
    again = closed_later(KeyDatabase.open(url))
    again.let_in(OWNER, b"s" * 32)
    assert not again.comparison.holds
    return again
