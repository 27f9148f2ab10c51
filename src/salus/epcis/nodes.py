"""One shape for events of both syntaxes, so that the hash knows nothing of JSON or XML.

Names of extensions are written ``{namespace}local``; standard fields keep their bare name.

Example:
    >>> extension_name("example:batch", {"example": "https://ns.example.com/epcis/"})
    '{https://ns.example.com/epcis/}batch'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from salus.epcis.errors import InvalidEpcis, Problem
from salus.primitives.values import typed

MAX_DEPTH = 64
CBV = "https://ref.gs1.org/cbv/"
GS1_VOCABULARY = "https://gs1.org/voc/"

# What the EPCIS 2.0 JSON-LD context defines for every document, declared in it or not.
STANDARD_PREFIXES = {
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": GS1_VOCABULARY,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_CURIE = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*):(?!//)(\S+)")
_SPLIT_URI = re.compile(r"((?:https?://|urn:)\S*[/#:])([^/#:\s]+)")


@dataclass(frozen=True, slots=True)
@typed
class EventField:
    """A field: its name, its text if it has one, and the fields within it."""

    name: str
    value: str = ""
    children: tuple[EventField, ...] = ()


@dataclass(frozen=True, slots=True)
@typed
class EventTree:
    """An event as a tree, with the namespace prefixes that hold where it stands."""

    event: EventField
    prefixes: Mapping[str, str]
    is_xml: bool


@dataclass(frozen=True, slots=True)
@typed
class Document:
    """The events of a document; ``ignore_fields`` is what its sender asks to leave out."""

    events: tuple[EventTree, ...]
    ignore_fields: frozenset[str] = frozenset()


def expand_curie(value: str, prefixes: Mapping[str, str]) -> str:
    """Expand a compact URI whose prefix is known; anything else comes back as it is."""
    match = _CURIE.fullmatch(value)
    # A document may bind "urn" or "https" as a prefix; absolute URIs must not change by that.
    if match is None or match[1] == "urn" or match[1] not in prefixes:
        return value
    return prefixes[match[1]] + match[2]


def extension_name(key: str, prefixes: Mapping[str, str]) -> str:
    """Return a field's name: ``prefix:local`` and full URIs become ``{namespace}local``.

    A key without any colon is a standard field, and stays.
    """
    if ":" not in key:
        return key
    if match := _SPLIT_URI.fullmatch(key):
        return f"{{{match[1]}}}{match[2]}"
    prefix, _, local = key.partition(":")
    if prefix not in prefixes:
        reason = f"the prefix {prefix!r} is not declared: add it to @context"
        raise InvalidEpcis([Problem(key, reason)])
    return f"{{{prefixes[prefix]}}}{local}"


def check_depth(depth: int, path: str) -> None:
    """Refuse nesting that no honest event has, before it exhausts the stack."""
    if depth > MAX_DEPTH:
        raise InvalidEpcis([Problem(path, f"is nested deeper than {MAX_DEPTH} levels")])
