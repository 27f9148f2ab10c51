"""R4's rules, checked cheaply; and HL7's whole schema where its file is at hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from salus.errors import InvalidResource, NotFhir
from salus.fhir import Schema, parse, problems, resources, validate
from salus.fhir.r4_elements import REQUIRED
from salus.samples import bundle_bytes
from salus.terms import RESOURCE_TYPES

DATA = Path(__file__).parents[4] / "shared" / "data"
SCHEMA = DATA / "hl7-terminology-r4" / "fhir-r4.schema.json"
REAL = sorted([*(DATA / "synthea-r4").glob("*.json"), *(DATA / "fhir-r4-examples").glob("*.json")])
GLUCOSE: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
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
            {"component": [{"valueString": "a", "valueBoolean": True}]},
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
            {"contained": [{"resourceType": "Patient", "id": "p", "contained": [1]}]},
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
    assert problems(GLUCOSE | contained | {"subject": {"reference": reference}}) == []


def test_required_elements_may_be_present_as_extensions_only() -> None:
    assert problems({"resourceType": "Observation", "_status": {"id": "x"}}) == [
        ("code", "is required")
    ]
    request = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    subject = {"subject": {"reference": "Patient/1"}}
    assert problems(request | subject) == [("medication[x]", "is required")]
    assert problems(request | subject | {"medicationReference": {"display": "x"}}) == []


def test_a_list_is_no_choice() -> None:
    reasons = {"reasonCode": [{"text": "x"}], "reasonReference": [{"display": "y"}]}
    device = {"resourceType": "Device", "property": [{"valueCode": [{}], "valueQuantity": [{}]}]}
    assert (
        problems({"resourceType": "Encounter", "status": "x", "class": {"code": "y"}} | reasons)
        == []
    )
    assert problems(device) == []


def test_a_consent_needs_a_policy_and_a_patient() -> None:
    scope = {"coding": [{"code": "patient-privacy"}]}
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": scope,
        "category": [{"a": 1}],
    }
    assert [path for path, _ in problems(consent)] == ["policyRule", "patient"]


def test_the_entries_of_a_bundle_are_checked_each_by_itself() -> None:
    entry = {"resource": GLUCOSE | {"id": "!"}}
    found = problems({"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    assert found == [("entry[0].resource.id", "is not 1 to 64 letters, digits, hyphens or dots")]


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
    assert [
        (each.resource_type, problems(each.content)) for each in found if problems(each.content)
    ] == []


@needs_schema
def test_our_tables_agree_with_the_schema() -> None:
    schema = json.loads(SCHEMA.read_bytes())
    assert tuple(schema["discriminator"]["mapping"]) == RESOURCE_TYPES
    for name in RESOURCE_TYPES:
        definition = schema["definitions"][name]
        assert set(definition["required"]) <= {"resourceType", *REQUIRED.get(name, ())}
        for element in REQUIRED.get(name, ()):
            stem = element.removesuffix("[x]")
            assert any(each.startswith(stem) for each in definition["properties"])


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
