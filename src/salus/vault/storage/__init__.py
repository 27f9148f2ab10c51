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

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.vault.storage.base import BlobWriter, Storage, check_name
    from salus.vault.storage.local import LocalStorage
    from salus.vault.storage.memory import MemoryStorage
    from salus.vault.storage.storage_kinds import open_storage

__all__ = [
    "BlobWriter",
    "LocalStorage",
    "MemoryStorage",
    "Storage",
    "check_name",
    "open_storage",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "base": "BlobWriter Storage check_name",
        "local": "LocalStorage",
        "memory": "MemoryStorage",
        "storage_kinds": "open_storage",
    },
)
