"""Reading a range: its bytes, its segments, and no memory."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.envelopes import AD, FIRST_PLAINTEXT, KEY, NOISE, sealed, segments, sizes

from salus.primitives.errors import RangeOutOfBounds
from salus.vault.crypto.envelope import RangeReader, decrypt, encrypt
from salus.vault.crypto.segments import (
    SEGMENT_SIZE,
)
from salus.vault.errors import TruncatedBlob


class _Counting:
    """A blob in memory that remembers what was read of it."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.reads = blob, 0

    def fetch(self, offset: int, length: int) -> list[bytes]:
        self.reads += length
        return [self.blob[offset : offset + length]]


def reader(blob: bytes) -> RangeReader:
    source = _Counting(blob)
    return RangeReader(source.fetch, size=len(blob), key=KEY, associated_data=AD)


@settings(max_examples=80, deadline=None)
@given(size=sizes, data=st.data())
def test_any_range_equals_the_slice_of_the_plaintext(size: int, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, size))
    length = data.draw(st.integers(0, size - offset))

    got = b"".join(reader(sealed(NOISE[:size])).read_range(offset, length))

    assert got == NOISE[offset : offset + length]


def test_reads_a_range_across_batches() -> None:
    assert b"".join(reader(sealed(NOISE)).read_range(5, len(NOISE) - 9)) == NOISE[5:-4]


def test_reads_only_the_segments_that_a_range_touches() -> None:
    source = _Counting(sealed(NOISE))
    ranged = RangeReader(source.fetch, size=len(source.blob), key=KEY, associated_data=AD)
    source.reads = 0

    assert b"".join(ranged.read_range(FIRST_PLAINTEXT - 1, 2)) == NOISE[FIRST_PLAINTEXT - 1 :][:2]

    assert source.reads == 2 * SEGMENT_SIZE


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, -1), (0, 101), (101, 0), (100, 1)])
def test_refuses_a_range_outside(offset: int, length: int) -> None:
    with pytest.raises(RangeOutOfBounds):
        list(reader(sealed(NOISE[:100])).read_range(offset, length))


def test_a_range_of_a_cut_blob_is_refused(blob: bytes) -> None:
    source = _Counting(blob[:-1])
    ranged = RangeReader(source.fetch, size=len(blob), key=KEY, associated_data=AD)
    with pytest.raises(TruncatedBlob, match="came"):
        list(ranged.read_range(ranged.size - 1, 1))


def test_a_range_that_reaches_a_false_end_is_refused(blob: bytes) -> None:
    cut = b"".join(segments(blob)[:2])
    ranged = reader(cut)
    assert b"".join(ranged.read_range(0, 10)) == NOISE[:10]
    with pytest.raises(TruncatedBlob):
        list(ranged.read_range(FIRST_PLAINTEXT, 10))


def test_memory_does_not_grow_with_the_plaintext() -> None:
    import tracemalloc

    def peak(mebibytes: int) -> int:
        source = (NOISE[: 1 << 20] for _ in range(mebibytes))
        tracemalloc.start()
        for _ in decrypt(encrypt(source, key=KEY, associated_data=AD), key=KEY, associated_data=AD):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(64) < peak(8) + (1 << 20)
