"""The outbox's file: which acts are bound to which nonces, and all that was signed for them.

Example:
    >>> OutboxFile("memory:").url
    'memory:'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from salus.outbox.errors import OutboxUnavailable
from salus.outbox.holders import Holders
from salus.outbox.place import OutboxRows
from salus.outbox.rows import IS_OPEN
from salus.primitives.errors import StorageFull
from salus.store.database import Database
from salus.store.files import file_of
from salus.store.schema import Schema

if TYPE_CHECKING:
    import sqlite3

_log = logging.getLogger(__name__)
_ANEW = ": connect anew"
_SCHEMA = Schema(
    "an outbox",
    2,
    (
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, chain TEXT NOT NULL, account TEXT NOT NULL,"
        " nonce INTEGER NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,"
        " target TEXT NOT NULL, data BLOB NOT NULL, value TEXT NOT NULL, gas INTEGER NOT NULL,"
        " state TEXT NOT NULL, holder TEXT, begun REAL NOT NULL, changed REAL NOT NULL, error TEXT,"
        " mined TEXT, block INTEGER, block_hash TEXT, succeeded INTEGER,"
        " seen INTEGER NOT NULL DEFAULT 0) STRICT",
        "CREATE UNIQUE INDEX one_act_a_nonce ON entries (chain, account, nonce)"
        " WHERE state IN ('sent', 'mined')",
        "CREATE UNIQUE INDEX one_act_a_name ON entries (chain, name) WHERE name <> ''",
        "CREATE INDEX contents ON entries (chain, account, content)",
        "CREATE TABLE attempts (hash TEXT PRIMARY KEY, entry INTEGER NOT NULL"
        " REFERENCES entries ON DELETE CASCADE, raw BLOB NOT NULL, withdraws INTEGER NOT NULL,"
        " refused INTEGER NOT NULL DEFAULT 0) STRICT",
        "CREATE INDEX attempts_of ON attempts (entry)",
        "CREATE TABLE numbers (last INTEGER NOT NULL) STRICT",
        "CREATE TABLE turns (chain TEXT NOT NULL, account TEXT NOT NULL, taken INTEGER NOT NULL,"
        " PRIMARY KEY (chain, account)) STRICT",
    ),
    pragmas=("foreign_keys = ON",),
    journal="WAL",  # read and written by several processes at once, and one sync for each act
)


class SqliteRows:
    """See `OutboxRows`: one writer at a time, and no process lives on that seems to have ended."""

    locked = skip_locked = sole = ""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read whole: a cursor that an error leaves behind keeps the file as it was then."""
        with closing(self._connection.cursor()) as cursor:
            return cursor.execute(sql, values).fetchall()

    def change_all(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement with the values of each row."""
        self._connection.executemany(sql, rows)

    def share(self, numbers: Iterable[int]) -> list[int]:
        """Return all of them: see `OutboxRows`."""
        return list(numbers)

    def damage(self) -> str | None:
        """What SQLite finds when it looks through the file."""
        [(found,)] = self.fetch("PRAGMA quick_check(1)")
        return None if found == "ok" else str(found)


class OutboxFile:
    """One outbox's database, shared by threads and by processes.

    It is opened by the first act, or whoever lists: who only reads the chain makes no file, and is
    not stopped by a damaged one. Where the disk has no room for it, memory takes its place.
    """

    def __init__(self, url: str) -> None:
        self.url, self.file, self.patience = url, file_of(url), 0.0
        self._opened: Database | None = None
        self._closed = False
        self._guard, self._place = RLock(), (0, 0)

    def close(self) -> None:
        """Close it for good."""
        with self._guard:
            self._closed = True
            self.let_go()

    @property
    def stands_in(self) -> bool:
        """Whether memory has the place of a file that the disk has no room for."""
        opened = self._opened
        return opened is not None and opened.file is None and self.file is not None

    def look_for_room(self) -> None:
        """Go back to the disk where it has room again, and nothing is under way in memory."""
        with self._guard:
            memory = self._opened
            if memory is None or not self.stands_in:
                return
            with memory.using() as db:
                if SqliteRows(db).fetch(f"SELECT 1 FROM entries WHERE {IS_OPEN}"):  # noqa: S608
                    return
            self._opened = self._open()
            memory.close()

    def holders(self) -> Holders:
        """Make what tells other processes that this one lives."""
        return Holders(self.file)

    def let_go(self) -> None:
        """Close it, to be opened anew by what comes next."""
        with self._guard:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    @contextmanager
    def kept_closed(self) -> Iterator[None]:
        """Close it once nothing here writes to it any more; who needs it waits for the block."""
        with self._guard:
            self.let_go()
            yield

    @contextmanager
    def reading(self) -> Iterator[OutboxRows]:
        """Read, with SQLite's errors as ours.

        Raises:
            OutboxUnavailable: It cannot be opened or read, or is something else.
        """
        database = self._database()
        self._require_in_place()
        with database.using() as connection:
            connection.execute("BEGIN")  # all that is read is of one moment
            try:
                yield SqliteRows(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, *, durably: bool = False) -> Iterator[OutboxRows]:
        """Change everything that is changed meanwhile, or nothing.

        What must outlive the machine's end is synced at once; what is found out again is not.

        Raises:
            OutboxUnavailable: As for :meth:`reading`; or it was put aside meanwhile.
        """
        database = self._database()
        self._require_in_place()
        with database.using() as connection:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durably else 'NORMAL'}")
            with database.transaction() as db:
                yield SqliteRows(db)

    def _database(self) -> Database:
        with self._guard:
            if self._closed:
                raise OutboxUnavailable(self.url, "it was closed", advice=_ANEW)
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Database:
        try:
            database = Database.open(self.url, _SCHEMA, refusal=OutboxUnavailable)
        except StorageFull as full:  # no full disk may stop a revocation
            _log.warning("acts go out without being written down: %s", full)
            return Database.open("memory:", _SCHEMA, refusal=OutboxUnavailable)
        try:
            database.require_own(_SCHEMA)
        except BaseException:
            database.close()
            raise
        self._place = self._where()
        return database

    def _require_in_place(self) -> None:
        """Have nothing to do with a file that others do not find any more."""
        if self._opened is not None and self._opened.file and self._where() != self._place:
            reason = "it was put aside, or replaced, while this process had it open"
            raise OutboxUnavailable(self.url, reason, advice=_ANEW)

    def _where(self) -> tuple[int, int]:
        """Which file stands there now."""
        try:
            found = os.stat(self.file) if self.file is not None else None
        except OSError:
            found = None
        return (0, 0) if found is None else (found.st_dev, found.st_ino)
