"""Which rows of a key store are its owner's own: each carries a MAC over all that is in it.

Example:
    >>> from salus.vault.keystore.database import Database
    >>> rows = OwnedRows(Database.open("memory:"))
    >>> cipher = rows.unlock("0xab", b"s" * 32)
    >>> rows.is_ours("meta", ("name", b"value", rows.mac("meta", ("name", b"value"))))
    True
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Sequence
from typing import Any

from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.errors import KeyStoreUnavailable, TamperedKeyStore, WrongKey
from salus.vault.keystore.database import Database
from salus.vault.keystore.encoding import encode, raw
from salus.vault.keystore.rows import NAMES
from salus.vault.keystore.running import Running

_ID_SIZE = 16
_LONGEST_NAME = 160


class OwnedRows:
    """Whose the rows are.

    Args:
        database: An open database.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._cipher: StoreCipher | None = None

    @property
    def opened(self) -> bool:
        """Whether the owner was let in."""
        return self._cipher is not None

    @property
    def cipher(self) -> StoreCipher:
        """What protects the rows.

        Raises:
            KeyStoreUnavailable: The owner was not let in.
        """
        if self._cipher is None:
            reason = "it is locked: open it through its owner's vault"
            raise KeyStoreUnavailable(self._db.url, reason)
        return self._cipher

    def unlock(self, owner: str, store_key: bytes) -> StoreCipher:
        """Let the owner in; what is new becomes theirs.

        Raises:
            WrongKey: It belongs to other identity keys.
            TamperedKeyStore: There are rows, and nothing that says whose they are.
        """
        found = self._db.one("SELECT id, owner FROM store")
        if found is None:
            with self._db.transaction():
                found = self._db.one("SELECT id, owner FROM store")
                found = self._claim(owner, store_key) if found is None else found
        cipher = StoreCipher(store_key, found[0])
        if not hmac.compare_digest(_owned_by(owner, cipher), found[1]):
            raise WrongKey(f"the key store {self._db.url}")
        self._cipher = self._cipher or cipher
        return cipher

    def mac(self, table: str, row: Sequence[object]) -> bytes:
        """Vouch for a row."""
        return self.cipher.mac(encode(table, row))

    def is_ours(self, table: str, row: tuple[Any, ...]) -> bool:
        """Whether the owner wrote a row, and nobody changed it; its MAC comes last."""
        try:
            return hmac.compare_digest(self.mac(table, row[:-1]), row[-1])
        except TypeError:  # a value that no column of ours holds
            return False

    def macs(self) -> Iterator[bytes]:
        """The MACs of the owner's own rows."""
        for table in NAMES:
            for row in self._db.each(f"SELECT * FROM {table}"):  # noqa: S608 - names of ours
                if self.is_ours(table, row):
                    yield row[-1]

    def foreign(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The rows that somebody else wrote or changed, each with its table."""
        for table in NAMES:
            for row in self._db.each(f"SELECT * FROM {table}"):  # noqa: S608 - names of ours
                if not self.is_ours(table, row):
                    yield table, row

    def drop_foreign(self) -> None:
        """Drop the rows that somebody else wrote or changed."""
        for table, row in list(self.foreign()):
            # Compared as bytes: whoever invents a row may name it by what is no text.
            where = " AND ".join(f"CAST({column} AS BLOB) = ?" for column in NAMES[table])
            named = (raw(value) for value in row[: len(NAMES[table])])
            self._db.change(f"DELETE FROM {table} WHERE {where}", *named)  # noqa: S608

    def refusal(self, table: str, row: Sequence[object]) -> TamperedKeyStore:
        """The error that names a row of somebody else's."""
        # Who wrote it may have chosen its name: it goes to a terminal without control characters.
        named = row[: len(NAMES[table])]
        words = (each.hex() if isinstance(each, bytes) else str(each) for each in named)
        name = ascii(" ".join((table, *words)))[1:-1]
        return TamperedKeyStore(self._db.url, row=name[:_LONGEST_NAME])

    def _claim(self, owner: str, store_key: bytes) -> tuple[bytes, bytes]:
        for table in NAMES:
            row = self._db.one(f"SELECT * FROM {table}")  # noqa: S608
            if row is not None:
                raise self.refusal(table, row)
        store_id = os.urandom(_ID_SIZE)
        cipher = StoreCipher(store_key, store_id)
        named = store_id, _owned_by(owner, cipher)
        self._db.change("INSERT INTO store VALUES (?, ?, ?)", *named, Running(cipher).seal())
        return named


def _owned_by(owner: str, cipher: StoreCipher) -> bytes:
    return cipher.tag(b"owner" + owner.encode())
