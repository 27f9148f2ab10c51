"""What one part of the client notes for itself in the key database: sealed, and nameless outside.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-notebook", "memory:", keys=keys, chain_id=31337)
    >>> notes = vault.notebook("wards")
    >>> notes.put("7", ["north"])
    >>> notes.get("7"), notes.get("8"), notes.all()
    (['north'], None, {'7': ['north']})
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from salus.primitives.arguments import typed_arguments
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.tables.notes import Notes
from salus_verify.encoding import canonical


class Notebook:
    """JSON values of one kind, by key, written in the transaction of whoever writes."""

    def __init__(self, notes: Notes, cipher: StoreCipher, name: str) -> None:
        self._notes, self._cipher, self._name = notes, cipher, name.encode()
        self._prefix = f"notebook/{cipher.tag(b'notebook' + bytes(1) + self._name).hex()}/"

    @typed_arguments
    def get(self, key: str) -> Any:
        """Read a note; None where there is none.

        Raises:
            WrongKey: The key database was changed.
        """
        note = self._notes.get(self._at(key))
        return None if note is None else json.loads(note)[1]

    def all(self) -> dict[str, Any]:
        """Read every note, by key.

        Raises:
            WrongKey: The key database was changed.
        """
        return dict(sorted(json.loads(note) for _, note in self._notes.named(self._prefix)))

    def version(self) -> bytes:
        """Return what changes whenever anybody changes anything in the key database."""
        return self._notes.version()

    @typed_arguments
    def put(self, key: str, value: Any) -> None:
        """Note a JSON value in the place of an earlier one."""
        self._notes.set(self._at(key), canonical([key, value]))

    @typed_arguments
    def drop(self, key: str) -> None:
        """Forget a note."""
        self._notes.drop(self._at(key))

    def transaction(self) -> AbstractContextManager[None]:
        """Read and write with nobody in between."""
        return self._notes.transaction()

    def _at(self, key: str) -> str:
        """Where a note lies."""
        return self._prefix + self._cipher.tag(self._prefix.encode() + key.encode()).hex()
