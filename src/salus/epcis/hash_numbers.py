"""Numbers and times in the one form that the event hash allows.

Example:
    >>> number_text("26.0"), number_text("0.10"), number_text("1.5E2")
    ('26', '0.1', '150')
    >>> time_text("2023-01-18T12:04:03.1415+01:00", "eventTime")
    '2023-01-18T11:04:03.142Z'
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from salus.epcis.errors import InvalidEpcis, Problem

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def number_text(text: str) -> str:
    """Write a decimal number without exponent, plus sign or needless zeros (CBV 2.0, 8.9).

    It never passes through a binary float; any other text comes back as it is.
    """
    if not _NUMBER.fullmatch(text):
        return text
    plain = f"{Decimal(text):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    digits = digits.lstrip("0") or "0"
    digits = f"0{digits}" if digits.startswith(".") else digits
    return digits if digits == "0" else sign + digits


def time_text(text: str, field: str) -> str:
    """Write a time in UTC with milliseconds, the fourth decimal rounding half up (CBV 2.0, 8.9)."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidEpcis([Problem(field, f"{text!r} is not a time with an offset")])
    seconds, fraction, offset = match.groups(default="")
    try:
        moment = datetime.fromisoformat(seconds + offset).astimezone(UTC)
        milliseconds = int(f"{fraction[:3]:0<3}") + (fraction[3:4] >= "5")
        moment += timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError) as error:
        raise InvalidEpcis([Problem(field, f"{text!r} is not a real time")]) from error
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
