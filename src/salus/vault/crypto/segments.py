"""The segments of a ciphertext: their sizes, and the cipher that seals and opens each in its place.

Example:
    >>> from salus.vault.crypto.segments import ciphertext_size, plaintext_size
    >>> ciphertext_size(11), plaintext_size(67)
    (67, 11)
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from salus.primitives.errors import InvalidArgument
from salus.vault.errors import AppendedBlob, TamperedBlob, TruncatedBlob

KEY_SIZE = 32
SALT_SIZE = 32
PREFIX_SIZE = 7
TAG_SIZE = 16
HEADER_SIZE = 1 + SALT_SIZE + PREFIX_SIZE
SEGMENT_SIZE = 65536
SEGMENT_PLAINTEXT = SEGMENT_SIZE - TAG_SIZE
MAX_SEGMENTS = 1 << 32

# Sixteen segments make one MiB, which is also one leaf of the content id.
BATCH_SEGMENTS = 16
BATCH_SIZE = BATCH_SEGMENTS * SEGMENT_SIZE
BATCH_PLAINTEXT = BATCH_SEGMENTS * SEGMENT_PLAINTEXT
FIRST_BATCH = BATCH_PLAINTEXT - HEADER_SIZE


class SegmentCipher:
    """The key of one ciphertext, derived from the record's key, a salt and the associated data."""

    def __init__(self, key: bytes, associated_data: bytes, *, salt: bytes, prefix: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise InvalidArgument("key", f"{KEY_SIZE} bytes")
        derive = HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=associated_data)
        self._gcm = AESGCM(derive.derive(key))
        self._prefix = prefix
        self.header = bytes([HEADER_SIZE]) + salt + prefix

    @classmethod
    def fresh(
        cls, key: bytes, associated_data: bytes, *, salt: bytes | None = None
    ) -> SegmentCipher:
        """Start a new ciphertext.

        Args:
            key: The record's key, 32 bytes.
            salt: 32 bytes that no ciphertext had before and that look random; drawn unless given.

        Raises:
            InvalidArgument: The key or the salt has another length.
        """
        chosen = os.urandom(SALT_SIZE) if salt is None else salt
        if len(chosen) != SALT_SIZE:
            raise InvalidArgument("salt", f"{SALT_SIZE} bytes")
        return cls(key, associated_data, salt=chosen, prefix=os.urandom(PREFIX_SIZE))

    @classmethod
    def from_header(cls, header: bytes, key: bytes, associated_data: bytes) -> SegmentCipher:
        """Rebuild the cipher of a ciphertext.

        Args:
            header: Its first 40 bytes.
            key: The record's key, 32 bytes.

        Raises:
            TruncatedBlob: The header is cut short.
            TamperedBlob: It is not a header of this format.
        """
        if len(header) < HEADER_SIZE:
            raise TruncatedBlob("it ends inside its header")
        if header[0] != HEADER_SIZE:
            raise TamperedBlob(f"its header says {header[0]} bytes instead of {HEADER_SIZE}")
        salt, prefix = header[1 : 1 + SALT_SIZE], header[1 + SALT_SIZE : HEADER_SIZE]
        return cls(key, associated_data, salt=bytes(salt), prefix=bytes(prefix))

    def seal(self, index: int, plaintext: memoryview, into: memoryview, *, last: bool) -> None:
        """Encrypt one segment in place.

        Args:
            index: The segment's number, from 0.
            into: Where its ciphertext goes, 16 bytes longer.

        Raises:
            InvalidArgument: The plaintext needs more than 2**32 segments.
        """
        if index >= MAX_SEGMENTS:
            raise InvalidArgument("plaintext", "at most 256 TiB, the limit of the format")
        self._gcm.encrypt_into(self._nonce(index, last), plaintext, None, into)

    def open(self, index: int, ciphertext: memoryview, into: memoryview, *, last: bool) -> None:
        """Decrypt one segment in place.

        Args:
            index: The segment's number, from 0.
            into: Where its plaintext goes, 16 bytes shorter.

        Raises:
            TruncatedBlob: It is intact, but more segments must follow.
            TamperedBlob: It is not the segment that belongs here.
            AppendedBlob: It is intact and the last, but something follows.
        """
        try:
            self._gcm.decrypt_into(self._nonce(index, last), ciphertext, None, into)
        except InvalidTag:
            raise self._diagnose(index, ciphertext, last=last) from None

    def _nonce(self, index: int, last: bool) -> bytes:
        return self._prefix + index.to_bytes(4, "big") + (b"\x01" if last else b"\x00")

    def _diagnose(self, index: int, ciphertext: memoryview, *, last: bool) -> TamperedBlob:
        try:
            self._gcm.decrypt(self._nonce(index, not last), ciphertext, None)
        except InvalidTag:
            return TamperedBlob("a segment does not belong in its place", segment=index)
        if last:
            return TruncatedBlob("segments are missing from its end", segment=index)
        return AppendedBlob("something follows its last segment", segment=index)


def ciphertext_size(plaintext_size: int) -> int:
    """How long the ciphertext of a plaintext is.

    Args:
        plaintext_size: In bytes.
    """
    segments = max(1, -(-(plaintext_size + HEADER_SIZE) // SEGMENT_PLAINTEXT))
    return HEADER_SIZE + plaintext_size + segments * TAG_SIZE


def plaintext_size(ciphertext_bytes: int) -> int:
    """How long the plaintext of a ciphertext is.

    Args:
        ciphertext_bytes: The ciphertext's length in bytes.

    Raises:
        TruncatedBlob: No ciphertext of this format has that length.
    """
    segments = max(1, -(-ciphertext_bytes // SEGMENT_SIZE))
    size = ciphertext_bytes - HEADER_SIZE - segments * TAG_SIZE
    if size < 0 or ciphertext_size(size) != ciphertext_bytes:
        raise TruncatedBlob(f"no blob is {ciphertext_bytes} bytes long")
    return size
