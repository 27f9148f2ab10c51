"""What every storage promises.

Blobs are written once and whole: a name either holds all of its bytes or does not exist, and what
exists is never written over. A storage is not trusted: whoever reads checks what comes back.

Example:
    >>> from salus.vault.storage import open_storage
    >>> with open_storage("memory://base").writer() as writer:
    ...     writer.write(b"cipher")
    ...     writer.write(b"text")
    ...     writer.commit("blobs/named-when-all-is-known")
    True
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from salus.vault.storage.errors import InvalidBlobName
from salus_verify.sources import Chunk, Source, chunks

MARKER = "salus-storage"
"""The name of what tells a storage from an empty folder; no blob, and never listed."""
READ_SIZE = 1 << 20
MAX_NAME = 200
_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*")


def check_name(name: str) -> str:
    """Refuse a name that could leave the storage or that some storage cannot hold.

    Args:
        name: Parts of ``a-z 0-9 . _ -`` joined by ``/``.

    Returns:
        The same name.

    Raises:
        InvalidBlobName: It has another form, a part that starts with a dot, or over 200 characters.
    """
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise InvalidBlobName(name)
    return name


class BlobWriter(ABC):
    """A blob in the making. Leaving the ``with`` block without a commit leaves nothing behind."""

    @abstractmethod
    def write(self, piece: Chunk) -> None:
        """Append bytes.

        Args:
            piece: Any number of bytes; not kept after the call.

        Raises:
            StorageFull: There is no room; the blob is gone.
            StorageUnavailable: The storage refuses; the blob is gone.
        """

    @abstractmethod
    def commit(self, name: str) -> bool:
        """Make the blob durable and give it its name, at once and as a whole.

        Args:
            name: Its name in the storage.

        Returns:
            False where that name exists already: then this one is dropped and that one is kept.

        Raises:
            InvalidBlobName: The name has another form.
            StorageFull: There is no room; the blob is gone.
            StorageUnavailable: The storage refuses; the blob is gone.
        """

    @abstractmethod
    def abort(self) -> None:
        """Drop what was written. Does nothing after a commit."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()


class Storage(ABC):
    """A place for blobs.

    Attributes:
        url: What opens it again.
    """

    url: str

    @abstractmethod
    def writer(self) -> BlobWriter:
        """Start a blob whose name is not known yet.

        Returns:
            A writer to use in a ``with`` block.

        Raises:
            StorageFull: There is no room for even an empty file.
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def get(self, name: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Read a blob or a part of it.

        Args:
            name: Its name.
            offset: The first byte, from 0.
            length: How many bytes; None for all that follow.

        Yields:
            Pieces of at most 1 MiB that together have exactly the length asked for.

        Raises:
            MissingBlob: No blob has that name.
            TruncatedBlob: Fewer bytes came back than were asked for.
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def size(self, name: str) -> int:
        """How long a blob is.

        Args:
            name: Its name.

        Returns:
            Bytes.

        Raises:
            MissingBlob: No blob has that name.
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Return whether a blob exists.

        Args:
            name: Its name.

        Returns:
            True where it does.

        Raises:
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def delete(self, name: str) -> bool:
        """Delete a blob, durably.

        Args:
            name: Its name.

        Returns:
            False where there was none.

        Raises:
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def list(self, folder: str = "") -> Iterator[str]:
        """List the blobs.

        Args:
            folder: Only those in this folder and below; empty for all.

        Yields:
            Names in order, whole blobs only.

        Raises:
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def older(self, folder: str, seconds: float) -> Iterator[str]:
        """List the blobs that were finished some time ago.

        Args:
            folder: Only those in this folder and below.
            seconds: How long ago at least, by this machine's clock.

        Yields:
            Names in order.

        Raises:
            StorageUnavailable: The storage refuses.
        """

    @abstractmethod
    def sweep(self, *, older_than: float = 86400.0) -> int:
        """Remove what writers that died left unfinished.

        Args:
            older_than: Seconds since the last write; younger ones may still be in the making.

        Returns:
            How many were removed.

        Raises:
            StorageUnavailable: The storage refuses.
        """

    def present(self) -> bool:
        """Return whether anything is there: what is not cannot say that a blob is gone.

        Returns:
            False for a folder that does not exist, or that is as empty as where one is mounted.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        return True

    def version(self, name: str) -> str:
        """Return the version that a blob has, in a place that keeps older ones.

        Args:
            name: Its name.

        Returns:
            The version's id; empty where the place keeps none.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        return ""

    def keeps_versions(self) -> bool:
        """Return whether what is deleted here may lie on as an older version.

        Returns:
            True where it does, as far as this place says.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        return False

    def holds_version(self, name: str, version: str) -> bool:
        """Return whether a version can be fetched, although its blob was deleted.

        Args:
            name: The blob's name.
            version: The version's id.

        Returns:
            True where it can.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        return False

    def put(self, name: str, source: Source) -> bool:
        """Store a blob under a name that is known.

        Args:
            name: Its name.
            source: Bytes, a binary file object, or an iterable of byte strings.

        Returns:
            True where it was new; False where the name existed, which then stays as it was.

        Raises:
            InvalidBlobName: The name has another form.
            StorageFull: There is no room; nothing was stored.
            StorageUnavailable: The storage refuses; nothing was stored.
        """
        check_name(name)
        if self.exists(name):
            return False
        with self.writer() as writer:
            for piece in chunks(source, size=READ_SIZE):
                writer.write(piece)
            return writer.commit(name)

    def get_small(self, name: str, *, limit: int) -> bytes | None:
        """Read a blob that somebody else put here, and no more of it than it may have.

        Args:
            name: Its name.
            limit: Bytes that it may have.

        Returns:
            All of it; None where it has more, whatever its size was said to be.

        Raises:
            MissingBlob: No blob has that name.
            TruncatedBlob: Fewer bytes came back than its size.
            StorageUnavailable: The storage refuses.
        """
        size = self.size(name)
        if size > limit:
            return None
        blob = bytearray()
        for piece in self.get(name, length=size):
            blob += piece
            if len(blob) > limit:
                return None
        return bytes(blob)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"
