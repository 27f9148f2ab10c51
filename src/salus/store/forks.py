"""What a forked child inherits of open databases, and leaves alone.

A child that closes a connection rolls back in the file what its parent has under way, so none is
closed there, not even at the child's end. SQLite does not see that a process was forked: a file
that was in use just then counts as locked in the child, and cannot be opened there.

Example:
    >>> was_in_use("/nowhere")
    False
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Protocol
from weakref import WeakSet


class Open(Protocol):
    """A database that is open in this process."""

    connection: sqlite3.Connection

    def in_use(self) -> Path | None:
        """The file, where a thread is using it."""
        ...


_open: WeakSet[Open] = WeakSet()
_in_use: set[tuple[int, int]] = set()


def watch(database: Open) -> None:
    """Leave a database alone in a child that is forked from now on."""
    _open.add(database)


def was_in_use(path: str | Path) -> bool:
    """Whether a thread used a file in the moment when this process was forked from another."""
    try:
        return bool(_in_use) and _place(path) in _in_use
    except FileNotFoundError:
        return False


def _place(path: str | Path) -> tuple[int, int]:
    about = os.stat(path)
    return about.st_dev, about.st_ino


def _before() -> None:
    if _open:
        import ctypes  # noqa: F401 - in a child it could wait for a thread that is not there


def _in_child() -> None:
    for each in list(_open):
        import ctypes

        # Python closes what nothing refers to, at the end whatever is left.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(each.connection))
        path = each.in_use()
        if path is not None and path.exists():
            _in_use.add(_place(path))
    _open.clear()


os.register_at_fork(before=_before, after_in_child=_in_child)
