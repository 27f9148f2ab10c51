from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import InvalidValue
from salus.gs1 import Gtin, LotNumber, Serial
from salus.gs1.errors import MalformedIdentifier
from salus.gs1.fields import expires_at, format_date, last_day, lot_digest, parse_date

GTIN = Gtin("09506000134352")
CHARSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
lots = st.text(CHARSET_82, min_size=1, max_size=20)


def test_the_character_set_has_82_characters_and_all_are_allowed() -> None:
    assert len(set(CHARSET_82)) == 82
    assert all(str(LotNumber(char)) == char and str(Serial(char)) == char for char in CHARSET_82)


@pytest.mark.parametrize("value", ["", "A" * 21, "a b", "é", "A\x1d", "[", "~", "#", "A\n"])
def test_refuses_a_lot_or_serial_outside_the_character_set(value: str) -> None:
    with pytest.raises(MalformedIdentifier, match="lot number"):
        LotNumber(value)
    with pytest.raises(MalformedIdentifier, match="serial number"):
        Serial(value)


@pytest.mark.parametrize("value", [12, b"AB-12", None])
def test_a_lot_or_serial_that_is_no_text_is_refused_by_name(value: Any) -> None:
    for kind in (LotNumber, Serial):
        with pytest.raises(InvalidValue, match=f"{kind.__name__}.value must be str"):
            kind(value)


@pytest.mark.parametrize(
    ("yymmdd", "day"),
    [
        ("271231", date(2027, 12, 31)),
        ("270200", date(2027, 2, 28)),
        ("280200", date(2028, 2, 29)),
        ("760101", date(2076, 1, 1)),
        ("770101", date(1977, 1, 1)),
    ],
)
def test_reads_a_date_with_its_century_and_its_last_day(yymmdd: str, day: date) -> None:
    assert parse_date(yymmdd, today=date(2026, 11, 1)) == day


def test_the_century_turns_when_the_year_passes_half() -> None:
    assert parse_date("000101", today=date(2098, 1, 1)) == date(2100, 1, 1)
    assert parse_date("490101", today=date(2099, 1, 1)) == date(2149, 1, 1)
    assert parse_date("500101", today=date(2099, 1, 1)) == date(2050, 1, 1)


@pytest.mark.parametrize("yymmdd", ["", "2712", "270001", "271301", "270230", "27123x", "2712311"])
def test_refuses_a_date_that_does_not_exist(yymmdd: str) -> None:
    with pytest.raises(MalformedIdentifier):
        parse_date(yymmdd)


@given(today=st.dates(date(1950, 1, 1), date(2200, 1, 1)), ahead=st.integers(-49, 50))
def test_dates_within_the_window_survive_a_round_trip(today: date, ahead: int) -> None:
    day = date(today.year + ahead, today.month, min(today.day, 28))
    assert parse_date(format_date(day), today=today) == day


def test_a_lot_expires_when_its_last_day_is_over() -> None:
    last_second = datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)
    first_second = datetime.fromtimestamp(expires_at(date(2027, 12, 31)), UTC)
    assert first_second - last_second == timedelta(seconds=1)


@given(day=st.dates(date(1970, 1, 1)))
def test_the_last_day_of_a_lot_comes_back_from_the_chain(day: date) -> None:
    assert last_day(expires_at(day)) == day


def test_an_expiry_beyond_all_dates_is_the_last_date_there_is() -> None:
    assert last_day(2**64 - 1) == date.max


def test_lot_digest_keeps_the_committed_value() -> None:
    assert lot_digest(GTIN, LotNumber("AB-12")).hex() == (
        "9c4e8a03cff9aca6b4110c406363dfc108e4e475a535abb72ed2b8af82a25873"
    )


@given(one=lots, other=lots)
def test_two_lots_share_a_digest_only_when_they_are_one(one: str, other: str) -> None:
    same = lot_digest(GTIN, LotNumber(one)) == lot_digest(GTIN, LotNumber(other))
    assert same == (one == other)
