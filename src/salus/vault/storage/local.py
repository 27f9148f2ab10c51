"""Blobs as files in a folder.

A blob is written under ``.incoming``, made durable, and then linked under its name, which fails
where the name exists: a crash at any moment leaves a whole blob or none.

Example:
    >>> import pathlib, tempfile
    >>> from salus.vault.storage.local import LocalStorage
    >>> storage = LocalStorage(pathlib.Path(tempfile.mkdtemp()))
    >>> storage.put("blobs/one", b"ciphertext"), storage.size("blobs/one")
    (True, 10)
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from salus.primitives.errors import StorageFull, StorageUnavailable
from salus.primitives.files import link_new, make_folder, named_errors, sync, sync_folder, write_all
from salus.vault.errors import TruncatedBlob
from salus.vault.storage.base import MARKER, READ_SIZE, BlobWriter, Storage, check_name
from salus.vault.storage.errors import InvalidBlobName, MissingBlob
from salus_verify.sources import Chunk

_INCOMING = ".incoming"
_FLUSH = 32 << 20


class LocalStorage(Storage):
    """Blobs as files.

    Args:
        root: The folder. It is made with the first blob, so that only its owner can enter;
            opening and reading a storage changes nothing on disk.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.url = self.root.as_uri()

    def writer(self) -> BlobWriter:
        with named_errors(self.url):
            make_folder(self.root / _INCOMING)
            return _FileWriter(self)

    def get(self, name: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        descriptor = self._open(name)
        try:
            size = os.fstat(descriptor).st_size
            end = size if length is None else offset + length
            if not 0 <= offset <= end <= size:
                raise TruncatedBlob(f"bytes {offset} to {end} were asked for, it has {size}")
        except BaseException:
            os.close(descriptor)
            raise
        return self._read(descriptor, offset, end)

    def size(self, name: str) -> int:
        descriptor = self._open(name)
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def exists(self, name: str) -> bool:
        with named_errors(self.url):
            return self.path(name).is_file()

    def present(self) -> bool:
        with named_errors(self.url):
            return self.root.is_dir() and any(self.root.iterdir())

    def delete(self, name: str) -> bool:
        path = self.path(name)
        with named_errors(self.url):
            try:
                path.unlink()
            except FileNotFoundError:
                return False
            sync_folder(path.parent)
        return True

    def list(self, folder: str = "") -> Iterator[str]:
        start = self.path(folder) if folder else self.root
        found: list[str] = []
        with named_errors(self.url):
            for place, folders, files in os.walk(start):
                folders[:] = [name for name in folders if not name.startswith(".")]
                inside = Path(place).relative_to(self.root)
                found += [(inside / name).as_posix() for name in files]
        return iter(sorted(name for name in found if self._is_blob(name)))

    def older(self, folder: str, seconds: float) -> Iterator[str]:
        before = time.time() - seconds
        for name in self.list(folder):
            with named_errors(self.url), suppress(FileNotFoundError):
                # The time of the last change covers the link that finished the blob.
                if self.path(name).stat().st_ctime <= before:
                    yield name

    def sweep(self, *, older_than: float = 86400.0) -> int:
        before, removed = time.time() - older_than, 0
        with named_errors(self.url):
            for part in (self.root / _INCOMING).glob("*.part"):
                with suppress(FileNotFoundError):  # its writer was faster
                    if part.stat().st_mtime < before:
                        part.unlink()
                        removed += 1
        return removed

    def path(self, name: str) -> Path:
        """Where a blob's file is.

        Args:
            name: The blob's name.

        Returns:
            A path inside the storage's folder.

        Raises:
            InvalidBlobName: The name could lead elsewhere.
        """
        return self.root / check_name(name)

    def _is_blob(self, name: str) -> bool:
        # Others may leave files, links and pipes in the folder: they are nobody's blobs.
        if name == MARKER:
            return False
        with suppress(InvalidBlobName, FileNotFoundError):
            return stat.S_ISREG(self.path(name).lstat().st_mode)
        return False

    def _open(self, name: str) -> int:
        with named_errors(self.url):
            try:
                # Without blocking: opening a named pipe that somebody put here waits for a writer.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                descriptor = os.open(self.path(name), flags)
            except (FileNotFoundError, NotADirectoryError):
                raise MissingBlob(name, places=(self.url,)) from None
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor
            os.close(descriptor)
            raise MissingBlob(name, places=(self.url,))

    def _read(self, descriptor: int, offset: int, end: int) -> Iterator[bytes]:
        try:
            while offset < end:
                with named_errors(self.url):
                    piece = os.pread(descriptor, min(READ_SIZE, end - offset), offset)
                if not piece:
                    raise TruncatedBlob(f"it ended {end - offset} bytes early while it was read")
                yield piece
                offset += len(piece)
        finally:
            os.close(descriptor)


class _FileWriter(BlobWriter):
    def __init__(self, storage: LocalStorage) -> None:
        self._storage = storage
        self._part = storage.root / _INCOMING / f"{secrets.token_hex(16)}.part"
        self._descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._open = True
        self._written = self._flushing = 0

    def write(self, piece: Chunk) -> None:
        try:
            with named_errors(self._storage.url):
                write_all(self._descriptor, piece)
                self._written += len(piece)
                if self._written - self._flushing >= _FLUSH:
                    self._start_flushing()
        except (StorageFull, StorageUnavailable):
            self.abort()
            raise

    def commit(self, name: str) -> bool:
        path = self._storage.path(name)
        try:
            with named_errors(self._storage.url):
                sync(self._descriptor)
                make_folder(path.parent)
                created = link_new(self._part, path)
                sync_folder(path.parent)
        finally:
            self.abort()
        return created

    def _start_flushing(self) -> None:
        # The disk writes while the next pieces are made, instead of everything at the end. What is
        # on disk leaves the page cache: nobody reads it soon.
        if hasattr(os, "posix_fadvise"):
            length = self._written - self._flushing
            os.posix_fadvise(self._descriptor, self._flushing, length, os.POSIX_FADV_DONTNEED)
        self._flushing = self._written

    def abort(self) -> None:
        if self._open:
            self._open = False
            os.close(self._descriptor)
            self._part.unlink(missing_ok=True)
