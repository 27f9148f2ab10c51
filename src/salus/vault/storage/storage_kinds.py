"""From a URL to a storage: which scheme is opened by what.

Example:
    >>> from salus.vault.storage.storage_kinds import open_storage
    >>> open_storage("memory://ward-7").url
    'memory://ward-7'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult

from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidStorageUrl
from salus.primitives.url_paths import path_in, split
from salus.vault.storage.base import Storage
from salus.vault.storage.local import LocalStorage
from salus.vault.storage.memory import MemoryStorage
from salus_verify.fields import LONGEST_TEXT


def _folder(url: str, parts: SplitResult) -> Storage | None:
    whole = not parts.netloc and parts.path.startswith("/")
    return LocalStorage(path_in(parts)) if whole else None


def _memory(url: str, parts: SplitResult) -> Storage | None:
    name = parts.netloc + parts.path
    return MemoryStorage.named(name) if re.fullmatch(r"[A-Za-z0-9._/-]+", name) else None


def _objects(url: str, parts: SplitResult) -> Storage | None:
    from salus.vault.storage.objects import ObjectStorage

    return ObjectStorage.from_url(url) if parts.netloc else None


SCHEMES: Mapping[str, tuple[str, Callable[[str, SplitResult], Storage | None]]] = {
    "file": ("file:///folder", _folder),
    "memory": ("memory://name", _memory),
    "s3": ("s3://bucket/folder", _objects),
}
"""By scheme, the form of its URLs and what opens one, None for another form: a new storage is a
line here, and a class of its own beside the others; inboxes may lie wherever one of them opens."""
SUPPORTED = ", ".join(form for form, _ in SCHEMES.values())


@typed_arguments
def open_storage(url: str) -> Storage:
    """Open the storage that a URL names.

    Args:
        url: ``file:///folder`` (made with its first blob), ``memory://name`` (lives as long as this
            process; one name, one storage) or ``s3://bucket/folder`` (credentials from the usual
            ``AWS_`` environment variables).

    Returns:
        The storage.

    Raises:
        InvalidStorageUrl: The URL has another form, or over 2,048 characters once it is written
            as documents name the storage.
    """
    try:
        parts = split(url)
    except ValueError:
        raise InvalidStorageUrl(url, SUPPORTED) from None
    if parts.query or parts.fragment or parts.username or parts.password:
        raise InvalidStorageUrl(url, SUPPORTED)
    _, opens = SCHEMES.get(parts.scheme, ("", None))
    storage = opens and opens(url, parts)
    if storage is None:
        raise InvalidStorageUrl(url, SUPPORTED)
    return _named(storage)


def storage_of(storage: str | Storage) -> Storage:
    """Open a storage by its URL, or take one that is open.

    Raises:
        InvalidStorageUrl: The URL has another form, or no document can name it.
    """
    return open_storage(storage) if isinstance(storage, str) else _named(storage)


def _named(storage: Storage) -> Storage:
    """Refuse a storage that no manifest and no report can name, before anything lies in it."""
    if not 0 < len(storage.url) <= LONGEST_TEXT:
        fits = f"1 to {LONGEST_TEXT} characters: no document names a longer one"
        raise InvalidStorageUrl(storage.url, fits)
    return storage
