"""A span of time: the start is inside, the end is the first second after, either may be open.

Example:
    >>> Period(start=0, end=10).contains(10)
    False
    >>> from datetime import date, timedelta
    >>> Period(start=date(2027, 1, 1), end=timedelta(days=90))
    Period(start=1798761600, end=1806537600)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from salus.errors import InputError, InvalidValue
from salus.primitives.coercion import type_named
from salus.primitives.times import Moment, moment_of, seconds_of
from salus.primitives.values import require_type, typed
from salus.terms.errors import InvalidTerms

# The years 1 to 9999, which every calendar library and FHIR can write.
EARLIEST = -62_135_596_800
LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
@typed
class Period:
    """A span of time, open at either side where left out.

    Args:
        start: First second inside: Unix seconds, may be negative; a datetime; or a date, whose
            first second in UTC counts.
        end: First second after, likewise; or a timedelta after the start.

    Raises:
        InvalidTerms: It has neither side, or ends before it starts.
        InputError: A datetime has no time zone.
    """

    start: int | None = None
    end: int | None = None

    def __init__(
        self, *, start: Moment | None = None, end: Moment | timedelta | None = None
    ) -> None:
        first, last = sides(start, end)
        object.__setattr__(self, "start", first)
        object.__setattr__(self, "end", last)
        self.__post_init__()

    def __post_init__(self) -> None:
        if self.start is None and self.end is None:
            raise InvalidTerms(field="period", problem="needs a start or an end")
        if any(side is not None and not EARLIEST < side <= LATEST for side in self._sides):
            raise InvalidTerms(field="period", problem="lies outside the years 1 to 9999")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidTerms(field="period", problem="ends before it starts")

    @classmethod
    def between(cls, since: Moment | None, until: Moment | None) -> Period | None:
        """Return the span that a search asks for; None where it asks for none.

        Args:
            since: First second inside: a datetime, a date, or Unix seconds.
            until: First second after, likewise.

        Returns:
            The span.

        Raises:
            InputError: It ends before it starts, or lies outside the years 1 to 9999.
        """
        if since is None and until is None:
            return None
        first, last = sides(since, until, owner="Period.between", names=("since", "until"))
        try:
            return cls(start=first, end=last)
        except InvalidTerms:
            raise InputError(
                f"since {since} is not before until {until}, or not in the years 1 to 9999: give"
                " the earlier moment as `since=`"
            ) from None

    @property
    def _sides(self) -> tuple[int | None, int | None]:
        return self.start, self.end

    def contains(self, instant: Moment) -> bool:
        """Return whether an instant lies inside.

        Args:
            instant: a datetime, a date (its first second), or seconds since 1970 (UTC).

        Returns:
            True when it does.
        """
        at = moment_of(instant, name="instant", past=True)
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def encloses(self, other: Period) -> bool:
        """Return whether all of another period lies inside.

        Args:
            other: the other period.

        Returns:
            True when it does.
        """
        require_type(other, Period, owner="Period", field="other")
        return (self.start is None or (other.start is not None and self.start <= other.start)) and (
            self.end is None or (other.end is not None and other.end <= self.end)
        )

    def meets(self, other: Period) -> bool:
        """Return whether the two have a second in common.

        Args:
            other: the other period.

        Returns:
            True when they do.
        """
        require_type(other, Period, owner="Period", field="other")
        return (self.end is None or other.start is None or other.start < self.end) and (
            other.end is None or self.start is None or self.start < other.end
        )


def sides(
    start: Any, end: Any, *, owner: str = "Period", names: tuple[str, str] = ("start", "end")
) -> tuple[int | None, int | None]:
    """Both sides in Unix seconds; what does not fit is refused by the names that a caller wrote.

    Raises:
        InvalidValue: A side is of another type.
        InvalidTerms: The end is a length, and there is no start.
        InputError: A datetime has no time zone.
    """
    first = _side(start, owner, names[0], "a date, a datetime or Unix seconds")
    if not isinstance(end, timedelta):
        wanted = f"a date, a datetime, Unix seconds or a timedelta after {names[0]}"
        return first, _side(end, owner, names[1], wanted)
    if first is None:
        problem = f"is a length of time, which needs a start: give {names[0]} too"
        raise InvalidTerms(field=names[1], problem=problem)
    return first, first + seconds_of(end, name=names[1])


def _side(side: Any, owner: str, name: str, wanted: str) -> int | None:
    if side is None or type(side) is int:
        return side
    if isinstance(side, bool) or not isinstance(side, int | date):
        raise InvalidValue(owner, name, f"must be {wanted}, not {type_named(side)}")
    return moment_of(side, name=name, past=True)
