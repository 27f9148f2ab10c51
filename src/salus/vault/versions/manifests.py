"""The shelf: the manifests that a vault knows, encrypted in its key store.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> from salus.vault.versions.manifests import Shelf
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> Shelf(KeyStore.open("memory:"), keys).newest("0xab", bytes(16)) is None
    True
"""

from __future__ import annotations

from collections.abc import Iterator

from salus.vault.documents.keys import RecordKey
from salus.vault.documents.manifest import Manifest, SignedManifest
from salus.vault.errors import TamperedKeyStore
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keystore.rows import ManifestRow
from salus.vault.keystore.store import KeyStore
from salus_verify.opening import Opening


class Shelf:
    """Manifests, newest known first.

    Args:
        store: The key store.
        keys: Whose store it is; their store key protects it.
    """

    def __init__(self, store: KeyStore, keys: IdentityKeys) -> None:
        self.store = store
        self._owner = keys.identity
        self.cipher = store.unlock(keys.identity, keys.store_key)

    def add(self, signed: SignedManifest, key: RecordKey) -> bool:
        """Put a manifest on the shelf.

        Args:
            signed: The manifest.
            key: The key of its record version, whose salt opens the leaf.

        Returns:
            False where that version is taken.
        """
        return self.store.manifests.add(self._row(signed, key))

    def is_signed_otherwise(self, signed: SignedManifest) -> bool:
        """Tell whether the same manifest is here with another signature.

        Args:
            signed: The manifest.

        Returns:
            False also where it is not here.
        """
        manifest = signed.manifest
        kept = self.find(manifest.issuer, manifest.record, manifest.version)
        return kept is not None and kept.manifest == manifest and kept.signed != signed.signed

    def sign_anew(self, signed: SignedManifest, key: RecordKey) -> None:
        """Put a signature that stands in the place of one that may not.

        Args:
            signed: The manifest, its signature checked.
            key: The key of its record version.
        """
        self.store.manifests.replace(self._row(signed, key))

    def received(self) -> Iterator[SignedManifest]:
        """Name what others issued.

        Yields:
            Manifests, without rows that somebody altered.
        """
        for row in self.store.manifests.all(sound_only=True):
            if row.issuer != self._owner:
                yield self.read(row)

    def accept(self, signed: SignedManifest, key: RecordKey) -> None:
        """Put a received manifest on the shelf, if it agrees with what is there.

        Versions come in any order, and some never: what was shared first need not be the oldest.

        Args:
            signed: The manifest, its signature checked.
            key: The key of its record version.

        Raises:
            ForkedManifest: It contradicts a known one.
        """
        manifest = signed.manifest
        around = {
            step: self.find(manifest.issuer, manifest.record, manifest.version + step)
            for step in (-1, 0, 1)
        }
        for known in (around[0], around[-1]):
            if known is not None:
                manifest.check_succeeds(known.manifest)
        if around[1] is not None:
            around[1].manifest.check_succeeds(manifest)
        if around[0] is None:
            self.add(signed, key)

    def newest(self, issuer: str, record: bytes) -> SignedManifest | None:
        """Find the newest manifest of a record.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.

        Returns:
            The manifest, or None.
        """
        row = self.store.manifests.find(issuer, record)
        return None if row is None else self.read(row)

    def find(self, issuer: str, record: bytes, version: int) -> SignedManifest | None:
        """Find a manifest.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            version: From 1.

        Returns:
            The manifest, or None.
        """
        row = self.store.manifests.find(issuer, record, version)
        return None if row is None else self.read(row)

    def all(self, issuer: str) -> list[Manifest]:
        """List the manifests of an issuer.

        Args:
            issuer: Whose.

        Returns:
            Manifests, by record and version.
        """
        return [self.read(row).manifest for row in self.store.manifests.all(issuer)]

    def _row(self, signed: SignedManifest, key: RecordKey) -> ManifestRow:
        manifest = signed.manifest
        opening = Opening(key.salt, manifest.commitment, manifest.digest)
        return ManifestRow(
            issuer=manifest.issuer,
            record=manifest.record,
            version=manifest.version,
            digest=manifest.digest,
            blob=manifest.blob_name,
            leaf=opening.leaf(),
            document=signed.to_bytes(),
        )

    def read(self, row: ManifestRow) -> SignedManifest:
        """Read a manifest.

        Args:
            row: Its row.

        Returns:
            The manifest.

        Raises:
            WrongKey: The row was changed, or holds the manifest of another.
        """
        signed = SignedManifest.parse_unverified(row.document)
        manifest = signed.manifest
        said = (manifest.issuer, manifest.record, manifest.version, manifest.blob_name)
        if said != (row.issuer, row.record, row.version, row.blob):
            name = f"manifests {row.issuer} {row.record.hex()} {row.version}"
            raise TamperedKeyStore(self.store.url, row=name)
        return signed
