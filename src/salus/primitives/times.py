"""Durations and moments: Python's own types beside the whole seconds that contracts count.

Example:
    >>> from datetime import UTC, date, datetime, timedelta
    >>> seconds_of(timedelta(days=30)), seconds_of(90)
    (2592000, 90)
    >>> moment_of(datetime(2027, 1, 1, 12, tzinfo=UTC)) - moment_of(date(2027, 1, 1))
    43200
    >>> utc(1798761600)
    '2027-01-01 00:00:00 UTC'
    >>> moment_of(datetime(2027, 1, 1))
    Traceback (most recent call last):
    salus_verify.errors.InputError: moment has no time zone: say which, as in tzinfo=UTC
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

from salus.errors import InputError

Duration: TypeAlias = int | timedelta
"""Seconds, or a timedelta."""
Wait: TypeAlias = float | timedelta
"""Seconds, or fractions of them, or a timedelta."""
Moment: TypeAlias = int | date | datetime
"""Unix seconds, a datetime with its time zone, or a date: the day's first second in UTC."""
Deadline: TypeAlias = Moment | timedelta
"""A moment, or a timedelta from now."""
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999."""


def seconds_of(duration: Duration, *, name: str = "duration") -> int:
    """Return a duration in whole seconds, at least 0."""
    if isinstance(duration, timedelta):
        if duration.microseconds:
            raise InputError(f"{name} has a fraction of a second: give whole seconds")
        seconds = duration.days * 86400 + duration.seconds
    else:
        seconds = _whole(duration, name, "a timedelta or whole seconds")
    if seconds < 0:
        raise InputError(f"{name} is negative, {seconds} s: give 0 or more")
    return seconds


def wait_of(wait: Wait, *, name: str = "wait") -> float:
    """Return how long to wait in seconds, with their fractions."""
    if isinstance(wait, bool) or not isinstance(wait, int | float | timedelta):
        raise InputError(f"{name} must be a timedelta or seconds, not {type(wait).__name__}")
    seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
    if not seconds >= 0:
        raise InputError(f"{name} is {seconds} s: give 0 or more")
    return seconds


def moment_of(moment: Moment, *, name: str = "moment", past: bool = False) -> int:
    """Return a point in time as Unix seconds, fractions cut off; below 0 only where ``past``."""
    if isinstance(moment, datetime):
        if moment.utcoffset() is None:
            raise InputError(f"{name} has no time zone: say which, as in tzinfo=UTC")
        seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    elif isinstance(moment, date):
        seconds = int(datetime.combine(moment, time(), UTC).timestamp())
    else:
        seconds = _whole(moment, name, "a datetime, a date or Unix seconds")
    if seconds < 0 and not past:
        raise InputError(f"{name} is before 1970: give a later one")
    return seconds


def utc(seconds: int) -> str:
    """Write Unix seconds as people read them; what no calendar has stays a number."""
    if not _FIRST <= seconds <= _LAST:
        return str(seconds)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def _whole(value: Any, name: str, wanted: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be {wanted}, not {type(value).__name__}")
    return int(value)
