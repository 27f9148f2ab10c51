"""Strict reading of the JSON forms of this package: known version, known members, right types.

Example:
    >>> read_document(b'{"format":"x","version":1,"size":3}', form="x", members=["size"])
    {'size': 3}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from salus.drugs.errors import MalformedOpening
from salus_verify import json as nesting

_HASH = re.compile(r"[0-9a-f]{64}")
_VERSION = 1


def read_document(data: bytes | str, *, form: str, members: Iterable[str]) -> dict[str, Any]:
    """Read one JSON object of a named form.

    Raises:
        MalformedOpening: says what does not fit.
    """
    try:
        document = nesting.load(data, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise MalformedOpening(reason=f"it is not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != form:
        raise MalformedOpening(reason=f"its format is not {form!r}")
    if document.get("version") != _VERSION:
        reason = f"its version is not {_VERSION}: update this software, or ask for that version"
        raise MalformedOpening(reason=reason)
    found, expected = set(document) - {"format", "version"}, set(members)
    if found != expected:
        names = ", ".join(sorted(found ^ expected))
        raise MalformedOpening(reason=f"missing or unknown members: {names}")
    return {name: document[name] for name in document if name in expected}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedOpening(reason="a member stands twice in one object")
    return members


def read_text(members: Mapping[str, Any], name: str) -> str:
    """Read a string member.

    Raises:
        MalformedOpening: it is not a string.
    """
    value = members[name]
    if not isinstance(value, str):
        raise MalformedOpening(reason=f"{name} is not a string")
    return value


def read_integer(members: Mapping[str, Any], name: str) -> int:
    """Read a member that counts.

    Raises:
        MalformedOpening: it is not such an integer.
    """
    value = members[name]
    if type(value) is not int or value < 0:
        raise MalformedOpening(reason=f"{name} is not a non-negative integer")
    return value


def read_texts(members: Mapping[str, Any], name: str, *, most: int | None = None) -> list[str]:
    """Read a list of strings.

    Raises:
        MalformedOpening: it is not a list, too long, or holds anything but strings.
    """
    value = members[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedOpening(reason=f"{name} is not a list of strings")
    if most is not None and len(value) > most:
        raise MalformedOpening(reason=f"{name} has more than {most} items")
    return value


def read_hex(value: object, name: str) -> bytes:
    """Read 32 bytes in hex.

    Raises:
        MalformedOpening: it is not 64 lower-case hex digits. The value is not repeated.
    """
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise MalformedOpening(reason=f"{name} is not 64 lower-case hex digits")
    return bytes.fromhex(value)


def read_day(members: Mapping[str, Any], name: str) -> date:
    """Read a date, YYYY-MM-DD.

    Raises:
        MalformedOpening: there is no such day.
    """
    try:
        return date.fromisoformat(read_text(members, name))
    except ValueError as error:
        raise MalformedOpening(reason=f"{name} is not a date YYYY-MM-DD") from error
