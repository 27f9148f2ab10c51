"""Deleting blobs wherever a vault can reach them: the one loop of erasures and re-encryptions.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.storage import MemoryStorage
    >>> from salus.vault.upkeep.deleting import delete_blobs
    >>> from salus.vault.versions.places import Places
    >>> home, store = MemoryStorage("example-deleting"), KeyDatabase.open("memory:")
    >>> home.put("blobs/old", b"ciphertext")
    True
    >>> cipher = store.let_in("0x" + "12" * 20, bytes(32))
    >>> old = {(home.url, "blobs/old"): "", ("s3://elsewhere", "blobs/old"): ""}
    >>> done = delete_blobs(Places(store, [home]), old, note=print).values()
    >>> [(existed, left and left.words) for existed, left in done]
    [(True, None), (False, 'not a storage of this vault')]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from salus.vault.versions.places import Places
from salus_verify.unreached import Unreached, WhyLeft

BlobPlace: TypeAlias = tuple[str, str]
"""Storage and blob."""
Versions: TypeAlias = Mapping[BlobPlace, str]
"""The ids of a blob's versions in a bucket that keeps some, with spaces between."""


def delete_blobs(
    places: Places, known: Versions, *, note: Callable[[Versions], object]
) -> dict[BlobPlace, tuple[bool, Unreached | None]]:
    """Delete blobs, once their versions are noted: afterwards their bucket names none."""
    found = {each: _with_version(places, each, versions) for each, versions in known.items()}
    if found != known:
        note(found)
    return {
        each: places.delete(*each, version=versions)
        if each[0] in places.by_url
        else (False, Unreached(*each, WhyLeft.NOT_OURS))
        for each, versions in found.items()
    }


def _with_version(places: Places, each: BlobPlace, versions: str) -> str:
    return " ".join(sorted({*versions.split(), *places.version(*each).split()}))
