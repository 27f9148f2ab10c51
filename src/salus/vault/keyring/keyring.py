"""The keyring: who can open what.

Every record version has a key of its own; that key is wrapped under the key of its compartment; and
a compartment's key is what is given to a reader whose consent covers the whole compartment, however
many records are in it. Where terms cut through a compartment, single record keys are given instead.

Example:
    >>> from salus.vault.documents.compartments import Compartment
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.keystore import KeyStore
    >>> hospital = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> ring = Keyring(KeyStore.open("memory:"), hospital)
    >>> labs = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")
    >>> key = ring.generate()
    >>> ring.keep(key, record=bytes(16), version=1, compartment=labs)
    >>> ring.record_key(hospital.identity, bytes(16), 1) == key
    True
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from salus.primitives.documents import canonical
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.crypto.store_cipher import unwrap_key, wrap_key
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.keys import ID_SIZE, SALT_SIZE, CompartmentKey, Entry, Plan, RecordKey
from salus.vault.errors import MissingKey, TamperedKeyStore
from salus.vault.keyring.received import UNDER_STORE, ReceivedKeys, row_name
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keystore.rows import FORMER, CompartmentRow, RecordRow, ShareRow
from salus.vault.keystore.store import KeyStore


class Keyring(ReceivedKeys):
    """The keys of one vault.

    Args:
        store: Where they are kept, wrapped.
        keys: Whose vault it is; their store key protects the store.

    Raises:
        WrongKey: The store belongs to other identity keys.
    """

    def __init__(self, store: KeyStore, keys: IdentityKeys) -> None:
        cipher = store.unlock(keys.identity, keys.store_key)
        super().__init__(store, cipher, owner=keys.identity)

    def generate(self) -> RecordKey:
        """Make the key of a record version, at random; nothing is kept yet.

        Returns:
            The key.
        """
        return RecordKey(os.urandom(ID_SIZE), os.urandom(KEY_SIZE), os.urandom(SALT_SIZE))

    def keep(
        self,
        key: RecordKey,
        *,
        record: bytes,
        version: int,
        compartment: Compartment,
        facts: Mapping[str, Any] | None = None,
        content: bytes = b"",
    ) -> None:
        """Keep the key of one's own record version, under its compartment's current key.

        Args:
            key: The key.
            record: The record's id, 16 bytes.
            version: From 1.
            compartment: Where it belongs.
            facts: JSON values to decide by later; kept encrypted.
            content: Finds it by what it holds; see `salus.vault.versions.contents`.
        """
        with self._store.transaction():
            under = self._current(compartment)
            about = row_name(b"record", self.owner.encode(), record, version.to_bytes(8, "big"))
            row = RecordRow(
                issuer=self.owner,
                record=record,
                version=version,
                wrap_id=key.wrap_id,
                sealed_under=under.key_id,
                wrapped=wrap_key(under.key, key.secret),
                label=self._cipher.seal(canonical(facts or {}), about=about),
                content=content,
            )
            self._store.add_record(row)

    def relabel(self, record: bytes, *, before: int, like: Compartment) -> None:
        """Put the older versions of one's own record under a newer one's labels beside their own.

        Args:
            record: Its id, 16 bytes.
            before: Versions below this one.
            like: Whose sensitivities and confidentiality they get.
        """
        with self._store.transaction():
            for row in self._store.records(self.owner, record=record):
                if row.version < before and not row.replaced_by:
                    self._relabel(row, like)

    def _relabel(self, row: RecordRow, like: Compartment) -> None:
        compartment = self.entry(row.record, row.version).compartment
        labelled = compartment.labelled(like.sensitivities, like.confidentiality)
        if labelled == compartment:
            return
        key, under = self.record_key(row.issuer, row.record, row.version), self._current(labelled)
        # Who could open it with the other key is still told when it is erased.
        for grantee in self._store.grantees(row.sealed_under):
            former = ShareRow(os.urandom(ID_SIZE), "", grantee, FORMER, row.wrap_id, b"")
            self._store.add_share(former)
        wrapped = wrap_key(under.key, key.secret)
        self._store.add_record(replace(row, sealed_under=under.key_id, wrapped=wrapped))
        count = self.relabelled(compartment.patient) + 1
        self._store.set_meta(self._relabellings(compartment.patient), str(count).encode())

    def relabelled(self, patient: str) -> int:
        """Count how often a patient's record versions were labelled anew: a share looks.

        Args:
            patient: A lower-case address.

        Returns:
            Relabellings so far.
        """
        return int(self._store.meta(self._relabellings(patient)) or 0)

    def _relabellings(self, patient: str) -> str:
        return f"relabelled/{self._holder(patient).hex()}"

    def record_key(self, issuer: str, record: bytes, version: int) -> RecordKey:
        """Find the key of a record version.

        Args:
            issuer: Who issued it.
            record: Its id, 16 bytes.
            version: From 1.

        Returns:
            The key.

        Raises:
            MissingKey: This vault has none.
            WrongKey: The key store was changed.
            KeyStoreNotCompared: It was put in place since it was compared with the chain.
        """
        self._store.require_compared()
        return self.key_in_store(issuer, record, version)

    def key_in_store(self, issuer: str, record: bytes, version: int) -> RecordKey:
        """Find a key to look after it, not to open anything; see :meth:`record_key`."""
        row = self._store.record(issuer, record, version)
        if row is None:
            raise MissingKey(f"record {record.hex()}, version {version}")
        under = self._wrapping_key(row)
        secret = unwrap_key(under, row.wrapped, what=f"record {record.hex()}")
        return RecordKey.from_secret(row.wrap_id, secret)

    def compartment_key(self, origin: str, key_id: bytes) -> bytes:
        """Find a compartment key, one's own or a received one.

        Args:
            origin: Who made it.
            key_id: Its name, 16 bytes.

        Returns:
            32 bytes.

        Raises:
            MissingKey: This vault has none.
            WrongKey: The key store was changed.
        """
        row = self._store.compartment(origin, key_id)
        if row is None:
            raise MissingKey(f"compartment key {key_id.hex()} of {origin}")
        return self._unwrap_compartment(row)

    def compartment_keys(self, patient: str | None = None) -> list[CompartmentKey]:
        """List one's own compartment keys, of every generation.

        Args:
            patient: Only those of this patient, a lower-case address; None for all.

        Returns:
            The keys.
        """
        holder = None if patient is None else self._holder(patient)
        return [self._read(row) for row in self._store.compartments(self.owner, holder=holder)]

    def compartment_keys_of(self, key_ids: Iterable[bytes]) -> list[CompartmentKey]:
        """List those of one's own compartment keys that have these names.

        Args:
            key_ids: Names; those of other keys are passed over.

        Returns:
            The keys.
        """
        rows = (self._store.compartment(self.owner, each) for each in sorted(set(key_ids)))
        return [self._read(row) for row in rows if row is not None]

    def entries(self, key_id: bytes | None = None) -> Iterator[Entry]:
        """List one's own record versions, without those that were re-encrypted as later ones.

        Args:
            key_id: Only those under this compartment key; None for all.

        Yields:
            What can be decided by.
        """
        keys = self.compartment_keys() if key_id is None else self.compartment_keys_of([key_id])
        for key in keys:
            yield from self._entries(key)

    def entry(self, record: bytes, version: int) -> Entry:
        """Describe one of one's own record versions.

        Args:
            record: Its id, 16 bytes.
            version: From 1.

        Returns:
            What can be decided by.

        Raises:
            MissingKey: There is none, or its compartment key is gone.
            WrongKey: The key store was changed.
        """
        row = self._store.record(self.owner, record, version)
        under = None if row is None else self._store.compartment(self.owner, row.sealed_under)
        if row is None or under is None:
            raise MissingKey(f"record {record.hex()}, version {version}")
        return self.describe(row, self._read(under).compartment)

    def describe(self, row: RecordRow, compartment: Compartment) -> Entry:
        """Describe one of one's own record versions whose row and compartment are known.

        Args:
            row: Its row.
            compartment: Where it belongs.

        Returns:
            What can be decided by.

        Raises:
            WrongKey: The key store was changed.
        """
        version = row.version.to_bytes(8, "big")
        about = row_name(b"record", self.owner.encode(), row.record, version)
        facts = json.loads(self._cipher.unseal(row.label, about=about))
        return Entry(row.record, row.version, compartment, facts)

    def plan(
        self,
        *,
        covers: Callable[[Compartment], bool],
        permits: Callable[[Entry], bool],
        patient: str | None = None,
    ) -> Plan:
        """Choose the keys that a grant needs.

        Args:
            covers: Whether the terms permit **every** record that a compartment holds or may come
                to hold. When in doubt, False.
            permits: Whether the terms permit one record version.
            patient: Only records of this patient, a lower-case address; None for all.

        Returns:
            The compartment keys where the terms cover all, else the single records they permit.
        """
        whole: list[CompartmentKey] = []
        single: list[tuple[bytes, int]] = []
        for key in self.compartment_keys(patient):
            if not covers(key.compartment):
                entries = self._entries(key)
                single += [(entry.record, entry.version) for entry in entries if permits(entry)]
            elif key.current or self._store.in_use(self.owner, key.key_id):
                whole.append(key)
        return Plan(tuple(whole), tuple(single))

    def opened_by(self, consent: str) -> set[tuple[bytes, int]]:
        """Tell which of one's record versions the keys given under a consent open.

        Args:
            consent: Its id.

        Returns:
            Record ids and versions. This must be a subset of what the consent's terms permit.
        """
        targets = {share.target for share in self._store.shares(consent=consent)}
        rows = (
            row
            for target in targets
            for row in (
                *self._store.records(self.owner, sealed_under=target),
                *self._store.records(self.owner, wrap_id=target),
            )
        )
        return {(row.record, row.version) for row in rows}

    def rotate(self, key_ids: set[bytes]) -> tuple[CompartmentKey, ...]:
        """Put what follows in these compartments under new keys.

        Args:
            key_ids: Compartment keys that somebody should open nothing new with.

        Returns:
            Those of them that were in use until now.
        """
        retired = [key for key in self.compartment_keys_of(key_ids) if key.current]
        with self._store.transaction():
            for key in retired:
                self._store.retire_compartment(self.owner, key.key_id)
        return tuple(retired)

    def _entries(self, key: CompartmentKey) -> Iterator[Entry]:
        for row in self._store.records(self.owner, sealed_under=key.key_id):
            if not row.replaced_by:
                yield self.describe(row, key.compartment)

    def _current(self, compartment: Compartment) -> CompartmentKey:
        tag = self._cipher.tag(canonical(compartment.to_json()))
        rows = self._store.compartments(self.owner, tag=tag)
        newest = max((row.generation for row in rows), default=0)
        row = next((row for row in rows if row.current), None)
        if row is None:
            row = self._new_row(compartment, tag, generation=newest + 1)
            self._store.add_compartment(row)
        key = self._read(row)
        # What goes under a wrong key is open to whoever was given that one.
        if key.compartment != compartment or key.generation < newest:
            raise TamperedKeyStore(self._store.url, row=f"compartments {key.key_id.hex()}")
        return key

    def _new_row(self, compartment: Compartment, tag: bytes, *, generation: int) -> CompartmentRow:
        key_id = os.urandom(ID_SIZE)
        about = row_name(b"compartment", key_id)
        return CompartmentRow(
            origin=self.owner,
            key_id=key_id,
            tag=tag,
            generation=generation,
            current=True,
            wrapped=wrap_key(self._cipher.wrapping_key, os.urandom(KEY_SIZE)),
            label=self._cipher.seal(canonical(compartment.to_json()), about=about),
            holder=self._holder(compartment.patient),
        )

    def _holder(self, patient: str) -> bytes:
        return self._cipher.tag(b"holder\x00" + patient.lower().encode())

    def _read(self, row: CompartmentRow) -> CompartmentKey:
        label = self._cipher.unseal(row.label, about=row_name(b"compartment", row.key_id))
        return CompartmentKey(
            key_id=row.key_id,
            compartment=Compartment.from_json(json.loads(label)),
            generation=row.generation,
            current=bool(row.current),
            key=self._unwrap_compartment(row),
        )

    def _unwrap_compartment(self, row: CompartmentRow) -> bytes:
        wrapping = self._cipher.wrapping_key
        return unwrap_key(wrapping, row.wrapped, what=f"compartment key {row.key_id.hex()}")

    def _wrapping_key(self, row: RecordRow) -> bytes:
        if row.sealed_under == UNDER_STORE:
            return self._cipher.wrapping_key
        return self.compartment_key(self.owner, row.sealed_under)
