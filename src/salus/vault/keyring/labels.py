"""What a sealed value of the key store is bound to, so that it opens in no other row.

Example:
    >>> row_name(b"compartment", b"id") == b"compartment" + bytes(1) + b"id"
    True
"""

from __future__ import annotations


def row_name(*parts: bytes) -> bytes:
    """Name a row by its table or column and its key: associated data for the store's cipher."""
    return b"\x00".join(parts)
