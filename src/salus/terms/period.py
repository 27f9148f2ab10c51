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

from salus.errors import InputError
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
        first = _seconds(start, "start")
        if isinstance(end, timedelta):
            if type(first) is not int:
                raise InvalidTerms(field="period", problem="needs a start that its length is after")
            end = first + seconds_of(end, name="end")
        object.__setattr__(self, "start", first)
        object.__setattr__(self, "end", _seconds(end, "end"))
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
        try:
            return cls(start=since, end=until)
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


def _seconds(side: Any, name: str) -> Any:
    """What is not a moment stays, for the field to refuse."""
    return moment_of(side, name=name, past=True) if isinstance(side, date) else side
