"""Finding a whole copy of a blob among several places.

Example:
    >>> from salus.vault.storage import MemoryStorage
    >>> from salus.vault.storage.copies import find_copy
    >>> home, second = MemoryStorage("home"), MemoryStorage("second")
    >>> home.put("blobs/one", b"cipher"), second.put("blobs/one", b"ciphertext")
    (True, True)
    >>> find_copy([home, second], "blobs/one", size=10).url
    'memory://second'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.errors import StorageError
from salus.vault.storage.base import Storage
from salus.vault.storage.errors import MissingBlob


def find_copy(places: Sequence[Storage], name: str, *, size: int) -> Storage:
    """Find the first place that has a blob whole; a place that is down or short stops nobody.

    Raises:
        StorageUnavailable: No place has it, and this one could not say.
        MissingBlob: No place has it.
    """
    other: Storage | None = None
    problem: StorageError | None = None
    for place in places:
        try:
            if place.size(name) == size:
                return place
            other = other or place
        except MissingBlob:
            continue
        except StorageError as error:
            problem = problem or error
    if other is not None:
        return other
    raise problem or MissingBlob(name, places=tuple(place.url for place in places))
