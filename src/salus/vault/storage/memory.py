"""Blobs in this process's memory: for tests, and for trying things out.

Example:
    >>> from salus.vault.storage.memory import MemoryStorage
    >>> MemoryStorage.named("shared") is MemoryStorage.named("shared")
    True
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock
from typing import ClassVar

from salus.vault.errors import TruncatedBlob
from salus.vault.storage.base import MARKER, READ_SIZE, BlobWriter, Storage, check_name
from salus.vault.storage.errors import MissingBlob
from salus_verify.sources import Chunk


class MemoryStorage(Storage):
    """Blobs in a dictionary.

    Args:
        name: The part of its URL after ``memory://``.
    """

    _named: ClassVar[dict[str, MemoryStorage]] = {}
    _lock: ClassVar[Lock] = Lock()

    def __init__(self, name: str = "anonymous") -> None:
        self.url = f"memory://{name}"
        self.blobs: dict[str, bytes] = {}
        self._made: dict[str, float] = {}

    @classmethod
    def named(cls, name: str) -> MemoryStorage:
        """The storage that everybody in this process finds under a name.

        Args:
            name: Any name.

        Returns:
            Always the same storage for the same name.
        """
        with cls._lock:
            return cls._named.setdefault(name, cls(name))

    def writer(self) -> BlobWriter:
        return _MemoryWriter(self.blobs, self._made)

    def get(self, name: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        blob = self._blob(name)
        end = len(blob) if length is None else offset + length
        if not 0 <= offset <= end <= len(blob):
            raise TruncatedBlob(f"bytes {offset} to {end} were asked for, it has {len(blob)}")
        return (blob[at : min(at + READ_SIZE, end)] for at in range(offset, end, READ_SIZE))

    def size(self, name: str) -> int:
        return len(self._blob(name))

    def exists(self, name: str) -> bool:
        return check_name(name) in self.blobs

    def delete(self, name: str) -> bool:
        return self.blobs.pop(check_name(name), None) is not None

    def list(self, folder: str = "") -> Iterator[str]:
        start = f"{check_name(folder)}/" if folder else ""
        names = set(self.blobs) - {MARKER}
        return iter(sorted(each for each in names if each.startswith(start)))

    def older(self, folder: str, seconds: float) -> Iterator[str]:
        before = time.time() - seconds
        return (name for name in self.list(folder) if self._made.get(name, 0.0) <= before)

    def sweep(self, *, older_than: float = 86400.0) -> int:
        return 0

    def _blob(self, name: str) -> bytes:
        try:
            return self.blobs[check_name(name)]
        except KeyError:
            raise MissingBlob(name, places=(self.url,)) from None


class _MemoryWriter(BlobWriter):
    def __init__(self, blobs: dict[str, bytes], made: dict[str, float]) -> None:
        self._blobs = blobs
        self._made = made
        self._pieces: list[bytes] = []

    def write(self, piece: Chunk) -> None:
        self._pieces.append(bytes(piece))

    def commit(self, name: str) -> bool:
        blob = b"".join(self._pieces)
        if self._blobs.setdefault(check_name(name), blob) is not blob:
            return False
        self._made[name] = time.time()
        return True

    def abort(self) -> None:
        self._pieces.clear()
