"""The storages of a vault: which one it knows, so that an empty folder is not taken for one.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.versions.places import Places
    >>> from salus.vault.storage import MemoryStorage
    >>> store, ward = KeyDatabase.open("memory:"), MemoryStorage("example-places")
    >>> cipher = store.let_in("0x" + "12" * 20, bytes(32))
    >>> places = Places(store, [ward])
    >>> places.require_home()
    >>> places.absent(ward)
    >>> ward.blobs.clear()
    >>> places.absent(ward)
    <WhyLeft.NO_MARKER: 'no-marker'>
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from salus.errors import StorageError
from salus.primitives.errors import StorageUnavailable
from salus.vault.database.key_database import KeyDatabase
from salus.vault.storage.base import MARKER, Storage
from salus.vault.storage.marker import mark, marker_of
from salus_verify.unreached import Unreached, WhyLeft, is_version


class Places:
    """The storages of a vault, its home first."""

    def __init__(self, store: KeyDatabase, storages: Sequence[Storage]) -> None:
        self._markers, self._versions = store.notebook("places"), store.notebook("versions")
        self.home = storages[0]
        self.by_url = {place.url: place for place in storages}

    def require_home(self) -> None:
        """Before something is written: the home storage is the one that was written to before.

        Raises:
            StorageUnavailable: It is another: an empty folder where it should be mounted, say.
            StorageFull: It is new, and there is no room for its marker.
        """
        known, found = self._known(self.home), marker_of(self.home)
        if known is None:
            self._markers.put(self.home.url, found or mark(self.home))
        elif found != known:
            raise StorageUnavailable(
                self.home.url,
                "it is not the storage that this vault wrote to: mount that one, or write"
                f" {known} to a file {MARKER} in what shall take its place",
            )

    def absent(self, place: Storage) -> WhyLeft | None:
        """Return why a storage cannot say that a blob is gone.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        known, found = self._known(place), marker_of(place)
        if found is None:
            return WhyLeft.NO_MARKER if known or not place.present() else None
        if known is None:
            self._markers.put(place.url, found)
        return None if known in (None, found) else WhyLeft.OTHER_MARKER

    def note_version(self, blob: str) -> None:
        """Note the version that a blob has in the home storage, where that keeps versions.

        Once a blob is deleted, or written over, its bucket names no older version of it any more.

        Raises:
            StorageFull: There is no room for the note.
            StorageUnavailable: The storage refuses.
        """
        noted = self.noted_versions(self.home.url, blob).split()
        found = _version(self.home, blob)
        if found and found not in noted:
            self._versions.put(_at(self.home.url, blob), " ".join(sorted([*noted, found])))

    def forget_versions(self, blob: str) -> None:
        """Drop the note of a blob's versions: something else names them now."""
        if self.noted_versions(self.home.url, blob):
            self._versions.drop(_at(self.home.url, blob))

    def noted_versions(self, url: str, blob: str) -> str:
        """List the versions of a blob that are noted; nothing is asked.

        Raises:
            WrongKey: The key database was changed.
        """
        return self._versions.get(_at(url, blob)) or ""

    def version(self, url: str, blob: str) -> str:
        """List the versions that a blob has, in a bucket that keeps versions.

        Returns:
            The ids that are noted, and that of now, with spaces between; empty where there is none.
        """
        place, found = self.by_url.get(url), set(self.noted_versions(url, blob).split())
        if place is not None:
            with suppress(StorageError):
                found.add(_version(place, blob))
        return " ".join(sorted(found - {""}))

    def delete(self, url: str, blob: str, *, version: str = "") -> tuple[bool, Unreached | None]:
        """Delete a blob, and look whether it is gone."""
        place = self.by_url[url]
        try:
            # Where it cannot be asked which version goes, none goes: afterwards nobody names it.
            noted = self.noted_versions(url, blob)
            known = {*version.split(), *noted.split(), _version(place, blob)} - {""}
            existed = place.delete(blob)
            if place.exists(blob):
                return existed, Unreached(url, blob, WhyLeft.KEPT)
            held = [each for each in sorted(known) if place.holds_version(blob, each)]
            if held:
                return existed, Unreached(url, blob, WhyLeft.VERSIONS, tuple(held))
            why = None if existed else self._unanswered(place, named=bool(known))
            return existed, None if why is None else Unreached(url, blob, why)
        except StorageError:
            return False, Unreached(url, blob, WhyLeft.REFUSED)

    def _unanswered(self, place: Storage, *, named: bool) -> WhyLeft | None:
        """Why a storage that says that a blob is absent cannot say that it is gone.

        Where a bucket that keeps versions says so, it says nothing.
        """
        told = named or not place.keeps_versions()
        return self.absent(place) or (None if told else WhyLeft.UNTOLD)

    def _known(self, place: Storage) -> str | None:
        return cast(str | None, self._markers.get(place.url))


def _version(place: Storage, blob: str) -> str:
    """What a place says, which is believed to be an id: it goes into what is signed for years."""
    said = place.version(blob)
    if said and not is_version(said):
        raise StorageUnavailable(place.url, f"it names a version of {blob} as no bucket does")
    return said


def _at(url: str, blob: str) -> str:
    return f"{url}\n{blob}"
