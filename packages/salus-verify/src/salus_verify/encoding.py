"""How bytes stand in documents, and the hash that Ethereum uses.

Example:
    >>> hex0x(b"id"), base64url(b"data"), canonical({"b": 1, "a": 2})
    ('0x6964', 'ZGF0YQ', b'{"a":2,"b":1}')
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import rfc8785

from salus_verify.errors import InputError


def canonical(document: Any) -> bytes:
    """The only bytes of a document that are hashed and signed (RFC 8785).

    Raises:
        InputError: It holds what JSON cannot hold so that every reader reads the same; the value,
            which may be a secret, is not in the message.
    """
    try:
        return rfc8785.dumps(document)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        raise InputError(
            "no document can hold a number beyond 2**53 - 1, text that is not Unicode, or objects"
            " hundreds deep in one another: give another value"
        ) from None


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Read base64url without padding, in the one spelling that its bytes have.

    Raises:
        ValueError: It is not that.
    """
    with suppress(ValueError):
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if base64url(data) == text:
            return data
    raise ValueError("is not base64url without padding")


def hex0x(data: bytes) -> str:
    """``0x`` and lower-case hexadecimal."""
    return "0x" + data.hex()


def octets_of(text: str) -> bytes:
    """The bytes of hexadecimal, with ``0x`` or without; other text is a ValueError."""
    return bytes.fromhex(text.removeprefix("0x"))


def varint(value: int) -> bytes:
    """Unsigned LEB128 in its shortest form."""
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def keccak(data: bytes) -> bytes:
    """keccak256, 32 bytes: SHA-3 as it was before the standard changed its padding."""
    digest: bytes = _hashing()(data).digest()
    return digest


@cache
def _hashing() -> Callable[[bytes], Any]:
    """The same from both: safe-pysha3 where it is installed, in a fifth of the other's time."""
    try:
        from sha3 import keccak_256
    except ImportError:
        from Crypto.Hash import keccak as hashes

        return lambda data: hashes.new(digest_bits=256, data=data)
    found: Callable[[bytes], Any] = keccak_256
    return found
