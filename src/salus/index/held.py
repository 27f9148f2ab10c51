"""What a file says of itself is held against what an index can say: it may be anybody's work.

SQLite runs what stands in a file's own tables, and takes any value in any column.

Example:
    >>> require_place("memory:", (5, 4, b"", 4))
"""

from __future__ import annotations

import re
from typing import Any

from salus.index.errors import IndexUnreadable

_ADDRESSES = re.compile(r"(0x[0-9a-f]{40}( |$))*")
_MOST = 1 << 38
"""Numbers of blocks: a place in rows has room for them."""


def require_origin(url: str, row: tuple[Any, ...]) -> None:
    """Refuse what cannot name a chain and contracts.

    Raises:
        IndexUnreadable: It does not.
    """
    chain, genesis, addresses = row
    named = type(addresses) is str and _ADDRESSES.fullmatch(addresses)
    if type(chain) is not int or not (_is_hash(genesis) or genesis == b"") or not named:
        raise IndexUnreadable(url, "it does not say which chain it is of")


def require_place(url: str, row: tuple[Any, ...] | None) -> None:
    """Refuse a place that no reader reaches.

    Raises:
        IndexUnreadable: It is none.
    """
    numbers = row and [row[0], row[1], row[3]]
    whole = row is not None and all(type(each) is int for each in numbers or ())
    if not row or not whole or not 0 <= row[0] <= _MOST or not row[0] - 1 <= row[1] <= _MOST:
        raise IndexUnreadable(url, "how far it was read is not a place in the chain")
    first, block, hashed, final = row
    if not -1 <= final <= block or not (_is_hash(hashed) or (hashed == b"" and block < first)):
        raise IndexUnreadable(url, "how far it was read is not a place in the chain")


def _is_hash(value: Any) -> bool:
    return type(value) is bytes and len(value) == 32
