"""What one part of the client notes for itself in the key store: sealed, and nameless outside.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-notebook", "memory:", keys=keys, chain_id=31337)
    >>> notes = vault.notebook("wards")
    >>> notes.put("7", ["north"])
    >>> notes.get("7"), notes.get("8")
    (['north'], None)
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

import rfc8785

from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.keystore.store import KeyStore


class Notebook:
    """Notes of one kind, by key.

    Args:
        store: The key store.
        cipher: What protects it.
        name: Whose notes; never shown in the store.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher, name: str) -> None:
        self._store, self._cipher, self._name = store, cipher, name

    def get(self, key: str) -> Any:
        """Read a note; None where there is none.

        Raises:
            WrongKey: The key store was changed.
        """
        name, about = self._names(key)
        sealed = self._store.notes.get(name)
        return None if sealed is None else json.loads(self._cipher.unseal(sealed, about=about))

    def put(self, key: str, value: Any) -> None:
        """Note a JSON value in the place of an earlier one."""
        name, about = self._names(key)
        self._store.notes.set(name, self._cipher.seal(rfc8785.dumps(value), about=about))

    def drop(self, key: str) -> None:
        """Forget a note."""
        self._store.notes.drop(self._names(key)[0])

    def transaction(self) -> AbstractContextManager[None]:
        """Read and write with nobody in between."""
        return self._store.transaction()

    def _names(self, key: str) -> tuple[str, bytes]:
        """Where the note lies, and what it is bound to."""
        about = b"notebook\x00" + self._name.encode() + b"\x00" + key.encode()
        return f"notebook/{self._cipher.tag(about).hex()}", about
