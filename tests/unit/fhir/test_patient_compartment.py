"""Whose a resource is follows R4's patient compartment; what is unclear is never taken for one."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from tests.support.compartments import MRN, about, bundle, entry, named, to

from salus.errors import InputError
from salus.fhir.bundle import resources
from salus.fhir.compartment import COMPARTMENT
from salus.fhir.errors import PatientNotNamed, PatientUnclear, SeveralPatients
from salus.fhir.patient import patients_of
from salus.records.patients import the_patient
from salus.terms.classes import RESOURCE_TYPES

DATA = Path(__file__).parents[4] / "shared" / "data"
SYNTHEA = sorted((DATA / "synthea-r4").glob("*.json"))
EXAMPLES = sorted((DATA / "fhir-r4-examples").glob("*.json"))


def placed(steps: tuple[str, ...], value: Any, *, listed: bool) -> Any:
    for step in reversed(steps):
        value = {step: [value] if listed else value}
    return value


PATHS = [(name, steps) for name, paths in COMPARTMENT.items() for steps in paths]


def test_the_compartment_names_types_of_r4() -> None:
    assert set(COMPARTMENT) < set(RESOURCE_TYPES)
    assert len(COMPARTMENT) == 66


@pytest.mark.parametrize(("name", "steps"), PATHS, ids=lambda each: str(each))
@pytest.mark.parametrize("listed", [False, True])
def test_each_element_of_the_compartment_names_a_patient(
    name: str, steps: tuple[str, ...], listed: bool
) -> None:
    content = {"resourceType": name, "id": "b", **placed(steps, to("b"), listed=listed)}
    assert patients_of(content).named == {"Patient/b"}
    both = bundle(entry(about(to("a"))), entry(content))
    with pytest.raises(SeveralPatients, match="about 2 patients"):
        named(both)


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Task", "for": to("b")},
        {"resourceType": "Device", "patient": to("b")},
        {"resourceType": "GuidanceResponse", "subject": {"identifier": MRN}},
        {"resourceType": "Binary", "securityContext": to("b")},
        {"resourceType": "MessageHeader", "focus": [to("b")]},
        {"resourceType": "Linkage", "item": [{"resource": to("b")}]},
        {"resourceType": "Contract", "subject": [to("b")]},
        {"resourceType": "Parameters", "parameter": [{"name": "r", "resource": about(to("b"))}]},
        {"resourceType": "Parameters", "parameter": [{"name": "r", "valueReference": to("b")}]},
        {
            "resourceType": "Parameters",
            "parameter": [{"part": [{"name": "r", "resource": about(to("b"))}]}],
        },
        {"resourceType": "Bundle", "entry": [entry(about(to("b")))]},
        {"resourceType": "Bundle", "entry": [entry({"resourceType": "Patient", "id": "b"})]},
        about(to("a"), contained=[{"resourceType": "Condition", "subject": to("b")}]),
        about(to("a"), performer=[to("b")]),
        {"resourceType": "Patient", "id": "a", "link": [{"other": to("b"), "type": "seealso"}]},
        {
            "resourceType": "Appointment",
            "participant": [{"actor": to("a")}, {"actor": to("b")}],
        },
        {"resourceType": "Group", "member": [{"entity": to("a")}, {"entity": to("b")}]},
        about(to("https-b")),
        about({"reference": "https://other.example/fhir/Patient/a"}),
        about({"reference": "urn:uuid:5"}),
        about({"identifier": MRN}),
        about({"identifier": MRN, "type": "Patient"}),
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_a_second_patient_is_refused_wherever_it_stands(content: dict[str, Any]) -> None:
    with pytest.raises(SeveralPatients):
        named(bundle(entry(about(to("a"))), entry(content)))


@pytest.mark.parametrize(
    "content",
    [
        about({"reference": "Group/1"}),
        about({"reference": "Patient?identifier=urn:mrn|2"}),
        about({"reference": "#gone"}),
        about({"reference": "somebody"}),
        about({"identifier": {"system": "urn:mrn"}}),
        about({"identifier": MRN, "type": "Group"}),
        about("Patient/a"),
        about({"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}]),
        about(to("a"), contained=[{"resourceType": "Patient", "id": "p", "name": []}]),
        {"resourceType": "Task", "for": {"reference": "Group/1"}},
        about({"reference": "#"}),
        about(to("a"), contained=[about({"reference": "#"}, id="o")]),
        about({"reference": "RelatedPerson/9"}),
        about({"reference": "https://a.example/fhir/Person/9"}),
        about({"identifier": MRN, "type": "RelatedPerson"}),
        about({"reference": "Practitioner/2", "type": "Patient"}),
        about({"reference": "Device/2", "type": "http://hl7.org/fhir/StructureDefinition/Patient"}),
        about({"reference": "patient?identifier=2"}),
        about({"reference": "patient/2"}),
        about({"reference": {"value": "Patient/2"}}),
        about(to("a"), performer=[{"reference": "Patient?identifier=2"}]),
        *(
            {"resourceType": "Appointment", "participant": [{"actor": to("a")}, {"actor": other}]}
            for other in (
                {"identifier": MRN},
                {"reference": "urn:oid:1.2.3"},
                {"reference": "urn:uuid:6f1b6a2e-3f0b-4a52-8c4c-0d5d3a0e2f11"},
                {"reference": "patient?identifier=2"},
                {"reference": "patient/2"},
                {"reference": "#gone"},
                {"identifier": MRN, "type": "RelatedPerson"},
            )
        ),
    ],
    ids=lambda each: json.dumps(each)[:80],
)
def test_what_may_be_anybody_is_refused(content: dict[str, Any]) -> None:
    for data in (json.dumps(content).encode(), bundle(entry(about(to("a"))), entry(content))):
        with pytest.raises(PatientUnclear, match="it cannot be told whose this is"):
            named(data)


@pytest.mark.parametrize(
    "content",
    [
        about({"display": "somebody"}),
        about({"display": "somebody"}, performer=[{"reference": "Practitioner/1"}]),
        {"resourceType": "Condition"},
        {"resourceType": "Patient", "name": [{"family": "B"}]},
        {"resourceType": "Group", "type": "person"},
        {"resourceType": "Appointment", "status": "booked", "participant": [{"status": "x"}]},
        {"resourceType": "Appointment", "participant": [{"actor": {"identifier": MRN}}]},
        {"resourceType": "Provenance", "target": [{"reference": "Observation/1"}]},
        {"resourceType": "Provenance", "target": [{"reference": "https://b.example/Claim/1"}]},
        {"resourceType": "AuditEvent", "entity": [{"what": {"reference": "Observation/1"}}]},
        {
            "resourceType": "AuditEvent",
            "agent": [{"who": {"reference": "Practitioner/1"}}],
            "entity": [{"what": {"reference": "Encounter/1/_history/2"}}],
        },
        {"resourceType": "Task", "focus": {"reference": "ServiceRequest/1"}},
        {"resourceType": "PaymentNotice", "request": {"reference": "Claim/1"}},
        {"resourceType": "Binary", "securityContext": {"reference": "Observation/1"}},
        about({"reference": "Encounter/1"}),
    ],
    ids=lambda each: json.dumps(each)[:80],
)
def test_what_names_nobody_needs_to_be_told_whose_it_is(content: dict[str, Any]) -> None:
    data = bundle(entry(about(to("a"))), entry(content))
    with pytest.raises(PatientNotNamed, match="resource 2"):
        named(data)
    found = [each.patients for each in resources(data)]
    assert the_patient(found, number="Patient/a") == {"Patient/a"}
    with pytest.raises(SeveralPatients):
        the_patient(found, number="Patient/b")


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Organization", "id": "o", "identifier": [MRN]},
        {"resourceType": "Medication", "manufacturer": {"reference": "Organization/o"}},
        {"resourceType": "ResearchStudy", "enrollment": [{"reference": "Group/1"}]},
        {"resourceType": "Schedule", "actor": [{"reference": "Practitioner/1"}]},
        about({"reference": "Device/1"}),
        about({"reference": "#d"}, contained=[{"resourceType": "Device", "id": "d"}]),
        {"resourceType": "Appointment", "participant": [{"actor": {"reference": "Location/1"}}]},
        {"resourceType": "Task", "focus": {"reference": "Organization/1"}},
        {
            "resourceType": "AuditEvent",
            "agent": [{"who": {"identifier": MRN}}],
            "entity": [{"what": {"reference": "Device/1"}}],
        },
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_what_is_surely_about_nobody_may_come_along(content: dict[str, Any]) -> None:
    assert named(json.dumps(content).encode()) == frozenset()
    assert named(bundle(entry(about(to("a"))), entry(content))) == {"Patient/a"}


def test_references_to_what_is_contained_are_read_in_time_that_grows_with_their_number() -> None:
    """Each once looked through all that is contained: 8,000 took four seconds."""
    people = [{"resourceType": "Practitioner", "id": f"c{at}"} for at in range(16_000)]
    acting = [{"reference": f"#c{at}"} for at in range(16_000)]
    start = process_time()
    assert patients_of(about(to("a"), contained=people, performer=acting)).is_clear
    task = {"resourceType": "Task", "for": to("a"), "contained": people}
    assert patients_of({**task, "input": [{"valueReference": each} for each in acting]}).is_clear
    assert process_time() - start < 10


def test_the_faults_name_places_and_no_values() -> None:
    data = bundle(entry(about(to("anna"))), entry(about({"reference": "Patient?name=bert"})))
    with pytest.raises(InputError) as told:
        named(data)
    assert "resource 2, subject" in str(told.value)
    assert "anna" not in str(told.value)
    assert "bert" not in str(told.value)


@pytest.mark.skipif(not SYNTHEA, reason="the Synthea bundles are not on this machine")
def test_every_synthea_bundle_is_one_patients_or_nobodys() -> None:
    for path in SYNTHEA:
        assert len(named(path.read_bytes())) == (0 if "nformation" in path.name else 1)


@pytest.mark.skipif(not EXAMPLES, reason="HL7's examples are not on this machine")
def test_of_hl7s_examples_only_what_is_several_or_nobodys_is_told_apart() -> None:
    apart = {
        path.stem
        for path in EXAMPLES
        for each in resources(path.read_bytes())
        if not each.patients.is_clear
    }
    assert apart == {
        "auditevent-example",
        "claim-example-oral-contained",
        "claim-example-oral-contained-identifier",
        "group-example-herd1",
        "group-example-member",
        "group-example-patientlist",
        "observation-example-herd1",
        "observation-example-vp-oyster",
        "patient-example-a",
        "patient-example-b",
        "provenance-example",
        "provenance-example-biocompute-object",
        "provenance-example-cwl",
        "specimen-example-pooled-serum",
    }
