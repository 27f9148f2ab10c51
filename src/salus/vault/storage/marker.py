"""A storage's marker: what tells it from an empty folder where it should be mounted.

Example:
    >>> from salus.vault.storage import MemoryStorage
    >>> from salus.vault.storage.marker import mark, marker_of
    >>> ward = MemoryStorage("example-marker")
    >>> marker_of(ward), marker_of(ward) == mark(ward) or marker_of(ward) == mark(ward)
    (None, True)
"""

from __future__ import annotations

import os
import re

from salus.primitives.errors import StorageUnavailable
from salus.vault.errors import TamperedBlob
from salus.vault.storage.base import MARKER, Storage
from salus.vault.storage.errors import MissingBlob

_ID = re.compile(rb"[0-9a-f]{32}\n?")


def marker_of(storage: Storage) -> str | None:
    """Read a storage's marker.

    Returns:
        32 hexadecimal digits; None where there is none: the storage is new, or not mounted.

    Raises:
        StorageUnavailable: The storage refuses.
    """
    try:
        found = storage.get_small(MARKER, limit=64)
    except (MissingBlob, TamperedBlob):
        return None
    return found.decode().strip() if found and _ID.fullmatch(found) else None


def mark(storage: Storage) -> str:
    """Mark a storage that has no marker.

    Raises:
        StorageFull: There is no room.
        StorageUnavailable: The storage refuses, or gives something else back.
    """
    storage.put(MARKER, os.urandom(16).hex().encode())
    found = marker_of(storage)
    if found is None:
        raise StorageUnavailable(storage.url, f"its marker {MARKER} cannot be read back")
    return found
