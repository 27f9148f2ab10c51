"""Security labels of a resource, wherever in its tree they stand.

A label of what wraps counts for what is wrapped, and one of a part for the whole: terms decide on
a record as a whole. What a document's Composition, or a message's header, says of itself it says of
the document, and it tells of all that is in it. A label that cannot be read is one that cannot be
interpreted.

Example:
    >>> labels_of(places({"resourceType": "Composition", "confidentiality": "R"}))
    [[('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'R')]]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from salus.fhir.codings import CONFIDENTIALITY_SYSTEM, HL7, INLINE_LABEL
from salus.fhir.normal_forms import plain_code, plain_system
from salus.fhir.shape import code, objects
from salus.fhir.tree import Element, ResourcePlace, places

Label: TypeAlias = tuple[str, str]
"""System and code; both empty where they cannot be read."""
Labels: TypeAlias = list[Label]
"""Those of one resource: together they say how confidential it is."""
_UNREAD: Label = ("", "")
_V3 = {
    plain_system(f"{prefix}{name}"): f"{HL7}/v3-{system}"
    for system, oid in (
        ("ActCode", "4"),
        ("ActReason", "8"),
        ("Confidentiality", "25"),
        ("ObservationValue", "1063"),
    )
    for prefix, name in (
        (f"{HL7}/v3-", system),
        ("http://hl7.org/fhir/v3/", system),
        ("urn:oid:2.16.840.1.113883.5.", oid),
    )
}
"""HL7's code systems by the names that they have in R4 and STU3, and as OIDs."""
_HEADS = ("Composition", "MessageHeader")
_OF_RESULTS = ("searchset", "history", "batch-response", "transaction-response")
"""Types of Bundles whose entries are not whole: a Composition in one heads another document."""
_METAS = ("meta", "valueMeta")
_CARRIERS = frozenset({"securityLabel", "url", "confidentiality", "_confidentiality"})
"""An element without any of these has no label, unless it is a Meta."""
_OF_A_CONTRACT = ("classification", "category", "control")


def labels_of(tree: Iterable[ResourcePlace]) -> list[Labels]:
    """List the labels of a resource and of all that are in it."""
    of_each = (
        [
            label
            for each in place.elements
            if each.key in _METAS or not _CARRIERS.isdisjoint(each.node)
            for label in _on(each, place)
        ]
        for place in tree
    )
    return [labels for labels in of_each if labels]


class Around(NamedTuple):
    """Labels that count for the entries of a Bundle beside their own."""

    entries: list[Labels]
    heads: list[Labels]


def labels_around(bundle: Any) -> Around:
    """Return which labels of a Bundle count for its entries."""
    own = labels_of([next(places(bundle))])
    is_whole = bundle.get("type") not in _OF_RESULTS
    entries = objects(bundle.get("entry")) if is_whole else []
    heads = [each["resource"] for each in entries if is_head(each.get("resource"))]
    for head in heads:
        own += labels_of(places(head))
    return Around(own, labels_of(places(bundle)) if heads else own)


def is_head(content: Any) -> bool:
    """Whether a resource heads a document or a message, and tells of all that is in it."""
    return isinstance(content, dict) and content.get("resourceType") in _HEADS


def _on(element: Element, place: ResourcePlace) -> Iterator[Label]:
    node = element.node
    if element.key in _METAS:
        yield from _listed(node, "security")
    # In a Consent it is a condition of a provision.
    if place.resource_type != "Consent":
        yield from _listed(node, "securityLabel")
    if node.get("url") == INLINE_LABEL:
        yield from _read(node.get("valueCoding"))
    if place.resource_type == "Composition" and node is place.content:
        yield from _confidentiality(node)


def _listed(node: dict[str, Any], key: str) -> Iterator[Label]:
    if key in node:
        value = node[key]
        for each in value if isinstance(value, list) else [value]:
            yield from _read(each)


def _read(label: Any) -> Iterator[Label]:
    """Read a Coding, a CodeableConcept, or the parts of a Contract's label."""
    match label:
        case {"coding": list(codings)} if codings:
            for each in codings:
                yield _as_r4(each)
        case {"classification": dict()}:
            for part in _OF_A_CONTRACT:
                yield from _listed(label, part)
        case _:
            yield _as_r4(label)


def _as_r4(coding: Any) -> Label:
    """A label as R4 writes it: a slip in how its system or code is written hides nothing."""
    system, name = code(coding) or _UNREAD
    plain = plain_system(system)
    named = _V3.get(plain, plain)
    told = plain_code(name)
    return named, told.upper() if named in _V3.values() else told


def _confidentiality(node: dict[str, Any]) -> Iterator[Label]:
    if "confidentiality" in node or "_confidentiality" in node:
        level = node.get("confidentiality")
        yield (CONFIDENTIALITY_SYSTEM, level) if isinstance(level, str) else _UNREAD
