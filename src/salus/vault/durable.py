"""Writing files so that a crash, a full disk or a pulled plug never leaves half of one.

Example:
    >>> import pathlib, tempfile
    >>> from salus.vault.durable import replace_file
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "keys.json"
    >>> replace_file(path, b"{}")
    >>> path.read_bytes(), oct(path.stat().st_mode & 0o777)
    (b'{}', '0o600')
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from salus.errors import StorageFull, StorageUnavailable
from salus.vault.blocks import Chunk, Source, chunks

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


@contextmanager
def named_errors(place: str) -> Iterator[None]:
    """Turn the operating system's errors into ours.

    Args:
        place: What the operation works on, for the message.

    Yields:
        Nothing.

    Raises:
        StorageFull: The disk, the quota or the file size limit is reached.
        StorageUnavailable: Anything else that the system refuses.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(place) from error
        raise StorageUnavailable(place, error.strerror or type(error).__name__) from error


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, with all above it, durably.

    Args:
        folder: The folder; nothing happens where it exists.

    Raises:
        OSError: The system refuses.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Args:
        folder: The folder.

    Raises:
        OSError: The system refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, piece: Chunk) -> None:
    """Write every byte, however many the system takes at a time.

    Args:
        descriptor: An open file.
        piece: The bytes.

    Raises:
        OSError: The system refuses.
    """
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def replace_file(path: Path, content: Source) -> None:
    """Put content in a file so that a reader sees the old or the new, never a mixture.

    Args:
        path: The file; its folder is made where it is missing. Only its owner can read it.
        content: All of its new bytes, in memory or as a stream; an error in it keeps the old.

    Raises:
        StorageFull: There is no room; the old content stands.
        StorageUnavailable: The system refuses; the old content stands.
    """
    with named_errors(str(path)), _written(path, content) as part:
        part.replace(path)


def create_file(path: Path, content: Source) -> bool:
    """Make a file that does not exist yet, at once and whole: of several makers, one does.

    Args:
        path: The file; its folder is made where it is missing. Only its owner can read it.
        content: All of its bytes, in memory or as a stream.

    Returns:
        False where there is one already; it stays as it is.

    Raises:
        StorageFull: There is no room; there is no file.
        StorageUnavailable: The system refuses; there is no file.
    """
    with locked(path), named_errors(str(path)), _written(path, content) as part:
        made = link_new(part, path)
        part.unlink(missing_ok=True)
        return made


def short(name: str) -> str:
    """As much of a file's name as another one beside it has room for: names end at 255 bytes."""
    return name.encode()[:200].decode(errors="ignore")


def link_new(part: Path, path: Path) -> bool:
    """Give a finished file its name, where nothing has it yet.

    Args:
        part: The file, under the name that it was written under.
        path: Its name from now on.

    Returns:
        False where something has that name; it stays as it is.

    Raises:
        OSError: The system refuses.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # This file system has no links: the check is then not atomic, but renaming still is. Blobs
        # are named by their content, so that a race writes the same bytes; others hold the lock.
        if path.exists():
            return False
        part.replace(path)
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one program at a time change a file; others wait.

    Args:
        path: The file. An empty one beside it, which stays, carries the lock.

    Yields:
        Nothing.

    Raises:
        StorageUnavailable: The system refuses.
    """
    with named_errors(str(path)):
        make_folder(path.parent)
        beside = path.parent / f".{path.name}.lock"
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        with named_errors(str(path)):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _written(path: Path, content: Source) -> Iterator[Path]:
    """A file beside another, durable, to be given its name; where that fails it is gone."""
    make_folder(path.parent)
    part = path.parent / f".{short(path.name)}.{secrets.token_hex(8)}.part"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for piece in chunks(content):
                write_all(descriptor, piece)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
