r"""How values stand in consent documents: lower-case hex, safe integers, every member once.

Example:
    >>> octets("0a0b"), integer(7)
    (b'\n\x0b', 7)
"""

from __future__ import annotations

from typing import Any

from salus.errors import InputError
from salus_verify import json as nesting

LONGEST = 1 << 18
"""The most bytes that a document may have."""


def load(document: str | bytes, *, what: str) -> Any:
    """Parse a document strictly.

    Args:
        document: JSON.
        what: What it should be, for messages.

    Returns:
        Its value.

    Raises:
        InputError: It is too long, no JSON, or names a member twice.
    """
    if len(document) > LONGEST:
        raise InputError(f"not {what}: it is longer than {LONGEST} bytes")
    try:
        return nesting.load(document, object_pairs_hook=_without_duplicates)
    except ValueError as error:
        raise InputError(f"not {what}: it is not JSON: {error}") from None


def octets(value: object) -> bytes:
    """Read bytes.

    Args:
        value: Lower-case hex without 0x.

    Returns:
        The bytes.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str) or value != value.lower() or not value.isalnum():
        raise ValueError("a value is not lower-case hex")
    return bytes.fromhex(value)


def digest(value: object) -> bytes:
    """Read a digest.

    Args:
        value: 64 hexadecimal digits.

    Returns:
        32 bytes.

    Raises:
        ValueError: It is something else.
    """
    raw = octets(value)
    if len(raw) != 32:
        raise ValueError(f"a digest has {len(raw)} bytes, not 32")
    return raw


def integer(value: object) -> int:
    """Read a number that every JSON reader reads alike.

    Args:
        value: The number.

    Returns:
        It, from 0 to 2**53 - 1.

    Raises:
        ValueError: It is something else.
    """
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("a number is not an integer from 0 to 2**53 - 1")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members
