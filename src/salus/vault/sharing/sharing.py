"""Handing keys to readers, taking them in, and revoking.

Example:
    >>> from salus.vault.sharing.sharing import Revocation
    >>> Revocation(wraps=3, rotated=(), others=()).wraps
    3
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.crypto.commitments import check_key
from salus.vault.crypto.store_cipher import wrap_key
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import GivenRow, ManifestRow
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer, pack
from salus.vault.documents.record_keys import (
    ID_SIZE,
    CompartmentKey,
    Plan,
    RecordKey,
    received_name,
)
from salus.vault.errors import (
    MalformedManifest,
    MissingKey,
    MissingRecord,
    UnprovenRecord,
)
from salus.vault.keyring.keyring import Keyring
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.sharing.grants import Grants
from salus.vault.versions.manifest_store import ManifestStore
from salus_verify.opening import Opening

Anchored: TypeAlias = Callable[[str, Opening, bytes], None]
"""``anchored(issuer, opening, receipt)`` raises unless the opening's leaf stands in the issuer's
log of records, as the receipt shows.
"""


@dataclass(frozen=True, slots=True)
@typed
class Revocation:
    """What revoking a consent did to the keys.

    Attributes:
        wraps: How many wraps were dropped: none of them is handed out again.
        rotated: Compartment keys under which nothing new goes from now on.
        others: Consents that still stand and were given a rotated key: share with them again, so
            that they can open what is new.
    """

    wraps: int
    rotated: tuple[CompartmentKey, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A record of a parcel, with the key that opens it."""

    pointer: Pointer
    manifest: Manifest
    key: RecordKey


class Sharing:
    """Keys out and keys in, over one key database."""

    def __init__(self, store: KeyDatabase, ring: Keyring, manifests: ManifestStore) -> None:
        self._store = store
        self._grants = Grants(store)
        self._ring = ring
        self._manifests = manifests

    def give(
        self, plan: Plan, recipient: KeyDocument, *, consent: str, guard: Callable[[], None]
    ) -> Iterator[Parcel]:
        """Wrap the keys of a plan to a reader and remember that."""
        self._store.require_no_transaction()
        self._store.comparison.require()
        with self._store.transaction():
            guard()
            in_order = sorted(plan.records, key=lambda each: each[1])
            rows = [self._store_row(record, version) for record, version in in_order]
            compartments = [
                self._give("compartment", key.key_id, key.key, recipient, consent)
                for key in plan.compartments
            ]
            records = [self._give_record(row, recipient, consent) for row in rows]
            pointers = [self._pointer(row) for row in rows]
        yield from pack(((key, None) for key in compartments), consent=consent)
        yield from pack(zip(records, pointers, strict=True), consent=consent)

    def pointers(self, key: CompartmentKey) -> Iterator[Parcel]:
        """Point a reader who holds a compartment key to the records under it."""
        self._store.comparison.require()
        return pack((None, pointer) for pointer in self._pointers(key))

    def take(
        self, parcel: Parcel, *, sender: str, signer: bytes, chain_id: int, anchored: Anchored
    ) -> list[Manifest]:
        """Take in what somebody shared: the compartment keys, and all of the records or none.

        Raises:
            InvalidArgument: The sender is this vault's identity, or a record is of its own.
            UnprovenRecord: Somebody else than its issuer passes a record on, and does not prove
                that its issuer anchored it.
            MissingKey: A record comes without a key that was ever received.
            WrongKey: A key is not the one that its manifest commits to.
            ForkedManifest: A manifest contradicts a known one.
            RelabelledRecord: An issuer says other things of a record than before.
        """
        # Before the first key: rows in one's own name decide what a revocation revokes.
        self._require_others(parcel, sender)
        single = self._take_keys(parcel, sender)
        found = [
            self._find_key(pointer, manifest, sender, single)
            for pointer, manifest in self._wanted(parcel, chain_id)
        ]
        # Before the transaction: a node takes its time, and nobody else can write meanwhile.
        for one in found:
            if one.manifest.issuer != sender:
                self._require_anchored(one, sender, anchored)
        with self._store.transaction():
            present = [one for one in found if not self._erased(one.manifest)]
            for one in present:
                self._keep(one, sender, signer)
                self._remember_consents(one, sender, parcel.consent)
        return [one.manifest for one in present]

    def revoke(self, consent: str) -> Revocation:
        """Hand out nothing more under a consent, and start new keys for what follows."""
        return self._store.with_room(lambda: self._revoke(consent))

    def _revoke(self, consent: str) -> Revocation:
        with self._store.transaction():
            self._grants.count_end(consent)
            given = self._store.given
            wide = {row.target for row in given.all(consent=consent) if row.whole}
            dropped = given.end(consent) + self._store.received.end(consent)
            rotated = self._ring.compartments.rotate(wide)
            others = {row.consent for key in rotated for row in given.all(target=key.key_id)}
            self._grants.end(consent)
        return Revocation(dropped, rotated, tuple(sorted(others)))

    def _pointers(self, key: CompartmentKey) -> Iterator[Pointer]:
        for row in self._store.records.all(self._ring.owner, sealed_under=key.key_id):
            manifest = self._store.manifests.find(row.issuer, row.record, row.version)
            if manifest is not None:
                facts = self._ring.entries.describe(row, key.compartment).facts
                wrapped = wrap_key(key.key, row.secret)
                yield Pointer(manifest.document, key.key_id, wrapped, facts)

    def _pointer(self, row: ManifestRow) -> Pointer:
        facts = self._ring.entries.find(row.record, row.version).facts
        return Pointer(row.document, facts=facts)

    def _require_others(self, parcel: Parcel, sender: str) -> None:
        """Nothing that comes by post is written under one's own name."""
        issuers = {Manifest.parse(each.manifest).issuer for each in parcel.pointers}
        if self._ring.owner in {sender, *issuers}:
            raise InvalidArgument("parcel", "of others and their records: one's own are here")

    def _take_keys(self, parcel: Parcel, sender: str) -> dict[bytes, bytes]:
        """Keep the compartment keys, and return those of single records."""
        with self._store.transaction():
            for key in parcel.keys:
                if key.kind == "compartment":
                    self._ring.received.keep_compartment(sender, key.target, key.secret)
                    name = received_name(sender, key.target)
                    self._ring.received.note(name, consent=parcel.consent, key_id=key.target)
        return {key.target: key.secret for key in parcel.keys if key.kind == "record"}

    def _wanted(self, parcel: Parcel, chain_id: int) -> Iterator[tuple[Pointer, Manifest]]:
        for pointer in parcel.pointers:
            manifest = Manifest.parse(pointer.manifest)
            if manifest.chain_id != chain_id:
                raise MalformedManifest(f"it is of chain {manifest.chain_id}")
            if not self._erased(manifest):
                yield pointer, manifest

    def _require_anchored(self, one: _Found, sender: str, anchored: Anchored) -> None:
        """Its issuer's letter vouches for a record; from others, its issuer's log does."""
        manifest = one.manifest
        if not one.pointer.receipt:
            raise UnprovenRecord(manifest.record_id, issuer=manifest.issuer, sender=sender)
        opening = Opening(one.key.salt, manifest.commitment, manifest.digest)
        anchored(manifest.issuer, opening, one.pointer.receipt)

    def _erased(self, manifest: Manifest) -> bool:
        return self._store.erasures.find(manifest.issuer, manifest.record) is not None

    def _find_key(
        self, pointer: Pointer, manifest: Manifest, sender: str, single: dict[bytes, bytes]
    ) -> _Found:
        wrap_id = manifest.blob.wrap_id
        if pointer.compartment_key is not None:
            compartment_key = self._ring.compartments.key(sender, pointer.compartment_key)
            key = pointer.unwrap(compartment_key, wrap_id)
        elif wrap_id in single:
            key = RecordKey.from_secret(wrap_id, single[wrap_id])
        else:
            raise MissingKey(f"record {manifest.record_id}, version {manifest.version}")
        check_key(key.key, manifest.blob.key_commitment)
        return _Found(pointer, manifest, key)

    def _keep(self, one: _Found, sender: str, signer: bytes) -> None:
        manifest, key = one.manifest, one.key
        brought_by = signer if manifest.issuer == sender else b""
        if not self._manifests.accept(manifest, key, brought_by=brought_by):
            key = self._ring.key_in_store(manifest.issuer, manifest.record, manifest.version)
        self._ring.received.keep(
            key,
            sender=sender,
            issuer=manifest.issuer,
            record=manifest.record,
            version=manifest.version,
            facts=one.pointer.facts,
        )

    def _remember_consents(self, one: _Found, sender: str, consent: str) -> None:
        """What a consent was not given for must not be opened under it."""
        manifest, compartment_key = one.manifest, one.pointer.compartment_key
        if manifest.issuer != sender:
            return
        name = received_name(manifest.issuer, manifest.blob.wrap_id)
        if compartment_key is None:
            self._ring.received.note(name, consent=consent)
        else:
            through = received_name(sender, compartment_key)
            self._ring.received.note(name, through=through)

    def _store_row(self, record: bytes, version: int) -> ManifestRow:
        row = self._store.manifests.find(self._ring.owner, record, version)
        if row is None:
            raise MissingRecord(record.hex())
        return row

    def _give_record(self, row: ManifestRow, recipient: KeyDocument, consent: str) -> GivenKey:
        key = self._ring.record_key(row.issuer, row.record, row.version)
        return self._give("record", key.wrap_id, key.secret, recipient, consent)

    def _give(
        self, kind: str, target: bytes, secret: bytes, recipient: KeyDocument, consent: str
    ) -> GivenKey:
        row = GivenRow(
            os.urandom(ID_SIZE), consent, recipient.identity, target, whole=kind == "compartment"
        )
        self._store.given.add(row)
        return GivenKey(kind, target, secret)
