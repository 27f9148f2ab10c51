"""The storages of a vault: which one it knows, so that an empty folder is not taken for one.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> from salus.vault.places import Places
    >>> from salus.vault.storage import MemoryStorage
    >>> store, ward = KeyStore.open("memory:"), MemoryStorage("example-places")
    >>> places = Places(store, store.unlock("0xab", bytes(32)), [ward])
    >>> places.require_home()
    >>> places.absent(ward)
    ''
    >>> ward.blobs.clear()
    >>> places.absent(ward)
    'it carries no marker: is it mounted?'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.errors import StorageError, StorageUnavailable
from salus.vault.keystore import KeyStore
from salus.vault.storage import Storage
from salus.vault.storage.base import MARKER
from salus.vault.storage.marker import mark, marker_of
from salus.vault.store_cipher import StoreCipher

NO_MARKER = "it carries no marker: is it mounted?"
OTHER_MARKER = "it carries another marker: is it mounted?"
KEPT = "it is still there after it was deleted"
VERSION = "a version of it can still be fetched, delete it in the bucket: "
"""Before the id of an object's version."""


class Places:
    """The storages of a vault, its home first.

    Args:
        store: Where their markers are noted.
        cipher: What protects it.
        storages: The storages.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher, storages: Sequence[Storage]) -> None:
        self._store = store
        self._cipher = cipher
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
            self._store.set_meta(self._name(self.home), (found or mark(self.home)).encode())
        elif found != known:
            raise StorageUnavailable(
                self.home.url,
                "it is not the storage that this vault wrote to: mount that one, or write"
                f" {known} to a file {MARKER} in what shall take its place",
            )

    def absent(self, place: Storage) -> str:
        """Tell why a storage cannot say that a blob is gone.

        Args:
            place: The storage.

        Returns:
            The reason; empty where it can.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        known, found = self._known(place), marker_of(place)
        if found is None:
            return NO_MARKER if known or not place.present() else ""
        if known is None:
            self._store.set_meta(self._name(place), found.encode())
        return "" if known in (None, found) else OTHER_MARKER

    def version(self, url: str, blob: str) -> str:
        """Name the version that a blob has, in a bucket that keeps versions.

        Args:
            url: The storage.
            blob: The blob's name.

        Returns:
            Its id; empty where there is none, or nobody answers.
        """
        place = self.by_url.get(url)
        try:
            return place.version(blob) if place is not None else ""
        except StorageError:
            return ""

    def delete(self, url: str, blob: str, *, version: str = "") -> tuple[bool, str]:
        """Delete a blob, and look whether it is gone.

        Args:
            url: A storage of this vault.
            blob: The blob's name.
            version: The version that it had when it was last seen.

        Returns:
            Whether it was there, and why it may be there still.
        """
        place = self.by_url[url]
        try:
            version = place.version(blob) or version
            existed = place.delete(blob)
            if place.exists(blob):
                return existed, KEPT
            if version and place.holds_version(blob, version):
                return existed, VERSION + version
            return existed, "" if existed or version else self.absent(place)
        except StorageError as error:
            return False, type(error).__name__

    def _known(self, place: Storage) -> str | None:
        noted = self._store.meta(self._name(place))
        return None if noted is None else noted.decode()

    def _name(self, place: Storage) -> str:
        return f"place/{self._cipher.tag(b'place' + bytes(1) + place.url.encode()).hex()}"
