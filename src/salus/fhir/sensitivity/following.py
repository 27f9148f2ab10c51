"""What a resource of a Bundle is about because of another in it, which it names as its reason.

A prescription whose reason is a labelled Condition tells of it, and so does a report of a labelled
result. That two were written at one Encounter tells nothing of either, and is not followed.

Example:
    >>> from salus.fhir.tree import places
    >>> reason = {"resourceType": "Procedure", "reasonReference": [{"reference": "Condition/c"}]}
    >>> entries = [{"resource": reason}, {"resource": {"resourceType": "Condition", "id": "c"}}]
    >>> links_of(entries, [tuple(places(each["resource"])) for each in entries]).named
    [{'Condition/c': 'reasonReference[0]'}, {}]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

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


class ReasonLinks(NamedTuple):
    """What each entry names as its reasons, and what each is called."""

    named: Sequence[Mapping[str, str]]
    called: Sequence[Collection[str]]


def links_of(
    entries: Sequence[Mapping[str, Any]], trees: Sequence[Sequence[ResourcePlace]]
) -> ReasonLinks:
    """List for each entry which names it gives as its reasons, and its own names."""
    return ReasonLinks(
        [_reasons(tree) for tree in trees],
        [
            _names(entry, tree[0].content) if tree else ()
            for entry, tree in zip(entries, trees, strict=True)
        ],
    )


def followed(own: Sequence[Sequence[Derivation]], links: ReasonLinks) -> list[list[Derivation]]:
    """Add to what each entry tells itself what its reasons tell, and their reasons.

    Each takes in a derivation only where it adds a label, so that a Bundle in which all name all
    takes as many steps as it has entries and references, times the number of labels.
    """
    users: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, names in enumerate(links.named):
        for name, path in names.items():
            users[name].append((path, number))
    found = [list(each) for each in own]
    labels = [_labels(each) for each in own]
    told: dict[str, frozenset[str]] = {}
    waiting = [(number, each) for number, one in enumerate(own) for each in _kinds(one)]
    while waiting:
        number, new = waiting.pop()
        for name in links.called[number]:
            if new.sensitivities <= told.get(name, frozenset()):
                continue
            told[name] = told.get(name, frozenset()) | new.sensitivities
            for path, user in users.get(name, ()):
                if not new.sensitivities <= labels[user]:
                    taken = replace(new, path=path)
                    found[user].append(taken)
                    labels[user] |= new.sensitivities
                    waiting.append((user, taken))
    return found


def _kinds(found: Sequence[Derivation]) -> Iterable[Derivation]:
    """The first derivation of each set of labels."""
    first: dict[frozenset[str], Derivation] = {}
    for each in found:
        first.setdefault(each.sensitivities, each)
    return first.values()


def _reasons(tree: Sequence[ResourcePlace]) -> dict[str, str]:
    """Names of what a resource names as its reasons, each with the first element that does."""
    found: dict[str, str] = {}
    for place in tree:
        for element in place.elements:
            if element.key in REASONS and isinstance(element.node.get("reference"), str):
                found.setdefault(_unversioned(element.node["reference"]), element.path)
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
