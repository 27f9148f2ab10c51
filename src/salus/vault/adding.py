"""Putting a record version into a vault: blob, then key and manifest together.

Example:
    >>> from salus.vault.adding import Draft
    >>> Draft.__slots__[0]
    'previous'
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from salus.errors import RecordErased, StorageError, VersionTaken
from salus.vault.blocks import Source
from salus.vault.commitments import (
    RECORD_ID_SIZE,
    Opening,
    PlaintextCommitment,
    commit_key,
    record_context,
)
from salus.vault.compartments import Compartment
from salus.vault.keyring import Keyring
from salus.vault.keys import RecordKey
from salus.vault.manifest import Manifest, SignedManifest
from salus.vault.pipeline import Stored, store_encrypted
from salus.vault.shelf import Shelf
from salus.vault.statements import Author
from salus.vault.storage import Storage


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said of a record version before it is stored.

    Attributes:
        previous: The version before; None for a new record.
        compartment: What consent terms will look at.
        media_type: What it is (RFC 6838).
        created_at: Seconds since 1970 (UTC).
        facts: JSON values to decide by later.
        padding: ``none`` or ``padme``.
    """

    previous: Manifest | None
    compartment: Compartment
    media_type: str
    created_at: int
    facts: Mapping[str, Any]
    padding: str


@dataclass(frozen=True, slots=True)
class Added:
    """A record version that is stored; anchor its leaf to give it a time.

    Attributes:
        signed: The manifest and the issuer's signature.
        opening: What opens the leaf; holds the salt.
    """

    signed: SignedManifest
    opening: Opening

    @property
    def manifest(self) -> Manifest:
        """The pointer to it."""
        return self.signed.manifest

    @property
    def leaf(self) -> bytes:
        """What to anchor in the issuer's ``records`` stream, 32 bytes."""
        return self.opening.leaf()


class Adding:
    """Adds record versions to one vault."""

    def __init__(self, storage: Storage, ring: Keyring, shelf: Shelf, *, chain_id: int) -> None:
        self._storage = storage
        self._ring = ring
        self._shelf = shelf
        self._chain_id = chain_id

    def add(self, source: Source, draft: Draft, *, author: Author) -> Added:
        """Store a record version; see :meth:`salus.vault.Vault.add`.

        Args:
            source: The exact bytes.
            draft: What is said of it.
            author: Who signs.

        Returns:
            The manifest, and what to anchor.
        """
        before = draft.previous
        record = os.urandom(RECORD_ID_SIZE) if before is None else before.record
        version = 1 if before is None else before.version + 1
        key = self._ring.generate()
        commitment = PlaintextCommitment(key.salt)
        stored = store_encrypted(
            self._storage,
            source,
            key=key.key,
            associated_data=record_context(record, version, self._chain_id),
            commitment=commitment,
            padding=draft.padding,
        )
        manifest = Manifest(
            chain_id=self._chain_id,
            record=record,
            version=version,
            previous=None if before is None else before.digest,
            content_id=stored.content_id,
            plaintext_size=stored.plaintext_size,
            ciphertext_size=stored.ciphertext_size,
            padding=draft.padding,
            media_type=draft.media_type,
            locations=(self._storage.url,),
            commitment=commitment.digest(),
            key_commitment=commit_key(key.key),
            wrap_id=key.wrap_id,
            issuer=self._ring.owner,
            created_at=draft.created_at,
        )
        try:
            # What cannot be read back must not be signed.
            signed = Manifest.parse(manifest.to_bytes()).sign(author)
            self._keep(signed, key, draft)
        except BaseException:
            self._withdraw(stored)
            raise
        return Added(signed, Opening(key.salt, manifest.commitment, manifest.digest))

    def _keep(self, signed: SignedManifest, key: RecordKey, draft: Draft) -> None:
        manifest = signed.manifest
        store = self._shelf.store
        with store.transaction():
            if store.erasure(manifest.issuer, manifest.record) is not None:
                raise RecordErased(manifest.record_id)
            if not self._shelf.add(signed, key):
                raise VersionTaken(manifest.record_id, manifest.version)
            self._ring.keep(
                key,
                record=manifest.record,
                version=manifest.version,
                compartment=draft.compartment,
                facts=draft.facts,
            )

    def _withdraw(self, stored: Stored) -> None:
        # Best effort: what stays is ciphertext whose key was never kept.
        if stored.created:
            with suppress(StorageError):
                self._storage.delete(f"blobs/{stored.content_id}")
