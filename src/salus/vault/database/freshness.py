"""Whether a key database's file is still the one that was compared with the chain.

A file that is put back from a backup knows keys that were destroyed since. So a mark lies beside
it, written after each change: a MAC over the file's place on the disk, the time of its last change
as the system keeps it, and the sum of its rows, which SQLite reads: nothing else opens its file. A
copy has another place or time, and so has a file that was put back, be it together with its mark.
Who lacks the store key makes none. A write that was cut short leaves no mark: such a file is
compared with the chain again.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> KeyDatabase.open("memory:").comparison.holds
    True
"""

from __future__ import annotations

import fcntl
import hmac
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.primitives.files import named_errors
from salus.vault.errors import KeyDatabaseUnavailable

_PAUSE = 0.005
_SIZE = 32


class Mark:
    """The mark beside one key database's file.

    Args:
        mac: Vouches for bytes in the name of the store's owner.
        content: What SQLite reads of the file, other after each change.
        wait: Seconds to wait for another program that is writing.
    """

    def __init__(
        self,
        path: Path,
        mac: Callable[[bytes], bytes],
        *,
        content: Callable[[], bytes],
        wait: float,
    ) -> None:
        self._path, self._mac, self._content, self._wait = path, mac, content, wait
        self._mark = path.with_name(f"{path.name}.compared")
        self._depth = 0
        self._descriptor = -1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other programs from changing file or mark meanwhile.

        Raises:
            KeyDatabaseUnavailable: Another program holds them too long.
            StorageUnavailable: The mark cannot be made.
        """
        self._acquire()
        try:
            yield
        finally:
            self._release()

    def holds(self) -> bool:
        """Return whether the mark is of the file as it is now."""
        with self.held():
            return hmac.compare_digest(os.pread(self._descriptor, _SIZE, 0), self._now())

    def renew(self) -> None:
        """Mark the file as it is now."""
        with self.held(), named_errors(str(self._mark)):
            os.pwrite(self._descriptor, self._now(), 0)

    def _now(self) -> bytes:
        """What marks the file as it is."""
        content = self._content()
        about = self._path.stat()
        told = _written(about.st_dev, about.st_ino, about.st_ctime_ns, about.st_size)
        return self._mac(b"compared\x00" + told + content)

    def _acquire(self) -> None:
        if not self._depth:
            with named_errors(str(self._mark)):
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                self._descriptor = os.open(self._mark, flags, 0o600)
                self._lock()
        self._depth += 1

    def _release(self) -> None:
        self._depth -= 1
        if not self._depth:
            os.close(self._descriptor)  # and with it the lock

    def _lock(self) -> None:
        until = time.monotonic() + self._wait
        while True:
            try:
                return fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    os.close(self._descriptor)
                    reason = "another program writes to it all the time; try again"
                    raise KeyDatabaseUnavailable(str(self._path), reason) from None
                time.sleep(_PAUSE)


def _written(*numbers: int) -> bytes:
    return b"".join(each.to_bytes(16, "big", signed=True) for each in numbers)
