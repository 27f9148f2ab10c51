"""Whether every row of a key store is there and its owner's own, and going on where some are not.

Example:
    >>> from salus.vault.database import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.soundness.whole(), store.soundness.damage(), list(store.soundness.altered())
    (True, [], [])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from salus.vault.database.looking import Looking
from salus.vault.database.rows import TABLES
from salus.vault.database.seals import OwnedRows
from salus.vault.database.sqlite import Database
from salus.vault.database.totals import Totals
from salus.vault.errors import DamagedKeyStore, TamperedKeyStore

_FAULTS = 20


class Soundness:
    """What is wrong with a key store, and what can be done about it."""

    def __init__(
        self, database: Database, owned: OwnedRows, totals: Totals, looking: Looking
    ) -> None:
        self._db, self._owned = database, owned
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
            KeyStoreUnavailable: It cannot be read at all.
        """
        return self._db.damage(_FAULTS)

    def altered(self) -> Iterator[TamperedKeyStore]:
        """Look at every row there is: an error for each that somebody else wrote or changed.

        Raises:
            KeyStoreUnavailable: The file cannot be read.
        """
        for table, row in self._owned.foreign():
            yield self._owned.refusal(table, row)

    def mend(self) -> None:
        """Write all rows anew, as they are, so that each is found in its place and by each index.

        Raises:
            DamagedKeyStore: That does not help; nothing was changed.
            StorageFull: There is no room; nothing was changed.
            KeyStoreUnavailable: The file cannot be read or written.
        """
        with self._db.transaction():
            for table in TABLES:
                self._write_anew(table)
            if self._db.damage(1):
                raise DamagedKeyStore(self._db.url)
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
            self._owned.drop_foreign()
            self._totals.keep(self._totals.counted())
            self._looking.look()

    def drop_invented(self) -> bool:
        """Drop the rows that were never ours; False where ours are missing: it may be one of them.

        Raises:
            StorageFull: There is no room; nothing was dropped.
            KeyStoreUnavailable: The file cannot be written.
        """
        with self._db.transaction():
            whole = self.whole()
            if whole:
                self._owned.drop_foreign()
        return whole
