"""An index in a Postgres database, for many readers: rows come by COPY, in the schema salus_index.

The same as `salus.index.file` keeps, changed in the same transactions; what a row or a place may
be is looked at by the same rules.

Example:
    >>> _topics_of([None, bytes(32)], 4)[0]
    ' AND key2 = $4 AND substring(raw from 65 for 32) = $5'
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from salus.index.errors import IndexInUse, IndexUnreadable
from salus.index.held import require_origin, require_place
from salus.index.index_store import Origin, Reached
from salus.index.rows import PLACES, LogRow, key_of
from salus.store.postgres import PostgresDatabase
from salus.store.postgres_schema import PostgresSchema

FORMAT = 1
_SCHEMA = "salus_index"
_READING = 0x53616C7574
"""Advisory lock of who reads the chain."""
_PAUSE = 0.2
_COLUMNS = ("place", "kind", "key1", "key2", "key3", "raw")
_TABLES = """
CREATE SCHEMA salus_index;
CREATE TABLE salus_index.reading (
    id integer PRIMARY KEY CHECK (id = 1), format integer NOT NULL, chain bigint NOT NULL,
    genesis bytea NOT NULL, addresses text NOT NULL, first bigint NOT NULL, block bigint NOT NULL,
    hash bytea NOT NULL, final bigint NOT NULL
);
CREATE TABLE salus_index.blocks (number bigint PRIMARY KEY, hash bytea NOT NULL);
CREATE TABLE salus_index.hook (
    id integer PRIMARY KEY CHECK (id = 1), target bytea NOT NULL, state bytea NOT NULL
);
CREATE TABLE salus_index.kinds (
    kind bigint PRIMARY KEY, address bytea NOT NULL, topic bytea NOT NULL
);
CREATE TABLE salus_index.events (
    place bigint PRIMARY KEY, kind bigint NOT NULL, key1 bigint, key2 bigint, key3 bigint,
    raw bytea NOT NULL
);
CREATE INDEX by_key1 ON salus_index.events (kind, key1);
CREATE INDEX by_key2 ON salus_index.events (kind, key2) WHERE key2 IS NOT NULL;
CREATE INDEX by_key3 ON salus_index.events (kind, key3) WHERE key3 IS NOT NULL;
"""
_HELD = {
    "reading": (
        "id:int4 format:int4 chain:int8 genesis:bytea addresses:text first:int8"
        " block:int8 hash:bytea final:int8"
    ),
    "blocks": "number:int8 hash:bytea",
    "hook": "id:int4 target:bytea state:bytea",
    "kinds": "kind:int8 address:bytea topic:bytea",
    "events": "place:int8 kind:int8 key1:int8 key2:int8 key3:int8 raw:bytea",
}
_TABLES_OF_AN_INDEX = PostgresSchema(_SCHEMA, "an index", _TABLES, _HELD)
_WHERE = "kind = $1 AND place >= $2 AND place < $3"


class PostgresIndex:
    """One index; safe to share between threads, processes and machines."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._db, self.url = database, database.url

    @classmethod
    def open(cls, dsn: str, *, url: str, loopback: bool, make: bool = True) -> PostgresIndex | None:
        """Open an index, making its tables where they are missing, or else returning None.

        Raises:
            ConfigurationInvalid: The driver is not installed.
            IndexUnreadable: It is not one, or others may write it, or the server does not answer.
        """
        database = PostgresDatabase(dsn, url=url, refusal=IndexUnreadable, loopback=loopback)
        try:
            if not _TABLES_OF_AN_INDEX.is_in(database):
                if not make:
                    database.close()
                    return None
                _TABLES_OF_AN_INDEX.make(database)
            _require_own(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def origin(self) -> Origin | None:
        """Which events it is of; see `IndexStore`."""
        found = self._db.fetch("SELECT chain, genesis, addresses FROM salus_index.reading")
        if not found:
            return None
        require_origin(self.url, found[0])
        chain, genesis, addresses = found[0]
        return Origin(chain, genesis, tuple(addresses.split()))

    def begin(self, origin: Origin, *, first: int) -> None:
        """Say which events it is of, unless it says so already."""
        self._db.fetch(
            "INSERT INTO salus_index.reading VALUES (1, $1, $2, $3, $4, $5, $6, '', $6)"
            " ON CONFLICT DO NOTHING",
            *(FORMAT, origin.chain_id, origin.genesis, " ".join(origin.addresses), first),
            first - 1,
        )

    def name_genesis(self, genesis: bytes) -> None:
        """Say which block 0 the chain begins with, where that was not known."""
        self._db.fetch("UPDATE salus_index.reading SET genesis = $1 WHERE genesis = ''", genesis)

    def reached(self) -> Reached:
        """How far it was read."""
        return self._reached("")

    def blocks(self) -> list[tuple[int, bytes]]:
        """The blocks that may be taken back, and the last that may not, newest first."""
        query = "SELECT number, hash FROM salus_index.blocks ORDER BY number DESC"
        found = [(number, hashed) for number, hashed in self._db.fetch(query)]
        if any(len(hashed) != 32 for _, hashed in found):
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
        """Write what follows a place; see `IndexStore`."""
        with self._db.transaction():
            if self._reached(" FOR UPDATE") != after:
                return False
            for kind, (address, topic) in kinds.items():
                query = "INSERT INTO salus_index.kinds VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
                self._db.fetch(query, kind, address, topic)
            self._db.copy("events", rows, schema=_SCHEMA, columns=_COLUMNS)
            self._db.copy("blocks", blocks, schema=_SCHEMA, columns=("number", "hash"))
            query = "UPDATE salus_index.reading SET block = $1, hash = $2"
            self._db.fetch(query, *blocks[-1])
            self._finalize(final)
        return True

    def finalize(self, final: int) -> None:
        """Note that no block up to this one is taken back any more."""
        with self._db.transaction():
            self._reached(" FOR UPDATE")
            self._finalize(final)

    def undo(self, after: Reached, *, to: int) -> int | None:
        """Forget what is behind a block; see `IndexStore`."""
        with self._db.transaction():
            if self._reached(" FOR UPDATE") != after:
                return None
            query = "DELETE FROM salus_index.events WHERE place >= $1 RETURNING 1"
            gone = len(self._db.fetch(query, (to + 1) * PLACES))
            self._db.fetch("DELETE FROM salus_index.blocks WHERE number > $1", to)
            last = self._db.fetch("SELECT hash FROM salus_index.blocks WHERE number = $1", to)
            self._db.fetch(
                "UPDATE salus_index.reading SET block = $1, hash = $2, final = least(final, $1)",
                *(to, last[0][0] if last else b""),
            )
        return gone

    def hook(self) -> tuple[bytes, bytes] | None:
        """Who is told of what is read, and what was told; see `IndexStore`."""
        found = self._db.fetch("SELECT target, state FROM salus_index.hook")
        return (found[0][0], found[0][1]) if found else None

    def keep_hook(
        self, target: bytes, state: bytes, *, instead: tuple[bytes, bytes] | None
    ) -> bool:
        """Keep what was told; see `IndexStore`."""
        with self._db.transaction():
            self._reached(" FOR UPDATE")  # one writer at a time
            if self.hook() != instead:
                return False
            self._db.fetch(
                "INSERT INTO salus_index.hook VALUES (1, $1, $2)"
                " ON CONFLICT (id) DO UPDATE SET target = $1, state = $2",
                *(target, state),
            )
        return True

    def drop_hook(self, target: bytes | None = None) -> bool:
        """Tell nobody, or a target no more; whether somebody was told."""
        query = "DELETE FROM salus_index.hook WHERE $1::bytea IS NULL OR target = $1 RETURNING 1"
        return len(self._db.fetch(query, target)) > 0

    def holds(self, number: int, hashed: bytes) -> bool:
        """Whether a block is among those that it still holds the hashes of."""
        query = "SELECT 1 FROM salus_index.blocks WHERE number = $1 AND hash = $2"
        return len(self._db.fetch(query, number, hashed)) > 0

    def rows(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[LogRow]:
        """Rows of one kind whose topics are these; see `IndexStore`."""
        columns = ", ".join(_COLUMNS)
        where, values = _topics_of(topics, 4)
        query = f"SELECT {columns} FROM salus_index.events WHERE {_WHERE}{where} ORDER BY place"  # noqa: S608
        span = (kind, first * PLACES, (last + 1) * PLACES)
        return [
            (place, kind, one, two, three, raw)
            for place, kind, one, two, three, raw in self._db.fetch(query, *span, *values)
        ]

    def blocks_of(
        self, kind: int, topics: Sequence[bytes | None], *, first: int, last: int
    ) -> list[int]:
        """The blocks of such rows, in the order of the chain."""
        where, values = _topics_of(topics, 4)
        query = (
            f"SELECT DISTINCT place / {PLACES} AS block FROM salus_index.events"  # noqa: S608
            f" WHERE {_WHERE}{where} ORDER BY block"
        )
        span = (kind, first * PLACES, (last + 1) * PLACES)
        return [each for [each] in self._db.fetch(query, *span, *values)]

    def count(self) -> dict[int, int]:
        """How many rows there are of each kind."""
        query = "SELECT kind, count(*) FROM salus_index.events GROUP BY kind"
        return dict(self._db.fetch(query))

    def newest(self) -> int | None:
        """The last block that it has a row of."""
        [[found]] = self._db.fetch("SELECT max(place) FROM salus_index.events")
        return None if found is None else int(found) // PLACES

    def count_in(self, *, first: int, last: int) -> int:
        """How many rows there are of some blocks."""
        query = "SELECT count(*) FROM salus_index.events WHERE place >= $1 AND place < $2"
        [[found]] = self._db.fetch(query, first * PLACES, (last + 1) * PLACES)
        return int(found)

    def has(self, kind: int, topics: Sequence[bytes], *, block: int | None = None) -> bool:
        """Whether there is a row of a kind whose first topics are these, in a block if named."""
        first, last = (
            (0, (1 << 63) - 1) if block is None else (block * PLACES, (block + 1) * PLACES)
        )
        where, values = _topics_of(topics, 4)
        query = f"SELECT 1 FROM salus_index.events WHERE {_WHERE}{where} LIMIT 1"  # noqa: S608
        return len(self._db.fetch(query, kind, first, last, *values)) > 0

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read several things as they are at one moment."""
        with self._db.transaction("repeatable_read"):
            yield

    @contextmanager
    def lease(self, wait: float) -> Iterator[None]:
        """Be the only one who reads into it; see `IndexStore`. It ends with the connection."""
        self._db.fetch("SELECT 1")  # over a new connection, if need be
        with self._db.pinned():
            _until(self._leased, wait, IndexInUse(self.url))
            try:
                yield
            finally:
                self._db.fetch("SELECT pg_advisory_unlock($1)", _READING)

    def _leased(self) -> bool:
        [[found]] = self._db.fetch("SELECT pg_try_advisory_lock($1)", _READING)
        return bool(found)

    def _reached(self, locked: str) -> Reached:
        query = f"SELECT first, block, hash, final FROM salus_index.reading{locked}"  # noqa: S608
        found = self._db.fetch(query)
        require_place(self.url, found[0] if found else None)
        return Reached(*found[0])

    def _finalize(self, final: int) -> None:
        """Blocks below the last final one need no hash any more: none of them is taken back."""
        query = "SELECT max(number) FROM salus_index.blocks WHERE number <= $1"
        [[last]] = self._db.fetch(query, final)
        if last is None:
            return
        self._db.fetch("DELETE FROM salus_index.blocks WHERE number < $1", last)
        self._db.fetch("UPDATE salus_index.reading SET final = greatest(final, $1)", last)


def _topics_of(topics: Sequence[bytes | None], number: int) -> tuple[str, list[Any]]:
    """What a query asks of rows, whose first free parameter has a number."""
    where, values = "", list[Any]()
    for at, topic in enumerate(topics, start=1):
        if topic is not None:
            key, raw = number + len(values), number + len(values) + 1
            start = 32 * at + 1
            where += f" AND key{at} = ${key} AND substring(raw from {start} for 32) = ${raw}"
            values += [key_of(topic), topic]
    return where, values


def _require_own(database: PostgresDatabase) -> None:
    """Refuse tables that are not those of an index, or that others than their owner may write."""
    problem = _TABLES_OF_AN_INDEX.problem_in(database)
    if problem is not None:
        raise IndexUnreadable(database.url, problem)
    formats = database.fetch("SELECT format FROM salus_index.reading")
    if formats and formats[0][0] != FORMAT:
        raise IndexUnreadable(
            database.url, f"it is of format {formats[0][0]}, and this Salus knows {FORMAT}"
        )


def _until(done: Callable[[], bool], wait: float, problem: IndexInUse) -> None:
    end = time.monotonic() + wait
    while not done():
        if time.monotonic() >= end:
            raise problem
        time.sleep(_PAUSE)
