"""Documents name identities in one form; `salus_verify.encoding` has their bytes.

Example:
    >>> identity("0x" + "AB" * 20)[:6]
    '0xabab'
"""

from __future__ import annotations

import re

from salus.primitives.errors import InvalidArgument
from salus_verify.encoding import base64url, canonical, hex0x

__all__ = ["base64url", "canonical", "hex0x", "identity"]

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def identity(address: str) -> str:
    """Bring an identity to the one form that documents use.

    Args:
        address: A 0x-prefixed address of 20 bytes, checksummed or not.

    Raises:
        InvalidArgument: It is not an address.
    """
    lowered = address.lower()
    if not _ADDRESS.fullmatch(lowered):
        raise InvalidArgument("identity", "an address: 0x and 40 hexadecimal digits")
    return lowered
