"""EPCIS XML into event trees; documents with a DTD or entities are refused unread.

Example:
    >>> document = xml_document(b"<d><EventList><ObjectEvent><action>ADD</action>"
    ...                         b"</ObjectEvent></EventList></d>")
    >>> document.events[0].event.children
    (Node(name='action', value='ADD', children=()),)
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from salus.epcis.nodes import STANDARD_PREFIXES, Document, EventTree, Node, check_depth
from salus.errors import InvalidEpcis, Problem, UnsafeXml

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
# EPCIS 1.x wraps later fields in these; they carry no meaning of their own.
_WRAPPERS = ("extension", "baseExtension")
_PAIRS = ("bizTransaction", "source", "destination")
_PAIR_LISTS = tuple(f"{name}List" for name in _PAIRS)


def xml_document(data: bytes) -> Document:
    """Read an EPCISDocument or EPCISQueryDocument, version 2.0 or 1.2.

    Args:
        data: the XML, in the encoding that it declares.

    Returns:
        Its events.

    Raises:
        UnsafeXml: it holds a document type declaration or entities.
        InvalidEpcis: not well-formed, no events, or one cannot be read.
    """
    root, prefixes = _parse(data)
    lists = list(root.iter("EventList"))
    if not lists:
        raise InvalidEpcis([Problem("EPCISBody", "has no EventList")])
    known = STANDARD_PREFIXES | prefixes
    events = [
        EventTree(Node(event.tag, children=tuple(_fields(event, depth=1))), known, is_xml=True)
        for event_list in lists
        for event in _flattened(event_list)
    ]
    return Document(tuple(events), _asked_to_ignore(root))


def _parse(data: bytes) -> tuple[Element, dict[str, str]]:
    prefixes: dict[str, str] = {}
    root: Element | None = None
    try:
        for kind, found in iterparse(BytesIO(data), events=("start-ns", "end"), forbid_dtd=True):
            if kind == "start-ns":
                prefix, uri = found
                if prefixes.setdefault(prefix, uri) != uri:
                    reason = "is bound to two namespaces: declare each prefix once"
                    raise InvalidEpcis([Problem(f"xmlns:{prefix}", reason)])
            else:
                root = found
    except DefusedXmlException as error:
        raise UnsafeXml(reason=type(error).__name__) from error
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidEpcis([Problem("document", f"is not well-formed XML ({error})")]) from error
    if root is None:
        raise InvalidEpcis([Problem("document", "is empty")])
    return root, prefixes


def _asked_to_ignore(root: Element) -> frozenset[str]:
    asked = [child for child in root if child.tag.endswith("}ignoreFields")]
    return frozenset(field.tag for holder in asked for field in holder)


def _flattened(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag in _WRAPPERS:
            yield from _flattened(child)
        else:
            yield child


def _fields(element: Element, *, depth: int) -> Iterator[Node]:
    check_depth(depth, element.tag)
    for child in _flattened(element):
        if (child.tail or "").strip():
            raise InvalidEpcis([Problem(child.tag, "is followed by text outside any field")])
        if element.tag in _PAIR_LISTS and child.tag in _PAIRS:
            value = Node(child.tag, (child.text or "").strip())
            yield Node(child.tag, children=(*_attributes(child), value))
        else:
            members = (*_attributes(child), *_fields(child, depth=depth + 1))
            yield Node(child.tag, (child.text or "").strip(), members)


def _attributes(element: Element) -> Iterator[Node]:
    for name, value in element.attrib.items():
        if not name.startswith(_SCHEMA_INSTANCE):
            yield Node(name, value)
