"""An open file that keeps other programs out, until its owner lets go of it.

A forked child inherits the file with its lock, which closing it here would leave with the child:
so the owner says that the lock ends, and a child closes what it inherited without a word.

Example:
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "lock"
    >>> lock = FileLock(os.open(path, os.O_RDWR | os.O_CREAT), wait=0)
    >>> try:
    ...     FileLock(os.open(path, os.O_RDWR), wait=0)
    ... except TimeoutError as error:
    ...     print(error)
    another program has held it for 0 s
    >>> lock.close()
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress

_PAUSE = 0.005


class FileLock:
    """A lock on an open file, whose descriptor becomes its own; ``wait`` is in seconds.

    Those that are shared keep out who wants it alone, and not one another.

    Raises:
        TimeoutError: Another program has it all the time; the descriptor is closed.
        OSError: The system refuses; the descriptor is closed.
    """

    def __init__(self, descriptor: int, *, wait: float, shared: bool = False) -> None:
        self.descriptor, self._process = descriptor, os.getpid()
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        _held.add(self)
        try:
            self._take(wait)
        except BaseException:
            self.close()
            raise

    @property
    def is_ours(self) -> bool:
        """Whether this process took it, not one that this was forked from."""
        return self._process == os.getpid()

    def close(self) -> None:
        """Let go of it and close the file; in a forked child nothing is left to do."""
        if not self.is_ours:
            return
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        finally:
            _held.discard(self)
            os.close(self.descriptor)

    def _take(self, wait: float) -> None:
        until = time.monotonic() + wait
        while True:
            try:
                return fcntl.flock(self.descriptor, self._kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(f"another program has held it for {wait:g} s") from None
                time.sleep(_PAUSE)


_held: set[FileLock] = set()


def _close_inherited() -> None:
    for each in _held:
        with suppress(OSError):
            os.close(each.descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_close_inherited)
