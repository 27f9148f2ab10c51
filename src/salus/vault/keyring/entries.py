"""What can be decided by of one's own record versions: where each belongs, and its facts.

Example:
    >>> from salus.vault import Compartment, IdentityKeys
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> ring = Keyring(KeyDatabase.open("memory:"), keys)
    >>> labs = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")
    >>> ring.keep(ring.generate(), record=bytes(16), version=1, compartment=labs)
    >>> ring.entries.find(bytes(16), 1).compartment == labs
    True
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from salus.primitives.address import Address
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import RecordRow
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.record_keys import CompartmentKey, KeyringEntry
from salus.vault.errors import MissingKey
from salus.vault.keyring.compartments import Compartments


class Entries:
    """The entries of one keyring."""

    def __init__(self, store: KeyDatabase, compartments: Compartments, *, owner: Address) -> None:
        self._store, self._compartments, self._owner = store, compartments, owner

    def all(self, key_id: bytes | None = None) -> Iterator[KeyringEntry]:
        """List record versions under one compartment key or all, without those encrypted anew."""
        compartments = self._compartments
        for key in compartments.all() if key_id is None else compartments.named([key_id]):
            yield from self.under(key)

    def under(self, key: CompartmentKey) -> Iterator[KeyringEntry]:
        """List record versions under a compartment key."""
        for row in self._store.records.all(self._owner, sealed_under=key.key_id):
            yield self.describe(row, key.compartment)

    def find(self, record: bytes, version: int) -> KeyringEntry:
        """Describe one record version.

        Raises:
            MissingKey: There is none, or its compartment key is gone.
            WrongKey: The key database was changed.
        """
        row = self._store.records.find(self._owner, record, version)
        under = (
            None if row is None else self._store.compartments.find(self._owner, row.sealed_under)
        )
        if row is None or under is None:
            raise MissingKey(f"record {record.hex()}, version {version}")
        return self.describe(row, self._compartments.read(under).compartment)

    def describe(self, row: RecordRow, compartment: Compartment) -> KeyringEntry:
        """Describe a record version whose row and compartment are known."""
        start, end = json.loads(row.facts)
        facts = RecordFacts.within(compartment, (start, end))
        return KeyringEntry(row.record, row.version, compartment, facts)
