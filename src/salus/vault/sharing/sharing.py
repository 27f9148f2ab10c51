"""Handing keys to readers, and revoking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import wrap_key
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import GivenRow, ManifestRow
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer, pack
from salus.vault.documents.record_keys import (
    ID_SIZE,
    CompartmentKey,
    Plan,
)
from salus.vault.errors import (
    MissingRecord,
)
from salus.vault.keyring.keyring import Keyring
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.sharing.grants import Grants

Receipts: TypeAlias = Mapping[tuple[bytes, int], bytes]
"""By record id and version: what shows each in its issuer's log, to go along."""
NO_RECEIPTS: Receipts = {}


@dataclass(frozen=True, slots=True)
@typed
class Revocation:
    """What revoking a consent did to the keys.

    Attributes:
        shared_keys: How many keys given under it were dropped: none of them is handed out again.
        rotated: Compartment keys under which nothing new goes from now on.
        others: Consents that still stand and were given a rotated key: share with them again, so
            that they can open what is new.
        on_chain: Whether this call ended it on chain too. Where it did not, and nobody else does,
            it still stands there, and sharing under it hands keys out again.
    """

    shared_keys: int
    rotated: tuple[CompartmentKey, ...]
    others: tuple[str, ...]
    on_chain: bool = False


class KeySharing:
    """Keys out, over one key database."""

    def __init__(self, store: KeyDatabase, ring: Keyring) -> None:
        self._store = store
        self._grants = Grants(store)
        self._ring = ring

    def give(
        self,
        plan: Plan,
        recipient: KeyDocument,
        *,
        consent: str,
        guard: Callable[[], None],
        receipts: Receipts = NO_RECEIPTS,
    ) -> Iterator[Parcel]:
        """Share the keys of a plan with a reader and remember that."""
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
            pointers = [self._pointer(row, receipts) for row in rows]
        yield from pack(((key, None) for key in compartments), consent=consent)
        yield from pack(zip(records, pointers, strict=True), consent=consent)

    def pointers(
        self, key: CompartmentKey, *, receipts: Receipts = NO_RECEIPTS
    ) -> Iterator[Parcel]:
        """Point a reader who holds a compartment key to the records under it."""
        self._store.comparison.require()
        return pack((None, pointer) for pointer in self._pointers(key, receipts))

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

    def _pointers(self, key: CompartmentKey, receipts: Receipts) -> Iterator[Pointer]:
        for row in self._store.records.all(self._ring.owner, sealed_under=key.key_id):
            manifest = self._store.manifests.find(row.issuer, row.record, row.version)
            if manifest is not None:
                facts = self._ring.entries.describe(row, key.compartment).facts
                wrapped = wrap_key(key.key, row.secret)
                receipt = receipts.get((row.record, row.version), b"")
                yield Pointer(manifest.document, key.key_id, wrapped, facts, receipt)

    def _pointer(self, row: ManifestRow, receipts: Receipts) -> Pointer:
        facts = self._ring.entries.find(row.record, row.version).facts
        receipt = receipts.get((row.record, row.version), b"")
        return Pointer(row.document, facts=facts, receipt=receipt)

    def _store_row(self, record: bytes, version: int) -> ManifestRow:
        row = self._store.manifests.find(self._ring.owner, record, version)
        if row is None:
            raise MissingRecord(record.hex())
        return row

    def _give_record(self, row: ManifestRow, recipient: KeyDocument, consent: str) -> GivenKey:
        key = self._ring.record_key(row.issuer, row.record, row.version)
        return self._give("record", key.key_id, key.secret, recipient, consent)

    def _give(
        self, kind: str, target: bytes, secret: bytes, recipient: KeyDocument, consent: str
    ) -> GivenKey:
        row = GivenRow(
            os.urandom(ID_SIZE), consent, recipient.identity, target, whole=kind == "compartment"
        )
        self._store.given.add(row)
        return GivenKey(kind, target, secret)
