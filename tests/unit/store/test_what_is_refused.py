"""A database of another program or format, and an old SQLite: refused before a byte is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from salus.anchors.store import LogStore
from salus.errors import StorageError
from salus.store.database import Database
from salus.store.schema import Schema
from salus.store.sqlite_version import SqliteTooOld, require_sqlite
from salus.vault.database.key_database import KeyDatabase

STATEMENTS = ("CREATE TABLE days (day TEXT)",)


def refused(url: str, reason: str) -> StorageError:
    return StorageError(f"the diary {url} cannot be used: {reason}")


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("ours", ["DELETE", "WAL"])
@pytest.mark.parametrize(
    "statement", ["PRAGMA user_version = 2", "CREATE TABLE notes (x)"], ids=["newer", "another's"]
)
def test_a_database_that_is_refused_keeps_its_journal_and_every_byte(
    tmp_path: Path, statement: str, journal: str, ours: str
) -> None:
    path = tmp_path / "diary.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA journal_mode = {journal}")
        other.execute(statement)
    before = path.read_bytes()
    schema = Schema("a diary", 1, STATEMENTS, journal=ours)
    with pytest.raises(StorageError, match=r"update Salus|are not those of a diary"):
        Database.open(f"sqlite://{path}", schema, refusal=refused)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_old_sqlite_is_named_and_no_file_is_begun_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    told = r"SQLite 3\.34\.1, and 3\.37 or newer is needed: use a Python that"
    for opened in (LogStore.open, KeyDatabase.open):
        with pytest.raises(SqliteTooOld, match=told):
            opened(f"sqlite://{tmp_path}/diary.sqlite")
    assert not list(tmp_path.iterdir())


def test_the_first_sqlite_with_strict_tables_is_taken() -> None:
    assert require_sqlite((3, 37, 0)) == "3.37.0"
