r"""What a scanner reads from a pack: a DataMatrix payload, bracket text, or a Digital Link.

biip knows every application identifier; what it lets through (a wrong check digit, a field that
runs past its length, text between brackets) is refused here, because a scan decides whether a
medicine is handed out.

Example:
    >>> from salus.gs1 import parse_scan
    >>> pack = parse_scan("]d2010950600013435210AB-12\x1d217QX9\x1d17271231")
    >>> str(pack.lot), str(pack.serial), pack.expiry.isoformat()
    ('AB-12', '7QX9', '2027-12-31')
    >>> pack == parse_scan(pack.element_string())
    True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from salus.gs1.errors import ExpiredLot, IncompleteScan, MalformedElementString
from salus.gs1.fields import LotNumber, Serial, format_date, parse_date
from salus.gs1.identification_keys import Gtin
from salus.gs1.links import escape
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed

_MAX_PAYLOAD = 4096


@dataclass(frozen=True, slots=True)
@typed
class PackId:
    """One pack, named completely: product, lot and serial number."""

    gtin: Gtin
    lot: LotNumber
    serial: Serial


@dataclass(frozen=True, slots=True)
@typed
class Scan:
    """What a code says; ``elements`` holds the other fields as (identifier, value) pairs."""

    gtin: Gtin
    lot: LotNumber | None = None
    serial: Serial | None = None
    expiry: date | None = None
    elements: tuple[tuple[str, str], ...] = ()

    def pack(self) -> PackId:
        """Return product, lot and serial number."""
        if self.lot is None or self.serial is None:
            found = {"lot number (10)": self.lot, "serial number (21)": self.serial}
            raise IncompleteScan(missing=[name for name, value in found.items() if value is None])
        return PackId(self.gtin, self.lot, self.serial)

    @typed_arguments
    def check_not_expired(self, *, on: date | None = None) -> None:
        """Refuse a pack past its expiry date; the date itself is still good. Today is in UTC.

        Raises:
            ExpiredLot: the date has passed.
            IncompleteScan: the code carries no expiry date.
        """
        if self.expiry is None:
            raise IncompleteScan(missing=["expiry date (17)"])
        today = on or datetime.now(UTC).date()
        if today > self.expiry:
            raise ExpiredLot(lot=str(self.lot or "unknown"), expiry=self.expiry, on=today)

    def element_string(self) -> str:
        """Write the payload of a GS1 DataMatrix, fixed-length fields first; FNC1 is 0x1D."""
        from salus.gs1.elements import FNC1, needs_separator

        fixed = [(ai, value) for ai, value in self._pairs() if not needs_separator(ai)]
        variable = [(ai, value) for ai, value in self._pairs() if needs_separator(ai)]
        head = "".join(ai + value for ai, value in fixed)
        return head + FNC1.join(ai + value for ai, value in variable)

    def digital_link(self) -> str:
        """Write a GS1 Digital Link; what is not product, lot or serial is in its query."""
        path = "".join(f"/{ai}/{escape(value)}" for ai, value in self._pairs() if ai in _PATH)
        rest = sorted((ai, value) for ai, value in self._pairs() if ai not in _PATH)
        query = "&".join(f"{ai}={escape(value)}" for ai, value in rest)
        return f"https://id.gs1.org{path}" + (f"?{query}" if query else "")

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield "01", self.gtin.value
        if self.expiry is not None:
            yield "17", format_date(self.expiry)
        if self.lot is not None:
            yield "10", self.lot.value
        if self.serial is not None:
            yield "21", self.serial.value
        yield from self.elements


_PATH = ("01", "10", "21")


@typed_arguments
def parse_scan(payload: str | bytes, *, today: date | None = None) -> Scan:
    """Read a GS1 DataMatrix or GS1-128 payload, bracket text, or a Digital Link URL.

    Args:
        payload: what the scanner gave, with or without its symbology identifier (``]d2``).
            Bytes are ASCII; FNC1 is the byte 0x1D.
        today: the day that settles the century of dates; now, in UTC, if left.

    Returns:
        The scan.

    Raises:
        BadCheckDigit: the GTIN's last digit is wrong; the error names the right one.
        MalformedElementString: unknown identifier, a field too long or unterminated, a field
            given twice with different values, no GTIN.
        MalformedIdentifier: an expiry date that does not exist.
    """
    from salus.gs1.elements import elements_of

    text = _as_text(payload)
    fields: dict[str, str] = {}
    for ai, value in elements_of(text):
        if fields.setdefault(ai, value) != value:
            raise MalformedElementString(payload=text, reason=f"({ai}) stands twice and differs")
    if "01" not in fields:
        raise MalformedElementString(payload=text, reason="there is no GTIN (01) in it")
    return Scan(
        gtin=Gtin(fields.pop("01")),
        expiry=parse_date(fields.pop("17"), today=today) if "17" in fields else None,
        lot=LotNumber(fields.pop("10")) if "10" in fields else None,
        serial=Serial(fields.pop("21")) if "21" in fields else None,
        elements=tuple(sorted(fields.items())),
    )


def _as_text(payload: str | bytes) -> str:
    if isinstance(payload, bytes):
        payload = payload.decode("latin-1")
    text = payload.strip(" \t\r\n")
    if not text.isascii() or not text:
        reason = "it is not ASCII" if text else "it is empty"
        raise MalformedElementString(payload=text[:64], reason=reason)
    if len(text) > _MAX_PAYLOAD:
        reason = f"it is longer than {_MAX_PAYLOAD} characters"
        raise MalformedElementString(payload=text[:64] + "…", reason=reason)
    return text
