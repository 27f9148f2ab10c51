"""The manifests of record versions, encrypted; a version that is taken stays as it is.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import ManifestRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> row = ManifestRow("0x" + "12" * 20, bytes(16), 1, b"digest", "blobs/x", b"leaf", b"sealed")
    >>> store.manifests.add(row), store.manifests.add(row)
    (True, False)
    >>> store.manifests.find("0x" + "12" * 20, bytes(16)) == row
    True
"""

from __future__ import annotations

from dataclasses import astuple

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import ManifestRow


class Manifests:
    """The table of manifests."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def add(self, row: ManifestRow) -> bool:
        """Keep a manifest; False where its version was taken: that one stays as it is."""
        return self._rows.put("manifests", astuple(row), otherwise="IGNORE") == 1

    def replace(self, row: ManifestRow) -> None:
        """Keep a manifest in the place of what is kept of the same version."""
        self._rows.put("manifests", astuple(row))

    @typed_arguments
    def all(
        self,
        issuer: Address | None = None,
        record: bytes | None = None,
        *,
        sound_only: bool = False,
    ) -> list[ManifestRow]:
        """List manifests, by record and version."""
        read = self._rows.ours if sound_only else self._rows.all
        return [ManifestRow(*row) for row in read("manifests", issuer=issuer, record=record)]

    @typed_arguments
    def find(
        self, issuer: Address, record: bytes, version: int | None = None
    ) -> ManifestRow | None:
        """Find the manifest of a version; None for the newest."""
        newest = "ORDER BY version DESC LIMIT 1"
        wanted = {"issuer": issuer, "record": record, "version": version}
        rows = self._rows.all("manifests", newest, **wanted)
        return ManifestRow(*rows[0]) if rows else None

    def naming(self, blob: str) -> list[ManifestRow]:
        """List the manifests that name a blob."""
        return [ManifestRow(*row) for row in self._rows.all("manifests", blob=blob)]

    @typed_arguments
    def drop(self, issuer: Address, record: bytes, version: int | None = None) -> None:
        """Destroy the manifest of a version of a record; None for all of them."""
        one = {} if version is None else {"version": version}
        self._rows.drop("manifests", issuer=issuer, record=record, **one)
