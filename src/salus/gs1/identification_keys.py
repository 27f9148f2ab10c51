"""GS1 keys with a check digit: GTIN, SSCC, GLN, and the US NDC as a GTIN.

Example:
    >>> from salus.gs1 import Gtin, gtin_from_ndc
    >>> str(Gtin("9506000134352"))
    '09506000134352'
    >>> str(gtin_from_ndc("0002-1401-71"))
    '00300021401719'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from salus.gs1.errors import BadCheckDigit, MalformedIdentifier
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed

GS1_DOMAIN = "https://id.gs1.org"

_DIGITS = re.compile(r"[0-9]+")
_NDC = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|[0-9]{5}-[0-9]{4}-[0-9]")


@typed_arguments
def check_digit(payload: str) -> int:
    """Compute the GS1 check digit of decimal digits (GS1 General Specifications 7.9.1)."""
    if not _DIGITS.fullmatch(payload):
        raise MalformedIdentifier(kind="GS1 key", value=payload, reason="only digits are allowed")
    weighted = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(payload[::-1]))
    return -weighted % 10


def _checked(kind: str, value: str, lengths: tuple[int, ...]) -> str:
    if not isinstance(value, str):
        reason = f"it is a {type(value).__name__}: give its digits as text, leading zeros included"
        raise MalformedIdentifier(kind=kind, value=f"{value}", reason=reason)
    if not _DIGITS.fullmatch(value) or len(value) not in lengths:
        expected = ", ".join(map(str, lengths))
        raise MalformedIdentifier(kind=kind, value=value, reason=f"it needs {expected} digits")
    expected_digit = check_digit(value[:-1])
    if int(value[-1]) != expected_digit:
        raise BadCheckDigit(key=kind, value=value, expected=expected_digit)
    return value


@dataclass(frozen=True, slots=True, order=True)
@typed
class Gtin:
    """A Global Trade Item Number, kept as 14 digits (AI 01).

    Args:
        value: 8, 12, 13 or 14 digits with a right check digit; shorter ones are zero-padded.

    Raises:
        BadCheckDigit: names the digit that would be right.
        MalformedIdentifier: wrong length, or anything but digits.
    """

    value: str

    def __post_init__(self) -> None:
        checked = _checked("GTIN", self.value, (8, 12, 13, 14))
        object.__setattr__(self, "value", checked.zfill(14))

    def __str__(self) -> str:
        return self.value

    def __int__(self) -> int:
        """The GTIN as the contracts keep it: its 14 digits as a number."""
        return int(self.value)

    @property
    def uri(self) -> str:
        """The canonical Digital Link of the trade item."""
        return f"{GS1_DOMAIN}/01/{self.value}"


@dataclass(frozen=True, slots=True, order=True)
@typed
class Sscc:
    """A Serial Shipping Container Code of 18 digits (AI 00): one pallet or parcel.

    Raises:
        BadCheckDigit: names the digit that would be right.
        MalformedIdentifier: wrong length, or anything but digits.
    """

    value: str

    def __post_init__(self) -> None:
        _checked("SSCC", self.value, (18,))

    def __str__(self) -> str:
        return self.value

    @property
    def uri(self) -> str:
        """The canonical Digital Link of the logistic unit."""
        return f"{GS1_DOMAIN}/00/{self.value}"


@dataclass(frozen=True, slots=True, order=True)
@typed
class Gln:
    """A Global Location Number of 13 digits: a place (AI 414) or a party (AI 417).

    Raises:
        BadCheckDigit: names the digit that would be right.
        MalformedIdentifier: wrong length, or anything but digits.
    """

    value: str
    PLACE: ClassVar[str] = "414"
    PARTY: ClassVar[str] = "417"

    def __post_init__(self) -> None:
        _checked("GLN", self.value, (13,))

    def __str__(self) -> str:
        return self.value

    @property
    def uri(self) -> str:
        """The canonical Digital Link of the physical place (AI 414)."""
        return f"{GS1_DOMAIN}/{self.PLACE}/{self.value}"

    @property
    def party_uri(self) -> str:
        """The canonical Digital Link of the organisation (AI 417)."""
        return f"{GS1_DOMAIN}/{self.PARTY}/{self.value}"


@typed_arguments
def gtin_from_ndc(ndc: str) -> Gtin:
    """Turn a US National Drug Code into the GTIN on the pack: 03, the ten digits, check digit.

    Args:
        ndc: ten digits in the form 4-4-2, 5-3-2 or 5-4-1, or without hyphens.

    Returns:
        The GTIN at the level of the labelled pack (indicator digit 0).

    Raises:
        MalformedIdentifier: for anything else; 11-digit billing codes are refused because the
            zero they pad with cannot be told from a real one.
    """
    if not (_NDC.fullmatch(ndc) or re.fullmatch(r"[0-9]{10}", ndc)):
        raise MalformedIdentifier(
            kind="NDC",
            value=ndc,
            reason="it needs ten digits as 4-4-2, 5-3-2 or 5-4-1; "
            "an 11-digit billing code is ambiguous, take the code printed on the pack",
        )
    payload = "03" + ndc.replace("-", "")
    return Gtin(f"{payload}{check_digit(payload)}")
