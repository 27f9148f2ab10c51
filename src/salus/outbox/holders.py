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
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from salus.primitives.files import named_errors
from salus.primitives.locks import FileLock


class Holders:
    """Locks of the processes that share an outbox, in files beside it.

    Args:
        file: The outbox's; None in memory, which nobody shares.
    """

    def __init__(self, file: Path | None) -> None:
        self.token = secrets.token_hex(8)
        self._file, self._guard = file, Lock()
        self._held: weakref.finalize[[FileLock, Path], Holders] | None = None

    def hold(self) -> None:
        """Show others that this process lives, from now on.

        Raises:
            StorageUnavailable: The system refuses the file.
        """
        with self._guard:
            if self._file is None or self._held is not None:
                return
            path = self._path(self.token)
            made = path.with_suffix(".making")  # nobody looks at it before it is locked
            with named_errors(str(self._file)):
                flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                lock = FileLock(os.open(made, flags, 0o600), wait=0)
                try:
                    made.rename(path)
                except BaseException:
                    lock.close()
                    raise
            self._held = weakref.finalize(self, _let_go, lock, path)
            self._sweep()

    def lives(self, token: str) -> bool:
        """Whether the process with this token lives; the file of one that does not is removed."""
        if token == self.token or self._file is None:
            return token == self.token
        try:
            descriptor = os.open(self._path(token), os.O_RDWR | os.O_CLOEXEC)
            lock = FileLock(
                descriptor, wait=0, shared=True
            )  # who looks keeps no other from looking
        except FileNotFoundError:
            return False
        except TimeoutError:
            return True
        self._path(token).unlink(missing_ok=True)
        lock.close()
        return False

    def is_silent(self, token: str) -> bool:
        """Whether it cannot be seen for a while whether a process lives: never on one machine."""
        return False

    def end(self, token: str) -> bool:
        """Whether a process's hold is over: it is, for good, once it does not live."""
        return not self.lives(token)

    def require_held(self, transactions: Iterable[str]) -> None:
        """Nobody takes over what a process has under way while it lives."""

    def others_live(self) -> bool:
        """Whether any other process lives that has acts under way."""
        return any(map(self.lives, self._others()))

    def close(self) -> None:
        """Let go, and remove the file."""
        with self._guard:
            if self._held is not None:
                self._held()
            self._held = None

    def _sweep(self) -> None:
        """Remove what killed processes left."""
        for token in self._others():
            with suppress(OSError):
                self.lives(token)

    def _others(self) -> list[str]:
        if self._file is None:
            return []
        start, end = len(self._file.name) + 1, -len(".lock")
        locks = self._file.parent.glob(f"{glob.escape(self._file.name)}.*.lock")
        return [each.name[start:end] for each in locks if each != self._path(self.token)]

    def _path(self, token: str) -> Path:
        assert self._file is not None  # noqa: S101 - asked for files only
        return self._file.with_name(f"{self._file.name}.{token}.lock")


def _let_go(lock: FileLock, path: Path) -> None:
    """Also where an outbox is forgotten, not closed: what it had under way is nobody's then."""
    if lock.is_ours:
        path.unlink(missing_ok=True)
        lock.close()
