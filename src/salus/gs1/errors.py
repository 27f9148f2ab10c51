"""What is wrong with a GS1 code: each error names the value and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from salus.errors import InputError


class BadCheckDigit(InputError):
    """The last digit of a GS1 key does not fit the others (GS1 General Specifications 7.9)."""

    def __init__(self, *, key: str, value: str, expected: int) -> None:
        self.key, self.value, self.expected = key, value, expected
        super().__init__(
            f"{key} {value} ends in the check digit {value[-1]}, "
            f"but it should be {expected}: scan or type it again"
        )


class MalformedIdentifier(InputError):
    """A GTIN, SSCC, GLN, lot number, serial, date or NDC is not of its form."""

    def __init__(self, *, kind: str, value: str, reason: str) -> None:
        self.kind, self.value, self.reason = kind, value, reason
        super().__init__(f"{value!r} is not a {kind}: {reason}")


class MalformedElementString(InputError):
    """A scanned payload is not a GS1 element string, bracket text or Digital Link."""

    def __init__(self, *, payload: str, reason: str) -> None:
        self.payload, self.reason = payload, reason
        super().__init__(
            f"cannot read {payload!r} as GS1 data: {reason.rstrip('.')}; scan the code again, or"
            " type what is printed beside it with its brackets, as in (01)…(17)…(10)…(21)…"
        )


class IncompleteScan(InputError):
    """A scan is valid GS1 data, but lacks an element that this act needs."""

    def __init__(self, *, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        names = ", ".join(self.missing)
        super().__init__(f"the scan carries no {names}: scan the code on the pack itself")


class ExpiredLot(InputError):
    """The expiry date of a pack or lot has passed."""

    def __init__(self, *, lot: str, expiry: date, on: date) -> None:
        self.lot, self.expiry, self.on = lot, expiry, on
        super().__init__(
            f"lot {lot} expired on {expiry.isoformat()} and today is {on.isoformat()}: "
            "do not supply it, quarantine the packs"
        )
