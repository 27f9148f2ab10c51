"""A key database: one file, its tables, and whose it is.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> with store.transaction():
    ...     store.notes.set("motto", b"forget me")
    >>> store.notes.get("motto"), store.knows("0x" + "12" * 20)
    (b'forget me', False)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.comparison import Comparison
from salus.vault.database.errors import TransactionOpen
from salus.vault.database.guarded import GuardedRows
from salus.vault.database.looking import Looking
from salus.vault.database.notebook import Notebook
from salus.vault.database.seals import RowSeals
from salus.vault.database.soundness import Soundness
from salus.vault.database.sqlite import SqliteFile
from salus.vault.database.tables.compartments import CompartmentKeys
from salus.vault.database.tables.consents import KnownConsents
from salus.vault.database.tables.erasures import Erasures
from salus.vault.database.tables.given import Given
from salus.vault.database.tables.leaves import Leaves
from salus.vault.database.tables.manifests import Manifests
from salus.vault.database.tables.notes import Notes
from salus.vault.database.tables.received import ReceivedNames
from salus.vault.database.tables.records import RecordKeys
from salus.vault.database.tables.sightings import Sightings
from salus.vault.database.totals import Totals

_Done = TypeVar("_Done")


class KeyDatabase:
    """The tables of a key database, over one open database; see :meth:`open`."""

    def __init__(self, database: SqliteFile) -> None:
        self._db, self._seals = database, RowSeals(database)
        totals = Totals(database, self._seals)
        self._looking = Looking(database, totals.agree)
        self.url = database.url
        self.rows = rows = GuardedRows(database, self._seals, totals, self._looking)
        self.soundness = Soundness(database, self._seals, totals, self._looking)
        self.comparison = Comparison(database, self._looking)
        self.compartments, self.records = CompartmentKeys(rows), RecordKeys(rows)
        self.manifests, self.erasures = Manifests(rows), Erasures(rows)
        self.given, self.received, self.consents = (
            Given(rows),
            ReceivedNames(rows),
            KnownConsents(rows),
        )
        self.notes, self.leaves = Notes(rows), Leaves(rows)
        self.sightings = Sightings(self.notes)

    @classmethod
    def open(cls, url: str) -> KeyDatabase:
        """Open a key database, making it where it is missing; its owner is then let in.

        Args:
            url: ``sqlite:///file`` (an absolute path, readable by its owner only) or ``memory:``.

        Raises:
            StorageUnavailable: The file cannot be made.
            InvalidStorageUrl: The URL has another form.
            KeyDatabaseUnavailable: The file is not a key database, or one of a newer Salus.
        """
        return cls(SqliteFile.open(url))

    def close(self) -> None:
        """Close the file; the key database cannot be used afterwards."""
        self._db.close()

    @typed_arguments
    def let_in(self, owner: Address, store_key: bytes) -> StoreCipher:
        """Let its owner in; a key database that is new becomes theirs.

        Args:
            store_key: 32 random bytes of `IdentityKeys`.

        Raises:
            WrongKey: It belongs to other identity keys.
            TamperedKeyDatabase: It has rows, and nothing that says whose they are.
        """
        opened = self._seals.opened
        cipher = self._seals.let_in(owner, store_key)
        if not opened:
            self._looking.look()
            keys = ("compartments", "records")
            empty = not any(self._db.one(f"SELECT 1 FROM {each}") for each in keys)  # noqa: S608
            self._db.watch(cipher.tag, new=empty)
        return cipher

    def transaction(self) -> AbstractContextManager[None]:
        """Make several changes together: all of them become durable, or none.

        A transaction inside another joins it.

        Raises:
            StorageFull: The disk is full; nothing was changed.
            TamperedKeyDatabase: Rows were deleted or put back by somebody else.
            KeyDatabaseUnavailable: The file cannot be written, or another writer holds it for 30 s.
        """
        return self.rows.transaction()

    def alone(self) -> AbstractContextManager[None]:
        """Keep the other threads of this process away; see :meth:`SqliteFile.alone`."""
        return self._db.alone()

    def require_no_transaction(self) -> None:
        """Refuse to do within a transaction of this thread what others see: it may be undone."""
        if self._db.in_transaction():
            raise TransactionOpen(self.url)

    def notebook(self, name: str) -> Notebook:
        """Open the notes of one part of the client: sealed, written in its transactions."""
        return Notebook(self.notes, self._seals.cipher, name)

    def with_room(self, act: Callable[[], _Done]) -> _Done:
        """Do something that a full disk must not stop; see :meth:`SqliteFile.with_room`."""
        return self._db.with_room(act)

    @typed_arguments
    def knows(self, issuer: Address) -> bool:
        """Whether a manifest of an issuer is here, or a note that a record was erased."""
        tables = "manifests", "erasures"
        return any(self.rows.one(table, issuer=issuer) is not None for table in tables)

    def uses(self, consent: str) -> bool:
        """Whether keys are given, or came, under a consent."""
        return bool(self.given.all(consent=consent) or self.received.all(consent=consent))

    def is_pointed_to(self, blob: str) -> bool:
        """Whether a manifest points to a blob."""
        return bool(self.manifests.naming(blob))

    @typed_arguments
    def erase_record(self, issuer: Address, record: bytes) -> None:
        """Destroy every key, salt and manifest of a record."""
        with self.transaction():
            self.records.drop(issuer, record)
            self.manifests.drop(issuer, record)

    def __repr__(self) -> str:
        return f"KeyDatabase({self.url!r})"
