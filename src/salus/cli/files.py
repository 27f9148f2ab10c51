"""Files that people name: read whole, written privately, whole or not at all.

Example:
    >>> read_file(Path("/nonexistent"))
    Traceback (most recent call last):
    salus_verify.errors.InputError: cannot read /nonexistent: No such file or directory
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TypeVar

import typer

from salus.errors import InputError, StorageError
from salus_verify import json_reader
from salus_verify.errors import MalformedDocument

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.primitives.files import UnfinishedFile
    from salus.primitives.statement import SaltedStatement

T = TypeVar("T")
Force = Annotated[bool, typer.Option("--force", help="Replace the file that is there.")]


def read_file(path: Path) -> bytes:
    """The bytes of a text or document, without the byte order mark that an editor put before it."""
    return json_reader.without_mark(read_exact(path))


def read_document(path: Path, read: Callable[[bytes], T]) -> T:
    """What a document in a file says; its errors name the file."""
    try:
        return read(read_file(path))
    except MalformedDocument as error:
        raise InputError(f"{path}: {error}") from None


def read_text(path: Path) -> str:
    """The text in a file."""
    content = read_file(path)
    require_utf8(path, content)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8: save it as UTF-8") from None


def statement_in(path: Path) -> SaltedStatement:
    """Commit to the text in a file, so that it shows neither on screen nor in a shell's history."""
    from salus.primitives.statement import SaltedStatement

    text = read_text(path).strip()
    if not text:
        raise InputError(f"{path} is empty: write what is to be stated")
    return SaltedStatement.of(text)


def require_utf8(path: Path, content: bytes) -> None:
    """Refuse a text in another encoding than UTF-8, which the error names."""
    if wide := json_reader.why_not_utf8(content):
        raise InputError(f"{path} cannot be read: {wide}")


def read_exact(path: Path) -> bytes:
    """All bytes of a file whose digest counts."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


@contextmanager
def open_exact(path: Path) -> Iterator[BinaryIO]:
    """A file whose digest counts, read in pieces: it may be larger than memory."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def read_json(path: Path) -> Any:
    """The JSON in a file."""
    try:
        return json_reader.load(read_file(path))
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error


def write_private(path: Path, content: bytes | str) -> None:
    """Write a file that only its owner can read, whole or not at all; a link stays a link."""
    target = Path(os.path.realpath(path))
    with _beside(target, content) as part:
        part.replace(target)


def write_new(path: Path, content: bytes | str, *, force: bool | None = None) -> None:
    """Write a private file where there is none, or as told; see :func:`require_new`."""
    require_new(path, force=force)
    if force:
        write_private(path, content)
        return
    with _beside(path, content) as part:
        made = part.link(path)
    if not made:  # somebody was quicker
        require_new(path, force=force)


def require_new(path: Path, *, force: bool | None = None) -> None:
    """Refuse a file that could not be written, before anything is done; force None never replaces.

    Raises:
        InputError: It exists; or what does is not a file: a device, pipe, folder or dead link.
        StorageError: Its folder does not, or is not ours to write in; or it has no possible name.
    """
    if _is_there(path):
        if not path.is_file():
            raise InputError(f"{path} is not a regular file: name one that is not there yet")
        if not force:
            more = "" if force is None else ", or give --force"
            raise InputError(f"{path} exists and is not overwritten: name another file{more}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StorageError(f"cannot write {path}: no folder that may be written in")


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from None
    return True


@contextmanager
def _beside(path: Path, content: bytes | str) -> Iterator[UnfinishedFile]:
    """A finished file in the same folder, to be given its name; gone afterwards."""
    from salus.primitives.files import written

    data = content.encode() if isinstance(content, str) else content
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with written(path, data) as part:
            yield part
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error


def make_empty(folder: Path) -> None:
    """Make a folder for files that belong together, for its owner only."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any(folder.iterdir()):
            return
    except OSError as error:
        raise InputError(f"{folder} cannot be used ({error.strerror}): name a new folder") from None
    raise InputError(f"{folder} is not empty, and nothing in it is overwritten: name a new folder")


@contextmanager
def written_first(path: Path | None, content: bytes | str, *, chain: Chain) -> Iterator[None]:
    """Write what must not be lost before an act on chain.

    It is taken back only while no transaction has left this machine, whatever ended the act: an
    error, a lie of the node, Ctrl-C.
    """
    if path is None:
        yield
        return
    write_new(path, content)
    before = chain.sender.posted
    try:
        yield
    except BaseException as end:
        if chain.sender.posted == before:
            path.unlink(missing_ok=True)
        else:
            end.add_note(f"{path} is kept: what it opens may be on chain")
        raise
