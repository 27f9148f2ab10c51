"""Reading a record that one has the key of; nothing is read before something is asked for."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from salus.errors import InputError, SalusError
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument, RangeOutOfBounds, StorageUnavailable
from salus.primitives.files import replace_file
from salus.vault.crypto.commitments import check_key
from salus.vault.crypto.envelope import RangeReader, decrypt
from salus.vault.crypto.padding import unpadded
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import AppendedBlob, CommitmentMismatch, TamperedBlob, TruncatedBlob
from salus.vault.storage.base import Storage
from salus.vault.storage.copies import find_copy
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions.pipeline import BlockWorker
from salus_verify.opening import Opening, PlaintextCommitment
from salus_verify.sources import Chunk

READ_WHOLE = 256 << 20
"""The most that :meth:`OpenedRecord.read` holds in memory, in bytes."""

BytesDone = Callable[[int], None]
"""Told how many bytes are done."""
_Got = TypeVar("_Got")
_WRONG = (TamperedBlob, MissingBlob, StorageUnavailable)
"""What is wrong with one copy, and need not be with another."""


class OpenedRecord:
    """One version of a record: its bytes come decrypted and checked.

    A copy that turns out to be wrong is passed by like one that is missing, and named.

    Args:
        manifest: What it must be.
        key: What opens it.
        places: Where its blob may be, in the order in which to ask.

    Raises:
        WrongKey: The key is not the one that the manifest commits to.
        TruncatedBlob: The stored blob is shorter than the manifest says.
        AppendedBlob: It is longer.
        MissingBlob: No place has it.
    """

    @typed_arguments
    def __init__(self, manifest: Manifest, key: RecordKey, places: Sequence[Storage]) -> None:
        check_key(key.key, manifest.blob.key_commitment)
        self.manifest = manifest
        self._key = key
        first = find_copy(places, manifest.blob.name, size=manifest.blob.ciphertext_size)
        self._places = [first, *(each for each in places if each is not first)]
        self._passed_by: dict[str, None] = {}
        stored = first.size(manifest.blob.name)
        sizes = f"it has {stored} bytes, its manifest says {manifest.blob.ciphertext_size}"
        if stored < manifest.blob.ciphertext_size:
            raise TruncatedBlob(sizes)
        if stored > manifest.blob.ciphertext_size:
            raise AppendedBlob(sizes)

    @property
    def passed_by(self) -> tuple[str, ...]:
        """URLs of places whose copy was wrong, missing, or out of reach, as far as was read."""
        return tuple(self._passed_by)

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
        return self._blocks(tuple(self._places))

    def _blocks(self, places: Sequence[Storage]) -> Iterator[Chunk]:
        commitment = PlaintextCommitment(self._key.salt)
        with BlockWorker(commitment.update) as commit:
            for block in self._authentic(places):
                kept = bytes(block)
                commit(kept)
                yield kept
            commit.finish()
        if not hmac.compare_digest(commitment.digest(), self.manifest.commitment):
            raise CommitmentMismatch("the record")

    def _authentic(self, places: Sequence[Storage]) -> Iterator[Chunk]:
        """What is authentic under the key; where one copy is wrong the next goes on from there."""
        done = 0
        problem: SalusError | None = None
        for place in places:
            try:
                for block in _after(done, self._clear(place)):
                    done += len(block)
                    yield block
            except _WRONG as error:
                problem = problem or self._pass_by(place, error)
            else:
                return
        raise problem or MissingBlob(self.manifest.blob.name, places=())

    def _clear(self, place: Storage) -> Iterator[Chunk]:
        blob = place.get(self.manifest.blob.name)
        clear = decrypt(blob, key=self._key.key, associated_data=self.manifest.associated_data)
        return unpadded(clear, self.manifest.plaintext_size)

    def _pass_by(self, place: Storage, problem: SalusError) -> SalusError:
        """Ask a place last from now on; who gave what is wrong stands in the error."""
        self._passed_by[place.url] = None
        self._places = [*(each for each in self._places if each is not place), place]
        if place.url not in str(problem):
            problem.args = (f"{problem} ({place.url})",)
        return problem

    def _whole(self, act: Callable[[Iterator[Chunk]], _Got]) -> _Got:
        """Whoever holds the key can make a wrong copy that is authentic: then another, whole."""
        places = tuple(self._places)
        problem: SalusError | None = None
        for at, place in enumerate(places):
            try:
                return act(self._blocks(places[at:]))
            except CommitmentMismatch as error:
                problem = problem or self._pass_by(place, error)
        raise problem or MissingBlob(self.manifest.blob.name, places=())

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
        return self._whole(b"".join)

    @typed_arguments
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
        problem: SalusError | None = None
        for place in tuple(self._places):
            try:
                return b"".join(self._ranges(place).read_range(offset, length))
            except _WRONG as error:
                problem = problem or self._pass_by(place, error)
        raise problem or MissingBlob(self.manifest.blob.name, places=())

    def _ranges(self, place: Storage) -> RangeReader:
        name = self.manifest.blob.name
        return RangeReader(
            lambda start, count: place.get(name, offset=start, length=count),
            size=self.manifest.blob.ciphertext_size,
            key=self._key.key,
            associated_data=self.manifest.associated_data,
        )

    @typed_arguments
    def save_to(
        self, path: Path, *, overwrite: bool = False, progress: BytesDone = lambda done: None
    ) -> None:
        """Decrypt into a file that appears only when all of it was checked.

        Args:
            path: The file, readable by its owner only.
            overwrite: Whether to replace one that exists.
            progress: Told how many bytes are decrypted.

        Raises:
            InputError: The file exists; nothing was written.
            TamperedBlob: The blob was changed, truncated, or appended to; no file was made.
            CommitmentMismatch: It is not what the issuer committed to; no file was made.
            StorageFull: There is no room; no file was made.
            StorageUnavailable: The storage, or the file's folder, refuses.
        """
        if not overwrite and os.path.lexists(path):
            raise InputError(f"{path} exists: give another name, or `overwrite=True`")
        self._whole(lambda blocks: replace_file(path, _told(blocks, progress)))

    def __repr__(self) -> str:
        return f"OpenedRecord({self.manifest.record_id}, version {self.manifest.version})"


def _told(blocks: Iterable[Chunk], progress: BytesDone) -> Iterator[Chunk]:
    done = 0
    for block in blocks:
        done += len(block)
        progress(done)
        yield block


def _after(done: int, blocks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Leave out as many bytes as came from elsewhere."""
    for block in blocks:
        if done < len(block):
            yield memoryview(block)[done:]
        done = max(0, done - len(block))
