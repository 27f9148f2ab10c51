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

from salus.fhir.dates import is_day, is_moment
from salus.fhir.narrative import is_narrative

Check = Callable[[Any], bool]

_TEXT = {
    "canonical": r"\S+",
    "code": r"[^\s]+(?:[\t\n\r ][^\s]+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    "time": r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?",
    "uri": r"\S+",
    "url": r"\S+",
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_BASE64 = re.compile(r"[0-9a-zA-Z+/\s]+={0,2}\s*", re.ASCII)
_LARGEST = 2**31 - 1


def is_primitive(name: str, value: Any) -> bool:
    """Whether a JSON value is of a primitive type of R4; a date that does not exist is not."""
    return CHECKS[name](value)


def one_of(codes: frozenset[str]) -> Check:
    """Make the check whether a value is one of some codes."""
    return lambda value: isinstance(value, str) and value in codes


def _matches(pattern: str) -> Check:
    found = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: isinstance(value, str) and found(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str) or _BASE64.fullmatch(value) is None:
        return False
    return (len(value) - sum(map(value.count, " \t\r\n"))) % 4 == 0


def _whole(least: int) -> Check:
    return lambda value: type(value) is int and least <= value <= _LARGEST


CHECKS: dict[str, Check] = {
    **{name: _matches(pattern) for name, pattern in _TEXT.items()},
    "base64Binary": _is_base64,
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, str) and is_day(value),
    "dateTime": lambda value: isinstance(value, str) and (is_day(value) or is_moment(value)),
    "decimal": lambda value: type(value) in (int, float, Decimal),
    "instant": lambda value: isinstance(value, str) and is_moment(value),
    "integer": _whole(-_LARGEST - 1),
    "markdown": _is_text,
    "positiveInt": _whole(1),
    "string": _is_text,
    "unsignedInt": _whole(0),
    "xhtml": is_narrative,
}
"""The check of each primitive type, by its name."""
