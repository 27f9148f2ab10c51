"""One value in the form that the event hash wants (CBV 2.0, section 8.9).

Example:
    >>> Values({"ex": "https://ex.example/"}).canonical("bizStep", "shipping", parent="")
    'https://ref.gs1.org/cbv/BizStep-shipping'
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from salus.epcis.hash_numbers import number_text, time_text
from salus.epcis.hash_order import NUMBERS, TIMES, VERBATIM
from salus.epcis.identifiers import canonical_uri
from salus.epcis.nodes import CBV, GS1_VOCABULARY, expand_curie
from salus.primitives.values import typed

_CBV_URNS = {
    "urn:epcglobal:cbv:bizstep:": f"{CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{CBV}ER-",
}

# What a bare word of JSON stands for, by field, or by the record and field that it is in.
_BARE_WORDS = {
    "bizStep": f"{CBV}BizStep-",
    "disposition": f"{CBV}Disp-",
    "persistentDisposition/set": f"{CBV}Disp-",
    "persistentDisposition/unset": f"{CBV}Disp-",
    "bizTransactionList/type": f"{CBV}BTT-",
    "sourceList/type": f"{CBV}SDT-",
    "destinationList/type": f"{CBV}SDT-",
    "sensorReport/type": GS1_VOCABULARY,
    "sensorReport/exception": GS1_VOCABULARY,
    "sensorReport/component": f"{CBV}Comp-",
}


@dataclass(frozen=True, slots=True)
@typed
class Values:
    """How values of one event are written: its prefixes, and whether numbers may lose digits."""

    prefixes: Mapping[str, str]
    binary_floats: bool = False

    def canonical(self, field: str, text: str, *, parent: str) -> str:
        """Write the value of a standard field.

        Raises:
            InvalidEpcis: a time that is not one.
        """
        if field in TIMES:
            return time_text(text, field)
        if self.binary_floats:
            return self.free(_through_binary_float(self._vocabulary(field, text, parent)))
        if field in NUMBERS:
            return number_text(text)
        if field in VERBATIM:
            return text
        return self.free(self._vocabulary(field, text, parent))

    def free(self, text: str) -> str:
        """Write the value of an extension, or of a field of no special kind."""
        if self.binary_floats:
            text = _through_binary_float(text)
        for urn, web in _CBV_URNS.items():
            if text.startswith(urn):
                return web + text.removeprefix(urn)
        return canonical_uri(expand_curie(text, self.prefixes))

    def _vocabulary(self, field: str, text: str, parent: str) -> str:
        stem = _BARE_WORDS.get(f"{parent}/{field}" if parent else field)
        return text if stem is None or ":" in text else stem + text


def _through_binary_float(text: str) -> str:
    """Do as the reference generator does to anything that looks like a number."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return str(int(number)) if number.is_integer() else str(number)
