"""Reading a record that one has the key of; nothing is read before something is asked for.

Example:
    >>> from salus.vault.opened import READ_WHOLE
    >>> READ_WHOLE >> 20
    256
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from pathlib import Path

from salus.errors import (
    AppendedBlob,
    CommitmentMismatch,
    InvalidArgument,
    RangeOutOfBounds,
    TruncatedBlob,
)
from salus.vault.blocks import Chunk
from salus.vault.commitments import Opening, PlaintextCommitment, check_key
from salus.vault.durable import replace_file
from salus.vault.envelope import RangeReader, decrypt
from salus.vault.keys import RecordKey
from salus.vault.manifest import Manifest
from salus.vault.padding import unpadded
from salus.vault.pipeline import Beside
from salus.vault.storage import Storage

READ_WHOLE = 256 << 20
"""The most that :meth:`OpenedRecord.read` holds in memory, in bytes."""

Progress = Callable[[int], None]
"""Told how many bytes are done."""


class OpenedRecord:
    """One version of a record: its bytes come decrypted and checked.

    Args:
        manifest: What it must be.
        key: What opens it.
        storage: Where its blob is.

    Raises:
        WrongKey: The key is not the one that the manifest commits to.
        TruncatedBlob: The stored blob is shorter than the manifest says.
        AppendedBlob: It is longer.
    """

    def __init__(self, manifest: Manifest, key: RecordKey, storage: Storage) -> None:
        check_key(key.key, manifest.key_commitment)
        self.manifest = manifest
        self._key = key
        self._storage = storage
        stored = storage.size(manifest.blob_name)
        sizes = f"it has {stored} bytes, its manifest says {manifest.ciphertext_size}"
        if stored < manifest.ciphertext_size:
            raise TruncatedBlob(sizes)
        if stored > manifest.ciphertext_size:
            raise AppendedBlob(sizes)

    @property
    def opening(self) -> Opening:
        """What opens the anchored leaf: give it only to who may check this record."""
        return Opening(self._key.salt, self.manifest.commitment, self.manifest.digest)

    def blocks(self) -> Iterator[Chunk]:
        """Decrypt the whole record as a stream, in constant memory.

        Each block is authentic under the record's key. That nobody who holds the key exchanged the
        record is known when the stream ends without an error: until then, keep what you do with it
        revocable. :meth:`read` and :meth:`save_to` do that for you.

        Yields:
            Blocks of up to 1 MiB.

        Raises:
            TamperedBlob: The blob was changed, truncated, or appended to.
            CommitmentMismatch: It is not what the issuer committed to.
            StorageUnavailable: The storage refuses.
        """
        commitment = PlaintextCommitment(self._key.salt)
        blob = self._storage.get(self.manifest.blob_name)
        clear = decrypt(blob, key=self._key.key, associated_data=self.manifest.associated_data)
        with Beside(commitment.update) as commit:
            for block in unpadded(clear, self.manifest.plaintext_size):
                kept = bytes(block)
                commit(kept)
                yield kept
            commit.finish()
        if not hmac.compare_digest(commitment.digest(), self.manifest.commitment):
            raise CommitmentMismatch("the record")

    def read(self) -> bytes:
        """Decrypt the whole record at once.

        Returns:
            Its exact bytes, checked from the first to the last.

        Raises:
            InvalidArgument: It is over 256 MiB.
            TamperedBlob: The blob was changed, truncated, or appended to.
            CommitmentMismatch: It is not what the issuer committed to.
            StorageUnavailable: The storage refuses.
        """
        if self.manifest.plaintext_size > READ_WHOLE:
            raise InvalidArgument("record", "at most 256 MiB for read: use save_to or blocks")
        return b"".join(self.blocks())

    def read_range(self, offset: int, length: int) -> bytes:
        """Decrypt a part, reading only the segments of 64 KiB that it touches.

        What comes back is authentic under the record's key; only whole reads also check the
        issuer's commitment, which stops those who hold the key.

        Args:
            offset: The first byte, from 0.
            length: How many bytes.

        Returns:
            Exactly those bytes.

        Raises:
            RangeOutOfBounds: The record is shorter.
            TamperedBlob: A segment in the range is not authentic.
            StorageUnavailable: The storage refuses.
        """
        if offset < 0 or length < 0 or offset + length > self.manifest.plaintext_size:
            raise RangeOutOfBounds(offset=offset, length=length, size=self.manifest.plaintext_size)
        name = self.manifest.blob_name
        reader = RangeReader(
            lambda start, count: self._storage.get(name, offset=start, length=count),
            size=self.manifest.ciphertext_size,
            key=self._key.key,
            associated_data=self.manifest.associated_data,
        )
        return b"".join(reader.read_range(offset, length))

    def save_to(self, path: Path, *, progress: Progress = lambda done: None) -> None:
        """Decrypt into a file that appears only when all of it was checked.

        Args:
            path: The file; replaced where it exists, readable by its owner only.
            progress: Told how many bytes are decrypted.

        Raises:
            TamperedBlob: The blob was changed, truncated, or appended to; no file was made.
            CommitmentMismatch: It is not what the issuer committed to; no file was made.
            StorageFull: There is no room; no file was made.
            StorageUnavailable: The storage, or the file's folder, refuses.
        """
        replace_file(path, self._told(progress))

    def _told(self, progress: Progress) -> Iterator[Chunk]:
        done = 0
        for block in self.blocks():
            done += len(block)
            progress(done)
            yield block

    def __repr__(self) -> str:
        return f"OpenedRecord({self.manifest.record_id}, version {self.manifest.version})"
