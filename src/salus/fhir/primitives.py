"""R4's primitive types (R4, datatypes.html#primitive): what of JSON is one of them.

Example:
    >>> is_primitive("date", "31.12.2024"), is_primitive("positiveInt", 7)
    (False, True)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from salus.fhir.dates import period_of

_TEXT = {
    "base64Binary": r"(?:\s*[0-9a-zA-Z+/=]){4,}\s*",
    "canonical": r"\S+",
    "code": r"[^\s]+(?:[\t\n\r ][^\s]+)*",
    "date": r"[0-9-]{4,10}",
    "dateTime": r"\S+",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "instant": r"[0-9-]+T\S+",
    "markdown": r"[\s\S]+",
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    "string": r"[\s\S]+",
    "time": r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?",
    "uri": r"\S+",
    "url": r"\S+",
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "xhtml": r"\s*<div[\s>][\s\S]*",
}
_PATTERNS = {name: re.compile(pattern, re.ASCII) for name, pattern in _TEXT.items()}
_TIMES = {"date", "dateTime", "instant"}
_LARGEST = 2**31 - 1


def is_primitive(name: str, value: Any) -> bool:
    """Whether a JSON value is of a primitive type of R4; a date that does not exist is not."""
    check = _NUMBERS.get(name)
    if check is not None:
        return check(value)
    if not isinstance(value, str) or not _PATTERNS[name].fullmatch(value):
        return False
    return name not in _TIMES or period_of(value) is not None


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= _LARGEST


_NUMBERS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "decimal": lambda value: (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    ),
    "integer": _whole(-_LARGEST - 1),
    "unsignedInt": _whole(0),
    "positiveInt": _whole(1),
}
