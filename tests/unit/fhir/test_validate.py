"""R4's rules, checked cheaply; and HL7's whole schema where its file is at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.hl7_schema import Schema

from salus.demo.samples import bundle_bytes
from salus.fhir import validate
from salus.fhir.bundle import resources
from salus.fhir.errors import InvalidResource, NotFhir
from salus.fhir.strict_json import parse
from salus.fhir.structure import needed, slots
from salus.fhir.validation import problems
from salus.terms.classes import RESOURCE_TYPES

DATA = Path(__file__).parents[4] / "shared" / "data"
SCHEMA = DATA / "hl7-terminology-r4" / "fhir-r4.schema.json"
REAL = sorted([*(DATA / "synthea-r4").glob("*.json"), *(DATA / "fhir-r4-examples").glob("*.json")])
GLUCOSE: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
WRONG = {
    "DeviceMetric/example": ["parent.reference"],  # at a DeviceDefinition, where R4 has Device
    "DeviceUseStatement/example": ["reasonReference[0].reference"],  # at a Procedure
    "Observation/clinical-gender": ["performer[0].reference"],  # at an Encounter
}
"""What HL7's own examples get wrong: references that R4 has no such targets for."""
needs_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason="HL7's schema is not here")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": "a b"}, ("id", "is not 1 to 64 letters, digits, hyphens or dots")),
        ({"id": 7}, ("id", "is not 1 to 64 letters, digits, hyphens or dots")),
        (
            {"valueString": "a", "valueQuantity": {"value": 1}},
            ("value[x]", "stands twice: valueQuantity, valueString"),
        ),
        (
            {"component": [{"code": {"text": "x"}, "valueString": "a", "valueBoolean": True}]},
            ("component[0].value[x]", "stands twice: valueBoolean, valueString"),
        ),
        ({"subject": {"reference": "Patient 1"}}, ("subject.reference", "is not a FHIR reference")),
        (
            {"subject": {"reference": "#p"}},
            ("subject.reference", "points at nothing that is contained (ref-1)"),
        ),
        ({"note": []}, ("note", "is empty; leave it out instead")),
        ({"note": [{"text": ""}]}, ("note[0].text", "is empty; leave it out instead")),
        ({"method": None}, ("method", "is empty; leave it out instead")),
        (
            {"contained": [{"resourceType": "Condition", "id": "c"}]},
            ("contained[0].subject", "is required"),
        ),
        (
            {"contained": [{"resourceType": "Patient"}]},
            ("contained[0].id", "is required inside contained"),
        ),
        (
            {
                "contained": [
                    {
                        "resourceType": "Patient",
                        "id": "p",
                        "contained": [{"resourceType": "Device", "id": "d"}],
                    }
                ]
            },
            ("contained[0].contained", "cannot stand inside contained (dom-2)"),
        ),
        (
            {"contained": [{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}]},
            ("contained[0].meta.versionId", "cannot stand inside contained (dom-4, dom-5)"),
        ),
    ],
)
def test_names_the_element_and_the_fault(change: dict[str, Any], expected: tuple[str, str]) -> None:
    assert problems(GLUCOSE | change) == [expected]


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "Patient/1/_history/2",
        "urn:uuid:1",
        "https://a.b/Patient/1",
        "#p",
        "#",
        "Practitioner?identifier=a|1",
    ],
)
def test_accepts_every_form_of_reference(reference: str) -> None:
    contained = {"contained": [{"resourceType": "Patient", "id": "p"}]}
    assert problems(GLUCOSE | contained | {"focus": [{"reference": reference}]}) == []


def test_required_elements_may_be_present_as_extensions_only() -> None:
    assert problems({"resourceType": "Observation", "_status": {"id": "x"}}) == [
        ("code", "is required")
    ]
    request = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    subject = {"subject": {"reference": "Patient/1"}}
    assert problems(request | subject) == [("medication[x]", "is required")]
    assert problems(request | subject | {"medicationReference": {"display": "x"}}) == []


def test_elements_that_only_look_like_a_choice_are_none() -> None:
    reasons = {"reasonCode": [{"text": "x"}], "reasonReference": [{"display": "y"}]}
    encounter = {"resourceType": "Encounter", "status": "planned", "class": {"code": "y"}}
    assert problems(encounter | reasons) == []
    both = {"itemCodeableConcept": {"text": "x"}, "itemReference": {"display": "y"}}
    impression = {"resourceType": "ClinicalImpression", "status": "completed", "finding": [both]}
    assert problems(impression | {"subject": {"display": "x"}}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": 7}, ("status", "is not what R4 calls code")),
        ({"status": "finished"}, ("status", "is not a code that R4 has for it")),
        (
            {"effectiveDateTime": "31.12.2024"},
            ("effectiveDateTime", "is not what R4 calls dateTime"),
        ),
        (
            {"effectiveDateTime": "2023-02-29"},
            ("effectiveDateTime", "is not what R4 calls dateTime"),
        ),
        ({"issued": "2024-01-01"}, ("issued", "is not what R4 calls instant")),
        ({"subjct": {"display": "x"}}, ("subjct", "is not an element of R4's Observation")),
        ({"_subject": {}}, ("_subject", "is not an element of R4's Observation")),
        (
            {"valueQuantity": {"unt": "mg"}},
            ("valueQuantity.unt", "is not an element of R4's Quantity"),
        ),
        (
            {"valueQuantity": {"value": "5"}},
            ("valueQuantity.value", "is not what R4 calls decimal"),
        ),
        (
            {"valueQuantity": {"value": True}},
            ("valueQuantity.value", "is not what R4 calls decimal"),
        ),
        ({"valueInteger": 5.5}, ("valueInteger", "is not what R4 calls integer")),
        ({"valueInteger": 2**31}, ("valueInteger", "is not what R4 calls integer")),
        ({"valueBoolean": "true"}, ("valueBoolean", "is not what R4 calls boolean")),
        ({"valueMoney": {"value": 1}}, ("valueMoney", "is not an element of R4's Observation")),
        ({"code": [{"text": "x"}]}, ("code", "is not an object, as R4's CodeableConcept is")),
        ({"category": {"text": "x"}}, ("category", "is a list in R4, with one element or more")),
        ({"category": ["x"]}, ("category[0]", "is not an object, as R4's CodeableConcept is")),
        ({"component": [{"valueString": "x"}]}, ("component[0].code", "is required")),
        ({"extension": [{"valueString": "x"}]}, ("extension[0].url", "is required")),
        (
            {"_status": {"extension": [{}]}},
            ("_status.extension[0]", "is empty; leave it out instead"),
        ),
        ({"_status": "x"}, ("_status", "is not an object with extensions")),
        ({"text": {"status": "generated", "div": "x"}}, ("text.div", "is not what R4 calls xhtml")),
        (
            {"contained": [{"resourceType": "Patient", "id": "p", "gender": "m"}]},
            ("contained[0].gender", "is not a code that R4 has for it"),
        ),
    ],
)
def test_holds_every_element_against_r4s_structure(
    change: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert problems(GLUCOSE | change) == [expected]


def test_a_list_of_primitives_may_have_its_extensions_beside_it() -> None:
    absent = {"extension": [{"url": "urn:x", "valueBoolean": True}]}
    name = {"given": ["A", None], "_given": [None, absent]}
    assert problems({"resourceType": "Patient", "name": [name]}) == []
    found = problems({"resourceType": "Patient", "name": [{"given": ["A", None]}]})
    assert found == [("name[0].given[1]", "is empty; leave it out instead")]


def test_accepts_what_hl7s_schema_wrongly_refuses() -> None:
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2024",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
    }
    answers = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "urn:q",
        "_questionnaire": {"extension": [{"url": "urn:x", "valueString": "y"}]},
    }
    spaced = GLUCOSE | {"code": {"text": "a\u00a0b"}}
    assert [problems(each) for each in (statement, answers, spaced)] == [[], [], []]


def test_a_consent_needs_a_policy_and_a_patient() -> None:
    scope = {"coding": [{"code": "patient-privacy"}]}
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": scope,
        "category": [{"text": "x"}],
    }
    assert [path for path, _ in problems(consent)] == ["policyRule", "patient"]


def test_the_entries_of_a_bundle_are_checked_each_by_itself() -> None:
    entry = {"resource": GLUCOSE | {"id": "!"}}
    found = problems({"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    assert found == [("entry[0].resource.id", "is not 1 to 64 letters, digits, hyphens or dots")]


def test_the_outcome_of_an_entry_is_a_resource_like_another() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
    entry = {"response": {"status": "400", "outcome": outcome}}
    answer = {"resourceType": "Bundle", "type": "batch-response", "entry": [entry]}
    assert problems(answer) == [("entry[0].response.outcome.issue[0].code", "is required")]
    outcome["issue"][0]["code"] = "invalid"  # type: ignore[index]
    assert problems(answer) == []


def test_the_error_lists_all_faults_but_no_values() -> None:
    broken = {"resourceType": "AuditEvent", "id": "SECRET!", "outcomeDesc": ""}
    with pytest.raises(
        InvalidResource, match=r"AuditEvent is not valid R4: id: .*and 1 more"
    ) as error:
        validate(broken)
    assert len(error.value.problems) == 6
    assert "SECRET" not in str(error.value)
    validate(GLUCOSE)


@pytest.mark.skipif(not REAL, reason="the real FHIR files are not on this machine")
def test_finds_nothing_wrong_with_what_others_published() -> None:
    found = [each for path in REAL for each in resources(path.read_bytes())]
    assert len(found) > 3900
    held = {f"{each.resource_type}/{each.id}": problems(each.content) for each in found}
    assert {name: [path for path, _ in wrong] for name, wrong in held.items() if wrong} == WRONG


@needs_schema
def test_our_structure_has_the_elements_of_hl7s_schema_at_every_depth() -> None:
    schema = json.loads(SCHEMA.read_bytes())
    assert tuple(schema["discriminator"]["mapping"]) == RESOURCE_TYPES
    waiting = [(name, name) for name in (*RESOURCE_TYPES, "Dosage", "Timing", "Extension")]
    seen: set[str] = set()
    while waiting:
        theirs, ours = waiting.pop()
        if theirs not in seen:
            seen.add(theirs)
            waiting += same_keys(schema["definitions"], theirs, ours)
    assert len(seen) > 600


def same_keys(definitions: Any, theirs: str, ours: str) -> Iterator[tuple[str, str]]:
    definition, mine = definitions[theirs], slots(ours)
    keys = {each for each in definition["properties"] if not each.startswith("_")}
    # In a datatype, R4's elements with elements of their own have no modifier extensions.
    assert keys ^ set(mine) <= {"resourceType", "modifierExtension"}, ours
    assert set(definition.get("required", ())) <= {
        "resourceType",
        *(name for name, _ in needed(ours)),
    }
    for key in keys & set(mine):
        node = definition["properties"][key]
        assert ("items" in node) == mine[key].repeats, f"{ours}.{key}"
        below = node.get("items", node).get("$ref", "").rpartition("/")[2]
        if "_" in below:
            yield below, mine[key].type


@needs_schema
@pytest.mark.skipif(not REAL, reason="the real FHIR files are not on this machine")
def test_what_hl7s_schema_finds_in_damaged_resources_is_found_here() -> None:
    """One member of a real resource at a time is given another kind of value, or another name."""
    schema = Schema(SCHEMA)
    sound = [each for path in REAL[::12] for each in resources(path.read_bytes())][::25]
    for resource in sound:
        for harmed in damaged(dict(resource.content)):
            assert problems(harmed) or not schema.problems(harmed), resource.resource_type


def damaged(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in content.items():
        if key not in ("resourceType", "id", "contained"):
            rest = {each: content[each] for each in content if each != key}
            yield {**rest, f"{key}s": value}
            yield {**rest, key: 7.5 if isinstance(value, str) else "x"}
            yield {**rest, key: [value]} if not isinstance(value, list) else rest | {key: value[0]}
            yield rest


@needs_schema
def test_the_schema_accepts_the_sample_and_decimals() -> None:
    schema = Schema(SCHEMA)
    schema.validate(parse(bundle_bytes()))
    schema.validate(GLUCOSE | {"valueQuantity": {"value": Decimal("7.10")}})


@needs_schema
def test_the_schema_names_the_element_but_no_value() -> None:
    with pytest.raises(InvalidResource) as error:
        Schema(SCHEMA).validate(GLUCOSE | {"status": "SECRET", "component": [{"x": 1}]})
    assert {path for path, _ in error.value.problems} >= {"status", "component[0]"}
    assert "SECRET" not in str(error.value)


def test_refuses_a_file_that_is_not_the_schema(tmp_path: Path) -> None:
    other = tmp_path / "schema.json"
    other.write_text("{}")
    with pytest.raises(NotFhir, match=r"hl7\.org/fhir/json-schema/4\.0"):
        Schema(other)
