"""Files that people name and that may be larger than memory: read once, from end to end.

Example:
    >>> with open_source(Path("/dev/null")) as source:
    ...     source.size, source.read(10)
    (None, b'')
"""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from salus.errors import InputError

ANY_KIND = "application/octet-stream"
"""What a file is of which nobody says more."""
_LOOK = 4096
_ENDINGS = {".dcm": "application/dicom"}


class FileSource:
    """An open file that tells how far it was read, and notices when it changes meanwhile."""

    def __init__(self, file: FileIO, path: Path) -> None:
        self._file = file
        self.path = path
        self._found = os.fstat(file.fileno())
        self.progress: Callable[[int], None] = lambda done: None

    @property
    def size(self) -> int | None:
        """Bytes in all; None for a pipe, a device, or a file that does not tell."""
        return self._found.st_size if stat.S_ISREG(self._found.st_mode) else None

    def read(self, size: int, /) -> bytes:
        """Read on.

        Raises:
            InputError: The file cannot be read, or is not what it was when it was opened.
        """
        try:
            piece = self._file.read(size)
            if not piece and self.size is not None:
                self._check(self._file.tell())
            elif self.size is not None:
                self.progress(self._file.tell())
        except OSError as error:
            raise InputError(f"cannot read {self.path}: {error.strerror}") from error
        return piece or b""

    def seekable(self) -> bool:
        """Whether it can be read again; some files of the system only seem so."""
        return bool(self.size)

    def tell(self) -> int:
        """Where it stands, in bytes."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go somewhere else."""
        return self._file.seek(offset, whence)

    def is_binary(self) -> bool:
        """Whether it holds a zero byte early on, as no JSON does; for files, not for pipes."""
        return self.size is not None and b"\0" in os.pread(self._file.fileno(), _LOOK, 0)

    def _check(self, end: int) -> None:
        now = os.fstat(self._file.fileno())
        # Some files of the system say that they are empty, and are not.
        shrank = bool(self._found.st_size) and end != self._found.st_size
        if shrank or now.st_mtime_ns != self._found.st_mtime_ns:
            raise InputError(
                f"{self.path} changed while it was read: nothing was stored; wait until it is"
                " written, and try again"
            )


def guessed_media_type(path: Path) -> str:
    """What a file is by its ending; nothing in it is looked at."""
    ending = path.suffix.lower()
    return _ENDINGS.get(ending) or mimetypes.guess_type(f"x{ending}")[0] or ANY_KIND


@contextmanager
def open_source(path: Path) -> Iterator[FileSource]:
    """Open a file, or whatever else a path names that can be read: a pipe, say.

    Raises:
        InputError: It cannot be opened.
    """
    try:
        file = FileIO(path, "r")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    with file:
        yield FileSource(file, path)
