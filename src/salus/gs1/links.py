"""Canonical GS1 Digital Link names, the form in which EPCIS events name things.

Example:
    >>> from salus.gs1 import Gtin, Serial
    >>> pack_uri(Gtin("09506000134352"), Serial("A/7"))
    'https://id.gs1.org/01/09506000134352/21/A%2F7'
"""

from __future__ import annotations

from urllib.parse import quote

from salus.gs1.fields import LotNumber, Serial
from salus.gs1.identification_keys import Gtin
from salus.primitives.arguments import typed_arguments

# GS1 Digital Link 1.2, table 7-1 escapes more than RFC 3986 asks for, and leaves these alone.
_SAFE = "-._;='"


@typed_arguments
def escape(value: str) -> str:
    """Percent-encode a value for a path segment (GS1 Digital Link URI Syntax, table 7-1)."""
    return quote(value, safe=_SAFE).replace("~", "%7E")


@typed_arguments
def pack_uri(gtin: Gtin, serial: Serial) -> str:
    """Return one pack's name: ``https://id.gs1.org/01/<gtin>/21/<serial>``."""
    return f"{gtin.uri}/21/{escape(serial.value)}"


@typed_arguments
def lot_uri(gtin: Gtin, lot: LotNumber) -> str:
    """Return a lot's name, as a class of packs: ``https://id.gs1.org/01/<gtin>/10/<lot>``."""
    return f"{gtin.uri}/10/{escape(lot.value)}"
