"""XML into elements, over the standard parser: no entities, prefixes as they hold in each place.

Example:
    >>> root, scopes = parse_xml(b'<!DOCTYPE d><d xmlns:x="urn:a"><x:e/></d>')
    >>> root[0].tag, scopes[root[0]]
    ('{urn:a}e', {'x': 'urn:a'})
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate
from xml.parsers.expat.errors import messages

from salus.epcis.errors import InvalidEpcis, Problem, UnsafeXml

Scopes = Mapping[Element, Mapping[str, str]]
"""The prefixes that hold at an element: Namespaces in XML 1.0, section 6.1."""


_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def looks_like_xml(data: bytes) -> bool:
    """Whether the first character is ``<``, in UTF-8 or UTF-16 (XML 1.0, section 4.3.3)."""
    start = data.removeprefix(b"\xef\xbb\xbf")
    if encoding := _WIDE.get(data[:2]):
        start = data[2:258].decode(encoding, "replace").encode()
    return start.lstrip(b" \t\r\n").startswith(b"<")


def parse_xml(data: bytes) -> tuple[Element, Scopes]:
    """Parse a document; an empty DOCTYPE, which says nothing, is passed over.

    Raises:
        UnsafeXml: A document type that declares or names anything.
        InvalidEpcis: It is not well-formed XML.
    """
    reading = _XmlReading()
    try:
        reading.parser.Parse(data, True)
        return reading.tree.close(), reading.scopes
    except ExpatError as error:
        reason = f"is not well-formed XML ({messages[error.code]}: line {error.lineno})"
        raise InvalidEpcis([Problem("document", reason)]) from None
    except (ValueError, LookupError) as error:
        reason = f"is not well-formed XML ({error})"
        raise InvalidEpcis([Problem("document", reason)]) from None


class _XmlReading:
    """One document on its way through the parser."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self.scopes: dict[Element, Mapping[str, str]] = {}
        self._open: list[dict[str, str]] = [{}]
        self._declared: dict[str, str] = {}
        self.parser = ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.tree.data

    def _doctype(self, name: str, system: str | None, public: str | None, inside: bool) -> None:
        if system or public or inside:
            raise UnsafeXml(reason="a DTD: remove what stands in its DOCTYPE")

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        scope = self._open[-1]
        if self._declared:
            scope, self._declared = scope | self._declared, {}
        self._open.append(scope)
        named = {_braced(name): value for name, value in attributes.items()}
        self.scopes[self.tree.start(_braced(tag), named)] = scope

    def _end(self, tag: str) -> None:
        self._open.pop()
        self.tree.end(_braced(tag))


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name
