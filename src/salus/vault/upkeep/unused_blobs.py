"""Removing what nobody points to: blobs of writers that died, and of versions that were replaced.

A storage may be shared with others, whose blobs are none of our business: only blobs that carry the
mark of this key database in their salt are ever removed, and only when they are old enough that no
writer can still be about to point to them. A key database that somebody altered, or that knows
nothing, decides about no blob.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.vault.crypto.segments import HEADER_SIZE, SALT_SIZE
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.key_database import KeyDatabase
from salus.vault.errors import KeyDatabaseUnavailable, TornKeyDatabase, TruncatedBlob
from salus.vault.storage.base import Storage
from salus.vault.storage.errors import InvalidBlobName, MissingBlob
from salus_verify.erasure_receipt import Erasure

DAY = 86400.0
"""Seconds that a blob without a pointer is left alone, by default."""


@dataclass(frozen=True, slots=True)
@typed
class RemovedBlobs:
    """What was removed.

    Attributes:
        blobs: Names of the blobs.
        parts: How many unfinished files of dead writers.
    """

    blobs: tuple[str, ...]
    parts: int


class UnusedBlobs:
    """Finds and removes the blobs of one vault that nobody points to."""

    def __init__(
        self, store: KeyDatabase, cipher: StoreCipher, storage: Storage, *, owner: Address
    ) -> None:
        self._store = store
        self._owner = owner
        self._cipher = cipher
        self._storage = storage

    def lost(self, *, older_than: float) -> list[str]:
        """List the blobs of this vault that are not pointed to.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        aged = self._storage.older("blobs", older_than)
        return [name for name in aged if not self._store.is_pointed_to(name) and self._ours(name)]

    def collect(self, *, older_than: float, anchored: Iterable[bytes]) -> RemovedBlobs:
        """Remove them; see `Upkeep.collect`.

        Raises:
            TamperedKeyDatabase: A row of the key database was altered: it may be what points to a
                blob.
            StorageUnavailable: The storage refuses; run it again.
            TornKeyDatabase: Rows of the key database are missing.
            KeyDatabaseUnavailable: It is an older copy, or another vault's: blobs only look unused.
        """
        if not self._store.soundness.whole():
            raise TornKeyDatabase(self._store.url)
        for altered in self._store.soundness.altered():
            raise altered
        lost = self.lost(older_than=older_than)
        unknown = self.unknown(anchored) if lost else ()
        if unknown:
            reason = (
                f"{len(unknown)} anchored record versions are not in it: it is an older copy, and"
                " their blobs are not unused; open the one that knows them"
            )
            raise KeyDatabaseUnavailable(self._store.url, reason)
        if lost and not self._store.knows(self._owner):
            reason = "it knows no record, so that every blob looks unused; open the one that does"
            raise KeyDatabaseUnavailable(self._store.url, reason)
        removed = [name for name in lost if self._remove(name)]
        return RemovedBlobs(tuple(removed), self._storage.sweep(older_than=older_than))

    def unknown(self, anchored: Iterable[bytes]) -> tuple[bytes, ...]:
        """List the leaves that belong to no version that is here, or was erased."""
        reports = map(Erasure.parse, self._store.erasures.all(self._owner, sound_only=True))
        known = {leaf for report in reports for _, _, leaf in report.versions}
        known |= {row.leaf for row in self._store.manifests.all(self._owner, sound_only=True)}
        return tuple(leaf for leaf in dict.fromkeys(anchored) if leaf not in known)

    def _remove(self, name: str) -> bool:
        # Within a transaction no writer can come to point to it.
        with self._store.transaction():
            return not self._store.is_pointed_to(name) and self._storage.delete(name)

    def _ours(self, name: str) -> bool:
        try:
            header = b"".join(self._storage.get(name, length=HEADER_SIZE))
        except (InvalidBlobName, MissingBlob, TruncatedBlob):
            return False  # gone meanwhile, or not named, or not as long, as anybody's blob is
        return self._cipher.is_marked(header[1 : 1 + SALT_SIZE])
