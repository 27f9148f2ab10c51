"""Keys that others shared: whose word counts for them, and under which consents they came.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.documents.record_keys import received_name
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> clinic = Keyring(KeyDatabase.open("memory:"), IdentityKeys.generate("0x" + "ab" * 20,
    ...                  created_at=0))
    >>> hospital = "0x" + "cd" * 20
    >>> clinic.received.note(received_name(hospital, b"k" * 16), consent="0x01")
    >>> clinic.received.under_key(hospital, b"k" * 16)
    frozenset({'0x01'})
"""

from __future__ import annotations

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import CompartmentRow, ReceivedRow, RecordRow
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.record_keys import (
    ID_SIZE,
    RecordKey,
    compartment_key_id,
    received_name,
    received_version,
)
from salus.vault.errors import MalformedManifest, RelabelledRecord, WrongKey

ALONE = bytes(ID_SIZE)
"""What a record's key names as its compartment when it was received alone."""


class ReceivedKeys:
    """What others shared with the owner of a keyring."""

    def __init__(self, store: KeyDatabase, *, owner: Address) -> None:
        self._store, self._owner = store, owner

    @typed_arguments
    def keep(
        self,
        key: RecordKey,
        *,
        sender: Address,
        issuer: Address,
        record: bytes,
        version: int,
        facts: RecordFacts | None = None,
        instead: bool = False,
    ) -> None:
        """Keep a record key that somebody shared, with what its issuer says of the record.

        Only the issuer's own word counts. Of somebody who passes a record on, nothing is taken
        that was said of it, and nothing replaces what is held already.

        Args:
            facts: What the sender says of it; None where it says nothing.

        Raises:
            RelabelledRecord: The issuer said something else before; that stays. Labels may be
                added, and none is taken away.
            WrongKey: The key database was changed.
        """
        held = self._store.records.find(issuer, record, version)
        if sender != issuer and held is not None:
            return
        said = self.said(
            facts if sender == issuer else None, issuer, record, version, instead=instead
        )
        self._store.records.put(self._row(key, issuer, record, version, facts=said))

    @typed_arguments
    def said(
        self,
        facts: RecordFacts | None,
        issuer: Address,
        record: bytes,
        version: int,
        *,
        instead: bool = False,
    ) -> RecordFacts | None:
        """What an issuer says of a record together with, or instead of, what it said before.

        Raises:
            RelabelledRecord: It said something else before.
        """
        held = self._store.records.find(issuer, record, version)
        before = None if held is None else self._facts(held)
        if facts is None or before is None or instead:
            return facts or before
        together = facts.beside(before)
        if together is None:
            raise RelabelledRecord(record.hex(), version)
        return together

    @typed_arguments
    def facts(self, issuer: Address, record: bytes, version: int) -> RecordFacts | None:
        """Return what a record's issuer said of it.

        Returns:
            What it said; None where it said nothing, or the record was never received.

        Raises:
            WrongKey: The key database was changed.
        """
        row = self._store.records.find(issuer, record, version)
        return None if row is None or issuer == self._owner else self._facts(row)

    @typed_arguments
    def keep_compartment(self, origin: Address, key_id: bytes, key: bytes) -> None:
        """Keep a compartment key that somebody shared.

        Raises:
            WrongKey: It has another length, or its name is another key's: kept, it would stand in
                that one's way.
        """
        if len(key) != KEY_SIZE or compartment_key_id(key) != key_id:
            raise WrongKey(f"the compartment key {key_id.hex()}")
        row = CompartmentRow(origin, key_id, b"", 0, current=False, key=key, compartment=b"")
        self._store.compartments.add(row)

    def note(
        self, target: bytes, *, consent: str = "", through: bytes = b"", key_id: bytes = b""
    ) -> None:
        """Remember how a key came: it opens nothing under any other consent."""
        self._store.received.add(ReceivedRow(target, consent, through, key_id))

    def is_used(self, consent: str) -> bool:
        """Whether records were given or came under a consent: not compartment keys alone."""
        came = self._store.received.all(consent=consent)
        return bool(self._store.given.all(consent=consent)) or any(map(self._is_used, came))

    @typed_arguments
    def drop_unused(self, origin: Address, consent: str) -> None:
        """Forget compartment keys that came under a consent, and through which no record did."""
        with self._store.transaction():
            for row in self._store.received.all(consent=consent):
                theirs = row.target == received_name(origin, row.key_id)
                if theirs and not self._is_used(row):
                    self._store.received.drop([row.target])
                    self._store.compartments.drop(origin, row.key_id)

    def _is_used(self, row: ReceivedRow) -> bool:
        return not row.key_id or bool(self._store.received.all(through=row.target))

    @typed_arguments
    def under(self, issuer: Address, record: bytes, version: int) -> frozenset[str]:
        """Find the consents under which a record version came from its issuer."""
        return self._consents(received_version(issuer, record, version))

    @typed_arguments
    def under_key(self, origin: Address, key_id: bytes) -> frozenset[str]:
        """Find the consents under which a compartment key came."""
        return self._consents(received_name(origin, key_id))

    def _consents(self, target: bytes) -> frozenset[str]:
        came = self._store.received
        found = came.all(target=target)
        found += [row for each in found if each.through for row in came.all(target=each.through)]
        return frozenset(row.consent for row in found if row.consent)

    @typed_arguments
    def require_unborrowed(
        self, key_id: bytes, issuer: Address, record: bytes, version: int
    ) -> None:
        """Refuse a place that somebody passes on, and that names the key of another record."""
        rows = self._store.records.all(issuer, key_id=key_id)
        if any((row.record, row.version) != (record, version) for row in rows):
            raise MalformedManifest(f"its place names the key of another record of {issuer}")

    @typed_arguments
    def drop_version(self, issuer: Address, record: bytes, version: int) -> None:
        """Forget a received version: its key, what was said of it, and how it came."""
        with self._store.transaction():
            self._store.records.drop(issuer, record, version)
            self._store.received.drop([received_version(issuer, record, version)])

    def _row(
        self,
        key: RecordKey,
        issuer: Address,
        record: bytes,
        version: int,
        *,
        facts: RecordFacts | None,
    ) -> RecordRow:
        said = b"" if facts is None else facts.to_bytes()
        return RecordRow(issuer, record, version, key.key_id, ALONE, key.secret, said)

    def _facts(self, row: RecordRow) -> RecordFacts | None:
        return RecordFacts.parse(row.facts) if row.facts else None


@typed_arguments
def drop_received(store: KeyDatabase, issuer: Address, record: bytes) -> bool:
    """Forget all that was received of a record; False where nothing was."""
    with store.transaction():
        known = store.records.all(issuer, record=record)
        store.erase_record(issuer, record)
        names = {received_version(issuer, record, key.version) for key in known}
        store.received.drop(names)
    return bool(known)
