"""Encrypting, hashing and storing beside each other: buffers come round, nothing gets mixed up."""

from __future__ import annotations

import io
import os
import time

import pytest

from salus.primitives.errors import InvalidArgument
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.envelope import decrypt
from salus.vault.crypto.segments import BATCH_PLAINTEXT, FIRST_BATCH
from salus.vault.storage import MemoryStorage
from salus.vault.versions.pipeline import BlockWorker, Stored, store_encrypted
from salus_verify.opening import PlaintextCommitment, commit_plaintext
from salus_verify.sources import Chunk, Source

KEY, SALT = bytes(range(32)), bytes(32)
ROUND = FIRST_BATCH + 13 * BATCH_PLAINTEXT


class Short(io.RawIOBase):
    """A file that gives a little at a time, as a socket does."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._content[: min(len(buffer), 70_001)]
        buffer[: len(piece)] = piece
        self._content = self._content[len(piece) :]
        return len(piece)


class Slow(PlaintextCommitment):
    """Falls behind whoever encrypts."""

    def update(self, piece: Chunk) -> None:
        time.sleep(0.01)
        super().update(piece)


def store(source: Source, commitment: PlaintextCommitment) -> tuple[Stored, bytes]:
    storage = MemoryStorage("pipeline")
    stored = store_encrypted(
        storage, source, key=KEY, associated_data=b"", commitment=commitment, padding="none"
    )
    return stored, storage.blobs[f"blobs/{stored.content_id}"]


@pytest.mark.parametrize("size", [0, 1, FIRST_BATCH, FIRST_BATCH + 1, ROUND - 1, ROUND, ROUND + 1])
@pytest.mark.parametrize("kind", ["file", "short file", "memory that may change", "pieces"])
def test_the_same_bytes_come_out_however_they_came_in(size: int, kind: str) -> None:
    content = os.urandom(size)
    source: Source = {
        "file": io.BytesIO(content),
        "short file": Short(content),
        "memory that may change": bytearray(content),
        "pieces": (bytearray(content[at : at + 999_983]) for at in range(0, size, 999_983)),
    }[kind]
    commitment = PlaintextCommitment(SALT)

    stored, blob = store(source, commitment)

    assert b"".join(decrypt(blob, key=KEY, associated_data=b"")) == content
    assert stored.content_id == content_id(blob)
    assert commitment.digest() == commit_plaintext(SALT, content)
    assert (stored.plaintext_size, stored.ciphertext_size) == (size, len(blob))


def test_no_buffer_is_used_again_before_its_block_was_hashed() -> None:
    content = os.urandom(ROUND + 5 * BATCH_PLAINTEXT)
    commitment = Slow(SALT)
    store(io.BytesIO(content), commitment)
    assert commitment.digest() == commit_plaintext(SALT, content)


def test_what_is_handed_over_waits_in_bounds() -> None:
    waiting, most = 0, 0

    def run(_: Chunk) -> None:
        nonlocal waiting
        time.sleep(0.002)
        waiting -= 1

    with BlockWorker(run) as beside:
        for _ in range(40):
            waiting += 1
            most = max(most, waiting)
            beside(b"block")
        beside.finish()
    assert waiting == 0
    assert most <= 10


def test_a_file_with_nothing_yet_is_not_taken_for_a_short_one() -> None:
    class Idle(io.RawIOBase):
        def readinto(self, _: memoryview) -> None:  # type: ignore[override]
            return None

    with pytest.raises(InvalidArgument, match="blocking"):
        store(Idle(), PlaintextCommitment(SALT))
