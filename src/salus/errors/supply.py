"""Errors of the supply chain: identifiers, scans, packs, and EPCIS documents.

Example:
    >>> from salus.errors import BadCheckDigit, InputError
    >>> error = BadCheckDigit(key="GTIN", value="09506000134350", expected=2)
    >>> isinstance(error, InputError), error.exit_code
    (True, 2)
    >>> print(error)
    GTIN 09506000134350 ends in the check digit 0, but it should be 2: scan or type it again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from salus.errors.base import InputError, VerificationError
from salus.values import typed


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


class DuplicateSerial(InputError):
    """A serial number stands twice in one lot or shipment."""

    def __init__(self, *, serial: str) -> None:
        self.serial = serial
        super().__init__(
            f"serial {serial!r} occurs more than once: every pack has its own, so name it once;"
            " nothing was sent"
        )


class UnknownSerial(VerificationError):
    """A serial number is not among those that the maker committed to."""

    def __init__(self, *, lot: str, serial: str) -> None:
        self.lot, self.serial = lot, serial
        super().__init__(
            f"serial {serial!r} is not part of lot {lot}: "
            "treat the pack as a suspected falsification and report it to the maker"
        )


class LotAmbiguous(InputError):
    """Several makers of a product have a lot of this number."""

    def __init__(self, *, lot: str, makers: tuple[str, ...]) -> None:
        self.lot, self.makers = lot, makers
        super().__init__(
            f"{len(makers)} makers have a lot {lot} of this product: say whose is meant (maker=,"
            f" --maker), one of {', '.join(makers)}"
        )


class NotInConsignment(VerificationError):
    """A serial number did not come with this shipment; it may have come with another."""

    def __init__(self, *, lot: str, serial: str, holds: str | None = None) -> None:
        self.lot, self.serial, self.holds = lot, serial, holds
        where = "this consignment" if holds is None else f"this file, which is of {holds}"
        super().__init__(
            f"serial {serial!r} of lot {lot} is not in {where}; that says nothing about the pack:"
            f" try the other consignments of lot {lot}, or ask the sender, and do not supply the"
            " pack before it is found"
        )


class InvalidOpening(VerificationError):
    """The opening of a pack does not lead to the lot's committed root."""

    def __init__(self, *, serial: str, reason: str) -> None:
        self.serial, self.reason = serial, reason
        super().__init__(
            f"the opening of serial {serial!r} proves nothing: {reason}; "
            "do not supply the pack, ask the sender for its opening again"
        )


class ForgedConsignment(VerificationError):
    """What travels with a shipment opens packs that are not of its lot."""

    def __init__(self, *, lot: str, serial: str, reason: str) -> None:
        self.lot, self.serial, self.reason = lot, serial, reason
        super().__init__(
            f"the consignment is not of lot {lot}: the opening of serial {serial!r} proves nothing"
            f" ({reason}). Nothing was received: keep the packs apart, dispute or reject the"
            " shipment, and report it to the maker"
        )


class ManifestNotOfLot(VerificationError):
    """What is to be shipped is not what the lot's maker committed to on chain."""

    def __init__(self, *, lot: str, reason: str) -> None:
        self.lot, self.reason = lot, reason
        super().__init__(
            f"the openings are not of lot {lot} as it was commissioned ({reason}): nobody could"
            " receive these packs. Nothing was sent: ship from the manifest that the lot was"
            " commissioned with"
        )


class PackRefused(VerificationError):
    """A scanned pack must not be dispensed; ``verdict`` and ``explanation`` are the scan's."""

    def __init__(self, *, verdict: str, explanation: str) -> None:
        self.verdict, self.explanation = verdict, explanation
        super().__init__(
            f"the pack must not be dispensed ({verdict}): {explanation}. Nothing was sent: keep the"
            " pack apart and report it to the maker"
        )


class MalformedOpening(InputError):
    """The JSON of an opening, manifest or consignment is not of its versioned form."""

    def __init__(self, *, reason: str, file: str | None = None) -> None:
        self.reason, self.file = reason, file
        super().__init__(
            f"{'' if file is None else f'{file} is '}not a readable opening, manifest or"
            f" consignment: {reason}"
        )


@dataclass(frozen=True, slots=True)
@typed
class Problem:
    """One thing wrong in an EPCIS document: where (a path of field names) and what."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class InvalidEpcis(InputError):
    """An EPCIS document or event breaks the standard; ``problems`` holds every finding."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        tail = f" (and {more} more)" if more else ""
        super().__init__(f"not valid EPCIS 2.0: {self.problems[0]}{tail}")


class UnsafeXml(InputError):
    """An XML document declares a DTD or entities, which EPCIS never needs."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"refused XML: {reason}; send the document without a DTD")
