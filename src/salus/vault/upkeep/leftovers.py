"""Old ciphertext that could not be deleted yet: noted, and tried again.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> from salus.vault.upkeep.leftovers import Leftovers
    >>> from salus.vault.versions.places import Places
    >>> from salus.vault.storage import MemoryStorage
    >>> home, store = MemoryStorage("example-leftovers"), KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", bytes(32))
    >>> left = Leftovers(store.notebook("leftovers"), Places(store, [home]))
    >>> left.delete(["blobs/old"]), left.waiting()
    ((), [])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from salus.vault.keystore.notebook import Notebook
from salus.vault.versions.places import Places

Place: TypeAlias = tuple[str, str]
"""Storage and blob."""
Unreached: TypeAlias = tuple[tuple[str, str, str], ...]
"""Storage, blob and why, for each that is still there."""

_NOTE = "blobs"


class Leftovers:
    """Deletes blobs in every place of a vault, and remembers what it could not delete.

    Args:
        notes: Where that is noted.
        places: The storages of the vault.
    """

    def __init__(self, notes: Notebook, places: Places) -> None:
        self._notes, self._places = notes, places

    def waiting(self) -> list[tuple[str, str]]:
        """List what is still to be deleted in places of this vault.

        Returns:
            Storage and blob. Places that are no longer this vault's are not tried, and are listed
            again once they are.
        """
        return [each for each in self._noted() if each[0] in self._places.by_url]

    def note(self, blobs: Iterable[str]) -> None:
        """Note blobs that nothing points to any more, in the transaction that makes it so."""
        new = {(url, blob): "" for blob in blobs for url in self._places.by_url}
        self._note(self._noted() | new)

    def delete(self, blobs: Iterable[str]) -> Unreached:
        """Delete blobs everywhere, and try again what is noted.

        Args:
            blobs: Their names; nothing points to them any more.

        Returns:
            What is still there; it is noted.
        """
        noted = self._noted()
        new = {(url, blob): "" for blob in blobs for url in self._places.by_url}
        tried = {each: self._version(each, noted) for each in sorted({**new, **noted})}
        if any(tried.values()):  # once a blob is deleted, its bucket names no version of it
            self._note(noted | tried)
        unreached = []
        for (url, blob), version in tried.items():
            if url in self._places.by_url:
                _, problem = self._places.delete(url, blob, version=version)
                if problem:
                    unreached.append((url, blob, problem))
        elsewhere = {each: noted[each] for each in noted if each[0] not in self._places.by_url}
        self._note(elsewhere | {(url, blob): tried[url, blob] for url, blob, _ in unreached})
        return tuple(unreached)

    def _version(self, each: Place, noted: Mapping[Place, str]) -> str:
        return self._places.version(*each) or noted.get(each, "")

    def _noted(self) -> dict[Place, str]:
        return {(url, blob): version for url, blob, version in self._notes.get(_NOTE) or ()}

    def _note(self, left: Mapping[Place, str]) -> None:
        if left:
            self._notes.put(_NOTE, [[*each, version] for each, version in left.items()])
        elif self._notes.get(_NOTE) is not None:
            self._notes.drop(_NOTE)
