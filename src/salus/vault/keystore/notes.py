"""What a key store notes beside keys: values of its own, whom it knows, what was erased.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> store.set_meta("motto", b"forget me")
    >>> store.meta("motto"), store.damage()
    (b'forget me', [])
"""

from __future__ import annotations

from salus.vault.keystore.database import Database


class Notes:
    """The small tables of a key store; used through :class:`salus.vault.keystore.KeyStore`.

    Args:
        database: An open database.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.url = database.url

    def meta(self, name: str) -> bytes | None:
        """Read a value that belongs to the store as a whole.

        Args:
            name: Its name.

        Returns:
            The value, or None.
        """
        row = self._db.one("SELECT value FROM meta WHERE name = ?", name)
        return None if row is None else bytes(row[0])

    def set_meta(self, name: str, value: bytes) -> None:
        """Set a value that belongs to the store as a whole.

        Args:
            name: Its name.
            value: What to keep.
        """
        self._db.change("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    def drop_meta(self, name: str) -> None:
        """Forget a value that belongs to the store as a whole.

        Args:
            name: Its name.
        """
        self._db.change("DELETE FROM meta WHERE name = ?", name)

    def damage(self) -> list[str]:
        """Have SQLite read every page of the file.

        Returns:
            What is wrong with it; nothing where it is sound.

        Raises:
            KeyStoreUnavailable: It cannot be read at all.
        """
        found = [str(row[0]) for row in self._db.all("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def contact(self, tag: bytes) -> bytes | None:
        """Find what is remembered of somebody's key.

        Args:
            tag: Finds them without naming them.

        Returns:
            The sealed digest of their key document, or None.
        """
        row = self._db.one("SELECT document FROM contacts WHERE tag = ?", tag)
        return None if row is None else bytes(row[0])

    def set_contact(self, tag: bytes, document: bytes) -> None:
        """Remember somebody's key, in the place of what was remembered.

        Args:
            tag: Finds them without naming them.
            document: The sealed digest of their key document.
        """
        self._db.change("INSERT OR REPLACE INTO contacts VALUES (?, ?)", tag, document)

    def set_erasure(self, issuer: str, record: bytes, report: bytes) -> None:
        """Remember that a record was erased, and what became of its parts.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            report: What was destroyed and what was not.
        """
        sql = "INSERT OR REPLACE INTO erasures VALUES (?, ?, ?)"
        self._db.change(sql, issuer, record, report)

    def erasure(self, issuer: str, record: bytes) -> bytes | None:
        """Find what became of an erased record.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.

        Returns:
            The report; None where it was not erased.
        """
        sql = "SELECT report FROM erasures WHERE issuer = ? AND record = ?"
        row = self._db.one(sql, issuer, record)
        return None if row is None else bytes(row[0])

    def erasures(self, issuer: str) -> list[bytes]:
        """List what became of erased records.

        Args:
            issuer: Who issued them.

        Returns:
            The reports, by record.
        """
        rows = self._db.all("SELECT report FROM erasures WHERE issuer = ?", issuer)
        return [bytes(row[0]) for row in rows]
