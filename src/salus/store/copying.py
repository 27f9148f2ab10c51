"""A copy of a database that others may be writing: SQLite's online backup, checked.

Example:
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> sqlite3.connect(folder / "a.sqlite").close()
    >>> copy_database(folder / "a.sqlite", folder / "b.sqlite")
    >>> (folder / "b.sqlite").exists()
    True
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from salus.errors import InputError
from salus.primitives.errors import StorageUnavailable
from salus.primitives.files import named_errors, sync, sync_folder
from salus.store.files import make_file

WAIT_SECONDS = 30.0
"""How long it is waited for who writes."""


def copy_database(source: Path, to: Path) -> None:
    """Copy a database as it is between two transactions, into a new file of its owner's alone.

    Raises:
        InputError: The copy's name is taken.
        StorageUnavailable: The database cannot be read, or is damaged, or the copy not written;
            then there is no copy.
    """
    if to.exists():
        raise InputError(f"{to} exists: name a new file, nothing was copied")
    make_file(to)
    try:
        with closing(_opened(source)) as read, closing(_opened(to)) as copy:
            read.backup(copy)
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StorageUnavailable(str(source), f"it is damaged: {found}")
        with named_errors(str(to)):
            _make_durable(to)
    except BaseException as problem:
        to.unlink(missing_ok=True)
        if isinstance(problem, sqlite3.Error):
            raise StorageUnavailable(str(source), f"{problem}") from problem
        raise


def _opened(path: Path) -> sqlite3.Connection:
    # Not read-only: what a killed writer left is rolled back first, as by any other program.
    url = f"file:{quote(os.fsencode(path.absolute()))}?mode=rw"
    return sqlite3.connect(url, uri=True, timeout=WAIT_SECONDS)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
