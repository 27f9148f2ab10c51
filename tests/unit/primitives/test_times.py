"""Durations and moments: what counts as one, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import InputError
from salus.primitives.times import moment_of, seconds_of

NEW_YEAR = 1798761600
"""1 January 2027, 00:00 UTC."""


@given(st.integers(0, 10**10))
def test_a_duration_is_the_same_in_seconds_and_as_a_timedelta(seconds: int) -> None:
    assert seconds_of(seconds) == seconds_of(timedelta(seconds=seconds)) == seconds


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)), st.integers(-14, 14))
def test_a_moment_is_the_same_in_every_time_zone(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert (
        moment_of(elsewhere) == moment_of(moment) == int(moment.replace(microsecond=0).timestamp())
    )


def test_a_date_is_its_first_second_in_utc() -> None:
    assert moment_of(date(2027, 1, 1)) == moment_of(NEW_YEAR) == NEW_YEAR


def test_a_fraction_of_a_moment_is_cut_off() -> None:
    assert moment_of(datetime(2027, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)) == NEW_YEAR


@pytest.mark.parametrize("value", [-1, timedelta(seconds=-1), timedelta(milliseconds=1500)])
def test_a_duration_is_whole_and_not_negative(value: Any) -> None:
    with pytest.raises(InputError, match="lifetime"):
        seconds_of(value, name="lifetime")


@pytest.mark.parametrize(
    "value", [-1, date(1969, 12, 31), datetime(1969, 12, 31, tzinfo=UTC), datetime(2027, 1, 1)]
)
def test_a_moment_has_a_time_zone_and_is_not_before_1970(value: Any) -> None:
    with pytest.raises(InputError, match="deadline"):
        moment_of(value, name="deadline")


@pytest.mark.parametrize("value", [None, True, 1.5, "90", "2027-01-01", b"90", object()])
@pytest.mark.parametrize("read", [seconds_of, moment_of])
def test_other_types_are_refused(read: Any, value: Any) -> None:
    with pytest.raises(InputError, match="lifetime must be"):
        read(value, name="lifetime")


def test_the_types_of_the_other_kind_are_refused() -> None:
    with pytest.raises(InputError, match="not date"):
        seconds_of(date(2027, 1, 1))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not timedelta"):
        moment_of(timedelta(days=1))  # type: ignore[arg-type]
