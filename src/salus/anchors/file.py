"""The file of the logs: opened, written as a whole or not at all, and known again in its place.

A file that was put back lacks what was anchored since. So a mark lies beside it, touched with each
change: the file names the mark's place on the disk and the time of its last change, as the system
keeps it. Another place or time, and the file is a copy, or an older one.

Example:
    >>> LogFile.open("memory:").url
    'memory:'
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from salus.errors import StorageError
from salus.primitives.errors import StorageFull
from salus.primitives.files import named_errors
from salus.store.files import file_of, make_file

FORMAT = 1
"""Stands in the file (PRAGMA user_version); a file of another format is not touched."""
SCHEMA = """
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
_PLACE = "SELECT device, inode, changed FROM place"


class LogFile:
    """One SQLite file; safe to share between threads and between processes."""

    def __init__(self, connection: sqlite3.Connection, url: str, path: Path | None) -> None:
        self.connection = self._db = connection
        self.url, self._lock = url, RLock()
        self._mark = path and path.with_name(f"{path.name}.place")

    @classmethod
    def open(cls, url: str) -> LogFile:
        """Open a file, making it where it is missing; see `LogStore.open`."""
        path = file_of(url)
        if path is not None:
            make_file(path)
        connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, timeout=30, isolation_level=None
        )
        file = cls(connection, url, path)
        try:
            with file.reading() as db:
                # A write-ahead log needs room even to be read, and there may be none.
                db.execute("PRAGMA journal_mode = DELETE")
                db.execute("PRAGMA synchronous = FULL")
            if file._format() != FORMAT:
                file._make()
            file._forget_where_moved()
        except StorageError:
            connection.close()
            raise
        return file

    def close(self) -> None:
        """Close it."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read, and tell SQLite's errors as ours."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                    raise StorageFull(self.url) from None
                raise StorageError(
                    f"the log store {self.url} cannot be used: {error}; check the file, then try"
                    " again"
                ) from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change everything that is changed meanwhile, or nothing."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                self._note_place(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _format(self) -> int:
        with self.reading() as db:
            return int(db.execute("PRAGMA user_version").fetchone()[0])

    def _make(self) -> None:
        """Make the tables in a file that holds nothing, unless another process did meanwhile."""
        with self.writing() as db:
            found = self._format()
            if found == FORMAT:
                return
            if found or db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise StorageError(
                    f"the log store {self.url} is of format {found}, and this Salus knows {FORMAT}:"
                    " open it with the Salus that made it, or name another file"
                )
            for statement in SCHEMA.split(";\n")[:-1]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {FORMAT}")

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
