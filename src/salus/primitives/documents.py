"""Versioned JSON documents have one canonical form (RFC 8785), and one way to write bytes in it.

Example:
    >>> from salus.primitives.documents import base64url, canonical, hex0x
    >>> canonical({"type": "example/v1", "id": hex0x(b"id"), "data": base64url(b"data")})
    b'{"data":"ZGF0YQ","id":"0x6964","type":"example/v1"}'
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

from salus.primitives.errors import InvalidArgument

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def canonical(document: Mapping[str, Any]) -> bytes:
    """Serialise a document as RFC 8785 demands.

    Args:
        document: Names and JSON values.

    Returns:
        Its only canonical bytes.
    """
    return rfc8785.dumps(dict(document))


def base64url(data: bytes) -> str:
    """Encode bytes for a document.

    Args:
        data: Any bytes.

    Returns:
        Base64url without padding (RFC 4648, section 5).
    """
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def hex0x(data: bytes) -> str:
    """Encode a digest or an id for a document.

    Args:
        data: Any bytes.

    Returns:
        ``0x`` and lower-case hexadecimal.
    """
    return "0x" + data.hex()


def identity(address: str) -> str:
    """Bring an identity to the one form that documents use.

    Args:
        address: A 0x-prefixed address of 20 bytes, checksummed or not.

    Returns:
        The address in lower case.

    Raises:
        InvalidArgument: It is not an address.
    """
    lowered = address.lower()
    if not _ADDRESS.fullmatch(lowered):
        raise InvalidArgument("identity", "an address: 0x and 40 hexadecimal digits")
    return lowered
