"""FHIR R4 dates as spans of seconds, and back. A date, which has no time zone, is taken as UTC.

Example:
    >>> period_of("2015-02")
    Period(start=1422748800, end=1425168000)
    >>> instant_text(1422748800)
    '2015-02-01T00:00:00Z'
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from salus.terms.errors import InvalidTerms
from salus.terms.period import EARLIEST, LATEST, Period

if TYPE_CHECKING:
    from collections.abc import Mapping

# R4's own patterns (datatypes.html#dateTime): ASCII digits; a time has seconds and a zone.
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:Z|([+-])(?:(0[0-9]|1[0-3]):([0-5][0-9])|(14):(00)))"
)
_SECONDS_A_DAY = 86_400
_SIDES = ("start", "end")


def is_day(text: str) -> bool:
    """Whether this is a FHIR date (R4, section 2.24.0.1) of a year, month or day that exists."""
    found = _DATE.fullmatch(text)
    return found is not None and _exists(found)


def is_moment(text: str) -> bool:
    """Whether this is a FHIR dateTime with a time, of a day that exists; as an instant is."""
    found = _MOMENT.fullmatch(text)
    return found is not None and _exists(_DATE.match(found[1]))


def _exists(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    year, month, day = found.groups(default="01")
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def period_of(text: Any) -> Period | None:
    """Read a FHIR date, dateTime or instant (R4, section 2.24.0.1) as all seconds that it may mean.

    None where R4's grammar does not know it. A leap second is the second before it, twice, as
    clocks in seconds since 1970 show it.
    """
    try:
        start, end = _span(text)
        # Year 1 and the last second of 9999 say that there is no start, and no end.
        first, after = EARLIEST + 1, EARLIEST + 2
        return Period(start=min(max(start, first), LATEST - 1), end=min(max(end, after), LATEST))
    except (TypeError, ValueError, InvalidTerms):
        return None


def period_of_range(sides: Mapping[str, Any]) -> Period | None:
    """Read a FHIR Period, whose end is inside (R4, section 2.24.0.11).

    None where neither side is there, one is not a date or is withheld (``_end`` alone), or the end
    lies before the start.
    """
    spans = {side: period_of(sides.get(side)) for side in _SIDES if _names(sides, side)}
    if None in spans.values():
        return None
    start, end = (spans.get(side) for side in _SIDES)
    try:
        return Period(start=start.start if start else None, end=end.end if end else None)
    except InvalidTerms:
        return None


def _names(sides: Mapping[str, Any], side: str) -> bool:
    return side in sides or f"_{side}" in sides


def range_of_period(period: Period) -> dict[str, str]:
    """Write a span as a FHIR Period of instants; its end is the last second inside."""
    sides = {}
    if period.start is not None:
        sides["start"] = instant_text(period.start)
    if period.end is not None:
        sides["end"] = instant_text(period.end - 1)
    return sides


def instant_text(seconds: int) -> str:
    """Write seconds since 1970 as a FHIR instant."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def _span(text: str) -> tuple[int, int]:
    partial = _DATE.fullmatch(text)
    if partial is None:
        return _span_of_moment(text)
    year, month, day = (int(part) if part else None for part in partial.groups())
    assert year is not None, "the pattern always has a year"  # noqa: S101
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    return _seconds_at(first), _seconds_at(last) + _SECONDS_A_DAY


def _span_of_moment(text: str) -> tuple[int, int]:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("R4's grammar does not know it")
    day, hour, minute, second, sign, *zone = found.groups()
    zone_hours, zone_minutes = (int(part) for part in [each for each in zone if each] or (0, 0))
    offset = (zone_hours * 60 + zone_minutes) * (-60 if sign == "-" else 60)
    start = _seconds_at(date.fromisoformat(day)) + int(hour) * 3600 + int(minute) * 60
    start += min(int(second), 59) - offset
    return start, start + 1


def _seconds_at(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _SECONDS_A_DAY
