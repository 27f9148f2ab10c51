"""Putting a record version into a vault: blob, then key and manifest together.

Example:
    >>> from salus.vault.versions.adding import Draft
    >>> Draft.__slots__[0]
    'previous'
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from salus.errors import SalusError, StorageError
from salus.primitives.values import typed
from salus.vault.crypto.commitments import commit_key, record_context
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.keys import RecordKey
from salus.vault.documents.manifest import Manifest, SignedManifest
from salus.vault.documents.statements import Author
from salus.vault.errors import RecordErased, VersionTaken
from salus.vault.keyring.keyring import Keyring
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions.contents import Fingerprint, HeadedCommitment
from salus.vault.versions.manifests import Shelf
from salus.vault.versions.pipeline import Stored, store_encrypted
from salus.vault.versions.places import Places
from salus_verify.erasure import RECORD_ID_SIZE
from salus_verify.opening import Opening
from salus_verify.sources import Source


@dataclass(frozen=True, slots=True)
@typed
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
    compartment: Compartment = field(repr=False)
    media_type: str
    created_at: int
    facts: Mapping[str, Any] = field(repr=False)
    padding: str


@dataclass(frozen=True, slots=True)
@typed
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


@dataclass(frozen=True, slots=True)
@typed
class Prepared:
    """A record version whose blob is durable and whose key and manifest are not kept yet.

    Attributes:
        signed: The manifest and the issuer's signature.
        key: The key of its blob.
        draft: What was said of it.
        stored: Its blob.
        content: What finds it by its content.
    """

    signed: SignedManifest
    key: RecordKey
    draft: Draft
    stored: Stored
    content: Fingerprint

    @property
    def added(self) -> Added:
        """What its issuer is given once it is kept."""
        manifest = self.signed.manifest
        return Added(self.signed, Opening(self.key.salt, manifest.commitment, manifest.digest))


class Adding:
    """Adds record versions to one vault."""

    def __init__(self, places: Places, ring: Keyring, shelf: Shelf, *, chain_id: int) -> None:
        self._places = places
        self._storage = places.home
        self._ring = ring
        self._shelf = shelf
        self._chain_id = chain_id

    def add(
        self, source: Source, draft: Draft, *, author: Author, guard: Callable[[], None]
    ) -> Added:
        """Store a record version; see `Vault.add`.

        Args:
            source: The exact bytes.
            draft: What is said of it.
            author: Who signs.
            guard: Called in the transaction that keeps it.

        Returns:
            The manifest, and what to anchor.
        """
        prepared = self.prepare(source, draft, author=author)
        self.keep([prepared], guard=guard)
        return prepared.added

    def prepare(self, source: Source, draft: Draft, *, author: Author) -> Prepared:
        """Store the blob of a record version and sign its manifest.

        Args:
            source: The exact bytes.
            draft: What is said of it.
            author: Who signs.

        Returns:
            What to :meth:`keep` or to :meth:`withdraw`.
        """
        self._places.require_home()
        before = draft.previous
        record = os.urandom(RECORD_ID_SIZE) if before is None else before.record
        version = 1 if before is None else before.version + 1
        key = self._ring.generate()
        commitment = HeadedCommitment(key.salt)
        stored = store_encrypted(
            self._storage,
            source,
            key=key.key,
            associated_data=record_context(record, version, self._chain_id),
            commitment=commitment,
            padding=draft.padding,
            salt=self._shelf.cipher.marked_salt(),
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
        except BaseException:
            self._delete(stored)
            raise
        content = Fingerprint(draft.media_type, stored.plaintext_size, commitment.head)
        return Prepared(signed, key, draft, stored, content)

    def keep(
        self,
        prepared: Sequence[Prepared],
        *,
        replacing: Sequence[Manifest] = (),
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the keys and manifests of one record's versions: all of them, or none.

        Args:
            prepared: The versions, oldest first; where they cannot be kept they are withdrawn.
            replacing: For each, the version that had the same content until now.
            guard: Called in the same transaction.
        """
        try:
            with self._shelf.store.transaction():
                guard()
                for one in prepared:
                    self._keep(one)
                if not replacing:
                    self._relabel_older(prepared[-1])
                for old, new in zip(replacing, prepared, strict=bool(replacing)):
                    self._shelf.store.records.replace(
                        old.issuer, old.record, old.version, by=new.signed.manifest.version
                    )
        except BaseException:
            # An interrupt may come after the last line was written: what is kept needs its blob.
            self.withdraw([one for one in prepared if not self._is_kept(one)])
            raise

    def _is_kept(self, one: Prepared) -> bool:
        manifest = one.signed.manifest
        try:
            kept = self._shelf.find(manifest.issuer, manifest.record, manifest.version)
        except SalusError:
            return True  # an orphan is collected; a blob that is missed is not made again
        return kept is not None and kept.manifest == manifest

    def withdraw(self, prepared: Sequence[Prepared]) -> None:
        """Take back blobs whose keys are not kept.

        Args:
            prepared: What :meth:`prepare` returned.
        """
        for one in prepared:
            self._delete(one.stored)

    def _keep(self, one: Prepared) -> None:
        manifest = one.signed.manifest
        store = self._shelf.store
        if store.erasures.find(manifest.issuer, manifest.record) is not None:
            raise RecordErased(manifest.record_id)
        # Signing may take days; meanwhile a collection may have taken the blob for a lost one. It
        # deletes inside such a transaction, so that one of us two sees what the other did.
        if not self._storage.exists(manifest.blob_name):
            raise MissingBlob(manifest.blob_name, places=(self._storage.url,))
        self._places.note_version(manifest.blob_name)
        if not self._shelf.add(one.signed, one.key):
            raise VersionTaken(manifest.record_id, manifest.version)
        self._ring.keep(
            one.key,
            record=manifest.record,
            version=manifest.version,
            compartment=one.draft.compartment,
            facts=one.draft.facts,
            content=one.content.tag(self._shelf.cipher, one.draft.compartment.patient),
        )

    def _relabel_older(self, newest: Prepared) -> None:
        manifest = newest.signed.manifest
        self._ring.relabel(manifest.record, before=manifest.version, like=newest.draft.compartment)

    def _delete(self, stored: Stored) -> None:
        # Best effort: what stays is ciphertext whose key was never kept.
        if stored.created:
            with suppress(StorageError):
                self._storage.delete(f"blobs/{stored.content_id}")
