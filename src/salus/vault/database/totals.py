"""The sum over all rows of a key store, as it is kept and as it is counted.

Example:
    >>> from salus.vault.database.sqlite import Database
    >>> from salus.vault.database.seals import OwnedRows
    >>> database = Database.open("memory:")
    >>> owned = OwnedRows(database)
    >>> cipher = owned.unlock("0xab", b"s" * 32)
    >>> Totals(database, owned).agree()
    True
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from salus.vault.database.running import Running
from salus.vault.database.seals import OwnedRows
from salus.vault.database.sqlite import Database
from salus.vault.errors import TornKeyStore, WrongKey


class Totals:
    """What the rows of a key store add up to, and what they should."""

    def __init__(self, database: Database, owned: OwnedRows) -> None:
        self._db, self._owned = database, owned

    def agree(self) -> bool:
        """Whether no row was deleted, altered or put back; rows that others invented do not count.

        Raises:
            KeyStoreUnavailable: The file cannot be read.
        """
        with self._db.transaction(), suppress(WrongKey):
            return self.counted().total == self._kept().total
        return False

    def counted(self) -> Running:
        """The sum over the rows that are there and the owner's own."""
        changes = 0
        with suppress(WrongKey):
            changes = self._kept().changes
        return Running.over(self._owned.cipher, self._owned.marks(), changes=changes)

    def required(self) -> Running:
        """The sum that is kept.

        Raises:
            TornKeyStore: Somebody else wrote it.
        """
        try:
            return self._kept()
        except WrongKey:
            raise TornKeyStore(self._db.url) from None

    def keep(self, running: Running) -> None:
        """Keep a sum, which counts one change more."""
        kept = replace(running, changes=running.changes + 1)
        self._db.change("UPDATE store SET running = ?", kept.seal())

    def _kept(self) -> Running:
        found = self._db.one("SELECT running FROM store")
        return Running.unseal(self._owned.cipher, found[0] if found else b"")
