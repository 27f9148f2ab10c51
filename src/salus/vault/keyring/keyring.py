"""The keyring: who can open what.

Every record version has a key of its own; that key is stored under the key of its compartment; and
a compartment's key is what is given to a reader whose consent covers the whole compartment, however
many records are in it. Where terms cut through a compartment, single record keys are given instead.

Example:
    >>> from salus.vault.documents.compartments import Compartment
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> hospital = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> ring = Keyring(KeyDatabase.open("memory:"), hospital)
    >>> labs = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")
    >>> key = ring.generate()
    >>> ring.keep(key, record=bytes(16), version=1, compartment=labs)
    >>> ring.record_key(hospital.identity, bytes(16), 1) == key
    True
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace

from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import GivenRow, RecordRow
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.facts import ANY_TIME, Span
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.record_keys import (
    ID_SIZE,
    SALT_SIZE,
    CompartmentKey,
    KeyringEntry,
    Plan,
    RecordKey,
)
from salus.vault.errors import MissingKey, VersionTaken
from salus.vault.keyring.compartments import Compartments
from salus.vault.keyring.entries import Entries
from salus.vault.keyring.received import ReceivedKeys
from salus.vault.keys.identity_keys import IdentityKeys


class Keyring:
    """The keys of one vault.

    Raises:
        WrongKey: The store belongs to other identity keys.
    """

    def __init__(self, store: KeyDatabase, keys: IdentityKeys) -> None:
        self._store, self.owner = store, keys.identity
        cipher = store.let_in(keys.identity, keys.store_key)
        self.compartments = Compartments(store, cipher, owner=self.owner)
        self.entries = Entries(store, self.compartments, owner=self.owner)
        self.received = ReceivedKeys(store, owner=self.owner)
        self._relabelled = store.notebook("relabelled")

    def generate(self) -> RecordKey:
        """Make the key of a record version, at random; nothing is kept yet."""
        return RecordKey(os.urandom(ID_SIZE), os.urandom(KEY_SIZE), os.urandom(SALT_SIZE))

    def keep(
        self,
        key: RecordKey,
        *,
        record: bytes,
        version: int,
        compartment: Compartment,
        when: Span = ANY_TIME,
        content: bytes = b"",
    ) -> None:
        """Keep the key of one's own record version, under its compartment's current key."""
        with self._store.transaction():
            under = self.compartments.current(compartment)
            row = RecordRow(
                issuer=self.owner,
                record=record,
                version=version,
                key_id=key.key_id,
                sealed_under=under.key_id,
                secret=key.secret,
                facts=json.dumps(when).encode(),
                content=content,
            )
            self._store.records.put(row)

    def relabel(self, record: bytes, *, before: int, like: Compartment) -> None:
        """Put older versions of one's own record under a newer one's labels beside their own."""
        with self._store.transaction():
            for row in self._store.records.all(self.owner, record=record):
                if row.version < before:
                    self._relabel(row, like)

    def swap(self, key: RecordKey, old: Manifest) -> None:
        """Put another key in the place of a version's, under its compartment's current key.

        Who could open it with the old one is still told when it is erased.

        Raises:
            VersionTaken: It has another key already.
        """
        row = self._store.records.find(old.issuer, old.record, old.version)
        if row is None or row.key_id != old.blob.key_id:
            raise VersionTaken(old.record_id, old.version)
        entry = self.entries.find(old.record, old.version)
        under = self.compartments.current(entry.compartment)
        given = self._store.given
        for grantee in given.grantees(row.key_id) | given.grantees(row.sealed_under):
            given.add(GivenRow(os.urandom(ID_SIZE), "", grantee, key.key_id))
        given.drop([row.key_id])
        self._store.records.put(
            replace(row, key_id=key.key_id, sealed_under=under.key_id, secret=key.secret)
        )

    def _relabel(self, row: RecordRow, like: Compartment) -> None:
        compartment = self.entries.find(row.record, row.version).compartment
        labelled = compartment.labelled(like.sensitivities, like.confidentiality)
        if labelled == compartment:
            return
        self._store.comparison.require()
        under = self.compartments.current(labelled)
        # Who could open it with the other key is still told when it is erased.
        for grantee in self._store.given.grantees(row.sealed_under):
            self._store.given.add(GivenRow(os.urandom(ID_SIZE), "", grantee, row.key_id))
        self._store.records.put(replace(row, sealed_under=under.key_id))
        count = self.relabelled(compartment.patient) + 1
        self._relabelled.put(compartment.patient, count)

    @typed_arguments
    def relabelled(self, patient: Address) -> int:
        """Count how often a patient's record versions were labelled anew: a share looks."""
        return self._relabelled.get(checked_address(patient)) or 0

    @typed_arguments
    def record_key(self, issuer: Address, record: bytes, version: int) -> RecordKey:
        """Find the key of a record version.

        Raises:
            MissingKey: This vault has none.
            WrongKey: The key database was changed.
            KeyDatabaseNotCompared: It was put in place since it was compared with the chain.
        """
        self._store.comparison.require()
        return self.key_in_store(issuer, record, version)

    @typed_arguments
    def key_in_store(self, issuer: Address, record: bytes, version: int) -> RecordKey:
        """Find a key to look after it, not to open anything; see :meth:`record_key`."""
        row = self._store.records.find(issuer, record, version)
        if row is None:
            raise MissingKey(f"record {record.hex()}, version {version}")
        return RecordKey.from_secret(row.key_id, row.secret)

    @typed_arguments
    def plan(
        self,
        *,
        covers: Callable[[Compartment], bool],
        permits: Callable[[KeyringEntry], bool],
        patient: Address | None = None,
    ) -> Plan:
        """Choose the keys that a grant needs: of whole compartments, else of single records.

        ``covers`` is asked whether the terms permit **every** record that a compartment holds or
        may come to hold: when in doubt, False.
        """
        whole: list[CompartmentKey] = []
        single: list[tuple[bytes, int]] = []
        for key in self.compartments.all(patient):
            if not covers(key.compartment):
                entries = self.entries.under(key)
                single += [(entry.record, entry.version) for entry in entries if permits(entry)]
            elif key.current or self._store.records.in_use(self.owner, key.key_id):
                whole.append(key)
        return Plan(tuple(whole), tuple(single))

    def opened_by(self, consent: str) -> set[tuple[bytes, int]]:
        """Return which of one's record versions the keys given under a consent open.

        Returns:
            Record ids and versions. This must be a subset of what the consent's terms permit.
        """
        targets = {share.target for share in self._store.given.all(consent=consent)}
        rows = (
            row
            for target in targets
            for row in (
                *self._store.records.all(self.owner, sealed_under=target),
                *self._store.records.all(self.owner, key_id=target),
            )
        )
        return {(row.record, row.version) for row in rows}
