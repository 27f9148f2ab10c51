"""AES-256-GCM streaming encryption in the wire format of Google Tink (AesGcmHkdfStreaming).

The ciphertext is a header of 40 bytes and segments of 64 KiB that are each authenticated together
with their place and with whether they are the last, so that any other Tink reads them and nobody
can change, reorder, repeat, drop or append one. ``docs/vault.md`` gives every byte.

Example:
    >>> from salus.vault.crypto.envelope import decrypt, encrypt
    >>> key, bound_to = bytes(32), b"record 7"
    >>> blob = b"".join(encrypt(b"HbA1c 48 mmol/mol", key=key, associated_data=bound_to))
    >>> b"".join(decrypt(blob, key=key, associated_data=bound_to))
    b'HbA1c 48 mmol/mol'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from salus.primitives.blocks import Ring, flagged_blocks
from salus.primitives.errors import RangeOutOfBounds
from salus.vault.crypto.segments import (
    BATCH_PLAINTEXT,
    BATCH_SEGMENTS,
    BATCH_SIZE,
    FIRST_BATCH,
    HEADER_SIZE,
    SEGMENT_PLAINTEXT,
    SEGMENT_SIZE,
    TAG_SIZE,
    SegmentCipher,
    plaintext_size,
)
from salus.vault.errors import TamperedBlob, TruncatedBlob
from salus_verify.sources import Source


def encrypt(
    source: Source, *, key: bytes, associated_data: bytes, salt: bytes | None = None
) -> Iterator[bytearray]:
    """Encrypt a stream of any length in constant memory.

    Args:
        key: The record's key, 32 random bytes, used for this plaintext only.
        salt: 32 bytes that no ciphertext had before and that look random; drawn here unless given.

    Raises:
        InvalidArgument: The key or the salt has another length.
    """
    yield from seal_stream(source, SegmentCipher.fresh(key, associated_data, salt=salt))


def seal_stream(
    source: Source, cipher: SegmentCipher, *, ring: Ring | None = None
) -> Iterator[bytearray]:
    """Encrypt under a cipher whose header is already chosen.

    Args:
        ring: Buffers of 1 MiB for the ciphertext. What the source yields and what is yielded here
            then holds only until the ring comes round.
    """
    index, header = 0, cipher.header
    steady = ring is not None
    cut = flagged_blocks(source, first=FIRST_BATCH, size=BATCH_PLAINTEXT, steady=steady)
    for block, final in cut:
        out = ring.take() if ring is not None and not final else None
        yield _seal_batch(cipher, index, block, header=header, final=final, out=out)
        index, header = index + BATCH_SEGMENTS, b""


def _seal_batch(
    cipher: SegmentCipher,
    index: int,
    block: memoryview,
    *,
    header: bytes,
    final: bool,
    out: bytearray | None,
) -> bytearray:
    room = SEGMENT_PLAINTEXT - len(header)
    cuts = [0, *range(room, len(block), SEGMENT_PLAINTEXT), len(block)]
    if out is None:
        out = bytearray(len(header) + len(block) + TAG_SIZE * (len(cuts) - 1))
    out[: len(header)] = header
    view, at = memoryview(out), len(header)
    for number, (start, end) in enumerate(pairwise(cuts)):
        into = view[at : at + end - start + TAG_SIZE]
        last = final and end == len(block)
        cipher.seal(index + number, block[start:end], into, last=last)
        at += len(into)
    return out


def decrypt(source: Source, *, key: bytes, associated_data: bytes) -> Iterator[bytearray]:
    """Decrypt a stream of any length in constant memory.

    Every block that is yielded is authentic and in its place; that nothing is missing at the end is
    known only when the iterator ends without an error.

    Args:
        source: The ciphertext: bytes, a binary file object, or an iterable of byte strings.
        key: The record's key, 32 bytes.

    Raises:
        TruncatedBlob: Segments are missing from the end.
        TamperedBlob: A segment was changed, moved, repeated or belongs to another ciphertext, or
            the last one is empty and not the only one: a plaintext has one division into segments.
        AppendedBlob: Something follows the last segment.
    """
    cipher: SegmentCipher | None = None
    index = 0
    for block, final in flagged_blocks(source, first=BATCH_SIZE, size=BATCH_SIZE):
        skip = 0
        if cipher is None:
            cipher = SegmentCipher.from_header(bytes(block[:HEADER_SIZE]), key, associated_data)
            skip = HEADER_SIZE
        yield _open_batch(cipher, index, block, skip=skip, final=final)
        index += BATCH_SEGMENTS


def _open_batch(
    cipher: SegmentCipher, index: int, block: memoryview, *, skip: int, final: bool
) -> bytearray:
    cuts = [skip, *range(SEGMENT_SIZE, len(block), SEGMENT_SIZE), len(block)]
    out = bytearray(sum(max(0, end - start - TAG_SIZE) for start, end in pairwise(cuts)))
    view, at = memoryview(out), 0
    for number, (start, end) in enumerate(pairwise(cuts), start=index):
        if end - start < TAG_SIZE:
            raise TruncatedBlob("it ends inside a segment", segment=number)
        if number and end - start == TAG_SIZE:
            raise TamperedBlob("a segment without content follows a full one", segment=number)
        into = view[at : at + end - start - TAG_SIZE]
        cipher.open(number, block[start:end], into, last=final and end == len(block))
        at += len(into)
    return out


class RangeReader:
    """Random access to a ciphertext: reads and decrypts only the segments that a range touches.

    Args:
        fetch: Returns exactly ``length`` bytes of the ciphertext from ``offset``, in pieces.
        size: The ciphertext's length in bytes, from a source that is trusted (the manifest).
        key: The record's key, 32 bytes.

    Raises:
        TruncatedBlob: No ciphertext has that size, or the header is cut short.
        TamperedBlob: The header is not one of this format.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Iterable[bytes | bytearray]],
        *,
        size: int,
        key: bytes,
        associated_data: bytes,
    ) -> None:
        self.size = plaintext_size(size)
        self._ciphertext_size = size
        self._last_segment = -(-size // SEGMENT_SIZE) - 1
        self._fetch = fetch
        header = b"".join(fetch(0, HEADER_SIZE))
        self._cipher = SegmentCipher.from_header(header, key, associated_data)

    def read_range(self, offset: int, length: int) -> Iterator[memoryview]:
        """Decrypt part of the plaintext.

        Args:
            offset: Where to start, in bytes of plaintext from 0.

        Raises:
            TamperedBlob: A segment in the range is not authentic.
            RangeOutOfBounds: The part does not lie within the plaintext.
        """
        if offset < 0 or length < 0 or offset + length > self.size:
            raise RangeOutOfBounds(offset=offset, length=length, size=self.size)
        end = offset + length
        while offset < end:
            block = self._batch(offset, end)
            yield block
            offset += len(block)

    def _batch(self, offset: int, end: int) -> memoryview:
        first = (offset + HEADER_SIZE) // SEGMENT_PLAINTEXT
        last = min((end - 1 + HEADER_SIZE) // SEGMENT_PLAINTEXT, first + BATCH_SEGMENTS - 1)
        skip = HEADER_SIZE if first == 0 else 0
        start = first * SEGMENT_SIZE
        stop = min((last + 1) * SEGMENT_SIZE, self._ciphertext_size)
        block = b"".join(self._fetch(start, stop - start))
        if len(block) != stop - start:
            raise TruncatedBlob(
                f"{stop - start} bytes were asked for, {len(block)} came", segment=first
            )
        final = last == self._last_segment
        plain = _open_batch(self._cipher, first, memoryview(block), skip=skip, final=final)
        begins = max(0, first * SEGMENT_PLAINTEXT - HEADER_SIZE)
        return memoryview(plain)[offset - begins : end - begins]
