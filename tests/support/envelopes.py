"""Content sealed and opened under one key."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from salus.vault.crypto.envelope import encrypt
from salus.vault.crypto.segments import (
    HEADER_SIZE,
    SEGMENT_PLAINTEXT,
    SEGMENT_SIZE,
)

FIRST_PLAINTEXT = SEGMENT_PLAINTEXT - HEADER_SIZE
"""Bytes in the first segment, which holds the header too."""

KEY = hashlib.sha256(b"key").digest()


AD = b"bound to this"


BATCH = 16 * SEGMENT_PLAINTEXT


NOISE = hashlib.shake_256(b"noise").digest(3 * BATCH)


BORDERS = [
    0,
    FIRST_PLAINTEXT,
    FIRST_PLAINTEXT + SEGMENT_PLAINTEXT,
    FIRST_PLAINTEXT + 2 * SEGMENT_PLAINTEXT,
    BATCH - HEADER_SIZE,
    2 * BATCH - HEADER_SIZE,
]


sizes = st.one_of(
    st.builds(
        lambda border, step: max(0, border + step), st.sampled_from(BORDERS), st.integers(-2, 2)
    ),
    st.integers(0, 3 * SEGMENT_PLAINTEXT),
)


def sealed(plaintext: bytes, key: bytes = KEY, ad: bytes = AD) -> bytes:
    return b"".join(encrypt(plaintext, key=key, associated_data=ad))


def segments(blob: bytes) -> list[bytes]:
    return [blob[at : at + SEGMENT_SIZE] for at in range(0, len(blob), SEGMENT_SIZE)]
