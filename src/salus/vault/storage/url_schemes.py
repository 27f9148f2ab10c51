"""From a URL to a storage.

Example:
    >>> from salus.vault.storage.url_schemes import open_storage
    >>> open_storage("memory://ward-7").url
    'memory://ward-7'
"""

from __future__ import annotations

import re

from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidStorageUrl
from salus.primitives.url_paths import path_in, split
from salus.vault.storage.base import Storage
from salus.vault.storage.local import LocalStorage
from salus.vault.storage.memory import MemoryStorage

SUPPORTED = "file:///folder, memory://name or s3://bucket/folder"


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
        InvalidStorageUrl: The URL has another form.
    """
    try:
        parts = split(url)
    except ValueError:
        raise InvalidStorageUrl(url, SUPPORTED) from None
    if parts.query or parts.fragment or parts.username or parts.password:
        raise InvalidStorageUrl(url, SUPPORTED)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return LocalStorage(path_in(parts))
    if parts.scheme == "memory" and re.fullmatch(r"[A-Za-z0-9._/-]+", parts.netloc + parts.path):
        return MemoryStorage.named(parts.netloc + parts.path)
    if parts.scheme == "s3" and parts.netloc:
        from salus.vault.storage.objects import ObjectStorage

        return ObjectStorage.from_url(url)
    raise InvalidStorageUrl(url, SUPPORTED)
