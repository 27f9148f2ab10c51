"""Old ciphertext that could not be deleted yet: noted, and tried again.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.upkeep.pending_deletions import PendingDeletions
    >>> from salus.vault.versions.places import Places
    >>> from salus.vault.storage import MemoryStorage
    >>> home, store = MemoryStorage("example-leftovers"), KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, bytes(32))
    >>> left = PendingDeletions(store.notebook("to delete"), Places(store, [home]))
    >>> left.delete(["blobs/old"]), left.waiting()
    ((), [])
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.vault.database.notebook import Notebook
from salus.vault.upkeep.deleting import BlobPlace, Versions, delete_blobs
from salus.vault.versions.places import Places
from salus_verify.unreached import Unreached


class PendingDeletions:
    """Deletes blobs in every place of a vault, and remembers what it could not delete."""

    def __init__(self, notes: Notebook, places: Places) -> None:
        self._notes, self._places = notes, places

    def waiting(self) -> list[tuple[str, str]]:
        """List what is still to be deleted in places of this vault."""
        return [each for each in sorted(self._noted()) if each[0] in self._places.by_url]

    def note(self, blobs: Iterable[str]) -> None:
        """Note blobs that nothing points to any more, in the transaction that makes it so."""
        noted = self._noted()
        new = {(url, blob): "" for blob in blobs for url in self._places.by_url}
        self._put({each: version for each, version in new.items() if each not in noted}, noted)

    def delete(self, blobs: Iterable[str]) -> tuple[Unreached, ...]:
        """Delete blobs everywhere, and try again what is noted."""
        noted = self._noted()
        new = {(url, blob): "" for blob in blobs for url in self._places.by_url}
        known = dict(sorted({**new, **noted}.items()))
        # Noting changes what is noted, so that a blob out of reach is not noted again below.
        tried = delete_blobs(
            self._places,
            known,
            note=lambda versions: noted.update(self._put(_some(versions), noted)),
        )
        ours = {each: left for each, (_, left) in tried.items() if each[0] in self._places.by_url}
        unreached = {each: left for each, left in ours.items() if left}
        self._put({each: "" for each in unreached if each not in noted}, noted)
        self._drop(each for each in ours if each in noted and each not in unreached)
        return tuple(unreached.values())

    def _put(self, left: Versions, noted: Versions) -> Versions:
        new = {each: version for each, version in left.items() if noted.get(each) != version}
        if new:
            with self._notes.transaction():
                for each, version in new.items():
                    self._notes.put(_key(*each), version)
        return new

    def _drop(self, gone: Iterable[BlobPlace]) -> None:
        keys = [_key(*each) for each in gone]
        if keys:
            with self._notes.transaction():
                for key in keys:
                    self._notes.drop(key)

    def _noted(self) -> dict[BlobPlace, str]:
        return {_place(key): version for key, version in self._notes.all().items()}


def _some(versions: Versions) -> Versions:
    return {each: of_each for each, of_each in versions.items() if of_each}


def _key(url: str, blob: str) -> str:
    return f"{url}\n{blob}"


def _place(key: str) -> BlobPlace:
    url, _, blob = key.rpartition("\n")
    return url, blob
