"""The envelope: exactly Tink's bytes, and nothing but what was encrypted ever comes out."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.envelopes import (
    AD,
    BATCH,
    BORDERS,
    FIRST_PLAINTEXT,
    KEY,
    NOISE,
    sealed,
    segments,
    sizes,
)

from salus.primitives.errors import InvalidArgument
from salus.vault.crypto.envelope import RangeReader, decrypt, encrypt, seal_stream
from salus.vault.crypto.segments import (
    BATCH_SIZE,
    HEADER_SIZE,
    SEGMENT_PLAINTEXT,
    SEGMENT_SIZE,
    TAG_SIZE,
    SegmentCipher,
    ciphertext_size,
    plaintext_size,
)
from salus.vault.errors import AppendedBlob, TamperedBlob, TruncatedBlob

VECTOR_FILE = Path(__file__).parents[3] / "vectors" / "vault" / "tink.json"


DOCUMENT = json.loads(VECTOR_FILE.read_text())
VECTORS = DOCUMENT["vectors"]


def opened(blob: bytes, key: bytes = KEY, ad: bytes = AD) -> bytes:
    return b"".join(decrypt(blob, key=key, associated_data=ad))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["plaintextSize"])
def test_reproduces_the_bytes_that_tink_makes(vector: dict[str, object]) -> None:
    header = bytes.fromhex(str(vector["header"]))
    size = int(str(vector["plaintextSize"]))
    cipher = SegmentCipher.from_header(
        header,
        hashlib.sha256(b"salus tink vector key").digest(),
        str(vector["associatedData"]).encode(),
    )
    plaintext = hashlib.shake_256(b"salus tink vector").digest(size)

    blob = b"".join(seal_stream(plaintext, cipher))

    assert len(blob) == vector["ciphertextSize"] == ciphertext_size(size)
    assert hashlib.sha256(blob).hexdigest() == vector["ciphertextSha256"]


def ended_in_an_empty_segment(full: bytes, cipher: SegmentCipher) -> bytes:
    """What another writer may make of a plaintext that fills its segments."""
    whole = bytes(b"".join(seal_stream(full + b"!", cipher)))[: -TAG_SIZE - 1]
    tag = bytearray(TAG_SIZE)
    cipher.seal(len(segments(whole)), memoryview(b""), memoryview(tag), last=True)
    return whole + tag


@pytest.mark.parametrize("vector", DOCUMENT["refused"], ids=lambda v: v["plaintextSize"])
def test_an_empty_segment_after_a_full_one_is_refused_by_both_readers(
    vector: dict[str, Any],
) -> None:
    key, bound_to = hashlib.sha256(b"salus tink vector key").digest(), vector["associatedData"]
    cipher = SegmentCipher.from_header(bytes.fromhex(vector["header"]), key, bound_to.encode())
    plaintext = hashlib.shake_256(b"salus tink vector").digest(vector["plaintextSize"])
    blob = ended_in_an_empty_segment(plaintext, cipher)

    assert len(blob) == vector["ciphertextSize"]
    assert hashlib.sha256(blob).hexdigest() == vector["ciphertextSha256"]
    with pytest.raises(TamperedBlob, match="without content"):
        opened(blob, key, bound_to.encode())
    with pytest.raises(TruncatedBlob, match="no blob is"):
        RangeReader(
            lambda at, length: [blob[at : at + length]],
            size=len(blob),
            key=key,
            associated_data=bound_to.encode(),
        )


class _StaysOpen(io.BytesIO):
    def close(self) -> None:
        """Keep the bytes: Tink closes what it wrote to."""


def _tink_primitive() -> object:
    tink = pytest.importorskip("tink", reason="Tink is not installed; its vectors still run")
    from tink import secret_key_access, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    streaming_aead.register()
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT_SIZE, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=KEY, params=params)
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add()
    entry.key_id, entry.status, entry.output_prefix_type = 1, tink_pb2.ENABLED, tink_pb2.RAW
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    entry.key_data.value = key.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


@pytest.mark.parametrize("size", [0, 1, *[b + d for b in BORDERS[1:4] for d in (-1, 0, 1)], 10**6])
def test_opens_with_tink_and_opens_what_tink_sealed(size: int) -> None:
    tink = _tink_primitive()
    plaintext = NOISE[:size]

    with tink.new_decrypting_stream(io.BytesIO(sealed(plaintext)), AD) as stream:  # type: ignore[attr-defined]
        assert stream.read() == plaintext

    sink = _StaysOpen()
    with tink.new_encrypting_stream(sink, AD) as stream:  # type: ignore[attr-defined]
        stream.write(plaintext)
    assert opened(sink.getvalue()) == plaintext


@settings(max_examples=60, deadline=None)
@given(size=sizes)
def test_returns_what_was_encrypted_at_every_size(size: int) -> None:
    blob = sealed(NOISE[:size])

    assert len(blob) == ciphertext_size(size)
    assert plaintext_size(len(blob)) == size
    assert opened(blob) == NOISE[:size]


@given(size=st.integers(0, 1 << 45))
def test_sizes_convert_both_ways(size: int) -> None:
    assert plaintext_size(ciphertext_size(size)) == size


@given(size=st.integers(0, HEADER_SIZE + TAG_SIZE - 1))
def test_refuses_a_size_that_no_ciphertext_has(size: int) -> None:
    with pytest.raises(TruncatedBlob):
        plaintext_size(size)


class _Trickle(io.RawIOBase):
    """A file that returns fewer bytes than asked for, as sockets do."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 5000))


def _pieces(content: bytes) -> Iterator[bytearray]:
    buffer = bytearray(7001)
    for at in range(0, len(content), 7001):
        piece = content[at : at + 7001]
        buffer[: len(piece)] = piece
        yield buffer if len(piece) == 7001 else bytearray(piece)


@pytest.mark.parametrize("size", [0, 1, 70_000, BATCH + 5])
@pytest.mark.parametrize("make", [bytes, io.BytesIO, _Trickle, _pieces], ids=lambda m: m.__name__)
def test_reads_memory_files_short_readers_and_generators(make: type, size: int) -> None:
    plaintext = NOISE[:size]

    blob = b"".join(encrypt(make(plaintext), key=KEY, associated_data=AD))

    assert b"".join(decrypt(make(blob), key=KEY, associated_data=AD)) == plaintext


def test_encrypts_in_blocks_of_exactly_one_mebibyte() -> None:
    blocks = list(encrypt(NOISE, key=KEY, associated_data=AD))

    assert [len(block) for block in blocks[:-1]] == [BATCH_SIZE] * 3
    assert BATCH_SIZE == 1 << 20


def test_never_makes_the_same_ciphertext_twice() -> None:
    assert sealed(b"same") != sealed(b"same")


def test_refuses_another_key_and_another_context(blob: bytes) -> None:
    with pytest.raises(TamperedBlob):
        opened(blob, key=bytes(32))
    with pytest.raises(TamperedBlob):
        opened(blob, ad=b"bound to that")


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_refuses_any_changed_bit(blob: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(blob) - 1))
    changed = bytearray(blob)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(TamperedBlob):
        opened(bytes(changed))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_refuses_any_truncation(blob: bytes, data: st.DataObject) -> None:
    with pytest.raises(TamperedBlob):
        opened(blob[: data.draw(st.integers(0, len(blob) - 1))])


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
def test_names_a_truncation_at_a_segment_border(blob: bytes, keep: int) -> None:
    with pytest.raises(TruncatedBlob, match="missing from its end"):
        opened(b"".join(segments(blob)[:keep]))


@pytest.mark.parametrize("size", [0, 1, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + TAG_SIZE - 1])
def test_names_a_blob_that_ends_in_its_header_or_first_tag(blob: bytes, size: int) -> None:
    with pytest.raises(TruncatedBlob):
        opened(blob[:size])


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_refuses_segments_in_any_other_order(blob: bytes, data: st.DataObject) -> None:
    original = segments(blob)
    shuffled = data.draw(st.permutations(original).filter(lambda order: order != original))
    with pytest.raises(TamperedBlob):
        opened(b"".join(shuffled))


@pytest.mark.parametrize("twice", range(5))
def test_refuses_a_duplicated_segment(blob: bytes, twice: int) -> None:
    parts = segments(blob)
    with pytest.raises(TamperedBlob):
        opened(b"".join([*parts[: twice + 1], *parts[twice:]]))


@pytest.mark.parametrize("gone", range(5))
def test_refuses_a_missing_segment(blob: bytes, gone: int) -> None:
    parts = segments(blob)
    with pytest.raises(TamperedBlob):
        opened(b"".join([*parts[:gone], *parts[gone + 1 :]]))


@pytest.mark.parametrize("place", range(5))
def test_refuses_a_segment_swapped_in_from_the_same_record_encrypted_again(
    blob: bytes, place: int
) -> None:
    parts = segments(blob)
    other = segments(sealed(NOISE[: FIRST_PLAINTEXT + 3 * SEGMENT_PLAINTEXT + 100]))
    with pytest.raises(TamperedBlob):
        opened(b"".join([*parts[:place], other[place], *parts[place + 1 :]]))


@pytest.mark.parametrize("size", [FIRST_PLAINTEXT, FIRST_PLAINTEXT + SEGMENT_PLAINTEXT])
@pytest.mark.parametrize("more", [1, TAG_SIZE, SEGMENT_SIZE])
def test_names_what_is_appended_after_a_full_last_segment(size: int, more: int) -> None:
    with pytest.raises(AppendedBlob):
        opened(sealed(NOISE[:size]) + NOISE[:more])


def test_refuses_what_is_appended_after_a_short_last_segment(blob: bytes) -> None:
    with pytest.raises(TamperedBlob):
        opened(blob + b"\x00")


def test_refuses_a_damaged_header(blob: bytes) -> None:
    with pytest.raises(TamperedBlob, match="header"):
        opened(b"\x18" + blob[1:])


def test_yields_nothing_of_a_changed_first_megabyte(blob: bytes) -> None:
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    stream = decrypt(changed, key=KEY, associated_data=AD)
    with pytest.raises(TamperedBlob) as caught:
        next(stream)
    assert caught.value.segment == 4


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_refuses_a_key_of_another_length(key: bytes) -> None:
    with pytest.raises(InvalidArgument, match="32 bytes"):
        sealed(b"x", key=key)


def test_stops_at_the_segment_counter_limit_of_the_format() -> None:
    cipher = SegmentCipher(KEY, AD, salt=bytes(32), prefix=bytes(7))
    room = memoryview(bytearray(17))
    cipher.seal((1 << 32) - 1, memoryview(b"x"), room, last=True)
    with pytest.raises(InvalidArgument, match="256 TiB"):
        cipher.seal(1 << 32, memoryview(b"x"), room, last=True)
