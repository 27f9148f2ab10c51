"""An outbox in a Postgres database, for machines that write for one account: schema salus_outbox.

The rows are those of a file, and changed by the same statements. What one process at a time may do
there is what whoever locks a row may do here.

Example:
    >>> numbered("UPDATE entries SET error = ? WHERE id = ?")
    'UPDATE entries SET error = $1 WHERE id = $2'
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any

from salus.outbox.errors import OutboxMissing, OutboxUnavailable
from salus.outbox.leases import Leases
from salus.outbox.place import OutboxRows
from salus.outbox.rows import IS_OPEN
from salus.store.postgres import PostgresDatabase
from salus.store.postgres_schema import PostgresSchema

_log = logging.getLogger(__name__)
FORMAT = 1
_ANEW = ": connect anew"
_ELSEWHERE = ". No act leaves before it can be: see that the server runs, and what the URL names"
_SESSION = {
    "search_path": "pg_catalog, salus_outbox",
    "idle_in_transaction_session_timeout": "15s",  # who stops in the middle stops nobody else
    "lock_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_SCHEMA = PostgresSchema(
    name="salus_outbox",
    kind="an outbox",
    statements="""
CREATE SCHEMA salus_outbox;
CREATE TABLE salus_outbox.format (number integer NOT NULL);
INSERT INTO salus_outbox.format VALUES (1);
CREATE TABLE salus_outbox.entries (
    id bigint PRIMARY KEY, chain text NOT NULL, account text NOT NULL, nonce bigint NOT NULL,
    name text NOT NULL, content bytea NOT NULL, target text NOT NULL, data bytea NOT NULL,
    value text NOT NULL, gas bigint NOT NULL, state text NOT NULL, holder text,
    begun double precision NOT NULL, changed double precision NOT NULL, error text, mined text,
    block bigint, block_hash text, succeeded integer, seen integer NOT NULL DEFAULT 0,
    sole integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX one_act_a_nonce ON salus_outbox.entries (chain, account, nonce)
    WHERE state IN ('sent', 'mined');
CREATE UNIQUE INDEX one_act_a_name ON salus_outbox.entries (chain, name) WHERE name <> '';
CREATE INDEX contents ON salus_outbox.entries (chain, account, content);
CREATE TABLE salus_outbox.attempts (
    rowid bigint GENERATED ALWAYS AS IDENTITY, hash text PRIMARY KEY,
    entry bigint NOT NULL REFERENCES salus_outbox.entries ON DELETE CASCADE, raw bytea NOT NULL,
    withdraws integer NOT NULL, refused integer NOT NULL DEFAULT 0
);
CREATE INDEX attempts_of ON salus_outbox.attempts (entry);
CREATE TABLE salus_outbox.numbers (last bigint NOT NULL);
INSERT INTO salus_outbox.numbers VALUES (0);
CREATE TABLE salus_outbox.turns (
    chain text NOT NULL, account text NOT NULL, taken bigint NOT NULL, PRIMARY KEY (chain, account)
);
CREATE TABLE salus_outbox.leases (token text PRIMARY KEY, until timestamptz NOT NULL);
""",
    held={
        "format": "number:int4",
        "entries": (
            "id:int8 chain:text account:text nonce:int8 name:text content:bytea target:text"
            " data:bytea value:text gas:int8 state:text holder:text begun:float8 changed:float8"
            " error:text mined:text block:int8 block_hash:text succeeded:int4 seen:int4 sole:int4"
        ),
        "attempts": "rowid:int8 hash:text entry:int8 raw:bytea withdraws:int4 refused:int4",
        "numbers": "last:int8",
        "turns": "chain:text account:text taken:int8",
        "leases": "token:text until:timestamptz",
    },
    sequences=("attempts_rowid_seq",),
    unique={
        "one_act_a_nonce": "(chain, account, nonce)",
        "one_act_a_name": "(chain, name)",
        "turns_pkey": "(chain, account)",
        "attempts_pkey": "(hash)",
        "leases_pkey": "(token)",
        "entries_pkey": "(id)",
    },
)


class PostgresRows:
    """See `OutboxRows`: several write at once, and who seems to have ended may go on later."""

    locked, skip_locked, sole = " FOR UPDATE", " FOR UPDATE SKIP LOCKED", " AND sole = 1"

    def __init__(self, database: PostgresDatabase) -> None:
        self._db = database

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask, or change and return what the statement returns."""
        return self._db.fetch(numbered(sql), *values)

    def change_all(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement with the values of each row."""
        self._db.execute_many(numbered(sql), rows)

    def share(self, numbers: Iterable[int]) -> list[int]:
        """Have none of these acts closed because a node refuses it: somebody may hand it in yet."""
        found = self._db.fetch(
            "UPDATE entries SET sole = 0 WHERE id = ANY($1::bigint[])"  # noqa: S608
            f" AND {IS_OPEN} RETURNING id",
            list(numbers),
        )
        return [number for [number] in found]

    def damage(self) -> str | None:
        """Nothing: a server looks after its own pages, and what is read of them was readable."""
        return None


class PostgresOutbox:
    """One outbox, shared by threads, processes and machines.

    It is opened by the first act, or by who looks, as a file is.

    Args:
        connect: Connects, and tells whether tables are to be made that are missing.
    """

    file: Path | None = None
    patience = 30.0

    def __init__(self, connect: Callable[[], PostgresDatabase], *, url: str, make: bool) -> None:
        self.url = url
        self._connect, self._make, self._guard = connect, make, RLock()
        self._opened: PostgresDatabase | None = None
        self._closed = False
        self._leases = Leases(self._database, url=url)

    @property
    def stands_in(self) -> bool:
        """Nothing takes the place of a database: without it no act leaves."""
        return False

    def holders(self) -> Leases:
        """Return this process's lease, and what is to be seen of others'."""
        return self._leases

    def look_for_room(self) -> None:
        """Nothing: see `stands_in`."""

    @contextmanager
    def reading(self) -> Iterator[OutboxRows]:
        """Read, as all is at one moment.

        Raises:
            OutboxUnavailable: The database does not answer, or is something else.
        """
        database = self._database()
        with database.snapshot():
            yield PostgresRows(database)

    @contextmanager
    def writing(self, *, durably: bool = False) -> Iterator[OutboxRows]:
        """Change everything that is changed meanwhile, or nothing, under this process's lease.

        It begins with the lease's own row: where a connection ended in the middle, what comes next
        waits for the end of that, and sees what became of it.

        Raises:
            OutboxUnavailable: As for :meth:`reading`.
        """
        database = self._database()
        with database.transaction():
            if not durably:
                database.execute("SET LOCAL synchronous_commit = off")
            self._leases.enter()
            yield PostgresRows(database)

    def close(self) -> None:
        """Close the connection for good."""
        with self._guard:
            self._closed, opened = True, self._opened
            self._opened = None
        if opened is not None:
            opened.close()

    def _database(self) -> PostgresDatabase:
        with self._guard:
            if self._closed:
                raise OutboxUnavailable(self.url, "it was closed", advice=_ANEW)
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> PostgresDatabase:
        database = self._connect()
        try:
            if not _SCHEMA.is_in(database):
                if not self._make:
                    raise OutboxMissing(self.url)
                _SCHEMA.make(database)
            problem = _SCHEMA.problem_in(database) or _other_format(database)
            if problem is not None:
                raise OutboxUnavailable(self.url, problem, advice=_ELSEWHERE)
            if database.fetch("SHOW fsync") == [("off",)]:
                _log.warning("%s runs with fsync off: what it says is written is not", self.url)
        except BaseException:
            database.close()
            raise
        return database


def connected(dsn: str, *, url: str, loopback: bool) -> PostgresDatabase:
    """Connect to the database of an outbox; ``url`` is what is shown of it.

    Raises:
        ConfigurationInvalid: The driver is not installed.
        OutboxUnavailable: It does not answer.
    """
    return PostgresDatabase(dsn, url=url, refusal=_refusal, loopback=loopback, settings=_SESSION)


def _other_format(database: PostgresDatabase) -> str | None:
    found = database.fetch("SELECT number FROM format")
    if found == [(FORMAT,)]:
        return None
    shown = ", ".join(str(each) for [each] in found) or "none"
    return f"it is of format {shown}, and this Salus knows {FORMAT}"


def _refusal(url: str, reason: str) -> OutboxUnavailable:
    return OutboxUnavailable(url, reason, advice=_ELSEWHERE)


@lru_cache(maxsize=256)
def numbered(sql: str) -> str:
    """Number the places of values, as Postgres has them."""
    parts, places = sql.split("?"), count(1)
    return parts[0] + "".join(f"${next(places)}{part}" for part in parts[1:])
