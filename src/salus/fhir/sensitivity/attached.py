"""Files in a resource: text is read, and of all others it is told that they are not.

Example:
    >>> text_in({"contentType": "text/plain", "data": "SGVhZGFjaGU="})
    'Headache'
    >>> text_in({"contentType": "application/pdf", "data": "JVBERg=="}) is None
    True
"""

from __future__ import annotations

import quopri
import re
from base64 import b64decode
from typing import Any

from salus.fhir.tree import Element

_FILES = frozenset(
    "attachment content contentAttachment document image photo presentedForm sourceAttachment"
    " valueAttachment".split()
)
_DATA = frozenset({"data", "_data", "url", "_url"})
_TEXTS = frozenset({"text/plain", "text/html", "text/markdown", "text/x-markdown"})
_CHARSETS = frozenset(
    "ascii iso-8859-1 us-ascii utf-16 utf-16be utf-16le utf-8 utf8 windows-1252".split()
)
_CHARSET = re.compile(r"""\s*charset\s*=\s*["']?([\w-]+)["']?\s*""", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_SPACE = re.compile(r"\s+")
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_QUOTED = re.compile(r"=(?:\r?\n|[0-9A-Fa-f]{2})")
_SAMPLES = re.compile(r"[-+0-9.EUL\s]*")
_SIGNED = frozenset({"Bundle", "Contract", "Provenance"})


def is_file(element: Element, kind: str) -> bool:
    """Whether a file stands in an element of a type of resource, or is named there.

    Pictures of people tell nothing, nor do signatures where R4 has them.
    """
    node, media = element.node, element.node.get("contentType")
    if _DATA.isdisjoint(node):
        return False
    if element.key == "photo":
        return not (isinstance(media, str) and media.lower().startswith("image/"))
    if element.key in _FILES or "contentType" in node or "_contentType" in node:
        return True
    is_signed = element.key == "signature" and kind in _SIGNED
    return ("data" in node or "_data" in node) and not is_signed and not _are_samples(element)


def _are_samples(element: Element) -> bool:
    data = element.node.get("data")
    if element.key != "valueSampledData" or not isinstance(data, str):
        return False
    return _SAMPLES.fullmatch(data) is not None


def text_in(node: dict[str, Any]) -> str | None:
    """The text of a file; None where it is none, or not surely all of it."""
    kind, data = node.get("contentType"), node.get("data")
    if not isinstance(kind, str) or not isinstance(data, str) or "_data" in node:
        return None
    media, *more = kind.split(";")
    if media.strip().lower() not in _TEXTS or (charset := _charset(more)) is None:
        return None
    plain = _SPACE.sub("", data)
    if not _BASE64.fullmatch(plain):
        return None
    try:
        text = b64decode(plain, validate=True).decode(charset)
    except ValueError:
        return None
    if _BINARY.search(text):
        return None
    return f"{text} {_unquoted(text)}" if _QUOTED.search(text) else text


def _charset(parameters: list[str]) -> str | None:
    for each in parameters:
        if found := _CHARSET.fullmatch(each):
            return found[1].lower() if found[1].lower() in _CHARSETS else None
    return "utf-8"


def _unquoted(text: str) -> str:
    return quopri.decodestring(text.encode()).decode("utf-8", "replace")
