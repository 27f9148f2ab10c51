"""Which SQLite Python was built with: an old one is named, and no file is begun with it.

Example:
    >>> require_sqlite((3, 46, 1))
    '3.46.1'
"""

from __future__ import annotations

import sqlite3

from salus.errors import StorageError

NEEDED = (3, 37)
"""The first with strict tables; rows that are deleted are returned since 3.35."""


class SqliteTooOld(StorageError):
    """Python was built with a SQLite that lacks what tables of Salus use."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"this Python was built with SQLite {found}, and {_spelt(NEEDED)} or newer is needed:"
            " use a Python that brings one, such as those of uv, conda or python.org's images"
        )


def require_sqlite(found: tuple[int, ...] | None = None) -> str:
    """Return the version of SQLite, by default Python's own.

    Raises:
        SqliteTooOld: It lacks what tables of Salus use.
    """
    version = found or sqlite3.sqlite_version_info
    if version < NEEDED:
        raise SqliteTooOld(_spelt(version))
    return _spelt(version)


def _spelt(version: tuple[int, ...]) -> str:
    return ".".join(str(each) for each in version)
