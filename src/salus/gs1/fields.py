"""Lot numbers, serial numbers and dates as they stand in GS1 element strings.

Example:
    >>> from datetime import date
    >>> from salus.gs1 import Gtin, LotNumber
    >>> from salus.gs1.fields import lot_digest, parse_date
    >>> parse_date("280200", today=date(2026, 11, 1))
    datetime.date(2028, 2, 29)
    >>> lot_digest(Gtin("09506000134352"), LotNumber("AB-12")).hex()[:16]
    '9c4e8a03cff9aca6'
"""

from __future__ import annotations

import calendar
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from salus.gs1.errors import MalformedIdentifier
from salus.gs1.identification_keys import Gtin
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.primitives.values import typed

# Lot and serial numbers: what GS1 allows in AI 10 and 21.
is_charset_82 = re.compile(r"[!\"%-?A-Z_a-z]{1,20}").fullmatch
_YYMMDD = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_LOT_LABEL = b"salus/lot/v1"
_EPOCH, _DAY = date(1970, 1, 1).toordinal(), 86_400


def _charset_82(kind: str, value: str) -> None:
    if not isinstance(value, str) or not is_charset_82(value):
        raise MalformedIdentifier(
            kind=kind,
            value=value,
            reason="it needs 1 to 20 characters of the GS1 character set 82 "
            "(letters, digits and !\"%&'()*+,-./:;<=>?_)",
        )


@dataclass(frozen=True, slots=True, order=True)
@typed
class LotNumber:
    """A batch or lot number (AI 10): 1 to 20 characters, case matters.

    Raises:
        MalformedIdentifier: empty, too long, or outside the GS1 character set 82.
    """

    value: str

    def __post_init__(self) -> None:
        _charset_82("lot number", self.value)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
@typed
class Serial:
    """A serial number (AI 21): 1 to 20 characters, case matters.

    Raises:
        MalformedIdentifier: empty, too long, or outside the GS1 character set 82.
    """

    value: str

    def __post_init__(self) -> None:
        _charset_82("serial number", self.value)

    def __str__(self) -> str:
        return self.value


@typed_arguments
def parse_date(yymmdd: str, *, today: date | None = None) -> date:
    """Read a GS1 date; day 00 is the last day of its month (General Specifications 3.4, 7.12).

    Today settles the century, 49 years back to 50 ahead. An expiry (AI 17) is the last day of use.
    """
    match = _YYMMDD.fullmatch(yymmdd)
    if match is None:
        raise MalformedIdentifier(kind="GS1 date", value=yymmdd, reason="it needs YYMMDD")
    year, month, day = map(int, match.groups())
    year = _full_year(year, (today or datetime.now(UTC).date()).year)
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError) as error:
        raise MalformedIdentifier(
            kind="GS1 date", value=yymmdd, reason="there is no such day"
        ) from error


def _full_year(two_digits: int, this_year: int) -> int:
    century = this_year - this_year % 100
    ahead = two_digits - this_year % 100
    if ahead > 50:
        return century - 100 + two_digits
    if ahead < -49:
        return century + 100 + two_digits
    return century + two_digits


@typed_arguments
def format_date(day: date) -> str:
    """Write a date as the six digits YYMMDD of a GS1 element string."""
    return f"{day:%y%m%d}"


@typed_arguments
def expires_at(expiry: date) -> int:
    """Return the Unix second from which a lot is expired: midnight UTC after its expiry date."""
    return (expiry.toordinal() + 1 - _EPOCH) * _DAY


@typed_arguments
def last_day(expires: Moment) -> date:
    """Return the last day of use, in UTC, from what the chain holds; at most 9999-12-31."""
    first = moment_of(expires, name="expires")
    return date.fromordinal(min((first - 1) // _DAY + _EPOCH, date.max.toordinal()))


@typed_arguments
def lot_digest(gtin: Gtin, lot: LotNumber) -> bytes:
    """Digest the name of a lot, as contracts know it.

    The layout is ``"salus/lot/v1" || 0x00 || GTIN (14 digits) || length of lot (1 byte) || lot``,
    hashed with SHA-256, so that no two lots share a preimage.
    """
    name = lot.value.encode("ascii")
    layout = _LOT_LABEL + b"\x00" + gtin.value.encode("ascii") + bytes([len(name)]) + name
    return hashlib.sha256(layout).digest()
