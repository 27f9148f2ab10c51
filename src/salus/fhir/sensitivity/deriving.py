"""Which sensitivities follow from what stands in a resource, each with its element and reason.

Codes are looked up, and words read wherever R4 lets people write some. What only names a person, a
place or a version is passed over, and so are Consents, whose codes are conditions, and resources
that are about nobody.

Example:
    >>> from salus.fhir.sensitivity.standard import standard
    >>> from salus.fhir.tree import places
    >>> note = {"resourceType": "Condition", "code": {"text": "Paranoid schizophrenia"}}
    >>> [found] = derivations(tuple(places(note)), standard())
    >>> found.path, found.found, sorted(found.sensitivities)
    ('code.text', 'schizophrenia', ['BH', 'MH', 'PSY'])
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Any

from salus.fhir.codings import INLINE_LABEL
from salus.fhir.sensitivity.derivation import Confidence, Derivation, at
from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.shape import objects
from salus.fhir.tree import Element, ResourcePlace
from salus.terms.sensitivities import UNCLEAR

_ABOUT_NOBODY = frozenset(
    "ActivityDefinition CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition"
    " ConceptMap Consent EventDefinition ExampleScenario GraphDefinition ImplementationGuide"
    " Library Measure MessageDefinition NamingSystem ObservationDefinition OperationDefinition"
    " PlanDefinition Questionnaire SearchParameter SpecimenDefinition StructureDefinition"
    " StructureMap TerminologyCapabilities TestReport TestScript ValueSet".split()
)
_PEOPLE = frozenset({"Patient", "Person", "Practitioner", "RelatedPerson"})
_NAMES = frozenset(
    {"meta", "security", "tag", "securityLabel", "identifier", "name", "address", "telecom"}
)
_EXTENSIONS = frozenset({"extension", "modifierExtension"})
_WHO = frozenset({"subject", "patient", "beneficiary"})
_WORDS = frozenset(
    {
        "comment",
        "conclusion",
        "description",
        "detail",
        "details",
        "display",
        "div",
        "instruction",
        "instructions",
        "patientInstruction",
        "summary",
        "text",
        "title",
        "contentString",
        "onsetString",
        "abatementString",
        "occurrenceString",
        "performedString",
        "valueMarkdown",
        "valueString",
    }
)
_UNREAD = frozenset({UNCLEAR})


def derivations(tree: Iterable[ResourcePlace], table: SensitivityTable) -> list[Derivation]:
    """Derive what follows from a resource and all that are in it."""
    return [
        found
        for place in tree
        if place.resource_type not in _ABOUT_NOBODY
        for element in _read_in(place)
        for found in _in(element, place, table)
    ]


def _read_in(place: ResourcePlace) -> Iterator[Element]:
    """All but names, and labels, which `salus.fhir.labels` reads, with all that is below them."""
    apart: set[int] = set()
    for element in place.elements:
        if id(element.node) in apart:
            continue
        if element.key in _NAMES:
            apart.update(_all_below(element.node))
            continue
        if element.key in _EXTENSIONS and element.node.get("url") == INLINE_LABEL:
            apart.add(id(element.node.get("valueCoding")))
        yield element


def _all_below(node: dict[str, Any]) -> Iterator[int]:
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (dict, list)):
            yield id(each)
            waiting += each.values() if isinstance(each, dict) else each


def _in(element: Element, place: ResourcePlace, table: SensitivityTable) -> Iterator[Derivation]:
    node, path = element.node, element.path or element.key
    if "code" in node and isinstance(node["code"], str):
        system = node.get("system")
        for each in table.of_code(system if isinstance(system, str) else "", node["code"]):
            yield at(path, each)
        if element.key != "coding" and "system" in node and not _is_read(node, table):
            yield _unread(path, node["code"], "a code that is in no table, without words")
    elif "coding" in node and _is_unread(node, table):
        yield _unread(path, "", "a code that is in no table, without words")
    if (words := node.keys() & _WORDS) and _has_words(element, place):
        yield from _in_words(node, words, path, table)
    if "contentType" in node and ("data" in node or "url" in node) and element.key != "photo":
        yield from _in_attachment(node, path, table)


def _has_words(element: Element, place: ResourcePlace) -> bool:
    """Not where they are what somebody is called."""
    return place.resource_type not in _PEOPLE and not (
        element.key in _WHO and "reference" in element.node
    )


def _in_words(
    node: dict[str, Any], words: set[str], path: str, table: SensitivityTable
) -> Iterator[Derivation]:
    for key in sorted(words):
        text = node[key]
        if isinstance(text, str):
            for each in table.of_words(text):
                yield at(f"{path}.{key}" if path else key, each)


def _in_attachment(
    node: dict[str, Any], path: str, table: SensitivityTable
) -> Iterator[Derivation]:
    text = _text_of(node)
    if text is None:
        yield _unread(path, "", "a file in it, which is not looked into")
    else:
        for each in table.of_words(text):
            yield at(path, each)


def _text_of(node: dict[str, Any]) -> str | None:
    kind, data = node.get("contentType"), node.get("data")
    if not (isinstance(kind, str) and isinstance(data, str) and kind.startswith("text/")):
        return None
    try:
        return b64decode(data).decode("utf-8")
    except ValueError:
        return None


def _is_unread(concept: dict[str, Any], table: SensitivityTable) -> bool:
    """Whether codes stand there of which none is known, and no words beside them."""
    codings = objects(concept["coding"])
    if _is_text(concept.get("text")) or not codings:
        return False
    return not any(_is_read(each, table) for each in codings)


def _is_read(coding: dict[str, Any], table: SensitivityTable) -> bool:
    system, code = coding.get("system"), coding.get("code")
    if _is_text(coding.get("display")) or _is_text(coding.get("unit")):
        return True
    if not isinstance(code, str):
        return "code" not in coding
    return isinstance(system, str) and table.is_read(system, code)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _unread(path: str, found: str, reason: str) -> Derivation:
    return Derivation(_UNREAD, path, found, reason, Confidence.UNREAD)
