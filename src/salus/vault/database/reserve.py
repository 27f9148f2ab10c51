"""A little room kept beside a key database, for what a full disk must not stop.

Erasing and revoking write too: a journal, a report. On a full disk the reserve is given up for
them, and taken again once there is room.

Example:
    >>> import pathlib, tempfile
    >>> reserve = Reserve(pathlib.Path(tempfile.mkdtemp()) / "keys.sqlite")
    >>> reserve.keep()
    >>> reserve.give_up(), reserve.give_up()
    (True, False)
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from salus.errors import StorageError
from salus.primitives.files import create_file

SIZE = 512 << 10
"""Bytes: what the journal of one erasure needs, several times."""


class Reserve:
    """The reserve of one key database."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(f"{path.name}.reserve")

    def keep(self) -> None:
        """Take the room, where it is not taken yet and there is some."""
        if not self._file.exists():
            with suppress(StorageError):
                create_file(self._file, os.urandom(SIZE))  # what is all alike may take no room

    def give_up(self) -> bool:
        """Free the room; False where there was none to free."""
        try:
            self._file.unlink()
        except OSError:
            return False
        return True
