"""What a file says of itself is held against what an index can say: it may be anybody's work.

SQLite runs what stands in a file's own tables, and takes any value in any column.

Example:
    >>> require_place("memory:", (5, 4, b"", 4))
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salus.index.errors import IndexUnreadable
from salus.store.schema import Schema

if TYPE_CHECKING:
    import sqlite3

_ADDRESSES = re.compile(r"(0x[0-9a-f]{40}( |$))*")
_MOST = 1 << 38
"""Numbers of blocks: a place in rows has room for them."""


def require_closed(url: str, path: Path | None) -> None:
    """Refuse a file that others may write.

    Raises:
        IndexUnreadable: They may; what they wrote would be listed.
    """
    if path is None or os.name != "posix":
        return
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise IndexUnreadable(url, f"others may write it: chmod go-w {path}, or make it anew")


def require_tables(url: str, db: sqlite3.Connection, schema: Schema) -> None:
    """Refuse views, triggers and tables of another form, which would change what is read.

    Raises:
        IndexUnreadable: There are some.
    """
    found = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    if {each.strip() for [each] in found} != {each.strip() for each in schema.statements}:
        raise IndexUnreadable(url, "its tables are not those of an index")


def require_origin(url: str, row: tuple[Any, ...]) -> None:
    """Refuse what cannot name a chain and contracts.

    Raises:
        IndexUnreadable: It does not.
    """
    chain, genesis, addresses = row
    named = type(addresses) is str and _ADDRESSES.fullmatch(addresses)
    if type(chain) is not int or not _is_hash(genesis) or not named:
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
