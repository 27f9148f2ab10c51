"""Putting a record version into a vault: blob, then key and manifest together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from salus.errors import SalusError, StorageError
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.crypto.commitments import commit_key, record_context
from salus.vault.crypto.padding import PADDINGS
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.facts import Span, span_problem
from salus.vault.documents.manifest import MEDIA_TYPES, Blob, Manifest, is_media_type
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import CommitmentMismatch, RecordErased, VersionTaken
from salus.vault.keyring.keyring import Keyring
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions.contents import Fingerprint, HeadedCommitment
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.pipeline import Stored, store_encrypted
from salus.vault.versions.places import Places
from salus_verify.erasure_receipt import RECORD_ID_SIZE
from salus_verify.fields import MAX_INTEGER
from salus_verify.opening import Opening
from salus_verify.sources import Source


@dataclass(frozen=True, slots=True)
@typed
class NewVersion:
    """What is said of a record version before it is stored.

    Attributes:
        previous: The version before; None for a new record.
        compartment: What consent terms will look at.
        media_type: What it is (RFC 6838).
        created_at: Seconds since 1970 (UTC).
        when: The time that it is about.
        padding: ``none`` or ``padme``.
    """

    previous: Manifest | None
    compartment: Compartment = field(repr=False)
    media_type: str
    created_at: int
    when: Span = field(repr=False)
    padding: str

    def __post_init__(self) -> None:
        # Before anything of the source is read: a manifest that says it would be refused.
        if problem := span_problem(self.when):
            raise InvalidArgument("when", f"a start that {problem}")
        if not is_media_type(self.media_type):
            raise InvalidArgument("media_type", MEDIA_TYPES)
        if not 0 <= self.created_at <= MAX_INTEGER:
            raise InvalidArgument("created_at", f"0 to {MAX_INTEGER}")
        if self.padding not in PADDINGS:
            raise InvalidArgument("padding", f"one of {', '.join(PADDINGS)}")


@dataclass(frozen=True, slots=True)
@typed
class Added:
    """A record version that is stored; anchor its leaf to give it a time.

    Attributes:
        manifest: The pointer to it.
        opening: What opens the leaf; holds the salt.
    """

    manifest: Manifest
    opening: Opening

    @property
    def id(self) -> str:
        """The record's id, as in what lists it."""
        return self.manifest.record_id

    @property
    def leaf(self) -> bytes:
        """What to anchor in the issuer's ``records`` stream, 32 bytes."""
        return self.opening.leaf()


@dataclass(frozen=True, slots=True)
@typed
class Prepared:
    """A record version whose blob is durable and whose key and manifest are not kept yet."""

    manifest: Manifest
    key: RecordKey
    draft: NewVersion
    stored: Stored
    content: Fingerprint

    @property
    def added(self) -> Added:
        """What its issuer is given once it is kept."""
        manifest = self.manifest
        return Added(manifest, Opening(self.key.salt, manifest.commitment, manifest.digest))


class VaultAdding:
    """Adds record versions to one vault."""

    def __init__(
        self, places: Places, ring: Keyring, manifests: ManifestStore, *, chain_id: int
    ) -> None:
        self._places = places
        self._storage = places.home
        self._ring = ring
        self._manifests = manifests
        self._chain_id = chain_id

    def add(
        self, items: Iterable[tuple[Source, NewVersion]], *, guard: Callable[[], None]
    ) -> tuple[Added, ...]:
        """Store record versions, all of them or none; see `Vault.add` and `Vault.add_together`."""
        prepared: list[Prepared] = []
        try:
            prepared += (self._new(source, draft) for source, draft in items)
            with self._manifests.store.transaction():
                guard()
                for one in prepared:
                    self._keep(one)
                    self._relabel_older(one)
        except BaseException:
            # An interrupt may come after the last line was written: what is kept needs its blob.
            self.withdraw([one for one in prepared if not self._is_kept(one)])
            raise
        return tuple(one.added for one in prepared)

    def _new(self, source: Source, draft: NewVersion) -> Prepared:
        before = draft.previous
        return self._prepare(
            source,
            draft,
            key=self._ring.generate(),
            record=os.urandom(RECORD_ID_SIZE) if before is None else before.record,
            version=1 if before is None else before.version + 1,
            previous=None if before is None else before.digest,
        )

    def encrypt_again(
        self, source: Source, manifest: Manifest, draft: NewVersion, *, salt: bytes
    ) -> Prepared:
        """Store a version that is known once more, under another key: what it is stays the same.

        Raises:
            CommitmentMismatch: The source gives other bytes.
        """
        fresh = self._ring.generate()
        key = RecordKey(fresh.key_id, fresh.key, salt)
        blob_of = self._prepare(
            source,
            draft,
            key=key,
            record=manifest.record,
            version=manifest.version,
            previous=manifest.previous,
        )
        if blob_of.manifest.commitment != manifest.commitment:
            self._delete(blob_of.stored)
            raise CommitmentMismatch("the record")
        blob = replace(blob_of.manifest.blob, generation=manifest.blob.generation + 1)
        return replace(blob_of, manifest=replace(manifest, blob=blob))

    def swap(
        self, again: Sequence[Prepared], old: Sequence[Manifest], *, also: Callable[[], None]
    ) -> None:
        """Put new keys and blobs in the place of the old ones: all of a record's, or none.

        Raises:
            RecordErased: It was erased meanwhile.
            VersionTaken: Another program encrypted one of them again meanwhile.
        """
        try:
            with self._manifests.store.transaction():
                for one, before in zip(again, old, strict=True):
                    self._require_there(one.manifest)
                    self._ring.swap(one.key, before)
                    self._manifests.replace(one.manifest, one.key)
                also()
        except BaseException:
            self.withdraw([one for one in again if not self._is_kept(one)])
            raise

    def withdraw(self, prepared: Sequence[Prepared]) -> None:
        """Take back blobs whose keys are not kept."""
        for one in prepared:
            self._delete(one.stored)

    def _prepare(
        self,
        source: Source,
        draft: NewVersion,
        *,
        key: RecordKey,
        record: bytes,
        version: int,
        previous: bytes | None,
    ) -> Prepared:
        """Make the blob of a record version durable."""
        self._places.require_home()
        commitment = HeadedCommitment(key.salt)
        stored = store_encrypted(
            self._storage,
            source,
            key=key.key,
            associated_data=record_context(record, version, self._chain_id),
            commitment=commitment,
            padding=draft.padding,
            salt=self._manifests.cipher.marked_salt(),
        )
        try:
            name = (record, version, previous)
            manifest = self._described(stored, draft, key, commitment.digest(), name=name)
        except BaseException:
            self._delete(stored)
            raise
        content = Fingerprint(draft.media_type, stored.plaintext_size, commitment.head)
        return Prepared(manifest, key, draft, stored, content)

    def _described(
        self,
        stored: Stored,
        draft: NewVersion,
        key: RecordKey,
        commitment: bytes,
        *,
        name: tuple[bytes, int, bytes | None],
    ) -> Manifest:
        """The manifest of what was stored, as it reads back."""
        record, version, previous = name
        manifest = Manifest(
            chain_id=self._chain_id,
            record=record,
            version=version,
            previous=previous,
            plaintext_size=stored.plaintext_size,
            media_type=draft.media_type,
            commitment=commitment,
            issuer=self._ring.owner,
            created_at=draft.created_at,
            blob=Blob(
                content_id=stored.content_id,
                ciphertext_size=stored.ciphertext_size,
                padding=draft.padding,
                locations=(self._storage.url,),
                key_commitment=commit_key(key.key),
                key_id=key.key_id,
                generation=0,
            ),
        )
        return Manifest.parse(manifest.to_document())

    def _is_kept(self, one: Prepared) -> bool:
        manifest = one.manifest
        try:
            kept = self._manifests.find(manifest.issuer, manifest.record, manifest.version)
        except SalusError:
            return True  # an orphan is collected; a blob that is missed is not made again
        return kept == manifest

    def _require_there(self, manifest: Manifest) -> None:
        if self._manifests.store.erasures.find(manifest.issuer, manifest.record) is not None:
            raise RecordErased(manifest.record_id)
        # To store a blob may take long; meanwhile a collection may have taken it for a lost one. It
        # deletes inside such a transaction, so that one of us two sees what the other did.
        blob = manifest.blob.name
        if not self._storage.exists(blob):
            raise MissingBlob(blob, places=(self._storage.url,))
        self._places.note_version(blob)

    def _keep(self, one: Prepared) -> None:
        manifest = one.manifest
        self._require_there(manifest)
        if not self._manifests.add(manifest, one.key):
            raise VersionTaken(manifest.record_id, manifest.version)
        self._ring.keep(
            one.key,
            record=manifest.record,
            version=manifest.version,
            compartment=one.draft.compartment,
            when=one.draft.when,
            content=one.content.tag(self._manifests.cipher, one.draft.compartment.patient),
        )

    def _relabel_older(self, newest: Prepared) -> None:
        manifest = newest.manifest
        self._ring.relabel(manifest.record, before=manifest.version, like=newest.draft.compartment)

    def _delete(self, stored: Stored) -> None:
        # Best effort: what stays is ciphertext whose key was never kept.
        if stored.created:
            with suppress(StorageError):
                self._storage.delete(f"blobs/{stored.content_id}")
