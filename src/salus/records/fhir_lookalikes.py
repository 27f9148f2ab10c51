r"""What is FHIR, what is not, and what some reader might take for FHIR and ours cannot read.

Anything may begin with a brace: RTF, telemetry with NaN in it, notes. It is held for FHIR only
where it is, or where it names a resource as FHIR does.

Example:
    >>> is_fhir(b'{"resourceType": "Condition"}'), is_fhir(b"{\\rtf1 M\\u252?ller}")
    (True, False)
    >>> why_unreadable(b'[{"resourceType": "Condition"}]')[:26]
    'it holds FHIR resources, a'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from salus.errors import InputError
from salus.fhir.bundle import resources
from salus.fhir.errors import NotFhir, NotR4
from salus.fhir.resource_types import resource_type
from salus.fhir.strict_json import parse
from salus_verify.json_reader import is_xml, why_not_utf8, wide_encoding

BLANKS = b"\0 \t\r\n\v\f\x1e\xef\xbb\xbf\xc2\xa0"
"""What may stand before JSON or XML: blanks, marks, and what separates texts (RFC 7464)."""
_NAMESPACE = b"http://hl7.org/fhir"
_ESCAPED = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
_NAMED = re.compile(rb"resourceType[^A-Za-z0-9]+([A-Za-z]+)")


def is_fhir(data: bytes) -> bool:
    """Whether a record is FHIR in JSON, as far as its first resource."""
    try:
        return names_resources(data) and next(resources(data), None) is not None
    except InputError:
        return False


def why_unreadable(data: bytes) -> str:
    """Return why a record that names resources cannot be read as FHIR.

    Returns:
        What is wrong with it; empty where it is FHIR, or names none.
    """
    text = as_utf8(data).lstrip(BLANKS)
    if is_xml(text):
        xml = "this is FHIR in XML, and its labels are not read: convert it to JSON"
        return xml if _NAMESPACE in _without_references(text) else ""
    if not names_resources(data):
        return ""
    if wide := why_not_utf8(data):
        return f"this looks like FHIR, and {wide}"
    return _fault(data)


def names_resources(data: bytes) -> bool:
    """Whether a resource of FHIR is named anywhere in a record, as some JSON reader sees it."""
    # A zero before it makes text look as if each of its characters had two bytes.
    return any(map(_names_resources, {data, as_utf8(data)}))


def _names_resources(text: bytes) -> bool:
    if b"\\u" in text:
        text = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    return any(_is_type(found[1].decode()) for found in _NAMED.finditer(text))


def as_utf8(data: bytes) -> bytes:
    """Bring text in UTF-16 or UTF-32 into UTF-8; all else stays as it is."""
    encoding = wide_encoding(data)
    return data.decode(encoding, errors="replace").encode(errors="replace") if encoding else data


def _without_references(xml: bytes) -> bytes:
    """XML in which no character is written as a number."""
    return unescape(xml.decode(errors="replace")).encode() if b"&#" in xml else xml


def _fault(data: bytes) -> str:
    try:
        next(resources(data), None)
    except NotFhir:
        if _is_without_resources(data):
            return ""
        return "it holds FHIR resources, and is not one itself: make it a Bundle, or NDJSON"
    except InputError as error:
        return f"this looks like FHIR, and cannot be read: {error}"
    return ""


def _is_without_resources(data: bytes) -> bool:
    """Whether it is JSON in which no object is a resource, whatever its texts hold."""
    try:
        return not any(map(_is_resource, _objects(parse(data))))
    except InputError:
        return False


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as found:
                yield found
                waiting += found.values()
            case list() as found:
                waiting += found


def _is_resource(found: dict[str, Any]) -> bool:
    try:
        resource_type(found)
    except NotFhir:
        return False
    except NotR4:
        return True
    return True


def _is_type(name: str) -> bool:
    return _is_resource({"resourceType": name})
