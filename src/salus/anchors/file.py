"""The file of the logs: opened, written as a whole or not at all, and known again in its place.

A file that was put back lacks what was anchored since. So a mark lies beside it, touched with each
change: the file names the mark's place on the disk and the time of its last change, as the system
keeps it. Another place or time, and the file is a copy, or an older one.

Example:
    >>> LogFile.open("memory:").url
    'memory:'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from salus.errors import StorageError
from salus.primitives.files import named_errors
from salus.store.database import Database
from salus.store.schema import Schema

if TYPE_CHECKING:
    import sqlite3

_TABLES = """
CREATE TABLE leaves (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, stream BLOB NOT NULL,
    position INTEGER NOT NULL, leaf BLOB NOT NULL,
    PRIMARY KEY (chain, issuer, stream, position)
) WITHOUT ROWID;
CREATE INDEX leaf_position ON leaves (chain, issuer, stream, leaf);
CREATE TABLE checkpoints (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, stream BLOB NOT NULL,
    size INTEGER NOT NULL, parent BLOB NOT NULL, root BLOB NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (chain, issuer, stream, size)
) WITHOUT ROWID;
CREATE TABLE numbers (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (chain, issuer, label, number)
) WITHOUT ROWID;
CREATE TABLE place (
    id INTEGER PRIMARY KEY CHECK (id = 1), device INTEGER, inode INTEGER, changed INTEGER
);
CREATE TABLE compared (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, PRIMARY KEY (chain, issuer)
) WITHOUT ROWID;
"""
# What rows say and how they spell it, an issuer say, is of the format too, not the tables alone.
_SCHEMA = Schema("a log store", 2, tuple(_TABLES.split(";\n")[:-1]), ("synchronous = FULL",))
_PLACE = "SELECT device, inode, changed FROM place"


class LogFile:
    """One database of logs; safe to share between threads and between processes."""

    def __init__(self, database: Database) -> None:
        self._db, self.url, path = database, database.url, database.file
        self.connection = database.connection
        self._mark = path and path.with_name(f"{path.name}.place")

    @classmethod
    def open(cls, url: str) -> LogFile:
        """Open a file, making it where it is missing; see `LogStore.open`."""
        file = cls(Database.open(url, _SCHEMA, refusal=_refusal))
        try:
            file._db.require_own(_SCHEMA)
            file._forget_where_moved()
        except BaseException:
            file.close()
            raise
        return file

    def close(self) -> None:
        """Close it."""
        self._db.close()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Read, and tell SQLite's errors as ours."""
        return self._db.using()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change everything that is changed meanwhile, or nothing."""
        with self._db.transaction() as db:
            yield db
            self._note_place(db)

    def _forget_where_moved(self) -> None:
        """What was compared with the chain is the file that was here, not one put in its place."""
        if self._mark is None:
            return
        with self.reading() as db:
            if self._is_in_place(db):
                return
        with self.writing() as db:
            if not self._is_in_place(db):
                db.execute("DELETE FROM compared")

    def _is_in_place(self, db: sqlite3.Connection) -> bool:
        try:
            return bool(db.execute(_PLACE).fetchone() == self._place())
        except FileNotFoundError:
            return False

    def _note_place(self, db: sqlite3.Connection) -> None:
        if self._mark is not None:
            with named_errors(self.url):
                self._mark.touch(mode=0o600)
                db.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?)", self._place())

    def _place(self) -> tuple[int, int, int]:
        assert self._mark is not None  # noqa: S101 - asked for files only
        about = self._mark.stat()
        return about.st_dev, about.st_ino, about.st_ctime_ns


def _refusal(url: str, reason: str) -> StorageError:
    return StorageError(f"the log store {url} cannot be used: {reason}")
