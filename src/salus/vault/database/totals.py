"""The sum over all rows of a key database, as it is kept and as it is counted.

Example:
    >>> from salus.vault.database.sqlite import SqliteFile
    >>> from salus.vault.database.seals import RowSeals
    >>> database = SqliteFile.open("memory:")
    >>> seals = RowSeals(database)
    >>> cipher = seals.let_in("0x" + "12" * 20, b"s" * 32)
    >>> Totals(database, seals).agree()
    True
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from salus.vault.database.running_sum import Running
from salus.vault.database.seals import RowSeals
from salus.vault.database.sqlite import SqliteFile
from salus.vault.errors import TornKeyDatabase, WrongKey


class Totals:
    """What the rows of a key database add up to, and what they should."""

    def __init__(self, database: SqliteFile, seals: RowSeals) -> None:
        self._db, self._seals = database, seals

    def agree(self) -> bool:
        """Whether no row was deleted, altered or put back; what others invented is left out.

        Raises:
            KeyDatabaseUnavailable: The file cannot be read.
        """
        with self._db.transaction(), suppress(WrongKey):
            return self.counted().total == self._kept().total
        return False

    def counted(self) -> Running:
        """The sum over the rows that are there and the owner's own."""
        changes = 0
        with suppress(WrongKey):
            changes = self._kept().changes
        return Running.over(self._seals.cipher, self._seals.marks(), changes=changes)

    def required(self) -> Running:
        """The sum that is kept."""
        try:
            return self._kept()
        except WrongKey:
            raise TornKeyDatabase(self._db.url) from None

    def keep(self, running: Running) -> None:
        """Keep a sum, which counts one change more."""
        kept = replace(running, changes=running.changes + 1)
        self._db.change("UPDATE store SET running = ?", kept.seal())

    def _kept(self) -> Running:
        found = self._db.one("SELECT running FROM store")
        return Running.unseal(self._seals.cipher, found[0] if found else b"")
