"""Which file the URL of a database names; a missing one is made, and an existing one left alone.

Example:
    >>> file_of("sqlite:///nowhere%20/../tmp")
    PosixPath('/nowhere /../tmp')
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from salus.primitives.errors import InvalidStorageUrl
from salus.primitives.files import make_folder, named_errors
from salus.primitives.url_paths import path_in, split

SUPPORTED = "sqlite:///file or memory:"


class _Making:
    lock = Lock()


def file_of(url: str) -> Path | None:
    """Find the file that a URL names; None for memory."""
    if url == "memory:":
        return None
    try:
        parts = split(url)
    except ValueError:
        raise InvalidStorageUrl(url, SUPPORTED) from None
    path = path_in(parts)
    if parts.scheme != "sqlite" or parts.netloc or not path.is_absolute() or not path.name:
        raise InvalidStorageUrl(url, SUPPORTED)
    return path


def url_of(path: Path) -> str:
    """Return the URL of a file by its absolute path, byte for byte."""
    return f"sqlite://{quote(os.fsencode(path.resolve()))}"


def others_may_write(path: Path | None) -> bool:
    """Whether somebody else on this machine may change what a file says."""
    if path is None or os.name != "posix":
        return False
    found = path.stat()
    own = found.st_uid in (0, os.geteuid()) or os.geteuid() == 0
    return not own or bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def make_file(path: Path) -> None:
    """Make a missing file that only its owner reads; one that is there is not even opened.

    Raises:
        StorageUnavailable: The file cannot be made.
    """
    with named_errors(str(path)):
        make_folder(path.parent)
        # Who finds the file opens it once its maker here has closed it: see the room.
        with _Making.lock, suppress(FileExistsError):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(os.path.realpath(path), flags, 0o600))


def _forked() -> None:
    _Making.lock = Lock()  # another thread of the parent may have held it


os.register_at_fork(after_in_child=_forked)
