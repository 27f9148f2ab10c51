"""EPCIS XML into event trees; documents with entities are refused unread.

Example:
    >>> document = xml_document(b"<d><EventList><ObjectEvent><action>ADD</action>"
    ...                         b"</ObjectEvent></EventList></d>")
    >>> document.events[0].event.children
    (EventField(name='action', value='ADD', children=()),)
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.nodes import STANDARD_PREFIXES, Document, EventField, EventTree, check_depth
from salus.epcis.xml_tree import Scopes, parse_xml

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
# EPCIS 1.x wraps later fields in these; they carry no meaning of their own.
_WRAPPERS = ("extension", "baseExtension")
_PAIRS = ("bizTransaction", "source", "destination")
_PAIR_LISTS = tuple(f"{name}List" for name in _PAIRS)


def xml_document(data: bytes) -> Document:
    """Read an EPCISDocument or EPCISQueryDocument, version 2.0 or 1.2.

    Raises:
        UnsafeXml: its document type declares or names something.
        InvalidEpcis: It is not well-formed XML, or holds no list of events.
    """
    root, scopes = parse_xml(data)
    lists = list(root.iter("EventList"))
    if not lists:
        raise InvalidEpcis([Problem("EPCISBody", "has no EventList")])
    events = [
        EventTree(
            EventField(event.tag, children=tuple(_fields(event, depth=1))),
            _prefixes(event, scopes),
            is_xml=True,
        )
        for event_list in lists
        for event in _flattened(event_list)
    ]
    return Document(tuple(events), _asked_to_ignore(root))


def _prefixes(event: Element, scopes: Scopes) -> dict[str, str]:
    """What holds at the event and within it; serializers bind one prefix again and again."""
    found: dict[str, str] = {}
    clashing = set()
    for element in event.iter():
        for prefix, uri in scopes[element].items():
            if found.setdefault(prefix, uri) != uri:
                clashing.add(prefix)
    for text in _texts(event):
        prefix = text.strip().partition(":")[0]
        if prefix in clashing:
            reason = f"is bound to two namespaces in one event, and {text.strip()!r} uses it"
            raise InvalidEpcis([Problem(f"xmlns:{prefix}", reason)])
    return STANDARD_PREFIXES | {p: uri for p, uri in found.items() if p not in clashing}


def _texts(event: Element) -> Iterator[str]:
    for element in event.iter():
        yield element.text or ""
        yield from element.attrib.values()


def _asked_to_ignore(root: Element) -> frozenset[str]:
    asked = [child for child in root if child.tag.endswith("}ignoreFields")]
    return frozenset(field.tag for holder in asked for field in holder)


def _flattened(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag in _WRAPPERS:
            yield from _flattened(child)
        else:
            yield child


def _fields(element: Element, *, depth: int) -> Iterator[EventField]:
    check_depth(depth, element.tag)
    for child in _flattened(element):
        if (child.tail or "").strip():
            raise InvalidEpcis([Problem(child.tag, "is followed by text outside any field")])
        if element.tag in _PAIR_LISTS and child.tag in _PAIRS:
            value = EventField(child.tag, (child.text or "").strip())
            yield EventField(child.tag, children=(*_attributes(child), value))
        else:
            members = (*_attributes(child), *_fields(child, depth=depth + 1))
            yield EventField(child.tag, (child.text or "").strip(), members)


def _attributes(element: Element) -> Iterator[EventField]:
    for name, value in element.attrib.items():
        if not name.startswith(_SCHEMA_INSTANCE):
            yield EventField(name, value)
