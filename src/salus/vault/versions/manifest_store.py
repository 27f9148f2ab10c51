"""The manifests that a vault knows, encrypted in its key database.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.versions.manifest_store import ManifestStore
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> ManifestStore(KeyDatabase.open("memory:"), keys).newest("0x" + "12" * 20, bytes(16)) is None
    True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import ManifestRow
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import ForkedManifest, TamperedKeyDatabase
from salus.vault.keys.identity_keys import IdentityKeys
from salus_verify.opening import Opening


class ManifestStore:
    """Manifests, newest known first."""

    def __init__(self, store: KeyDatabase, keys: IdentityKeys) -> None:
        self.store = store
        self._owner = keys.identity
        self.cipher = store.let_in(keys.identity, keys.store_key)

    def add(self, manifest: Manifest, key: RecordKey) -> bool:
        """Store a manifest, and the leaf that its key's salt opens; False where it is taken."""
        return self.store.manifests.add(self._row(manifest, key))

    def received(self) -> Iterator[Manifest]:
        """List what others issued."""
        for row in self.store.manifests.all(sound_only=True):
            if row.issuer != self._owner:
                yield self.read(row)

    def accept(
        self, manifest: Manifest, key: RecordKey, *, brought_by: bytes, receipt: bytes = b""
    ) -> bool:
        """Put a received manifest in the store, whose rivals were asked for and are gone.

        Versions come in any order, and some never: what was shared first need not be the oldest.
        Where one lies is its issuer's to say, by a letter of who controls it now: that replaces
        what others passed on, and what an account said that no longer is in control. Of the
        letters of one account, none replaces what comes of a higher generation.

        Args:
            brought_by: Who signed its issuer's letter; empty where somebody else passes it on.
        """
        row = self.store.manifests.find(manifest.issuer, manifest.record, manifest.version)
        if row is None:
            return self.store.manifests.add(self._row(manifest, key, brought_by, receipt))
        receipt = receipt or row.receipt
        if not brought_by or self._is_older(manifest, row, brought_by):
            if receipt != row.receipt:
                self.store.manifests.replace(replace(row, receipt=receipt))
            return False
        self.store.manifests.replace(self._row(manifest, key, brought_by, receipt))
        return True

    def _is_older(self, manifest: Manifest, row: ManifestRow, brought_by: bytes) -> bool:
        same = row.brought_by == brought_by
        return same and manifest.blob.generation < self.read(row).blob.generation

    def require_no_rival(self, manifest: Manifest) -> None:
        """Refuse a manifest that contradicts what is held of its record.

        Raises:
            ForkedManifest: One of the same version, of the one before or of the next does.
        """
        for rival in self.rivals(manifest):
            older, newer = _in_order(self.read(rival), manifest)
            newer.check_succeeds(older)

    def rivals(self, manifest: Manifest) -> list[ManifestRow]:
        """List what is held of a record and contradicts a manifest of it."""
        found = (
            self.store.manifests.find(manifest.issuer, manifest.record, manifest.version + step)
            for step in (0, -1, 1)
        )
        return [row for row in found if row is not None and _contradict(self.read(row), manifest)]

    def drop(self, row: ManifestRow) -> None:
        """Forget a received version."""
        self.store.manifests.drop(row.issuer, row.record, row.version)

    def replace(self, manifest: Manifest, key: RecordKey) -> None:
        """Note where a version that is known lies now; what it is stays."""
        self.store.manifests.replace(self._row(manifest, key))

    @typed_arguments
    def newest(self, issuer: Address, record: bytes) -> Manifest | None:
        """Find the newest manifest of a record."""
        row = self.store.manifests.find(issuer, record)
        return None if row is None else self.read(row)

    @typed_arguments
    def find(self, issuer: Address, record: bytes, version: int) -> Manifest | None:
        """Find a manifest."""
        row = self.store.manifests.find(issuer, record, version)
        return None if row is None else self.read(row)

    @typed_arguments
    def all(self, issuer: Address) -> list[Manifest]:
        """List the manifests of an issuer."""
        return [self.read(row) for row in self.store.manifests.all(issuer)]

    def _row(
        self, manifest: Manifest, key: RecordKey, brought_by: bytes = b"", receipt: bytes = b""
    ) -> ManifestRow:
        opening = Opening(key.salt, manifest.commitment, manifest.digest)
        return ManifestRow(
            issuer=manifest.issuer,
            record=manifest.record,
            version=manifest.version,
            digest=manifest.digest,
            blob=manifest.blob.name,
            leaf=opening.leaf(),
            document=manifest.to_document(),
            brought_by=brought_by,
            receipt=receipt,
        )

    def read(self, row: ManifestRow) -> Manifest:
        """Read a manifest.

        Raises:
            WrongKey: The row was changed, or holds the manifest of another.
        """
        manifest = Manifest.parse(row.document)
        said = (manifest.issuer, manifest.record, manifest.version, manifest.blob.name)
        if said != (row.issuer, row.record, row.version, row.blob):
            name = f"manifests {row.issuer} {row.record.hex()} {row.version}"
            raise TamperedKeyDatabase(self.store.url, row=name)
        return manifest


def _contradict(held: Manifest, manifest: Manifest) -> bool:
    older, newer = _in_order(held, manifest)
    try:
        newer.check_succeeds(older)
    except ForkedManifest:
        return True
    return False


def _in_order(*both: Manifest) -> list[Manifest]:
    return sorted(both, key=lambda each: each.version)
