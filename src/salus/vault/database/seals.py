"""The rows of a key database that are its owner's own: sealed, and bound to their names.

Example:
    >>> from salus.vault.database.sqlite import SqliteFile
    >>> rows = RowSeals(SqliteFile.open("memory:"))
    >>> cipher = rows.let_in("0x" + "12" * 20, b"s" * 32)
    >>> stored = rows.seal("meta", ("name", b"value"))
    >>> rows.open("meta", stored), rows.open("meta", ("other", stored[1]))
    (('name', b'value'), None)
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Sequence
from typing import Any

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.encoding import decode_values, encode, encode_values, raw
from salus.vault.database.layout import LAYOUTS, mark
from salus.vault.database.rows import TABLES
from salus.vault.database.running_sum import Running
from salus.vault.database.sqlite import SqliteFile
from salus.vault.errors import KeyDatabaseUnavailable, TamperedKeyDatabase, WrongKey

_ID_SIZE = 16
_LONGEST_NAME = 160


class RowSeals:
    """Whose the rows are."""

    def __init__(self, database: SqliteFile) -> None:
        self._db = database
        self._cipher: StoreCipher | None = None

    @property
    def opened(self) -> bool:
        """Whether the owner was let in."""
        return self._cipher is not None

    @property
    def cipher(self) -> StoreCipher:
        """What protects the rows."""
        if self._cipher is None:
            reason = "it is locked: open it through its owner's vault"
            raise KeyDatabaseUnavailable(self._db.url, reason)
        return self._cipher

    @typed_arguments
    def let_in(self, owner: Address, store_key: bytes) -> StoreCipher:
        """Let the owner in; what is new becomes theirs.

        Raises:
            WrongKey: It belongs to other identity keys.
            TamperedKeyDatabase: There are rows, and nothing that says whose they are.
        """
        found = self._db.one("SELECT id, owner FROM store")
        if found is None:
            with self._db.transaction():
                found = self._db.one("SELECT id, owner FROM store")
                found = self._claim(owner, store_key) if found is None else found
        cipher = StoreCipher(store_key, found[0])
        if not hmac.compare_digest(_owned_by(owner, cipher), found[1]):
            raise WrongKey(f"the key database {self._db.url}")
        self._cipher = self._cipher or cipher
        return cipher

    def seal(self, table: str, row: Sequence[object]) -> tuple[object, ...]:
        """A row as it is stored: what it is found by, and the rest encrypted and bound to that."""
        shown, hidden = LAYOUTS[table].parted(row)
        return *shown, self.cipher.seal(encode_values(hidden), about=encode(table, shown))

    def open(self, table: str, stored: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Read a row as it was written; None where somebody else wrote or changed it."""
        clear = self._unsealed(table, stored)
        if clear is None:
            return None
        return LAYOUTS[table].joined(stored[:-1], tuple(decode_values(clear)))

    def is_ours(self, table: str, stored: tuple[Any, ...]) -> bool:
        """Whether the owner wrote a row, and nobody changed it."""
        return self._unsealed(table, stored) is not None

    def marks(self) -> Iterator[bytes]:
        """What the owner's own rows add to the sum."""
        for table, row in self._stored():
            if self.is_ours(table, row):
                yield mark(row)

    def foreign(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The rows that somebody else wrote or changed, each with its table."""
        for table, row in self._stored():
            if not self.is_ours(table, row):
                yield table, row

    def _unsealed(self, table: str, stored: tuple[Any, ...]) -> bytes | None:
        try:
            return self.cipher.unseal(stored[-1], about=encode(table, stored[:-1]))
        except (TypeError, WrongKey):  # a value that no column of ours holds, or not our seal
            return None

    def _stored(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for table in TABLES:
            for row in self._db.each(f"SELECT * FROM {table}"):  # noqa: S608 - names of ours
                yield table, row

    def drop_foreign(self) -> None:
        """Drop the rows that somebody else wrote or changed."""
        for table, row in list(self.foreign()):
            # Compared as bytes: whoever invents a row may name it by what is not text.
            where = " AND ".join(f"CAST({column} AS BLOB) = ?" for column in TABLES[table].names)
            named = (raw(value) for value in row[: len(TABLES[table].names)])
            self._db.change(f"DELETE FROM {table} WHERE {where}", *named)  # noqa: S608

    def refusal(self, table: str, row: Sequence[object]) -> TamperedKeyDatabase:
        """The error that names a row of somebody else's."""
        # Who wrote it may have chosen its name: it goes to a terminal without control characters.
        named = row[: len(TABLES[table].names)]
        words = (each.hex() if isinstance(each, bytes) else str(each) for each in named)
        name = ascii(" ".join((table, *words)))[1:-1]
        return TamperedKeyDatabase(self._db.url, row=name[:_LONGEST_NAME])

    def _claim(self, owner: Address, store_key: bytes) -> tuple[bytes, bytes]:
        for table in TABLES:
            row = self._db.one(f"SELECT * FROM {table}")  # noqa: S608
            if row is not None:
                raise self.refusal(table, row)
        store_id = os.urandom(_ID_SIZE)
        cipher = StoreCipher(store_key, store_id)
        named = store_id, _owned_by(owner, cipher)
        self._db.change("INSERT INTO store VALUES (?, ?, ?)", *named, Running(cipher).seal())
        return named


def _owned_by(owner: Address, cipher: StoreCipher) -> bytes:
    return cipher.tag(b"owner" + owner.encode())
