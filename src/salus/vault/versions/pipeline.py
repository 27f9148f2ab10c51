"""Encrypting, hashing and storing at the same time, each block read once.

Example:
    >>> from salus_verify.opening import PlaintextCommitment
    >>> from salus.vault.versions.pipeline import store_encrypted
    >>> from salus.vault.storage import MemoryStorage
    >>> stored = store_encrypted(MemoryStorage(), b"48 mmol/mol", key=bytes(32),
    ...     associated_data=b"", commitment=PlaintextCommitment(bytes(32)), padding="none")
    >>> stored.plaintext_size, stored.ciphertext_size
    (11, 67)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from salus.primitives.blocks import Ring, flagged_blocks
from salus.primitives.values import typed
from salus.vault.crypto.cid import ContentIdHasher
from salus.vault.crypto.envelope import seal_stream
from salus.vault.crypto.padding import padded
from salus.vault.crypto.segments import BATCH_PLAINTEXT, BATCH_SIZE, FIRST_BATCH, SegmentCipher
from salus.vault.storage.base import Storage
from salus_verify.opening import PlaintextCommitment
from salus_verify.sources import Chunk, Source

_AHEAD = 8
# A buffer is free again when its block was hashed, at most eight blocks later.
_BUFFERS = _AHEAD + 2


@dataclass(frozen=True, slots=True)
@typed
class Stored:
    """A blob that is durably stored."""

    content_id: str
    plaintext_size: int
    ciphertext_size: int
    created: bool


class BlockWorker:
    """Runs one function over blocks, in order, on a thread beside the caller's.

    A single block is not worth a thread: it runs in the caller's. At most eight blocks wait, which
    bounds the memory.
    """

    def __init__(self, run: Callable[[Chunk], None]) -> None:
        self._run = run
        self._first: Chunk | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()
        self._is_alone = False

    def __call__(self, block: Chunk) -> None:
        """Hand over a block."""
        if self._is_alone:
            self._run(block)
        elif self._thread is not None:
            self._submit(self._thread, block)
        elif self._first is None:
            self._first = block
        else:
            self._thread = ThreadPoolExecutor(max_workers=1)
            self._submit(self._thread, self._first)
            self(block)

    def finish(self) -> None:
        """Wait until every block was taken."""
        if self._thread is None and self._first is not None:
            self._run(self._first)
        self._take_all()

    def _submit(self, thread: ThreadPoolExecutor, block: Chunk) -> None:
        try:
            self._waiting.append(thread.submit(self._run, block))
        except RuntimeError:  # no thread can be had: the interpreter is about to end, say
            self._take_all()
            thread.shutdown(cancel_futures=True)
            self._is_alone = True
            self._run(block)
        if len(self._waiting) > _AHEAD:
            self._waiting.popleft().result()

    def _take_all(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)


def store_encrypted(
    storage: Storage,
    source: Source,
    *,
    key: bytes,
    associated_data: bytes,
    commitment: PlaintextCommitment,
    padding: str,
    salt: bytes | None = None,
) -> Stored:
    """Encrypt a stream into a storage, under the name that its content gives it.

    Raises:
        StorageFull: There is no room; nothing was stored.
        StorageUnavailable: The storage refuses; nothing was stored.
    """
    hasher, size, written = ContentIdHasher(), 0, 0
    clear, sealed = Ring(BATCH_PLAINTEXT, count=_BUFFERS), Ring(BATCH_SIZE, count=_BUFFERS)
    cipher = SegmentCipher.fresh(key, associated_data, salt=salt)
    with BlockWorker(commitment.update) as commit, BlockWorker(hasher.update) as name:

        def observed() -> Iterator[Chunk]:
            nonlocal size
            cut = flagged_blocks(source, first=FIRST_BATCH, size=BATCH_PLAINTEXT, ring=clear)
            for block, _ in cut:
                commit(block)
                size += len(block)
                yield block

        with storage.writer() as writer:
            for block in seal_stream(padded(observed(), padding), cipher, ring=sealed):
                name(block)
                writer.write(block)
                written += len(block)
            commit.finish()
            name.finish()
            content_id = hasher.finish()
            created = writer.commit(f"blobs/{content_id}")
    return Stored(content_id, size, written, created)
