"""GS1 identifiers in events, as the event hash wants them: constrained canonical Digital Links.

The constraint (CBV 2.0, section 8.9): on id.gs1.org, without a query, and with only the finest
level of identification.

Example:
    >>> canonical_uri("urn:epc:id:sgtin:4012345.011111.987")
    'https://id.gs1.org/01/04012345111118/21/987'
    >>> canonical_uri("https://shop.example/a/01/04012345111118/10/L1/21/987?17=271231")
    'https://id.gs1.org/01/04012345111118/21/987'
    >>> canonical_uri("https://example.com/orders/7")
    'https://example.com/orders/7'
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from salus.epcis.urns import urn_segments
from salus.gs1.identification_keys import GS1_DOMAIN
from salus.gs1.links import escape

_TEXT = r"[!\"%-?A-Z_a-z]"
# What a primary key looks like; alphanumeric keys start with a company prefix of 4 digits or more.
_KEYS = {
    "00": r"[0-9]{18}",
    "01": r"[0-9]{8}|[0-9]{12,14}",
    "253": rf"[0-9]{{13}}{_TEXT}{{0,17}}",
    "255": r"[0-9]{13,25}",
    "401": rf"[0-9]{{4}}{_TEXT}{{0,26}}",
    "402": r"[0-9]{17}",
    "414": r"[0-9]{13}",
    "417": r"[0-9]{13}",
    "8003": rf"[0-9]{{14}}{_TEXT}{{0,16}}",
    "8004": rf"[0-9]{{4}}{_TEXT}{{0,26}}",
    "8006": r"[0-9]{18}",
    "8010": r"[0-9]{4}[#/0-9A-Z-]{0,26}",
    "8017": r"[0-9]{18}",
    "8018": r"[0-9]{18}",
}
_PATTERNS = {key: re.compile(pattern) for key, pattern in _KEYS.items()}

# Qualifiers that may follow a key, the finest first; the hash keeps one of the first group.
_KEPT = {
    "01": ("21", "235", "10"),
    "414": ("254",),
    "8006": ("21", "10"),
    "8010": ("8011",),
}
_DROPPED = {"01": ("22",), "8006": ("22",), "417": ("7040",), "8017": ("8019",), "8018": ("8019",)}


def canonical_uri(value: str) -> str:
    """Return an identifier's canonical Digital Link; any other text comes back as it is."""
    segments = urn_segments(value) or _link_segments(value)
    if segments is None:
        return value
    return GS1_DOMAIN + "".join(f"/{key}/{escape(text)}" for key, text in segments)


def _link_segments(value: str) -> list[tuple[str, str]] | None:
    if not value.startswith(("https://", "http://")):
        return None
    try:
        parts = urlsplit(value).path.split("/")
    except ValueError:
        return None
    for start, key in enumerate(parts[:-1]):
        text = unquote(parts[start + 1])
        if key in _PATTERNS and _PATTERNS[key].fullmatch(text):
            return _constrained(key, text, parts[start + 2 :])
    return None


def _constrained(key: str, text: str, rest: list[str]) -> list[tuple[str, str]] | None:
    kept, dropped = _KEPT.get(key, ()), _DROPPED.get(key, ())
    found = dict(zip(rest[::2], rest[1::2], strict=False))
    if len(rest) % 2 or not set(found) <= {*kept, *dropped}:
        return None
    segments = [(key, text.zfill(14) if key == "01" else text)]
    finest = next((name for name in kept if name in found), None)
    return segments if finest is None else [*segments, (finest, unquote(found[finest]))]
