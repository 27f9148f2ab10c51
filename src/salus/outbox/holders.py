"""Which processes live that have acts under way: each holds a lock that its end lets go of.

Example:
    >>> holders = Holders(None)
    >>> holders.lives(holders.token), holders.lives("0123456789abcdef")
    (True, False)
"""

from __future__ import annotations

import glob
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from salus.primitives.files import named_errors
from salus.primitives.locks import FileLock

_JUST_MADE = 60.0
"""Seconds in which a process may have made its file, and not locked it yet."""


class Holders:
    """Locks of the processes that share an outbox, in files beside it.

    Args:
        file: The outbox's; None in memory, which nobody shares.
    """

    def __init__(self, file: Path | None) -> None:
        self.token = secrets.token_hex(8)
        self._file, self._guard = file, Lock()
        self._lock: FileLock | None = None

    def hold(self) -> None:
        """Show others that this process lives, from now on.

        Raises:
            StorageUnavailable: The system refuses the file.
        """
        with self._guard:
            if self._file is None or self._lock is not None:
                return
            with named_errors(str(self._file)):
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                self._lock = FileLock(os.open(self._path(self.token), flags, 0o600), wait=0)
                self._sweep()

    def lives(self, token: str) -> bool:
        """Whether the process with this token lives; the file of one that does not is removed."""
        if token == self.token or self._file is None:
            return token == self.token
        try:
            lock = FileLock(os.open(self._path(token), os.O_RDWR | os.O_CLOEXEC), wait=0)
        except FileNotFoundError:
            return False
        except TimeoutError:
            return True
        self._path(token).unlink(missing_ok=True)
        lock.close()
        return False

    def others_live(self) -> bool:
        """Whether any other process lives that has acts under way."""
        return any(self.lives(token) for token, _ in self._others())

    def close(self) -> None:
        """Let go, and remove the file."""
        with self._guard:
            if self._lock is None:
                return
            if self._lock.is_ours:
                self._path(self.token).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _sweep(self) -> None:
        """Remove what killed processes left; one that is just being made may not be locked yet."""
        for token, path in self._others():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _JUST_MADE:
                    self.lives(token)

    def _others(self) -> list[tuple[str, Path]]:
        if self._file is None:
            return []
        start, end = len(self._file.name) + 1, -len(".lock")
        locks = self._file.parent.glob(f"{glob.escape(self._file.name)}.*.lock")
        pairs = [(each.name[start:end], each) for each in locks]
        return [(token, path) for token, path in pairs if token != self.token]

    def _path(self, token: str) -> Path:
        assert self._file is not None  # noqa: S101 - asked for files only
        return self._file.with_name(f"{self._file.name}.{token}.lock")
