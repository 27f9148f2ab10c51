"""Rows that only the owner of a key database can write and read: each is under a seal of its own.

Whoever can write the file, but lacks the owner's store key, can put back the whole file as it was
before; what he changes, renames, invents, deletes or puts back in it is refused. A seal is bound
to the table and to all that its row is found by; only a row that opens counts in the sum.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.rows.put("meta", ("motto", b"forget"))
    1
    >>> store.rows.one("meta", name="motto")
    ('motto', b'forget')
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from salus.vault.database.layout import mark
from salus.vault.database.looking import Looking
from salus.vault.database.rows import TABLES
from salus.vault.database.running_sum import Running
from salus.vault.database.seals import RowSeals
from salus.vault.database.sqlite import SqliteFile
from salus.vault.database.totals import Totals


class GuardedRows:
    """Reading and changing the rows of a key database, each of them the owner's own."""

    def __init__(
        self, database: SqliteFile, seals: RowSeals, totals: Totals, looking: Looking
    ) -> None:
        self._db, self._seals = database, seals
        self._totals, self._looking = totals, looking
        self._running: Running | None = None

    def running(self) -> Running:
        """The sum over all rows, and how often they changed: another copy has another.

        Raises:
            TamperedKeyDatabase: Rows were deleted or put back by somebody else.
            KeyDatabaseUnavailable: The file cannot be read.
        """
        with self._db.transaction():
            return self._running or self._required()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes together; see `KeyDatabase.transaction`."""
        with self._db.transaction():
            if self._running is not None:
                yield
                return
            before = self._running = self._required()
            try:
                yield
                if self._running != before:
                    self._totals.keep(self._running)
            finally:
                self._running = None

    def put(self, table: str, row: Sequence[object], *, otherwise: str = "REPLACE") -> int:
        """Write a row, or do what SQLite knows as this where its name is taken; count the rows."""
        stored = self._seals.seal(table, row)
        marks = ", ".join("?" * len(stored))
        with self.transaction():
            if otherwise == "REPLACE":
                otherwise = "ABORT"
                self.drop(table, **dict(zip(TABLES[table].names, row, strict=False)))
            sql = f"INSERT OR {otherwise} INTO {table} VALUES ({marks})"  # noqa: S608
            written = self._db.change(sql, *stored)
            if written:
                self._running = self.running().plus(mark(stored))
        return written

    def drop(self, table: str, **named: object) -> int:
        """Delete the rows with these values, and count them."""
        where = " AND ".join(f"{column} = ?" for column in named)
        sql = f"DELETE FROM {table} WHERE {where} RETURNING *"  # noqa: S608
        with self.transaction():
            gone = self._db.all(sql, *named.values())
            # Only what was counted in is counted out: a row that is not ours never was.
            for row in gone:
                if self._seals.is_ours(table, row):
                    self._running = self.running().minus(mark(row))
        return len(gone)

    def one(self, table: str, **wanted: object) -> tuple[Any, ...] | None:
        """Read a row with these values; None stands for any."""
        return next(iter(self.all(table, "LIMIT 1", **wanted)), None)

    def all(self, table: str, then: str = "", **wanted: object) -> list[tuple[Any, ...]]:
        """Read the rows with these values; None stands for any.

        Raises:
            TamperedKeyDatabase: Somebody else wrote or changed one.
        """
        return self._opened(table, self._found(table, then, wanted))

    def between(
        self, table: str, column: str, *, first: object, last: object
    ) -> list[tuple[Any, ...]]:
        """Read the rows whose column is from the first to the last of two values, in order."""
        sql = f"SELECT * FROM {table} WHERE {column} BETWEEN ? AND ? ORDER BY {column}"  # noqa: S608
        return self._opened(table, self.read(sql, first, last))

    def ours(self, table: str, **wanted: object) -> list[tuple[Any, ...]]:
        """Read the rows with these values that are the owner's own, and leave out the others."""
        opened = (self._seals.open(table, stored) for stored in self._found(table, "", wanted))
        return [row for row in opened if row is not None]

    def read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask for what no row holds alone, such as a count."""
        return self._looking.reading(lambda: self._db.all(sql, *values))

    def _opened(self, table: str, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        rows = []
        for stored in found:
            row = self._seals.open(table, stored)
            if row is None:
                raise self._seals.refusal(table, stored)
            rows.append(row)
        return rows

    def _found(self, table: str, then: str, wanted: dict[str, object]) -> list[tuple[Any, ...]]:
        # One condition for each value that is given, so that SQLite can use its indexes.
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        sql = f"SELECT * FROM {table} WHERE {where} {then}"  # noqa: S608
        return self.read(sql, *given.values())

    def _required(self) -> Running:
        self._looking.look_again()
        self._looking.require_sound()
        return self._totals.required()
