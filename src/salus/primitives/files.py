"""Writing files so that a crash, a full disk or a pulled plug never leaves half of one.

Example:
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "keys.json"
    >>> replace_file(path, b"{}")
    >>> path.read_bytes(), oct(path.stat().st_mode & 0o777)
    (b'{}', '0o600')
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from salus.primitives.errors import StorageBusy, StorageFull, StorageUnavailable
from salus.primitives.locks import FileLock
from salus_verify.sources import Chunk, Source, chunks

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NAMELESS = getattr(os, "O_TMPFILE", 0) if os.path.isdir("/proc/self/fd") else 0
_NO_NAMELESS = {errno.EISDIR, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}
_WRITERS = 8
"""So many may write one file at once; the next waits for a name that later writers look at."""
_WAIT, _PAUSE = 30.0, 0.01
_WRITING = os.O_WRONLY | os.O_CLOEXEC
_JUST_MADE = 10.0
"""Seconds in which a writer may have made its file, and not locked it yet."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


@contextmanager
def named_errors(place: str) -> Iterator[None]:
    """Turn the operating system's errors into ours; ``place`` is what the message names.

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
    """Make a missing folder that only its owner can enter, with all above it, durably.

    Raises:
        OSError: The system refuses.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def sync(descriptor: int) -> None:
    """Make what was written durable: in the disk's own cache, too, where it has one (macOS).

    Raises:
        OSError: The system refuses.
    """
    if _FULL_SYNC is not None:
        with suppress(OSError):  # not every file system knows it
            fcntl.fcntl(descriptor, _FULL_SYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: The system refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, piece: Chunk) -> None:
    """Write every byte, however many the system takes at a time.

    Raises:
        OSError: The system refuses.
    """
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def replace_file(path: Path, content: Source) -> None:
    """Put content in a file that only its owner reads: a reader sees the old or the new, whole.

    Raises:
        StorageFull: There is no room; the old content stands.
        StorageUnavailable: The system refuses; the old content stands, or the error says that the
            new one does.
    """
    with named_errors(str(path)), written(path, content) as part:
        part.replace(path)


def create_file(path: Path, content: Source) -> bool:
    """Make a missing file, at once and whole: of several makers one does, others get False.

    Raises:
        StorageFull: There is no room; there is no file.
        StorageUnavailable: The system refuses; there is no file.
    """
    with locked(path), named_errors(str(path)), written(path, content) as part:
        return part.link(path)


def short(name: str) -> str:
    """As much of a file's name as another one beside it has room for: names end at 255 bytes."""
    return os.fsencode(name)[:200].decode(errors="ignore")


def link_new(part: Path, path: Path) -> bool:
    """Put a finished file under its name; False, and nothing done, where something has it.

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
def locked(path: Path, *, wait: float = _WAIT) -> Iterator[None]:
    """Let one program at a time change a file; others wait. An empty file beside it is locked.

    Raises:
        StorageBusy: Another program has it all the time.
        StorageUnavailable: The system refuses.
    """
    with named_errors(str(path)):
        path = Path(os.path.realpath(path))  # two names of one file have one lock
        make_folder(path.parent)
        beside = path.parent / f".{path.name}.lock"
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            lock = FileLock(descriptor, wait=wait)
        except TimeoutError:
            raise StorageBusy(str(path), seconds=wait) from None
    try:
        yield
    finally:
        lock.close()


class UnfinishedFile:
    """A file on its way, without a name where the system can: who is killed leaves none."""

    def __init__(self, path: Path) -> None:
        self._folder, self._path = path.parent, path
        self._beside: Path | None = None
        self._open()
        self._lock = FileLock(self.descriptor, wait=_WAIT)  # tells it from what dead writers left

    def replace(self, path: Path) -> None:
        """Take the place of a file, or of none."""
        if not self.link(path):
            self._name().replace(path)

    def link(self, path: Path) -> bool:
        """Take a name that nothing has yet; False where something has it."""
        return self._link(path) if self._beside is None else link_new(self._beside, path)

    def close(self) -> None:
        """Let go of it; what was given no name is gone."""
        try:
            if self._beside is not None and self._lock.is_ours:
                _remove(self._beside, self.descriptor)
        finally:
            self._lock.close()

    def _open(self) -> None:
        try:
            self.descriptor = os.open(self._folder, _WRITING | _NAMELESS, 0o600)
        except OSError as error:
            if error.errno not in _NO_NAMELESS:
                raise
            self._take(self._make)

    def _make(self, path: Path) -> None:
        self.descriptor = os.open(path, _WRITING | os.O_CREAT | os.O_EXCL, 0o600)

    def _name(self) -> Path:
        """Only to take the place of another file: there is no way to do that without a name."""
        return self._beside or self._take(self._require_link)

    def _take(self, place: Callable[[Path], None]) -> Path:
        """Take the first free name beside the file; wait where as many write it."""
        until = time.monotonic() + _WAIT
        while True:
            for each in _places(self._path):
                with suppress(FileExistsError):
                    place(each)
                    self._beside = each
                    return each
            if time.monotonic() > until:
                raise OSError(errno.EBUSY, f"{_WRITERS} others write it all the time")
            time.sleep(_PAUSE)
            _sweep(self._path)

    def _require_link(self, path: Path) -> None:
        if not self._link(path):
            raise FileExistsError(errno.EEXIST, "it is taken")

    def _link(self, path: Path) -> bool:
        at = os.open(self._folder, os.O_RDONLY)
        try:
            # Given a folder the system follows the link in /proc to the file itself.
            os.link(f"/proc/self/fd/{self.descriptor}", path, src_dir_fd=at, follow_symlinks=True)
        except FileExistsError:
            return False
        finally:
            os.close(at)
        return True


@contextmanager
def written(path: Path, content: Source) -> Iterator[UnfinishedFile]:
    """Write a file that has no name yet, durable, to be given one; else it is gone afterwards.

    Raises:
        OSError: The system refuses.
    """
    make_folder(path.parent)
    _sweep(path)
    part = UnfinishedFile(path)
    try:
        for piece in chunks(content):
            write_all(part.descriptor, piece)
        sync(part.descriptor)
        yield part
    finally:
        part.close()
    try:
        sync_folder(path.parent)
    except OSError as error:
        said = f"{error.strerror}: its new content is there, and a loss of power may bring the old"
        raise OSError(error.errno, f"{said} back") from error


def _sweep(path: Path) -> None:
    """Remove what writers of this file left that were killed: it may be plaintext."""
    for each in _places(path):
        with suppress(OSError):
            _remove_dead(each)


def _places(path: Path) -> Iterator[Path]:
    """The names of a file on its way, for as many writers at once: few enough to look at each."""
    return (path.parent / f".{short(path.name)}.{number}.part" for number in range(_WRITERS))


def _remove_dead(part: Path) -> None:
    # Open for writing, since NFS locks nothing else for one alone.
    descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    lock = FileLock(descriptor, wait=0)
    try:
        if time.time() - os.fstat(descriptor).st_mtime > _JUST_MADE:
            _remove(part, descriptor)
    finally:
        lock.close()


def _remove(part: Path, descriptor: int) -> None:
    """Take a name away where it still is this locked file's: others may have it by now."""
    with suppress(FileNotFoundError):
        there, ours = part.lstat(), os.fstat(descriptor)
        if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
            part.unlink()
