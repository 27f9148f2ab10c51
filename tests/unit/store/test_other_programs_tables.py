"""What maintenance tools leave in a database of ours: let be, or named with what takes it out."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from salus.anchors.store import LogStore
from salus.errors import StorageError
from salus.index.file import IndexFile
from salus.vault.database.key_database import KeyDatabase


class Closable(Protocol):
    def close(self) -> None: ...


Opener = Callable[[str], Closable]

LEFT = {
    "the tables of a replica": "CREATE TABLE _replica_seq (a); CREATE TABLE _replica_lock (a)",
    "an index": "CREATE INDEX faster ON {table} ({column} DESC)",
    "a view": "CREATE VIEW wide AS SELECT * FROM {table}",
    "a trigger": "CREATE TRIGGER told AFTER DELETE ON {table} BEGIN SELECT 1; END",
    "a name with quotes": """CREATE TABLE "my ""notes; '" (id)""",
    "a search index": "CREATE VIRTUAL TABLE found USING fts5(words)",
}


@pytest.fixture(
    params=[KeyDatabase.open, LogStore.open, IndexFile.open], ids=["keys", "logs", "index"]
)
def opener(request: pytest.FixtureRequest) -> Opener:
    found: Opener = request.param
    return found


@pytest.fixture
def file(tmp_path: Path, opener: Opener) -> Path:
    """A database that is made, and closed."""
    path = tmp_path / "ours.sqlite"
    opener(f"sqlite://{path}").close()
    return path


def run(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(script)


def first(file: Path) -> tuple[str, str]:
    """One of its tables, and that one's first column."""
    with closing(sqlite3.connect(file)) as database:
        ((table,),) = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 1"
        )
        ((column,),) = database.execute("SELECT name FROM pragma_table_info(?) LIMIT 1", (table,))
    return table, column


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def test_statistics_of_sqlite_are_let_be(file: Path, opener: Opener) -> None:
    table, column = first(file)
    run(file, f"CREATE INDEX passing ON {table} ({column}); ANALYZE; DROP INDEX passing")
    with closing(sqlite3.connect(file)) as database:
        assert database.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
        ).fetchone()
    opener(f"sqlite://{file}").close()


@pytest.mark.parametrize("script", LEFT.values(), ids=LEFT)
def test_what_is_too_many_is_named_and_goes_as_is_said(
    file: Path, opener: Opener, script: str
) -> None:
    before = dump(file)
    table, column = first(file)
    run(file, script.format(table=table, column=column))
    with pytest.raises(StorageError, match="loses nothing") as refused:
        opener(f"sqlite://{file}")
    (said,) = re.findall(r"SQLite's shell \((.*?)(?:, and \d+ more)?\): that", str(refused.value))
    run(file, said)
    opener(f"sqlite://{file}").close()
    assert dump(file) == before


@pytest.mark.parametrize(
    "change", ["DROP TABLE {table}", "ALTER TABLE {table} ADD COLUMN more TEXT"]
)
def test_tables_that_are_gone_or_others_are_not_to_be_dropped(
    file: Path, opener: Opener, change: str
) -> None:
    run(file, change.format(table=first(file)[0]))
    run(file, "CREATE TABLE more (id)")
    with pytest.raises(StorageError, match="its tables are not those of") as refused:
        opener(f"sqlite://{file}")
    assert "DROP" not in str(refused.value)


def test_a_name_that_no_terminal_shows_is_shown_in_ascii(file: Path, opener: Opener) -> None:
    run(file, 'CREATE TABLE "\x1b[2J" (id)')
    with pytest.raises(StorageError, match="loses nothing") as refused:
        opener(f"sqlite://{file}")
    assert str(refused.value).isprintable()


def test_many_are_counted(file: Path, opener: Opener) -> None:
    run(file, ";".join(f"CREATE TABLE more{number} (id)" for number in range(9)))
    with pytest.raises(StorageError, match=r'"more3", and 5 more there'):
        opener(f"sqlite://{file}")
