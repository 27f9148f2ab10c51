"""GS1 identifiers on medicine packs and devices: keys, element strings, Digital Link.

Example:
    >>> from salus.gs1 import parse_scan
    >>> scan = parse_scan("(01)09506000134352(17)271231(10)AB-12(21)7QX9")
    >>> str(scan.gtin), str(scan.lot), str(scan.serial), scan.expiry.isoformat()
    ('09506000134352', 'AB-12', '7QX9', '2027-12-31')
    >>> scan.digital_link()
    'https://id.gs1.org/01/09506000134352/10/AB-12/21/7QX9?17=271231'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.gs1.fields import LotNumber, Serial
    from salus.gs1.identification_keys import Gln, Gtin, Sscc, gtin_from_ndc
    from salus.gs1.scan import parse_scan

__all__ = [
    "Gln",
    "Gtin",
    "LotNumber",
    "Serial",
    "Sscc",
    "gtin_from_ndc",
    "parse_scan",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "fields": "LotNumber Serial",
        "identification_keys": "Gln Gtin Sscc gtin_from_ndc",
        "scan": "parse_scan",
    },
)
