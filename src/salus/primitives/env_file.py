r"""A ``.env`` file, read to the letter: what stands there is what is meant, or it is refused.

Example:
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / ".env"
    >>> _ = path.write_text("SALUS_PASSPHRASE='pa${x}ss #7'\n", encoding="utf-8")
    >>> read(path)
    {'SALUS_PASSPHRASE': 'pa${x}ss #7'}
"""

from __future__ import annotations

import os
import re
import stat
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from salus.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from dotenv.parser import Binding

PREFIX = "SALUS_"
_QUOTED = re.compile(r"""(['"])(.*)\1[ \t]*(#.*)?""")


def read(path: Path) -> dict[str, str]:
    """Read the settings in a file, byte for byte; a missing one, or a folder, sets nothing.

    Other programs' lines may stand beside them.

    Raises:
        ConfigurationInvalid: It cannot be read, others may write it, or a line is not clear.
    """
    from dotenv.parser import parse_stream

    found: dict[str, str] = {}
    for each in parse_stream(StringIO(_text(path))):
        if each.error:  # which would pass for a setting that nobody made
            _refuse(
                path, f"has no NAME=value at line {each.original.line}: correct it, or quote it"
            )
        if each.key is None or not each.key.startswith(PREFIX):
            continue
        if each.key in found:
            _refuse(path, f"sets {each.key} twice: remove one of the two lines")
        found[each.key] = _value(each, path)
    return found


def _text(path: Path) -> str:
    try:
        if path.is_dir() or not os.path.lexists(path):
            return ""
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not wait for a writer
        with os.fdopen(descriptor, "rb") as file:
            _require_own(path, os.fstat(descriptor), os.lstat(path))
            return file.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(path, f"cannot be read ({type(error).__name__}): correct or remove it")


def _require_own(path: Path, *found: os.stat_result) -> None:
    """Whoever may write the file names the node, the storage and the account that acts."""
    for each in found:
        if each.st_uid not in (os.geteuid(), 0):
            _refuse(path, "belongs to another user: make one of your own, or remove it")
    if not stat.S_ISREG(found[0].st_mode):
        _refuse(path, "is not a regular file: remove it")
    if found[0].st_mode & stat.S_IWOTH:
        _refuse(path, f"may be written by everybody: check it, then `chmod o-w {path.name}`")


def _value(line: Binding, path: Path) -> str:
    """The text of one value, unless some reader of such files would take it for another."""
    _, _, text = line.original.string.strip("\r\n").partition("=")
    quoted = _QUOTED.fullmatch(text)
    value = quoted[2] if quoted else text
    where = f"would not take {line.key} at line {line.original.line} as it stands"
    if "$" in value and not (quoted and quoted[1] == "'"):
        _refuse(path, f"{where} ($ is not replaced here): put it in single quotes")
    if value.strip() and value != line.value:
        _refuse(path, f"{where} (a comment, a space at an end, \\ or a quote): use single quotes")
    return value if quoted else value.strip()


def _refuse(path: Path, reason: str) -> NoReturn:
    raise ConfigurationInvalid(setting=str(path), reason=reason) from None
