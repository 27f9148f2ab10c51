"""What a resource of a Bundle is about because of another in it, which it names as its reason.

A prescription whose reason is a labelled Condition tells of it, and so does a report of a labelled
result. That two were written at one Encounter tells nothing of either, and is not followed.

Example:
    >>> from salus.fhir.tree import places
    >>> reason = {"resourceType": "Procedure", "reasonReference": [{"reference": "Condition/c"}]}
    >>> entries = [{"resource": reason}, {"resource": {"resourceType": "Condition", "id": "c"}}]
    >>> named_by(entries, [tuple(places(each["resource"])) for each in entries])
    [[('reasonReference[0]', 1)], []]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from salus.fhir.sensitivity.derivation import Derivation
from salus.fhir.tree import ResourcePlace

REASONS = frozenset(
    {
        "addresses",
        "authorizingPrescription",
        "basedOn",
        "condition",
        "derivedFrom",
        "diagnosisReference",
        "evidence",
        "focus",
        "goal",
        "hasMember",
        "medicationReference",
        "originalPrescription",
        "prescription",
        "problem",
        "procedureReference",
        "reasonReference",
        "reference",
        "request",
        "result",
    }
)
"""Elements in which R4 names what a resource is for, of, or made of."""

Named = list[tuple[str, int]]
"""Elements of one entry, each with the entry that it names."""


def named_by(
    entries: Sequence[Mapping[str, Any]], trees: Sequence[Sequence[ResourcePlace]]
) -> list[Named]:
    """List for each entry which others it names as its reasons."""
    called: dict[str, list[int]] = defaultdict(list)
    for number, (entry, tree) in enumerate(zip(entries, trees, strict=True)):
        if tree:
            for name in _names(entry, tree[0].content):
                called[name].append(number)
    return [
        [
            (element.path, other)
            for place in tree
            for element in place.elements
            if element.key in REASONS and isinstance(element.node.get("reference"), str)
            for other in called.get(_unversioned(element.node["reference"]), ())
        ]
        for tree in trees
    ]


def followed(own: Sequence[Sequence[Derivation]], named: Sequence[Named]) -> list[list[Derivation]]:
    """Add to what each entry tells itself what its reasons tell, and their reasons."""
    users: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for number, others in enumerate(named):
        for path, other in others:
            users[other].append((path, number))
    found = [list(each) for each in own]
    labels = [_labels(each) for each in own]
    waiting = [number for number, each in enumerate(own) if each]
    while waiting:
        number = waiting.pop()
        for path, user in users.get(number, ()):
            new = [each for each in found[number] if not each.sensitivities <= labels[user]]
            if new:
                found[user] += [replace(each, path=path) for each in new]
                labels[user] |= _labels(new)
                waiting.append(user)
    return found


def _labels(found: Sequence[Derivation]) -> frozenset[str]:
    return frozenset().union(*(each.sensitivities for each in found))


def _names(entry: Mapping[str, Any], content: Mapping[str, Any]) -> set[str]:
    url = entry.get("fullUrl")
    names = {_unversioned(url)} if isinstance(url, str) and url else set()
    if isinstance(content.get("id"), str):
        names.add(f"{content.get('resourceType')}/{content['id']}")
    return names


def _unversioned(reference: str) -> str:
    return reference.partition("/_history/")[0]
