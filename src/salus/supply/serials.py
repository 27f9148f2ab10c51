r"""A list of serial numbers, one a line; what is not such a list is refused by its line.

Example:
    >>> serials_in("S1\nS2\n", name="s.txt")
    ['S1', 'S2']
    >>> serials_in("S1\nS2,2028-12-31\n", name="s.txt")
    Traceback (most recent call last):
    salus_verify.errors.InputError: s.txt, line 2: a comma; write one serial a line
"""

from __future__ import annotations

import re

from salus.errors import InputError
from salus.gs1.errors import MalformedIdentifier
from salus.primitives.arguments import typed_arguments

_HEADERS = frozenset(
    {"serial", "serials", "serialno", "serialnumber", "serialnumbers", "sn", "sgtin", "ai21"}
)
_MARKS = {",": "a comma", ";": "a semicolon", '"': "a quote", "'": "a quote"}


@typed_arguments
def serials_in(text: str, *, name: str) -> list[str]:
    """Read one serial number a line; empty lines are passed over.

    Args:
        text: The list.
        name: Its file, for messages.

    Returns:
        The serial numbers, in their order.

    Raises:
        InputError: A line is something else; the message gives its number.
    """
    lines = ((at, line.strip(" \t\r")) for at, line in enumerate(text.split("\n"), 1))
    return [_serial(line, f"{name}, line {at}", is_first=at == 1) for at, line in lines if line]


def _serial(line: str, place: str, *, is_first: bool) -> str:
    from salus.gs1.fields import Serial

    problem = "a header" if is_first and _is_header(line) else _problem(line)
    if problem is None:
        try:
            return str(Serial(line))
        except MalformedIdentifier as error:
            raise InputError(f"{place}: {error}") from None
    raise InputError(f"{place}: {problem}; write one serial a line")


def _is_header(line: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", line.lower()) in _HEADERS


def _problem(line: str) -> str | None:
    if any(each.isspace() for each in line):
        return "white space"
    return next((problem for mark, problem in _MARKS.items() if mark in line), None)
