"""What a resource of a Bundle is about because of another in it, which it names as its reason.

A prescription whose reason is a labelled Condition tells of it, and so does a report of a labelled
result. That two were written at one Encounter tells nothing of either, and is not followed.

Example:
    >>> from salus.fhir.tree import places
    >>> reason = {"resourceType": "Procedure", "reasonReference": [{"reference": "Condition/c"}]}
    >>> entries = [{"resource": reason}, {"resource": {"resourceType": "Condition", "id": "c"}}]
    >>> links_of(entries, [tuple(places(each["resource"])) for each in entries]).named
    [{'Condition/c': 'reasonReference[0]'}, {}]
    >>> names_in({"reference": "HTTP://x.example/Condition/c/_history/2"})
    ['http://x.example/Condition/c', 'Condition/c']
    >>> names_of_entry({"fullUrl": "URN:UUID:A1"}, {"resourceType": "Goal", "id": "g"})
    ['urn:uuid:a1', 'Goal/g']
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from salus.fhir.sensitivity.derivation import Derivation
from salus.fhir.shape import objects
from salus.fhir.tree import Element, ResourcePlace

_NOT_FOLLOWED = frozenset(
    {"beneficiary", "context", "encounter", "episodeOfCare", "partOf", "patient", "subject"}
)
"""Elements that name of whom, and at which visit, or of what greater whole."""
_WHO_AND_WHERE = frozenset(
    "Coverage Encounter Endpoint EpisodeOfCare HealthcareService Location Organization Patient"
    " Person Practitioner PractitionerRole RelatedPerson Schedule Slot".split()
)
"""Resources that tell who, where and when, and nothing of what for."""
_WEB = re.compile(r"(https?://[^/]*)(.*)", re.IGNORECASE | re.DOTALL)


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
            _called(entry, tree[0].content) if tree else ()
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
            if _is_followed(element, place):
                for name in names_in(element.node):
                    found.setdefault(name, element.path)
    return found


def _is_followed(element: Element, place: ResourcePlace) -> bool:
    node = element.node
    is_reference = "reference" in node or "identifier" in node
    if not is_reference or node is place.content or element.key in _NOT_FOLLOWED:
        return False
    # A Provenance tells who wrote what it targets, and nothing of what stands there.
    return place.resource_type != "Provenance" or element.key != "target"


def _called(entry: Mapping[str, Any], content: Mapping[str, Any]) -> Collection[str]:
    kind = content.get("resourceType")
    if isinstance(kind, str) and kind in _WHO_AND_WHERE:
        return ()
    return names_of_entry(entry, content)


def _labels(found: Sequence[Derivation]) -> frozenset[str]:
    return frozenset().union(*(each.sensitivities for each in found))


def names_in(reference: Mapping[str, Any]) -> list[str]:
    """What a Reference may mean: by its address, by type and id, by an identifier."""
    found: list[str] = []
    text = reference.get("reference")
    if isinstance(text, str):
        address, _, query = text.partition("?")
        found += _addresses(address)
        for token in parse_qs(query).get("identifier", ()) if query else ():
            system, has_system, value = token.rpartition("|")
            found.append(_identifier(system if has_system else "", value))
    identifier = reference.get("identifier")
    if isinstance(identifier, dict):
        found += _identifiers([identifier])[:1]
    return found


def names_of_entry(entry: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
    """What an entry is called: its address, its type and id, its identifiers."""
    url, identifier = entry.get("fullUrl"), content.get("identifier")
    found = _addresses(url) if isinstance(url, str) else []
    if isinstance(content.get("id"), str):
        found.append(f"{content.get('resourceType')}/{content['id']}")
    listed = [identifier] if isinstance(identifier, dict) else objects(identifier)
    return [*dict.fromkeys([*found, *_identifiers(listed)])]


def _addresses(text: str) -> list[str]:
    plain = text.strip().partition("#")[0].partition("/_history/")[0].rstrip("/")
    if web := _WEB.fullmatch(plain):
        return [web[1].lower() + web[2], "/".join(plain.split("/")[-2:])]
    if not plain:
        return []
    return [plain.lower() if plain[:4].lower() == "urn:" else plain]


def _identifiers(listed: list[dict[str, Any]]) -> list[str]:
    """With the system first, then without, as a search may leave it out."""
    found = []
    for each in listed:
        system, value = each.get("system"), each.get("value")
        if isinstance(value, str) and value:
            found += [_identifier(system, value)] if isinstance(system, str) else []
            found.append(_identifier("", value))
    return found


def _identifier(system: str, value: str) -> str:
    return f"identifier {system}|{value}"
