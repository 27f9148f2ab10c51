"""Where blobs are kept: a folder, this process's memory, or an object store, named by one URL.

Example:
    >>> from salus.vault.storage import open_storage
    >>> storage = open_storage("memory://example")
    >>> storage.put("blobs/one", b"ciphertext"), storage.put("blobs/one", b"ciphertext")
    (True, False)
    >>> b"".join(storage.get("blobs/one", offset=6)), list(storage.list("blobs"))
    (b'text', ['blobs/one'])
"""

from __future__ import annotations

from salus.vault.storage.base import BlobWriter, Storage, check_name
from salus.vault.storage.local import LocalStorage
from salus.vault.storage.memory import MemoryStorage
from salus.vault.storage.url_schemes import open_storage

__all__ = [
    "BlobWriter",
    "LocalStorage",
    "MemoryStorage",
    "Storage",
    "check_name",
    "open_storage",
]
