"""The EPCIS event hash: one name for an event, whichever syntax carries it (CBV 2.0, 8.9).

Example:
    >>> event = {
    ...     "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
    ...     "eventTime": "2026-11-22T10:00:00Z", "eventTimeZoneOffset": "+00:00",
    ...     "epcList": ["https://id.gs1.org/00/040123450000003338"]}
    >>> event_hash(event)[:26], len(event_digest(event))
    ('ni:///sha-256;a27ef87cb770', 32)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.json_reader import json_document, json_event
from salus.epcis.nodes import Document
from salus.epcis.prehash import prehash
from salus.epcis.xml_reader import xml_document
from salus.epcis.xml_tree import looks_like_xml
from salus.primitives.arguments import typed_arguments
from salus_verify import json_reader

_NI = re.compile(r"ni:///sha-256;([0-9a-f]{64})\?ver=CBV2\.0")


@typed_arguments
def event_hash(
    event: Mapping[str, Any], *, context: object = None, reference_quirks: bool = False
) -> str:
    """Return an event's name by its content.

    Args:
        event: a JSON-LD event.
        context: the ``@context`` of the document that it comes from, when it uses prefixes.
        reference_quirks: see :func:`document_hashes`.

    Returns:
        ``ni:///sha-256;<64 hex digits>?ver=CBV2.0`` (RFC 6920).

    Raises:
        InvalidEpcis: it cannot be read as an event.
    """
    return _named(prehash(json_event(event, context), reference_quirks=reference_quirks))


@typed_arguments
def event_digest(event: Mapping[str, Any], *, context: object = None) -> bytes:
    """Return the event hash as the chain holds it; a document's ``@context`` explains prefixes.

    Raises:
        InvalidEpcis: it cannot be read as an event.
    """
    return hash_to_digest(event_hash(event, context=context))


@typed_arguments
def document_hashes(
    document: bytes | str | Mapping[str, Any],
    *,
    ignore: Collection[str] = (),
    reference_quirks: bool = False,
) -> list[str]:
    """Return the name of every event of a document.

    Args:
        document: EPCIS 2.0 JSON-LD or XML; a whole document, a query result or one event.
        ignore: top-level extensions to leave out, as ``{namespace}local``. What a document asks
            to be ignored is never left out unasked: see ``read_document(…).ignore_fields``.
        reference_quirks: agree with the reference generator where it departs from the standard.
            It then hashes different values alike (lot "007" and "7"): never for new events.

    Returns:
        One ``ni`` URI an event, in the order of the document.

    Raises:
        InvalidEpcis: it cannot be read.
        UnsafeXml: XML whose document type declares or names something.
    """
    trees = read_document(document).events
    return [
        _named(prehash(tree, ignore=ignore, reference_quirks=reference_quirks)) for tree in trees
    ]


@typed_arguments
def prehashes(
    document: bytes | str | Mapping[str, Any],
    *,
    ignore: Collection[str] = (),
    reference_quirks: bool = False,
) -> list[str]:
    """Write the pre-hash string of every event, to see why two hashes differ.

    Raises:
        InvalidEpcis: it cannot be read.
        UnsafeXml: XML whose document type declares or names something.
    """
    trees = read_document(document).events
    return [prehash(tree, ignore=ignore, reference_quirks=reference_quirks) for tree in trees]


@typed_arguments
def hash_to_digest(name: str) -> bytes:
    """Take the 32 bytes out of an event hash, ``ni:///sha-256;…?ver=CBV2.0``."""
    match = _NI.fullmatch(name)
    if match is None:
        raise InvalidEpcis([Problem("event hash", f"{name!r} is not ni:///sha-256;…?ver=CBV2.0")])
    return bytes.fromhex(match[1])


@typed_arguments
def read_document(document: bytes | str | Mapping[str, Any]) -> Document:
    """Read the events of a document, in either syntax.

    Args:
        document: EPCIS JSON-LD or XML.

    Returns:
        Its events, and the fields that it asks to be ignored.

    Raises:
        InvalidEpcis: it cannot be read.
        UnsafeXml: XML whose document type declares or names something.
    """
    if isinstance(document, Mapping):
        return json_document(document)
    data = document.encode() if isinstance(document, str) else document
    if looks_like_xml(data):
        return xml_document(data)
    return json_document(_loads(data))


def _loads(data: bytes) -> Mapping[str, Any]:
    try:
        # Decimals keep every digit that was written.
        document = json_reader.load(
            data,
            parse_float=Decimal,
            parse_constant=json_reader.no_constant,
            object_pairs_hook=json_reader.once_each,
        )
    except ArithmeticError:
        raise InvalidEpcis([Problem("document", "holds a number that is out of range")]) from None
    except json_reader.RepeatedMember as error:
        problem = Problem(error.args[0], "stands twice in one object")
        raise InvalidEpcis([problem]) from None
    except (ValueError, RecursionError) as error:
        raise InvalidEpcis([Problem("document", f"is not JSON ({error})")]) from error
    if not isinstance(document, Mapping):
        raise InvalidEpcis([Problem("document", "is not a JSON object")])
    return document


def _named(text: str) -> str:
    return f"ni:///sha-256;{sha256(text.encode()).hexdigest()}?ver=CBV2.0"
