"""Security labels of a resource, wherever in its tree they stand.

A label of what wraps counts for what is wrapped, and one of a part for the whole: terms decide on
a record as a whole. A label that cannot be read is one that cannot be interpreted.

Example:
    >>> labels_of(places({"resourceType": "Composition", "confidentiality": "R"}))
    [('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'R')]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from salus.fhir.codings import CONFIDENTIALITY_SYSTEM, INLINE_LABEL
from salus.fhir.shape import code
from salus.fhir.tree import Element, Place, places

Label: TypeAlias = tuple[str, str]
"""System and code; both empty where they cannot be read."""
_UNREAD: Label = ("", "")
_OF_A_CONTRACT = ("classification", "category", "control")


def labels_of(tree: Iterable[Place]) -> list[Label]:
    """List the labels of a resource and of all that are in it.

    Args:
        tree: the resource's, as :func:`salus.fhir.tree.places` walks it.

    Returns:
        The labels.
    """
    return [label for place in tree for each in place.elements for label in _on(each, place)]


def labels_around(bundle: Any) -> list[Label]:
    """List the labels of a Bundle itself, which count for each of its entries.

    Args:
        bundle: the parsed Bundle.

    Returns:
        The labels.
    """
    return labels_of([next(places(bundle))])


def _on(element: Element, place: Place) -> Iterator[Label]:
    node = element.node
    if element.key in ("meta", "valueMeta"):
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
                yield code(each) or _UNREAD
        case {"classification": dict()}:
            for part in _OF_A_CONTRACT:
                yield from _listed(label, part)
        case _:
            yield code(label) or _UNREAD


def _confidentiality(node: dict[str, Any]) -> Iterator[Label]:
    if "confidentiality" in node or "_confidentiality" in node:
        level = node.get("confidentiality")
        yield (CONFIDENTIALITY_SYSTEM, level) if isinstance(level, str) else _UNREAD
