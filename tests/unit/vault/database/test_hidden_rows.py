"""Rows that are in the key database's file and are not found: what is read is what was summed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from tests.support.attacked import Attacked
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.unit.conftest import PATIENT, Person

from salus.errors import SalusError
from salus.vault.database.rows import SCHEMA, TABLES, ReceivedRow
from salus.vault.errors import DamagedKeyDatabase, KeyDatabaseUnavailable, TornKeyDatabase
from salus.vault.keyring.heard import Heard

INDEXES = re.findall(r"INDEX (\w+)", SCHEMA)
_PAGE = 4096


@pytest.fixture
def attacked(
    tmp_path: Path, hospital: Person, clinician: Person, closed_later: ClosedLater
) -> Attacked:
    """Two rows at least in every table."""
    made = closed_later(Attacked(tmp_path / "keys.db", hospital))
    for n in (1, 2):
        made.vault.keyring.compartments.rotate(
            {each.key_id for each in made.vault.keyring.compartments.all()}
        )
        record = made.add(b"kept %d" % n).manifest.record_id
        share_record(made.vault, record, clinician.keys.document, consent=f"0x0{n}")
        made.vault.erase(made.add(b"gone %d" % n).manifest.record_id, erased_at=n)
        made.vault.notebook("contacts").put(str(n), "known")
        made.vault.database.notes.set(f"revocation/{n}", b"signed")
        made.vault.database.leaves.keep((n, "0xab", "records", 1), [b"l" * 32], since=0)
        made.vault.database.received.add(ReceivedRow(b"%d" % n, consent="0x03"))
        made.vault.heard.keep(PATIENT, clinician.identity, Heard(f"0x0{n}", b"{}"))
    return made


@contextmanager
def schema_of(file: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA writable_schema = ON")
    yield database
    database.close()


def hide(file: Path, index: str) -> None:
    """Leave every row out of an index, and its definition as it was."""
    with schema_of(file) as database:
        asked = "SELECT sql FROM sqlite_master WHERE name = ?"
        ((sql,),) = database.execute(asked, (index,)).fetchall()
        none = sql.split(" WHERE ")[0] + " WHERE sealed = x''"
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (none, index))
    with schema_of(file) as database:
        database.execute(f"REINDEX {index}")
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, index))


def disorder(file: Path, table: str) -> None:
    """Exchange the first two rows of a table in its tree: each is there, and not in its place."""
    with schema_of(file) as database:
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        ((root,),) = database.execute(asked, (table,)).fetchall()
    data = bytearray(file.read_bytes())
    at = (root - 1) * _PAGE + 8
    assert data[at - 8] == 10, "a page of an index tree, and a leaf"
    data[at : at + 4] = data[at + 2 : at + 4] + data[at : at + 2]
    file.write_bytes(data)


def refuses(attacked: Attacked) -> None:
    """Nothing is told as done, and a check says what is wrong."""
    unsound = attacked.open()
    for act in (
        lambda: unsound.readers.revoke("0x01"),
        lambda: unsound.upkeep.collect(older_than=0),
        unsound.manifests,
    ):
        with pytest.raises(DamagedKeyDatabase, match="repair=True"):
            act()
    report = unsound.upkeep.check()
    assert not report.sound
    assert report.findings[0].kind == "damaged key database"


def goes_on(attacked: Attacked) -> None:
    """After the remedy that the error names."""
    report = attacked.open().upkeep.check(repair=True)
    assert report.findings
    assert report.sound
    again = attacked.open()
    assert again.upkeep.check().findings == ()
    assert again.readers.revoke("0x01").shared_keys == 1
    assert len(again.manifests()) == 2
    assert attacked.kinds() == []


@pytest.mark.parametrize("index", INDEXES)
def test_no_row_is_hidden_from_an_index(attacked: Attacked, index: str) -> None:
    attacked.vault.close()
    hide(attacked.file, index)
    refuses(attacked)
    goes_on(attacked)


@pytest.mark.parametrize("table", sorted({*TABLES} - {"manifests"}))
def test_no_row_is_put_where_nobody_looks(attacked: Attacked, table: str) -> None:
    attacked.vault.close()
    disorder(attacked.file, table)
    refuses(attacked)
    goes_on(attacked)


def test_a_row_hidden_from_a_running_program_is_told(attacked: Attacked) -> None:
    store = attacked.vault.database
    assert store.comparison.holds
    assert [each.whole for each in store.given.all(consent="0x01")] == [False]
    hide(attacked.file, "given_by_consent")
    with pytest.raises(DamagedKeyDatabase):
        store.given.all(consent="0x01")
    store.comparison.set(store.comparison.mark)
    with pytest.raises(DamagedKeyDatabase):
        attacked.vault.readers.revoke("0x01")
    assert not store.comparison.holds, "nobody vouches for a file in which rows are hidden"
    goes_on(attacked)


def test_a_row_deleted_under_a_running_program_is_told(attacked: Attacked) -> None:
    store = attacked.vault.database
    store.notes.set("revocation/x", b"signed")
    assert store.notes.get("revocation/x")
    with closing(sqlite3.connect(attacked.file)) as database, database:
        database.execute("DELETE FROM meta")
    with pytest.raises(TornKeyDatabase):
        store.notes.get("revocation/x")
    with pytest.raises(TornKeyDatabase):
        store.notes.set("motto", b"ours")
    store.comparison.mark()
    assert not store.comparison.holds


def test_two_programs_of_one_owner_look_once(
    attacked: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other one wrote, it vouched for: nothing is summed again at each change."""
    first, second = attacked.vault.database, attacked.open().database
    looks: list[int] = []
    for store in (first, second):
        look = store._looking.look
        monkeypatch.setattr(store._looking, "look", lambda look=look: looks.append(1) or look())
    for n in range(5):
        first.notes.set("motto", b"first %d" % n)
        assert second.notes.get("motto") == b"first %d" % n
        second.notes.set("motto", b"second %d" % n)
        assert first.notes.get("motto") == b"second %d" % n
    assert looks == []
    with closing(sqlite3.connect(attacked.file)) as stranger, stranger:
        stranger.execute("DELETE FROM meta")
    with suppress(SalusError):
        first.notes.get("motto")
    assert looks == [1], "what a stranger wrote is looked at, once"


def test_a_file_made_to_keep_a_wal_is_read_as_it_is_or_not_at_all(attacked: Attacked) -> None:
    """What lies in a WAL changes beside the file, and nothing of it would show."""
    store = attacked.vault.database
    other = sqlite3.connect(attacked.file, isolation_level=None)
    assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    other.execute("DELETE FROM meta")
    with pytest.raises(KeyDatabaseUnavailable, match="WAL"):
        store.given.all()
    other.close()
    attacked.vault.close()
    with pytest.raises(TornKeyDatabase):
        attacked.open().manifests()


def test_a_row_of_the_schema_more_is_one_too_many(attacked: Attacked) -> None:
    attacked.vault.close()
    with schema_of(attacked.file) as database:
        database.execute("INSERT INTO sqlite_master VALUES ('index', 'more', 'given', 2, NULL)")
    with pytest.raises(KeyDatabaseUnavailable):
        attacked.open()
