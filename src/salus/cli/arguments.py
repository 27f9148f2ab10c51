"""What people type: addresses, digests, durations; what is malformed ends with exit code 2.

Example:
    >>> duration("90d")
    7776000
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

from salus.errors import InputError
from salus.primitives.address import Address

_Named = TypeVar("_Named", bound=Enum)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}


def address(text: str) -> Address:
    """A checksummed address."""
    from salus.primitives.address import checked_address

    return checked_address(text)


def digest(text: str) -> bytes:
    """32 bytes from hex, with or without 0x."""
    raw = text.removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", raw):
        raise InputError(f"{text!r} is not 32 bytes of hex: write 64 hexadecimal digits")
    return bytes.fromhex(raw)


def record_id(text: str) -> str:
    """A record's id as it is written everywhere, whatever its case, with or without 0x."""
    return text.removeprefix("0x").lower()


def duration(text: str) -> int:
    """Seconds from a number with a unit: s, m, h, d or y."""
    match = re.fullmatch(r"(\d{1,9})([smhdy])", text)
    if not match:
        raise InputError(
            f"{text!r} is not a duration: write a number and s, m, h, d or y, as in 90d"
        )
    return int(match[1]) * _UNITS[match[2]]


def moment(text: str) -> int:
    """Unix seconds from a point in time: a number of them, or ISO 8601 with its time zone."""
    from salus.primitives.times import moment_of

    if re.fullmatch(r"[0-9]{1,12}", text):
        return int(text)
    try:
        return moment_of(datetime.fromisoformat(text), name=repr(text))
    except ValueError:
        raise InputError(
            f"{text!r} is not a time: write 2030-01-31T12:00Z, or Unix seconds"
        ) from None


def day(text: str) -> date:
    """A calendar day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day: write YYYY-MM-DD, as in 2028-12-31") from None


def span(text: str) -> tuple[int, int]:
    """The first and the last of a range, both included."""
    match = re.fullmatch(r"(\d{1,12})-(\d{1,12})", text, re.ASCII)
    if not match or int(match[1]) > int(match[2]):
        raise InputError(f"{text!r} is not a range: write the first and the last, as in 0-99")
    return int(match[1]), int(match[2])


def choice(kind: type[_Named], text: str) -> _Named:
    """A member of an enumeration by its name, in lower case; ``none`` among them."""
    try:
        return kind[text.upper().replace("-", "_")]
    except KeyError:
        known = ", ".join(each.name.lower().replace("_", "-") for each in kind)
        raise InputError(f"{text!r} is none of these: write one of {known}") from None
