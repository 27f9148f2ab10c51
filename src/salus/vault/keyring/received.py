"""Keys that others shared: whose word counts for them, and under which consents they came.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keyring.keyring import Keyring
    >>> from salus.vault.documents.record_keys import received_name
    >>> from salus.vault.database import KeyDatabase
    >>> clinic = Keyring(KeyDatabase.open("memory:"), IdentityKeys.generate("0x" + "ab" * 20,
    ...                  created_at=0))
    >>> hospital = "0x" + "cd" * 20
    >>> clinic.received.note(received_name(hospital, b"w" * 16), consent="0x01")
    >>> clinic.received.under(hospital, b"w" * 16)
    frozenset({'0x01'})
"""

from __future__ import annotations

from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import CompartmentRow, ReceivedRow, RecordRow
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.record_keys import ID_SIZE, RecordKey, compartment_key_id, received_name
from salus.vault.errors import RelabelledRecord, WrongKey

ALONE = bytes(ID_SIZE)
"""What a record's key names as its compartment when it was received alone."""


class ReceivedKeys:
    """What others shared with the owner of a keyring."""

    def __init__(self, store: KeyDatabase, *, owner: str) -> None:
        self._store, self._owner = store, owner

    def keep(
        self,
        key: RecordKey,
        *,
        sender: str,
        issuer: str,
        record: bytes,
        version: int,
        facts: RecordFacts | None = None,
    ) -> None:
        """Keep a record key that somebody shared, with what its issuer says of the record.

        Only the issuer's own word counts. Of somebody who passes a record on, nothing is taken
        that was said of it, and nothing replaces what is held already.

        Args:
            record: The record's id, 16 bytes.
            version: From 1.
            facts: What the sender says of it; None where it says nothing.

        Raises:
            RelabelledRecord: The issuer said something else before; that stays. Labels may be
                added, and none is taken away.
            WrongKey: The key database was changed.
        """
        held = self._store.records.find(issuer, record, version)
        if sender != issuer and held is not None:
            return
        said = facts if sender == issuer else None
        before = None if held is None else self._facts(held)
        if said is not None and before is not None:
            said = said.beside(before)
            if said is None:
                raise RelabelledRecord(record.hex(), version)
        self._store.records.put(self._row(key, issuer, record, version, facts=said or before))

    def facts(self, issuer: str, record: bytes, version: int) -> RecordFacts | None:
        """Tell what a record's issuer said of it.

        Args:
            record: Its id, 16 bytes.
            version: From 1.

        Returns:
            What it said; None where it said nothing, or the record was never received.

        Raises:
            WrongKey: The key database was changed.
        """
        row = self._store.records.find(issuer, record, version)
        return None if row is None or issuer == self._owner else self._facts(row)

    def keep_compartment(self, origin: str, key_id: bytes, key: bytes) -> None:
        """Keep a compartment key that somebody shared.

        Args:
            key_id: Its name, 16 bytes.
            key: 32 bytes.

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

    def drop_unused(self, origin: str, consent: str) -> None:
        """Forget compartment keys that came under a consent, and through which no record did.

        Args:
            origin: Who shared them.
        """
        with self._store.transaction():
            for row in self._store.received.all(consent=consent):
                theirs = row.target == received_name(origin, row.key_id)
                if theirs and not self._is_used(row):
                    self._store.received.drop([row.target])
                    self._store.compartments.drop(origin, row.key_id)

    def _is_used(self, row: ReceivedRow) -> bool:
        return not row.key_id or bool(self._store.received.all(through=row.target))

    def under(self, issuer: str, wrap_id: bytes) -> frozenset[str]:
        """Find the consents under which a key came from its record's issuer.

        Args:
            issuer: Who issued the record.

        Returns:
            Ids of consents; none for one's own records, and for what others passed on.
        """
        came = self._store.received
        found = came.all(target=received_name(issuer, wrap_id))
        found += [row for each in found if each.through for row in came.all(target=each.through)]
        return frozenset(row.consent for row in found if row.consent)

    def _row(
        self,
        key: RecordKey,
        issuer: str,
        record: bytes,
        version: int,
        *,
        facts: RecordFacts | None,
    ) -> RecordRow:
        said = b"" if facts is None else facts.to_bytes()
        return RecordRow(issuer, record, version, key.wrap_id, ALONE, key.secret, said)

    def _facts(self, row: RecordRow) -> RecordFacts | None:
        return RecordFacts.parse(row.facts) if row.facts else None
