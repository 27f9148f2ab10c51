"""EPC URNs (EPC Tag Data Standard) taken apart into the elements of a Digital Link.

Example:
    >>> urn_segments("urn:epc:id:sgln:4012345.00011.987")
    [('414', '4012345000115'), ('254', '987')]
    >>> urn_segments("urn:epc:idpat:sgtin:4012345.066666.*")
    [('01', '04012345666663')]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from salus.gs1.identification_keys import check_digit

Segments = list[tuple[str, str]]

_DIGITS = re.compile(r"[0-9]+")
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)")
_ANY_SERIAL = ".*"


def urn_segments(urn: str) -> Segments | None:
    """Take an EPC URN apart into application identifiers; None for another, or a wide pattern."""
    match = _URN.fullmatch(urn)
    if match is None:
        return None
    kind, scheme, body = match.groups()
    if kind == "idpat" and not body.endswith(_ANY_SERIAL):
        return None
    try:
        segments = _SCHEMES[scheme](body)
    except (KeyError, ValueError):
        return None
    return _without_serial(segments) if kind == "idpat" else segments


def _without_serial(segments: Segments) -> Segments:
    key, value = segments[-1]
    return segments[:-1] if value == "*" else [(key, value.removesuffix("*"))]


def _parts(body: str, count: int) -> list[str]:
    """Split at dots; the last part may hold more of them."""
    parts = body.split(".", count - 1)
    if len(parts) != count:
        raise ValueError(body)
    return parts


def _joined(prefix: str, reference: str, length: int) -> str:
    digits = prefix + reference
    if len(digits) != length or not _DIGITS.fullmatch(digits):
        raise ValueError(digits)
    return digits


def _closed(payload: str) -> str:
    return f"{payload}{check_digit(payload)}"


def _indicated(prefix: str, reference: str, length: int) -> str:
    """Move the indicator or extension digit, which stands first in the reference, to the front."""
    _joined(prefix, reference, length)
    if not reference:
        raise ValueError(prefix)
    return _closed(reference[0] + prefix + reference[1:])


def _gtin_with(qualifier: str) -> Callable[[str], Segments]:
    def read(body: str) -> Segments:
        prefix, reference, value = _parts(body, 3)
        return [("01", _indicated(prefix, reference, 13)), (qualifier, unquote(value))]

    return read


def _closed_key(key: str, length: int) -> Callable[[str], Segments]:
    def read(body: str) -> Segments:
        prefix, reference = _parts(body, 2)
        return [(key, _closed(_joined(prefix, reference, length)))]

    return read


def _serialised_key(key: str, lead: str = "") -> Callable[[str], Segments]:
    def read(body: str) -> Segments:
        prefix, reference, serial = _parts(body, 3)
        return [(key, _closed(lead + _joined(prefix, reference, 12)) + unquote(serial))]

    return read


def _open_key(key: str) -> Callable[[str], Segments]:
    def read(body: str) -> Segments:
        prefix, reference = _parts(body, 2)
        return [(key, prefix + unquote(reference))]

    return read


def _sscc(body: str) -> Segments:
    prefix, reference = _parts(body, 2)
    return [("00", _indicated(prefix, reference, 17))]


def _sgln(body: str) -> Segments:
    prefix, reference, extension = _parts(body, 3)
    place = [("414", _closed(_joined(prefix, reference, 12)))]
    return place if extension == "0" else [*place, ("254", unquote(extension))]


def _cpi(body: str) -> Segments:
    part, _, serial = body.rpartition(".")
    prefix, reference = _parts(part, 2)
    return [("8010", prefix + unquote(reference)), ("8011", serial)]


def _itip(body: str) -> Segments:
    prefix, reference, piece, total, serial = _parts(body, 5)
    gtin = _indicated(prefix, reference, 13)
    return [("8006", gtin + piece + total), ("21", unquote(serial))]


_SCHEMES: dict[str, Callable[[str], Segments]] = {
    "cpi": _cpi,
    "gdti": _serialised_key("253"),
    "giai": _open_key("8004"),
    "ginc": _open_key("401"),
    "grai": _serialised_key("8003", lead="0"),
    "gsin": _closed_key("402", 16),
    "gsrn": _closed_key("8018", 17),
    "gsrnp": _closed_key("8017", 17),
    "itip": _itip,
    "lgtin": _gtin_with("10"),
    "pgln": _closed_key("417", 12),
    "sgcn": _serialised_key("255"),
    "sgln": _sgln,
    "sgtin": _gtin_with("21"),
    "sscc": _sscc,
    "upui": _gtin_with("235"),
}
