"""Old ciphertext that could not be deleted yet: noted, and tried again.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> from salus.vault.leftovers import Leftovers
    >>> from salus.vault.storage import MemoryStorage
    >>> home, store = MemoryStorage("example-leftovers"), KeyStore.open("memory:")
    >>> left = Leftovers(store, store.unlock("0xab", bytes(32)), [home])
    >>> left.delete(["blobs/old"]), left.waiting()
    ((), [])
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from salus.errors import StorageError
from salus.vault.documents import canonical
from salus.vault.keystore import KeyStore
from salus.vault.storage import Storage
from salus.vault.store_cipher import StoreCipher

Unreached: TypeAlias = tuple[tuple[str, str, str], ...]
"""Storage, blob and why, for each that is still there."""

_NOTE, _ABOUT = "leftovers", b"leftovers"


class Leftovers:
    """Deletes blobs in every place of a vault, and remembers what it could not delete.

    Args:
        store: Where that is noted.
        cipher: What protects the note.
        places: The storages of the vault.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher, places: Sequence[Storage]) -> None:
        self._store = store
        self._cipher = cipher
        self._places = {place.url: place for place in places}

    def waiting(self) -> list[tuple[str, str]]:
        """List what is still to be deleted in places of this vault.

        Returns:
            Storage and blob. Places that are no longer this vault's are not tried, and are listed
            again once they are.
        """
        return [(url, blob) for url, blob in self._noted() if url in self._places]

    def delete(self, blobs: Iterable[str]) -> Unreached:
        """Delete blobs everywhere, and try again what is noted.

        Args:
            blobs: Their names; nothing points to them any more.

        Returns:
            What is still there; it is noted.
        """
        noted = self._noted()
        new = [(url, blob) for blob in blobs for url in self._places]
        tried = sorted({*new, *(each for each in noted if each[0] in self._places)})
        unreached = []
        for url, blob in tried:
            problem = self._delete(self._places[url], blob)
            if problem:
                unreached.append((url, blob, problem))
        elsewhere = [each for each in noted if each[0] not in self._places]
        self._note([*elsewhere, *((url, blob) for url, blob, _ in unreached)])
        return tuple(unreached)

    def _delete(self, place: Storage, blob: str) -> str:
        try:
            place.delete(blob)
            return "it is still there after it was deleted" if place.exists(blob) else ""
        except StorageError as error:
            return type(error).__name__

    def _noted(self) -> list[tuple[str, str]]:
        sealed = self._store.meta(_NOTE)
        if sealed is None:
            return []
        noted = json.loads(self._cipher.unseal(sealed, about=_ABOUT))
        return [(url, blob) for url, blob in noted["blobs"]]

    def _note(self, left: Sequence[tuple[str, str]]) -> None:
        if left:
            note = canonical({"blobs": [list(each) for each in left]})
            self._store.set_meta(_NOTE, self._cipher.seal(note, about=_ABOUT))
        elif self._store.meta(_NOTE) is not None:
            self._store.drop_meta(_NOTE)
