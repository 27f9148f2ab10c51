"""Signing a digest with a key: in C where coincurve is installed, else in Python; the same bytes.

Example:
    >>> recovery_bit, r, s = signing(bytes([7]) * 32)(b"d" * 32)
    >>> recovery_bit in (0, 1), s < 2**255
    (True, True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Signing: TypeAlias = Callable[[bytes], tuple[int, int, int]]
"""From a digest to the recovery bit, r and s; s is the low one of the two."""


def signing(secret: bytes) -> Signing:
    """Prepare a key for many signatures."""
    try:
        from coincurve import PrivateKey
    except ImportError:
        return _in_python(secret)
    key = PrivateKey(secret)

    def sign(digest: bytes) -> tuple[int, int, int]:
        made = key.sign_recoverable(digest, hasher=None)
        return made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")

    return sign


def _in_python(secret: bytes) -> Signing:
    from eth_keys.datatypes import PrivateKey

    key = PrivateKey(secret)

    def sign(digest: bytes) -> tuple[int, int, int]:
        return key.sign_msg_hash(digest).vrs

    return sign
