"""The file of an index: rows of events, the blocks that may be taken back, and how far it was read.

Rows, blocks and the place that was reached change in one transaction, and only where the place is
still the one that the reader began at: whoever comes second, or again, changes nothing.

Example:
    >>> file = IndexFile.open("memory:")
    >>> file.begin(Origin(1, bytes(32), ("0x" + "11" * 20,)), first=5)
    >>> file.reached()
    Reached(first=5, block=4, hash=b'', final=4)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from salus.index.errors import IndexInUse, IndexUnreadable
from salus.index.held import require_origin, require_place
from salus.index.index_store import Origin, Reached
from salus.index.rows import PLACES, LogRow, key_of
from salus.primitives.files import named_errors
from salus.primitives.locks import FileLock
from salus.store.database import Database
from salus.store.schema import Schema

if TYPE_CHECKING:
    import sqlite3

_TABLES = """
CREATE TABLE reading (
    id INTEGER PRIMARY KEY CHECK (id = 1), chain INTEGER NOT NULL, genesis BLOB NOT NULL,
    addresses TEXT NOT NULL, first INTEGER NOT NULL, block INTEGER NOT NULL, hash BLOB NOT NULL,
    final INTEGER NOT NULL
);
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE hook (
    id INTEGER PRIMARY KEY CHECK (id = 1), target BLOB NOT NULL, state BLOB NOT NULL
);
CREATE TABLE kinds (kind INTEGER PRIMARY KEY, address BLOB NOT NULL, topic BLOB NOT NULL);
CREATE TABLE events (
    place INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key1 INTEGER, key2 INTEGER, key3 INTEGER,
    raw BLOB NOT NULL
);
CREATE INDEX by_key1 ON events (kind, key1);
CREATE INDEX by_key2 ON events (kind, key2) WHERE key2 IS NOT NULL;
CREATE INDEX by_key3 ON events (kind, key3) WHERE key3 IS NOT NULL;
"""
_AT_ONCE = 5_000
"""Rows of one statement, which may have 32,766 values: other threads run as long as it does."""
_SPAN = "kind = ? AND place >= ? AND place < ?"
_PAGES = ("page_size = 8192", "cache_size = -65536")
"""Nineteen rows a page, and 64 MiB of pages: three indexes are written at random places."""
_SCHEMA = Schema("an index", 3, tuple(_TABLES.split(";\n")[:-1]), _PAGES)


class IndexFile:
    """One index; safe to share between threads and between processes."""

    def __init__(self, database: Database) -> None:
        self._db, self.url, self.path = database, database.url, database.file

    @classmethod
    def open(cls, url: str) -> IndexFile:
        """Open an index, making it where it is missing.

        Raises:
            IndexUnreadable: It is not one, is damaged, or others may write it.
        """
        database = Database.open(url, _SCHEMA, refusal=IndexUnreadable)
        try:
            database.require_own(_SCHEMA)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close it."""
        self._db.close()

    def origin(self) -> Origin | None:
        """Which events it is of; None before anything was read."""
        with self._db.using() as db:
            row = db.execute("SELECT chain, genesis, addresses FROM reading").fetchone()
        if row is None:
            return None
        require_origin(self.url, row)
        return Origin(row[0], row[1], tuple(row[2].split()))

    def begin(self, origin: Origin, *, first: int) -> None:
        """Say which events it is of, unless it says so already."""
        values = (origin.chain_id, origin.genesis, " ".join(origin.addresses), first)
        with self._db.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO reading VALUES (1, ?, ?, ?, ?, ?, x'', ?)",
                (*values, first - 1, first - 1),
            )

    def name_genesis(self, genesis: bytes) -> None:
        """Say which block 0 the chain begins with, where that was not known."""
        with self._db.transaction() as db:
            db.execute("UPDATE reading SET genesis = ? WHERE genesis = x''", (genesis,))

    def reached(self) -> Reached:
        """How far it was read."""
        with self._db.using() as db:
            return self._reached(db)

    def blocks(self) -> list[tuple[int, bytes]]:
        """The blocks that may be taken back, and the last that may not, newest first."""
        with self._db.using() as db:
            found = db.execute("SELECT number, hash FROM blocks ORDER BY number DESC").fetchall()
        if any(type(hashed) is not bytes or len(hashed) != 32 for _, hashed in found):
            raise IndexUnreadable(self.url, "a hash of a block is not one")
        return found

    def add(
        self,
        after: Reached,
        rows: Sequence[LogRow],
        *,
        kinds: Mapping[int, tuple[bytes, bytes]],
        blocks: Sequence[tuple[int, bytes]],
        final: int,
    ) -> bool:
        """Write what follows a place; False, and nothing, where the index is not there any more."""
        number, hashed = blocks[-1]
        with self._db.transaction() as db:
            if self._reached(db) != after:
                return False
            known = ((kind, *named) for kind, named in kinds.items())
            db.executemany("INSERT OR IGNORE INTO kinds VALUES (?, ?, ?)", known)
            for at in range(0, len(rows), _AT_ONCE):
                some = rows[at : at + _AT_ONCE]
                values = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(some))
                db.execute(f"INSERT INTO events VALUES {values}", [*chain.from_iterable(some)])  # noqa: S608
            db.executemany("INSERT INTO blocks VALUES (?, ?)", blocks)
            db.execute("UPDATE reading SET block = ?, hash = ?", (number, hashed))
            _finalize(db, final)
        return True

    def finalize(self, final: int) -> None:
        """Note that no block up to this one is taken back any more."""
        with self._db.transaction() as db:
            _finalize(db, final)

    def undo(self, after: Reached, *, to: int) -> int | None:
        """Forget what is behind a block; how many events, None where another did that meanwhile."""
        with self._db.transaction() as db:
            if self._reached(db) != after:
                return None
            gone = db.execute("DELETE FROM events WHERE place >= ?", ((to + 1) * PLACES,)).rowcount
            db.execute("DELETE FROM blocks WHERE number > ?", (to,))
            last = db.execute("SELECT hash FROM blocks WHERE number = ?", (to,)).fetchone()
            db.execute("UPDATE reading SET block = ?, hash = ?", (to, last[0] if last else b""))
            db.execute("UPDATE reading SET final = min(final, ?)", (to,))
        return gone

    def hook(self) -> tuple[bytes, bytes] | None:
        """Who is told of what is read, and what was told, sealed by who tells; None for nobody."""
        with self._db.using() as db:
            found = db.execute("SELECT target, state FROM hook").fetchone()
        if found is not None and not all(type(each) is bytes for each in found):
            raise IndexUnreadable(self.url, "who is told is not named")
        return found and (found[0], found[1])

    def keep_hook(
        self, target: bytes, state: bytes, *, instead: tuple[bytes, bytes] | None
    ) -> bool:
        """Keep what was told; False, and nothing, where something else stands there meanwhile."""
        with self._db.transaction() as db:
            if self.hook() != instead:
                return False
            db.execute("INSERT OR REPLACE INTO hook VALUES (1, ?, ?)", (target, state))
        return True

    def drop_hook(self, target: bytes | None = None) -> bool:
        """Tell nobody, or a target no more; whether somebody was told."""
        which, values = ("", ()) if target is None else (" WHERE target = ?", (target,))
        with self._db.transaction() as db:
            return db.execute(f"DELETE FROM hook{which}", values).rowcount > 0  # noqa: S608

    def holds(self, number: int, hashed: bytes) -> bool:
        """Whether a block is among those that it still holds the hashes of."""
        with self._db.using() as db:
            row = db.execute("SELECT hash FROM blocks WHERE number = ?", (number,)).fetchone()
        return row is not None and row[0] == hashed

    def rows(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[LogRow]:
        """Rows of one kind whose topics are these, None for any, from block to block."""
        where, values = _of_topics(topics)
        query = f"SELECT * FROM events WHERE {_SPAN}{where}"  # noqa: S608 - numbers alone
        span = (kind, first * PLACES, (last + 1) * PLACES)
        with self._db.using() as db:
            return db.execute(f"{query} ORDER BY place", (*span, *values)).fetchall()

    def blocks_of(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[int]:
        """The blocks of such rows, in the order of the chain."""
        where, values = _of_topics(topics)
        query = f"SELECT DISTINCT place / {PLACES} FROM events WHERE {_SPAN}{where}"  # noqa: S608 - numbers alone
        span = (kind, first * PLACES, (last + 1) * PLACES)
        with self._db.using() as db:
            return [each for [each] in db.execute(f"{query} ORDER BY place", (*span, *values))]

    def count(self) -> dict[int, int]:
        """How many rows there are of each kind."""
        with self._db.using() as db:
            return dict(db.execute("SELECT kind, count(*) FROM events GROUP BY kind").fetchall())

    def newest(self) -> int | None:
        """The last block that it has a row of."""
        with self._db.using() as db:
            [found] = db.execute("SELECT max(place) FROM events").fetchone()
        return None if found is None else found // PLACES

    def count_in(self, *, first: int, last: int) -> int:
        """How many rows there are of some blocks."""
        query = "SELECT count(*) FROM events WHERE place >= ? AND place < ?"
        with self._db.using() as db:
            [found] = db.execute(query, (first * PLACES, (last + 1) * PLACES)).fetchone()
        return int(found)

    def has(self, kind: int, topics: Sequence[bytes], *, block: int | None = None) -> bool:
        """Whether there is a row of a kind whose first topics are these, in a block if named."""
        where, values = _of_topics(topics)
        if block is not None:
            where += " AND place >= ? AND place < ?"
            values += [block * PLACES, (block + 1) * PLACES]
        query = f"SELECT 1 FROM events WHERE kind = ?{where} LIMIT 1"  # noqa: S608 - numbers alone
        with self._db.using() as db:
            return db.execute(query, (kind, *values)).fetchone() is not None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read several things as they are at one moment."""
        with self._db.using() as db:
            db.execute("BEGIN")
            try:
                yield
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def lease(self, wait: float) -> Iterator[None]:
        """Be the only one who reads into it; see `IndexStore`. One in memory nobody else has."""
        if self.path is None:
            yield
            return
        path = f"{self.path}.lease"
        with named_errors(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            lock = FileLock(descriptor, wait=wait)
        except TimeoutError:
            raise IndexInUse(self.url) from None
        try:
            yield
        finally:
            lock.close()

    def _reached(self, db: sqlite3.Connection) -> Reached:
        found = db.execute("SELECT first, block, hash, final FROM reading").fetchone()
        require_place(self.url, found)
        return Reached(*found)


def _of_topics(topics: Sequence[bytes | None]) -> tuple[str, list[int | bytes]]:
    """What a query asks of rows: a key that an index finds, and the topic itself."""
    where, values = "", list[int | bytes]()
    for number, topic in enumerate(topics, start=1):
        if topic is not None:
            where += f" AND key{number} = ? AND substr(raw, {32 * number + 1}, 32) = ?"
            values += [key_of(topic), topic]
    return where, values


def _finalize(db: sqlite3.Connection, final: int) -> None:
    """Blocks below the last final one need no hash any more: none of them is taken back."""
    query = "SELECT max(number) FROM blocks WHERE number <= ?"
    [last] = db.execute(query, (final,)).fetchone()
    [before] = db.execute("SELECT final FROM reading").fetchone()
    if last is None:
        return
    db.execute("DELETE FROM blocks WHERE number < ?", (last,))
    if last > before:
        db.execute("UPDATE reading SET final = ?", (last,))
