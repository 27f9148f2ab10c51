"""Blobs in an object store such as S3, through obstore.

Object stores cannot rename, and a blob's name is known only after its last byte: ciphertext is
gathered in an unnamed temporary file first, and then sent.

Example:
    >>> from obstore.store import MemoryStore
    >>> from salus.vault.storage.objects import ObjectStorage
    >>> storage = ObjectStorage(MemoryStore(), "s3://bucket")
    >>> storage.put("blobs/one", b"ciphertext"), storage.size("blobs/one")
    (True, 10)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from salus.primitives.errors import InvalidStorageUrl, StorageFull, StorageUnavailable
from salus.primitives.files import named_errors
from salus.vault.errors import TruncatedBlob
from salus.vault.storage.base import MARKER, READ_SIZE, BlobWriter, Storage, check_name
from salus.vault.storage.errors import MissingBlob
from salus_verify.sources import Chunk

if TYPE_CHECKING:
    from obstore.store import RetryConfig

_ONE_REQUEST = 64 << 20
# obstore's own patience, three minutes, leaves people before a standing cursor.
_PATIENCE: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}
# Its threads are not in a child that is forked once they run: a call there never ends.
_FORKED = (
    "object stores were used before this process was forked from another, and would never answer:"
    " fork first, or start processes by spawn or forkserver"
)
_FULL = ("507 Insufficient Storage", "StorageFull", "QuotaExceeded")


@cache
def _first_used_by() -> int:
    """The process in which object stores were first used."""
    return os.getpid()


class ObjectStorage(Storage):
    """Blobs as objects."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        self.store = store
        self.url = url

    @classmethod
    def from_url(cls, url: str) -> ObjectStorage:
        """Open an object store."""
        try:
            return cls(from_url(url, retry_config=_PATIENCE), url)
        except (BaseError, ValueError) as error:
            raise InvalidStorageUrl(url, "s3://bucket/folder") from error

    def writer(self) -> BlobWriter:
        return _SpooledWriter(self)

    def get(self, name: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        size = self.size(name)
        end = size if length is None else offset + length
        if not 0 <= offset <= end <= size:
            raise TruncatedBlob(f"bytes {offset} to {end} were asked for, it has {size}")
        return self._read(name, offset, end)

    def size(self, name: str) -> int:
        size = self._head(name)
        if size is None:
            raise MissingBlob(name, places=(self.url,))
        return size

    def exists(self, name: str) -> bool:
        return self._head(name) is not None

    def delete(self, name: str) -> bool:
        existed = self.exists(name)
        with self.named_errors():
            obstore.delete(self.store, name)
        return existed

    def list(self, folder: str = "") -> Iterator[str]:
        with self.named_errors():
            pages = obstore.list(self.store, check_name(folder) if folder else None)
            found = {meta["path"] for page in pages for meta in page}
        return iter(sorted(found - {MARKER}))

    def older(self, folder: str, seconds: float) -> Iterator[str]:
        before = datetime.now(UTC) - timedelta(seconds=seconds)
        with self.named_errors():
            pages = obstore.list(self.store, check_name(folder))
            found = [m["path"] for page in pages for m in page if m["last_modified"] <= before]
        return iter(sorted(found))

    def version(self, name: str) -> str:
        with self.named_errors(), suppress(FileNotFoundError):
            return obstore.head(self.store, check_name(name))["version"] or ""
        return ""

    def keeps_versions(self) -> bool:
        # A bucket is not asked: what is in it has a version, or has none.
        with self.named_errors():
            pages = obstore.list(self.store, chunk_size=1)
            first = next((meta["path"] for page in pages for meta in page), MARKER)
        return bool(self.version(first))

    def holds_version(self, name: str, version: str) -> bool:
        with self.named_errors(), suppress(FileNotFoundError):
            obstore.get(self.store, check_name(name), options={"version": version, "head": True})
            return True
        return False

    def sweep(self, *, older_than: float = 86400.0) -> int:
        # Unfinished multipart uploads are the bucket's own business: a lifecycle rule ends them.
        return 0

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Turn obstore's errors into ours.

        Raises:
            StorageFull: The store has no room.
            StorageUnavailable: The store refuses or cannot be reached.
        """
        if _first_used_by() != os.getpid():
            raise StorageUnavailable(self.url, _FORKED)
        try:
            yield
        except BaseError as error:
            if any(word in str(error) for word in _FULL):
                raise StorageFull(self.url) from None
            # obstore's text may quote signed requests: only the kind of the error is repeated.
            raise StorageUnavailable(self.url, type(error).__name__) from None

    def _head(self, name: str) -> int | None:
        with self.named_errors():
            try:
                return int(obstore.head(self.store, check_name(name))["size"])
            except FileNotFoundError:
                return None

    def _read(self, name: str, offset: int, end: int) -> Iterator[bytes]:
        while offset < end:
            stop = min(offset + 8 * READ_SIZE, end)
            with self.named_errors():
                block = bytes(obstore.get_range(self.store, name, start=offset, end=stop))
            if len(block) != stop - offset:
                raise TruncatedBlob(f"{stop - offset} bytes were asked for, {len(block)} came")
            for at in range(0, len(block), READ_SIZE):
                yield block[at : at + READ_SIZE]
            offset = stop


class _SpooledWriter(BlobWriter):
    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage
        with named_errors(tempfile.gettempdir()):
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by commit and abort

    def write(self, piece: Chunk) -> None:
        with named_errors(tempfile.gettempdir()):
            self._spool.write(piece)

    def commit(self, name: str) -> bool:
        with named_errors(tempfile.gettempdir()):
            size = self._spool.tell()
            self._spool.seek(0)
        store = self._storage.store
        check_name(name)
        with self._storage.named_errors():
            try:
                if size > _ONE_REQUEST:
                    # Multipart uploads cannot be conditional; equal names mean equal bytes.
                    if self._storage.exists(name):
                        return False
                    obstore.put(store, name, self._spool)
                else:
                    obstore.put(store, name, self._spool, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def abort(self) -> None:
        self._spool.close()
