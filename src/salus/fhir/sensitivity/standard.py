"""The table that Salus brings, and a licensed user's beside it.

Example:
    >>> standard().version
    'standard 3'
"""

from __future__ import annotations

import errno
import os
import stat
from functools import cache
from importlib.resources import files
from pathlib import Path

from salus.fhir.errors import InvalidSensitivityTable
from salus.fhir.sensitivity.table import SensitivityTable
from salus.primitives.arguments import typed_arguments

_MOST = 64 << 20


@cache
def standard() -> SensitivityTable:
    """The table that comes with Salus."""
    text = files(__package__).joinpath("standard.txt").read_text("utf-8")
    return SensitivityTable.parse(text, name="standard.txt")


@typed_arguments
def read_table(path: Path) -> SensitivityTable:
    """Read a user's own table, for instance of a licensed code system; the standard one counts too.

    Args:
        path: The file; docs/terms.md#sensitivity-tables tells its format.

    Returns:
        Both tables together.

    Raises:
        InvalidSensitivityTable: It cannot be read, or a line is not as the format has it; which.
    """
    name = str(path)
    try:
        data = _read(path)
        text = data.decode("utf-8")
    except OSError as error:
        setting = "correct its path (sensitivity_table=, SALUS_SENSITIVITY_TABLE)"
        problem = f"{error.strerror or error}; {setting}"
        raise InvalidSensitivityTable(name, problem=problem) from None
    except UnicodeDecodeError:
        raise InvalidSensitivityTable(name, problem="it is not UTF-8 text") from None
    if len(data) > _MOST:
        raise InvalidSensitivityTable(name, problem="it has more than 64 MiB")
    return standard().with_(SensitivityTable.parse(text, name=name))


def _read(path: Path) -> bytes:
    # Not blocking: a pipe that nobody writes to is opened without waiting, and refused.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read(_MOST + 1)
