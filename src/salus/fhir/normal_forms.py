"""What a text, a code and the name of a code system are, however they were written down.

Slips and tricks of writing hide nothing: invisible characters, full width, a version, a slash, a
case, an OID with or without its scheme.

Example:
    >>> plain_system("HTTPS://HL7.org/fhir/sid/icd-10-cm/|2026"), plain_system("2.16.840.1")
    ('http://hl7.org/fhir/sid/icd-10-cm', 'urn:oid:2.16.840.1')
    >>> plain_code(" \uff2620.0")
    'F20.0'
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HIDDEN = frozenset("\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0")
_OID = re.compile(r"(?:urn:)?(?:oid:)?([0-2](?:\.[0-9]+)+)")
_WEB = re.compile(r"https?://")
_REMEMBERED = 1 << 12
_SHORT = 256
"""Names of systems up to so many characters are worth remembering; longer ones are no names."""


def visible(text: str) -> str:
    """Leave out what nobody sees, in the form that Unicode calls compatible.

    Each character by itself: a normaliser sorts the marks behind a letter, which takes the square
    of their number, and marks are left out.
    """
    if text.isascii():
        return _CONTROLS.sub("", text)
    return "".join(map(_shown, text))


def plain_code(code: str) -> str:
    """A code as its system has it; case is left, as systems differ in it."""
    return visible(code).strip()


def plain_system(system: str) -> str:
    """One name for each way to write a code system's name: to compare, not to show."""
    return _remembered(system) if len(system) <= _SHORT else _plain_system(system)


def _plain_system(system: str) -> str:
    name = visible(system).strip().lower().partition("|")[0].strip().rstrip("/")
    if oid := _OID.fullmatch(name):
        return f"urn:oid:{oid[1]}"
    return _WEB.sub("http://", name, count=1)


_remembered = lru_cache(_REMEMBERED)(_plain_system)


@lru_cache(_REMEMBERED)
def _shown(character: str) -> str:
    return "".join(filter(_is_visible, unicodedata.normalize("NFKD", character)))


def _is_visible(character: str) -> bool:
    if character in "\t\n\v\f\r":
        return True
    kind = unicodedata.category(character)
    is_default_ignorable = character in _HIDDEN or 0xE0000 <= ord(character) <= 0xE0FFF
    is_mark = kind in ("Mn", "Me") or unicodedata.combining(character) != 0
    return kind not in ("Cc", "Cf") and not is_mark and not is_default_ignorable
