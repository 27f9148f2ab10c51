"""Whether every row of a key database is there and its owner's own; going on without some.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.soundness.whole(), store.soundness.damage(), list(store.soundness.altered())
    (True, [], [])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from salus.vault.database.looking import Looking
from salus.vault.database.rows import TABLES
from salus.vault.database.seals import RowSeals
from salus.vault.database.sqlite import SqliteFile
from salus.vault.database.totals import Totals
from salus.vault.errors import DamagedKeyDatabase, TamperedKeyDatabase

_FAULTS = 20


class Soundness:
    """What is wrong with a key database, and what can be done about it."""

    def __init__(
        self, database: SqliteFile, seals: RowSeals, totals: Totals, looking: Looking
    ) -> None:
        self._db, self._seals = database, seals
        self._totals, self._looking = totals, looking

    def whole(self) -> bool:
        """Whether no row was deleted, altered or put back; see :meth:`Totals.agree`."""
        return self._totals.agree()

    def examined(self) -> AbstractContextManager[None]:
        """Read what is there, although rows are missing; see :meth:`Looking.examined`."""
        return self._looking.examined()

    def damage(self) -> list[str]:
        """Have SQLite read every page of the file, and list what is wrong with it.

        Raises:
            KeyDatabaseUnavailable: It cannot be read at all.
        """
        return self._db.damage(_FAULTS)

    def altered(self) -> Iterator[TamperedKeyDatabase]:
        """Look at every row there is: an error for each that somebody else wrote or changed.

        Raises:
            KeyDatabaseUnavailable: The file cannot be read.
        """
        for table, row in self._seals.foreign():
            yield self._seals.refusal(table, row)

    def mend(self) -> None:
        """Write all rows anew, as they are, so that each is found in its place and by each index.

        Raises:
            StorageFull: There is no room; nothing was changed.
            KeyDatabaseUnavailable: The file cannot be read or written.
            DamagedKeyDatabase: It is damaged still.
        """
        with self._db.transaction():
            for table in TABLES:
                self._write_anew(table)
            if self._db.damage(1):
                raise DamagedKeyDatabase(self._db.url)
            self._looking.look()

    def _write_anew(self, table: str) -> None:
        rows = self._db.all(f"SELECT * FROM {table} NOT INDEXED")  # noqa: S608 - names of ours
        self._db.change(f"DELETE FROM {table}")  # noqa: S608
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.change(f"INSERT INTO {table} VALUES ({marks})", *row)  # noqa: S608

    def accept(self) -> None:
        """Go on with the sound rows that are there: whoever deleted or put back some is believed.

        Rows that were altered or invented are dropped.
        """
        with self._db.transaction():
            self._seals.drop_foreign()
            self._totals.keep(self._totals.counted())
            self._looking.look()

    def drop_invented(self) -> bool:
        """Drop the rows that were never ours; False where ours are missing: it may be one of them.

        Raises:
            StorageFull: There is no room; nothing was dropped.
            KeyDatabaseUnavailable: The file cannot be written.
        """
        with self._db.transaction():
            whole = self.whole()
            if whole:
                self._seals.drop_foreign()
        return whole
