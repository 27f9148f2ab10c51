"""Whether a key database's file is still the one that was compared with the chain.

A file that is put back from a backup knows keys that were destroyed since. So a mark lies beside
it, written after each change: a MAC over the file's place on the disk, the time of its last change
as the system keeps it, and the sum of its rows, which SQLite reads: nothing else opens its file. A
copy has another place or time, and so has a file that was put back, be it together with its mark.
Who lacks the store key makes none. A write that was cut short leaves no mark: such a file is
compared with the chain again.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.primitives.files import named_errors
from salus.primitives.locks import FileLock
from salus.vault.errors import KeyDatabaseUnavailable

_SIZE = 32


class Mark:
    """The mark beside one key database's file.

    Args:
        mac: Vouches for bytes in the name of the store's owner.
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
        self._lock: FileLock | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other programs from changing file or mark meanwhile.

        Raises:
            StorageUnavailable: The mark cannot be made.
            KeyDatabaseUnavailable: Another program holds them too long.
        """
        self._acquire()
        try:
            yield
        finally:
            self._release()

    def holds(self) -> bool:
        """Return whether the mark is of the file as it is now."""
        with self.held():
            return hmac.compare_digest(os.pread(self._descriptor(), _SIZE, 0), self._now())

    def renew(self) -> None:
        """Mark the file as it is now."""
        with self.held(), named_errors(str(self._mark)):
            os.pwrite(self._descriptor(), self._now(), 0)

    def _descriptor(self) -> int:
        assert self._lock is not None  # noqa: S101 - asked while it is held
        return self._lock.descriptor

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
                self._lock = self._locked(os.open(self._mark, flags, 0o600))
        self._depth += 1

    def _release(self) -> None:
        self._depth -= 1
        if not self._depth and self._lock is not None:
            self._lock.close()

    def _locked(self, descriptor: int) -> FileLock:
        try:
            return FileLock(descriptor, wait=self._wait)
        except TimeoutError:
            reason = "another program writes to it all the time; try again"
            raise KeyDatabaseUnavailable(str(self._path), reason) from None


def _written(*numbers: int) -> bytes:
    return b"".join(each.to_bytes(16, "big", signed=True) for each in numbers)
