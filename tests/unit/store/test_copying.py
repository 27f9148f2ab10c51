"""A database is copied while others write to it, and a copy is whole or not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from salus.errors import InputError
from salus.primitives.errors import StorageUnavailable
from salus.store.copying import copy_database


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "diary.sqlite", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE days (day TEXT)")
        connection.execute("INSERT INTO days VALUES ('Monday')")
        yield connection


def days(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [day for (day,) in connection.execute("SELECT day FROM days")]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_copy_has_what_was_committed_and_nothing_under_way(
    tmp_path: Path, writer: sqlite3.Connection, mode: str
) -> None:
    writer.execute(f"PRAGMA journal_mode = {mode}")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO days VALUES ('Tuesday')")
    copy_database(tmp_path / "diary.sqlite", tmp_path / "copy.sqlite")
    writer.execute("COMMIT")
    assert days(tmp_path / "copy.sqlite") == ["Monday"]
    assert days(tmp_path / "diary.sqlite") == ["Monday", "Tuesday"]
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600


def test_no_file_is_copied_over(tmp_path: Path, writer: sqlite3.Connection) -> None:
    (tmp_path / "copy.sqlite").write_bytes(b"mine")
    with pytest.raises(InputError, match="nothing was copied"):
        copy_database(tmp_path / "diary.sqlite", tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"not a database at all".ljust(4096), None])
def test_what_cannot_be_read_leaves_no_copy(tmp_path: Path, content: bytes | None) -> None:
    source, copy = tmp_path / "odd.sqlite", tmp_path / "copy.sqlite"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(StorageUnavailable, match=r"odd\.sqlite"):
        copy_database(source, copy)
    assert not copy.exists()
    assert source.exists() == (content is not None)


def test_a_damaged_database_is_named_and_not_kept(
    tmp_path: Path, writer: sqlite3.Connection
) -> None:
    writer.executemany("INSERT INTO days VALUES (?)", [("x" * 200,)] * 500)
    writer.close()
    source = tmp_path / "diary.sqlite"
    data = bytearray(source.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    source.write_bytes(data)
    with pytest.raises(StorageUnavailable, match="damaged"):
        copy_database(source, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()
