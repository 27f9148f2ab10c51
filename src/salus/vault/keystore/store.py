"""Reading and changing the tables of a key store.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.set_meta("motto", b"forget me")
    >>> store.meta("motto")
    b'forget me'
"""

from __future__ import annotations

from dataclasses import astuple, replace

from salus.vault.keystore.database import Database
from salus.vault.keystore.rows import CompartmentRow, ManifestRow, RecordRow
from salus.vault.keystore.shares import Shares


class KeyStore(Shares):
    """The tables of a key store.

    Args:
        database: An open database; see :meth:`open`.
    """

    @classmethod
    def open(cls, url: str) -> KeyStore:
        """Open a key store, making it where it is missing; its owner then unlocks it.

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

    def add_compartment(self, row: CompartmentRow) -> None:
        """Keep a compartment key; one that is known already stays as it is.

        Args:
            row: The key. Where it is current, no other with its tag may be.
        """
        self._put("compartments", astuple(row), otherwise="IGNORE")

    def compartment(self, origin: str, key_id: bytes) -> CompartmentRow | None:
        """Find a compartment key by its id.

        Args:
            origin: Who made it.
            key_id: 16 bytes.

        Returns:
            The key, or None.
        """
        row = self._one("compartments", origin=origin, key_id=key_id)
        return None if row is None else CompartmentRow(*row)

    def compartments(
        self, origin: str, *, tag: bytes | None = None, holder: bytes | None = None
    ) -> list[CompartmentRow]:
        """List compartment keys, current and retired.

        Args:
            origin: Who made them.
            tag: Only those of the compartment that it finds; None for all.
            holder: Only those of the patient that it finds; None for all.

        Returns:
            The keys, in the order of their ids.
        """
        rows = self._all("compartments", origin=origin, tag=tag, holder=holder)
        return [CompartmentRow(*row) for row in rows]

    def retire_compartment(self, origin: str, key_id: bytes) -> None:
        """Put no further records under a key.

        Args:
            origin: Who made it.
            key_id: 16 bytes.
        """
        with self.transaction():
            row = self.compartment(origin, key_id)
            if row is not None:
                self._put("compartments", astuple(replace(row, current=False)))

    def drop_compartment(self, origin: str, key_id: bytes) -> None:
        """Forget a compartment key.

        Args:
            origin: Who made it.
            key_id: 16 bytes.
        """
        self._drop("compartments", origin=origin, key_id=key_id)

    def add_record(self, row: RecordRow) -> None:
        """Keep the key of a record version, replacing what was known of it.

        Args:
            row: The wrapped key.
        """
        self._put("records", astuple(row))

    def record(self, issuer: str, record: bytes, version: int) -> RecordRow | None:
        """Find the key of a record version.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: From 1.

        Returns:
            The wrapped key, or None.
        """
        row = self._one("records", issuer=issuer, record=record, version=version)
        return None if row is None else RecordRow(*row)

    def records(
        self,
        issuer: str,
        *,
        record: bytes | None = None,
        sealed_under: bytes | None = None,
        wrap_id: bytes | None = None,
        content: bytes | None = None,
    ) -> list[RecordRow]:
        """List the keys of record versions.

        Args:
            issuer: Who issued them.
            record: Only those of this record; None for all.
            sealed_under: Only those under this compartment key; None for all.
            wrap_id: Only those of this name; None for all.
            content: Only those with this content; None for all.

        Returns:
            The wrapped keys, by record and version.
        """
        rows = self._all(
            "records",
            issuer=issuer,
            record=record,
            sealed_under=sealed_under,
            wrap_id=wrap_id,
            content=content,
        )
        return [RecordRow(*row) for row in rows]

    def in_use(self, issuer: str, sealed_under: bytes) -> bool:
        """Tell whether a key protects content that was not encrypted again since.

        Args:
            issuer: Who issued the records.
            sealed_under: The compartment key.

        Returns:
            True where at least one record version is under it.
        """
        found = self._one("records", issuer=issuer, sealed_under=sealed_under, replaced_by=0)
        return found is not None

    def replace_record(self, issuer: str, record: bytes, version: int, *, by: int) -> None:
        """Note that a version's content lies in a later version, under new keys.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: The old one.
            by: The new one.
        """
        with self.transaction():
            row = self.record(issuer, record, version)
            if row is not None:
                self.add_record(replace(row, replaced_by=by))

    def knows(self, issuer: str) -> bool:
        """Tell whether there is, or was, any record.

        Args:
            issuer: Who issued it.

        Returns:
            True where a manifest is here, or a note that a record was erased.
        """
        tables = "manifests", "erasures"
        return any(self._one(table, issuer=issuer) is not None for table in tables)

    def is_pointed_to(self, blob: str) -> bool:
        """Tell whether a manifest here points to a blob that should be there.

        Args:
            blob: Its name.

        Returns:
            False where only replaced versions name it, or none.
        """
        for row in (ManifestRow(*row) for row in self._all("manifests", blob=blob)):
            key = self.record(row.issuer, row.record, row.version)
            if key is None or not key.replaced_by:
                return True
        return False

    def add_manifest(self, row: ManifestRow) -> bool:
        """Keep a manifest; what is kept of the same version already stays as it is.

        Args:
            row: The manifest.

        Returns:
            False where that version was taken.
        """
        return self._put("manifests", astuple(row), otherwise="IGNORE") == 1

    def replace_manifest(self, row: ManifestRow) -> None:
        """Keep a manifest in the place of what is kept of the same version.

        Args:
            row: The manifest.
        """
        self._put("manifests", astuple(row))

    def manifests(
        self, issuer: str | None = None, record: bytes | None = None, *, sound_only: bool = False
    ) -> list[ManifestRow]:
        """List manifests.

        Args:
            issuer: Who issued them; None for all.
            record: Only those of this record; None for all.
            sound_only: Leave out what somebody else wrote, instead of refusing all.

        Returns:
            Manifests, by record and version.
        """
        read = self._ours if sound_only else self._all
        return [ManifestRow(*row) for row in read("manifests", issuer=issuer, record=record)]

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
        newest = "ORDER BY version DESC LIMIT 1"
        rows = self._all("manifests", newest, issuer=issuer, record=record, version=version)
        return ManifestRow(*rows[0]) if rows else None

    def erase_record(self, issuer: str, record: bytes) -> None:
        """Destroy every key, salt and manifest of a record.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
        """
        with self.transaction():
            self._drop("records", issuer=issuer, record=record)
            self._drop("manifests", issuer=issuer, record=record)

    def __repr__(self) -> str:
        return f"KeyStore({self.url!r})"
