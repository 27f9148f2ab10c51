"""Reading and changing the tables of a key store.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> store.set_meta("motto", b"forget me")
    >>> store.meta("motto")
    b'forget me'
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import astuple
from typing import Any

from salus.vault.keystore.database import Database
from salus.vault.keystore.notes import Notes
from salus.vault.keystore.rows import FORMER, CompartmentRow, ManifestRow, RecordRow, ShareRow


class KeyStore(Notes):
    """The tables of a key store.

    Args:
        database: An open database; see :meth:`open`.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    @classmethod
    def open(cls, url: str) -> KeyStore:
        """Open a key store, making it where it is missing.

        Args:
            url: ``sqlite:///file`` (an absolute path, readable by its owner only) or ``memory:``.

        Returns:
            The key store.

        Raises:
            InvalidStorageUrl: The URL has another form.
            KeyStoreUnavailable: The file is no key store, or one of a newer Salus.
            StorageUnavailable: The file cannot be made.
        """
        return cls(Database.open(url))

    def close(self) -> None:
        """Close the file; the key store cannot be used afterwards."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Make several changes together: all of them become durable, or none.

        Returns:
            A context manager. A transaction inside another joins it.

        Raises:
            StorageFull: The disk is full; nothing was changed.
            KeyStoreUnavailable: The file cannot be written, or another writer holds it for 30 s.
        """
        return self._db.transaction()

    def add_compartment(self, row: CompartmentRow) -> None:
        """Keep a compartment key; one that is known already stays as it is.

        Args:
            row: The key. Where it is current, no other with its tag may be.
        """
        self._db.change(
            "INSERT OR IGNORE INTO compartments VALUES (?, ?, ?, ?, ?, ?, ?)", *astuple(row)
        )

    def current_compartment(self, tag: bytes) -> CompartmentRow | None:
        """Find the key that new records of a compartment go under.

        Args:
            tag: The compartment's tag.

        Returns:
            The key, or None where there is none yet.
        """
        row = self._db.one("SELECT * FROM compartments WHERE tag = ? AND current = 1", tag)
        return None if row is None else CompartmentRow(*row)

    def compartment(self, origin: str, key_id: bytes) -> CompartmentRow | None:
        """Find a compartment key by its id.

        Args:
            origin: Who made it.
            key_id: 16 bytes.

        Returns:
            The key, or None.
        """
        sql = "SELECT * FROM compartments WHERE origin = ? AND key_id = ?"
        row = self._db.one(sql, origin, key_id)
        return None if row is None else CompartmentRow(*row)

    def compartments(self, origin: str) -> list[CompartmentRow]:
        """List compartment keys, current and retired.

        Args:
            origin: Who made them.

        Returns:
            The keys, in the order of their ids.
        """
        rows = self._db.all("SELECT * FROM compartments WHERE origin = ?", origin)
        return [CompartmentRow(*row) for row in rows]

    def retire_compartment(self, origin: str, key_id: bytes) -> None:
        """Put no further records under a key.

        Args:
            origin: Who made it.
            key_id: 16 bytes.
        """
        sql = "UPDATE compartments SET current = 0 WHERE origin = ? AND key_id = ?"
        self._db.change(sql, origin, key_id)

    def add_record(self, row: RecordRow) -> None:
        """Keep the key of a record version, replacing what was known of it.

        Args:
            row: The wrapped key.
        """
        self._db.change(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *astuple(row)
        )

    def record(self, issuer: str, record: bytes, version: int) -> RecordRow | None:
        """Find the key of a record version.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: From 1.

        Returns:
            The wrapped key, or None.
        """
        sql = "SELECT * FROM records WHERE issuer = ? AND record = ? AND version = ?"
        row = self._db.one(sql, issuer, record, version)
        return None if row is None else RecordRow(*row)

    def records(
        self, issuer: str, *, record: bytes | None = None, sealed_under: bytes | None = None
    ) -> list[RecordRow]:
        """List the keys of record versions.

        Args:
            issuer: Who issued them.
            record: Only those of this record; None for all.
            sealed_under: Only those under this compartment key; None for all.

        Returns:
            The wrapped keys, by record and version.
        """
        rows = self._select("records", issuer=issuer, record=record, sealed_under=sealed_under)
        return [RecordRow(*row) for row in rows]

    def replace_record(self, issuer: str, record: bytes, version: int, *, by: int) -> None:
        """Note that a version's content lies in a later version, under new keys.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: The old one.
            by: The new one.
        """
        sql = "UPDATE records SET replaced_by = ? WHERE issuer = ? AND record = ? AND version = ?"
        self._db.change(sql, by, issuer, record, version)

    def is_pointed_to(self, blob: str) -> bool:
        """Tell whether a manifest here points to a blob that should be there.

        Args:
            blob: Its name.

        Returns:
            False where only replaced versions name it, or none.
        """
        sql = (
            "SELECT 1 FROM manifests m LEFT JOIN records r USING (issuer, record, version)"
            " WHERE m.blob = ? AND coalesce(r.replaced_by, 0) = 0 LIMIT 1"
        )
        return self._db.one(sql, blob) is not None

    def add_manifest(self, row: ManifestRow) -> bool:
        """Keep a manifest; what is kept of the same version already stays as it is.

        Args:
            row: The manifest.

        Returns:
            False where that version was taken.
        """
        sql = "INSERT OR IGNORE INTO manifests VALUES (?, ?, ?, ?, ?, ?, ?)"
        return self._db.change(sql, *astuple(row)) == 1

    def manifests(self, issuer: str, record: bytes | None = None) -> list[ManifestRow]:
        """List manifests.

        Args:
            issuer: Who issued them.
            record: Only those of this record; None for all.

        Returns:
            Manifests, by record and version.
        """
        return [
            ManifestRow(*row) for row in self._select("manifests", issuer=issuer, record=record)
        ]

    def manifest(
        self, issuer: str, record: bytes, version: int | None = None
    ) -> ManifestRow | None:
        """Find a manifest.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: From 1; None for the newest.

        Returns:
            The manifest, or None.
        """
        sql = (
            "SELECT * FROM manifests WHERE issuer = ? AND record = ?"
            " AND version = coalesce(?, version) ORDER BY version DESC LIMIT 1"
        )
        row = self._db.one(sql, issuer, record, version)
        return None if row is None else ManifestRow(*row)

    def add_share(self, row: ShareRow) -> None:
        """Remember a wrap that was made for somebody.

        Args:
            row: The wrap.
        """
        self._db.change("INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?)", *astuple(row))

    def shares(self, *, consent: str | None = None, target: bytes | None = None) -> list[ShareRow]:
        """List the wraps that were made.

        Args:
            consent: Only those under this consent.
            target: Only those of this key.

        Returns:
            Wraps, by id, without those that were dropped.
        """
        rows = self._select("shares", consent=consent, target=target)
        return [share for row in rows if (share := ShareRow(*row)).kind != FORMER]

    def grantees(self, target: bytes) -> set[str]:
        """Tell who was ever given a key: what was revoked may have been read before.

        Args:
            target: The record's wrap id, or the compartment's key id.

        Returns:
            Identities.
        """
        return {row[2] for row in self._select("shares", target=target)}

    def drop_shares(self, *, consent: str) -> int:
        """Forget the wraps made under a consent, but not who was given them.

        Args:
            consent: Its id.

        Returns:
            How many there were.
        """
        given = (
            "UPDATE shares SET kind = ?, document = x''"
            " WHERE consent = ? AND kind IN ('record', 'compartment')"
        )
        received = "DELETE FROM shares WHERE consent = ? AND kind <> ?"
        with self.transaction():
            dropped = self._db.change(given, FORMER, consent)
            return dropped + self._db.change(received, consent, FORMER)

    def erase_record(self, issuer: str, record: bytes) -> int:
        """Destroy every key, salt, manifest and wrap of a record.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.

        Returns:
            How many wraps were destroyed.
        """
        with self.transaction():
            sql = (
                "DELETE FROM shares WHERE target IN"
                " (SELECT wrap_id FROM records WHERE issuer = ? AND record = ?)"
            )
            self._db.change(sql + " AND kind = ?", issuer, record, FORMER)
            wraps = self._db.change(sql, issuer, record)
            for table in ("records", "manifests"):
                sql = f"DELETE FROM {table} WHERE issuer = ? AND record = ?"  # noqa: S608
                self._db.change(sql, issuer, record)
        return wraps

    def _select(self, table: str, **wanted: object) -> list[tuple[Any, ...]]:
        # One condition for each value that is given, so that SQLite can use its indexes.
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        return self._db.all(f"SELECT * FROM {table} WHERE {where}", *given.values())  # noqa: S608

    def __repr__(self) -> str:
        return f"KeyStore({self.url!r})"
