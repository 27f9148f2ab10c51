"""Which sensitivities follow from what stands in a resource, each with its element and reason.

Codes are looked up, and every string is read but those on a short list: what only names a person, a
place, a version or an address. What cannot be read is unclear.

Example:
    >>> from salus.fhir.sensitivity.standard import standard
    >>> from salus.fhir.tree import places
    >>> note = {"resourceType": "Condition", "code": {"text": "Paranoid schizophrenia"}}
    >>> [found] = derivations(tuple(places(note)), standard())
    >>> found.path, found.found, sorted(found.sensitivities)
    ('code.text', 'schizophrenia', ['BH', 'MH', 'PSY'])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from salus.fhir.codings import INLINE_LABEL
from salus.fhir.sensitivity.attached import is_file, text_in
from salus.fhir.sensitivity.derivation import Confidence, Derivation, at
from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.sensitivity.words import letters_of, says
from salus.fhir.tree import Element, ResourcePlace
from salus.terms.sensitivities import UNCLEAR

_ABOUT_NOBODY = frozenset(
    "ActivityDefinition CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition"
    " ConceptMap Consent EventDefinition ExampleScenario GraphDefinition ImplementationGuide"
    " Library Measure MessageDefinition NamingSystem ObservationDefinition OperationDefinition"
    " PlanDefinition Questionnaire SearchParameter SpecimenDefinition StructureDefinition"
    " StructureMap TerminologyCapabilities TestReport TestScript ValueSet".split()
)
"""Definitions, and Consents, whose codes are conditions: only what is attached to them is read,
and what a Consent says to who reads it."""
_PEOPLE = frozenset({"Patient", "Person", "Practitioner", "RelatedPerson"})
_NAMES = frozenset(
    "address identifier meta name securityLabel telecom"
    " valueAddress valueContactPoint valueHumanName valueIdentifier valueMeta".split()
)
_EXTENSIONS = frozenset({"extension", "modifierExtension"})
_WHO = frozenset({"subject", "patient", "beneficiary"})
_NO_WORDS = frozenset(
    "code contentType data definitionUri deviceIdentifier fullUrl hash id implicitRules"
    " instantiatesCanonical instantiatesUri language linkId lotNumber questionnaire reference"
    " resourceType serialNumber system uid url valueBase64Binary valueCanonical valueId valueOid"
    " valueUri valueUrl valueUuid".split()
)
"""Strings that are no words."""
_UNREAD = frozenset({UNCLEAR})
_BESIDE = ("display", "unit", "text")
"""Where words stand beside a code."""


def derivations(tree: Iterable[ResourcePlace], table: SensitivityTable) -> list[Derivation]:
    """Derive what follows from a resource and all that are in it."""
    return [
        found
        for place in tree
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
    path, kind = element.path or element.key, place.resource_type
    # What stands within a record is about whom the record is about, whatever it calls itself.
    is_about = kind not in _ABOUT_NOBODY or not place.is_alone
    if is_about:
        yield from _in_codes(element.node, element, table)
    is_told = is_about or (kind == "Consent" and element.key == "text")
    is_person = kind in _PEOPLE and (place.is_alone or place.is_within)
    if is_told and not is_person:
        yield from _in_words(element, table)
    if is_file(element, kind):
        yield from _in_file(element.node, path, table)
    if "valueBase64Binary" in element.node:
        yield _unread(path, "", "bytes in it, which are not looked into")


def _in_codes(
    node: dict[str, Any], element: Element, table: SensitivityTable
) -> Iterator[Derivation]:
    path, code, system = element.path or element.key, node.get("code"), node.get("system")
    if isinstance(code, str):
        for each in table.of_code(system if isinstance(system, str) else "", code):
            yield at(path, each)
    if "coding" in node or "code" in node or "_code" in node or element.key.endswith("Coding"):
        unread = _unread_in(element, table)
        if unread is not None:
            yield _unread(path, unread, "a code that is in no table, without words")


def _in_words(element: Element, table: SensitivityTable) -> Iterator[Derivation]:
    path = element.path
    for key, value in element.node.items():
        is_unit = key == "code" and "value" in element.node
        if (key in _NO_WORDS and not is_unit) or not isinstance(value, (str, list)):
            continue
        if key == "display" and element.key in _WHO and "reference" in element.node:
            continue
        for text in (value,) if isinstance(value, str) else _strings(value):
            for each in table.of_words(text):
                yield at(f"{path}.{key}" if path else key, each)


def _strings(value: list[Any]) -> Iterator[str]:
    """Strings of a list, and of lists in it."""
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each


def _in_file(node: dict[str, Any], path: str, table: SensitivityTable) -> Iterator[Derivation]:
    text = text_in(node)
    if text is None or "url" in node or "_url" in node:
        yield _unread(path, "", "a file in it, which is not looked into")
    if text is not None:
        for each in table.of_words(text):
            yield at(path, each)


def _unread(path: str, found: str, reason: str) -> Derivation:
    return Derivation(_UNREAD, path, found, reason, Confidence.UNREAD)


def _unread_in(element: Element, table: SensitivityTable) -> str | None:
    """The first code of an element that is not read, empty where it has none; None if all are."""
    node = element.node
    if "coding" in node:
        return _unread_in_concept(node, table)
    if element.key == "coding" or not _is_coding(element):
        return None
    return None if _is_read(node, table) else _code_of(node)


def _unread_in_concept(concept: dict[str, Any], table: SensitivityTable) -> str | None:
    codings, text = concept["coding"], concept.get("text")
    listed = codings if isinstance(codings, list) else [codings]
    unread = [each for each in listed if not _is_read(each, table)]
    if not unread:
        return None
    letters = letters_of(text) if isinstance(text, str) else ""
    untold = (each for each in unread if _is_odd(each) or not says(letters, _code_of(each)))
    return next(map(_code_of, untold), None)


def _is_coding(element: Element) -> bool:
    node = element.node
    if element.key.endswith("Coding"):
        return True
    if "system" in node or "_system" in node:
        return "code" in node or "_code" in node
    # A Quantity has a unit, and what went wrong in an exchange has a code of FHIR's own.
    return _has_code(node) and "value" not in node and "severity" not in node


def _has_code(node: dict[str, Any]) -> bool:
    """Whether a code stands there, or what should be one; concepts stand under that name, too."""
    code = node.get("code")
    listed = code if isinstance(code, list) else [code]
    return "_code" in node or any(not isinstance(each, (dict, type(None))) for each in listed)


def _is_read(coding: Any, table: SensitivityTable) -> bool:
    if _is_odd(coding):
        return False
    system, code = coding.get("system"), _code_of(coding)
    if system and code and table.is_read(system, code):
        return True
    beside = (coding.get(key) for key in _BESIDE)
    return any(isinstance(each, str) and says(letters_of(each), code) for each in beside)


def _is_odd(coding: Any) -> bool:
    """Whether system or code are not as FHIR has them: no words beside them tell what they mean."""
    if not isinstance(coding, dict):
        return True
    return any(
        not isinstance(coding[key], str) if key in coding else f"_{key}" in coding
        for key in ("system", "code")
    )


def _code_of(coding: Any) -> str:
    code = coding.get("code") if isinstance(coding, dict) else None
    return code if isinstance(code, str) else ""
