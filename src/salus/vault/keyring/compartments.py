"""The keys of compartments: one's own, of every generation, and received ones.

Example:
    >>> from salus.vault.documents.compartments import Compartment
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> ring = Keyring(KeyDatabase.open("memory:"), keys)
    >>> labs = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")
    >>> first = ring.compartments.current(labs)
    >>> len(ring.compartments.rotate({first.key_id})), ring.compartments.current(labs).generation
    (1, 2)
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import CompartmentRow
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.record_keys import CompartmentKey, compartment_key_id
from salus.vault.errors import MissingKey, TamperedKeyDatabase
from salus_verify.encoding import canonical


class Compartments:
    """The compartment keys of one keyring."""

    def __init__(self, store: KeyDatabase, cipher: StoreCipher, *, owner: Address) -> None:
        self._store, self._cipher, self._owner = store, cipher, owner

    @typed_arguments
    def key(self, origin: Address, key_id: bytes) -> bytes:
        """Find a key of 32 bytes, one's own or a received one, by who made it and its id.

        Raises:
            MissingKey: This vault has none.
            WrongKey: The key database was changed.
        """
        row = self._store.compartments.find(origin, key_id)
        if row is None:
            raise MissingKey(f"compartment key {key_id.hex()} of {origin}")
        return row.key

    @typed_arguments
    def all(self, patient: Address | None = None) -> list[CompartmentKey]:
        """List one's own keys, of every generation, of one patient or of all."""
        holder = None if patient is None else self.holder(patient)
        return [self.read(row) for row in self._store.compartments.all(self._owner, holder=holder)]

    def named(self, key_ids: Iterable[bytes]) -> list[CompartmentKey]:
        """List those of one's own keys that have these names; other names are passed over."""
        rows = (self._store.compartments.find(self._owner, each) for each in sorted(set(key_ids)))
        return [self.read(row) for row in rows if row is not None]

    def rotate(self, key_ids: set[bytes]) -> tuple[CompartmentKey, ...]:
        """Put what follows in these compartments under new keys; list those in use until now."""
        retired = [key for key in self.named(key_ids) if key.current]
        with self._store.transaction():
            for key in retired:
                self._store.compartments.retire(self._owner, key.key_id)
        return tuple(retired)

    def current(self, compartment: Compartment) -> CompartmentKey:
        """Find the key that new records of a compartment go under, making it where there is none.

        Raises:
            TamperedKeyDatabase: It is another compartment's, or an earlier one.
        """
        tag = self._cipher.tag(canonical(compartment.to_json()))
        rows = self._store.compartments.all(self._owner, tag=tag)
        newest = max((row.generation for row in rows), default=0)
        row = next((row for row in rows if row.current), None)
        if row is None:
            row = self._new_row(compartment, tag, generation=newest + 1)
            self._store.compartments.add(row)
        key = self.read(row)
        # What goes under a wrong key is open to whoever was given that one.
        if key.compartment != compartment or key.generation < newest:
            raise TamperedKeyDatabase(self._store.url, row=f"compartments {key.key_id.hex()}")
        return key

    def read(self, row: CompartmentRow) -> CompartmentKey:
        """Read one of one's own keys."""
        return CompartmentKey(
            key_id=row.key_id,
            compartment=Compartment.from_json(json.loads(row.compartment)),
            generation=row.generation,
            current=bool(row.current),
            key=row.key,
        )

    @typed_arguments
    def holder(self, patient: Address) -> bytes:
        """What finds a patient's keys without naming the patient."""
        return self._cipher.tag(b"holder\x00" + checked_address(patient).encode())

    def _new_row(self, compartment: Compartment, tag: bytes, *, generation: int) -> CompartmentRow:
        key = os.urandom(KEY_SIZE)
        return CompartmentRow(
            origin=self._owner,
            key_id=compartment_key_id(key),
            tag=tag,
            generation=generation,
            current=True,
            key=key,
            compartment=canonical(compartment.to_json()),
            holder=self.holder(compartment.patient),
        )
