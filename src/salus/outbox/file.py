"""The outbox's file: which acts are bound to which nonces, and all that was signed for them.

Example:
    >>> OutboxFile.open("memory:").url
    'memory:'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from salus.outbox.errors import OutboxUnavailable
from salus.store.database import Database
from salus.store.schema import Schema

if TYPE_CHECKING:
    import sqlite3

_SCHEMA = Schema(
    "an outbox",
    1,
    (
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, chain TEXT NOT NULL, account TEXT NOT NULL,"
        " nonce INTEGER NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,"
        " target TEXT NOT NULL, data BLOB NOT NULL, value TEXT NOT NULL, gas INTEGER NOT NULL,"
        " state TEXT NOT NULL, holder TEXT, begun REAL NOT NULL, changed REAL NOT NULL, error TEXT,"
        " mined TEXT, block INTEGER, block_hash TEXT, succeeded INTEGER) STRICT",
        "CREATE UNIQUE INDEX one_act_a_nonce ON entries (chain, account, nonce)"
        " WHERE state IN ('sent', 'mined')",
        "CREATE UNIQUE INDEX one_act_a_name ON entries (chain, name) WHERE name <> ''",
        "CREATE INDEX contents ON entries (chain, account, content)",
        "CREATE TABLE attempts (hash TEXT PRIMARY KEY, entry INTEGER NOT NULL"
        " REFERENCES entries ON DELETE CASCADE, raw BLOB NOT NULL, withdraws INTEGER NOT NULL)"
        " STRICT",
        "CREATE INDEX attempts_of ON attempts (entry)",
        "CREATE TABLE turns (chain TEXT NOT NULL, account TEXT NOT NULL, taken INTEGER NOT NULL,"
        " PRIMARY KEY (chain, account)) STRICT",
    ),
    pragmas=("foreign_keys = ON",),
    journal="WAL",  # read and written by several processes at once, and one sync for each act
)


class OutboxFile:
    """One outbox's database, shared by threads and by processes."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.url, self.file = database.url, database.file

    @classmethod
    def open(cls, url: str) -> OutboxFile:
        """Open a file, making it where it is missing; ``memory:`` for none.

        Raises:
            InvalidStorageUrl: The URL has another form.
            OutboxUnavailable: It cannot be opened, or is something else.
        """
        return cls(Database.open(url, _SCHEMA, refusal=OutboxUnavailable))

    def close(self) -> None:
        """Close it."""
        self._db.close()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Read, with SQLite's errors as ours."""
        return self._db.using()

    @contextmanager
    def writing(self, *, durably: bool = False) -> Iterator[sqlite3.Connection]:
        """Change everything that is changed meanwhile, or nothing.

        What must outlive the machine's end is synced at once; what is found out again is not.
        """
        with self._db.using() as connection:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durably else 'NORMAL'}")
            with self._db.transaction() as db:
                yield db
