"""Whose a resource is follows R4's patient compartment; what is unclear is never taken for one."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from salus.errors import InputError
from salus.fhir import resources
from salus.fhir.compartment import COMPARTMENT
from salus.fhir.errors import PatientNotNamed, PatientUnclear, SeveralPatients
from salus.fhir.patient import Patients, patients_of
from salus.records.patients import the_patient
from salus.terms import RESOURCE_TYPES

DATA = Path(__file__).parents[4] / "shared" / "data"
SYNTHEA = sorted((DATA / "synthea-r4").glob("*.json"))
EXAMPLES = sorted((DATA / "fhir-r4-examples").glob("*.json"))
MRN = {"system": "urn:mrn", "value": "1"}


def to(patient: str) -> dict[str, str]:
    return {"reference": f"Patient/{patient}"}


def about(patient: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "subject": patient, **more}


def placed(steps: tuple[str, ...], value: Any, *, listed: bool) -> Any:
    for step in reversed(steps):
        value = {step: [value] if listed else value}
    return value


def bundle(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"resourceType": "Bundle", "entry": list(entries)}).encode()


def entry(resource: dict[str, Any], url: str | None = None) -> dict[str, Any]:
    return {"resource": resource, **({"fullUrl": url} if url else {})}


def named(data: bytes) -> frozenset[str]:
    return the_patient([each.patients for each in resources(data)])


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


def test_a_bundle_says_what_its_own_references_stand_for() -> None:
    patient = {"resourceType": "Patient", "id": "a", "identifier": [MRN]}
    others = [
        about(to("a")),
        about({"identifier": MRN}),
        about(
            {"reference": "#p"},
            contained=[{"resourceType": "Patient", "id": "p", "identifier": [MRN]}],
        ),
    ]
    for url, key in (
        (None, "Patient/a"),
        ("urn:uuid:1", "Patient/a"),
        ("https://a.example/fhir/Patient/a", "https://a.example/fhir/Patient/a"),
    ):
        entries = [entry(patient, url), *map(entry, others)]
        entries += [entry(about({"reference": url}))] if url else []
        assert named(bundle(*entries)) == {key}


def test_a_relative_reference_is_one_of_the_server_that_its_entry_came_from() -> None:
    ours, theirs = (f"https://{name}.example/fhir" for name in "ab")
    here = entry(about(to("1")), f"{ours}/Observation/1")
    there = entry(about(to("1")), f"{theirs}/Observation/1")
    assert named(bundle(here)) == {f"{ours}/Patient/1"}
    assert named(bundle(here, entry(about({"reference": f"{ours}/Patient/1/_history/3"})))) == {
        f"{ours}/Patient/1"
    }
    with pytest.raises(SeveralPatients):
        named(bundle(here, there))
    patients = [
        entry({"resourceType": "Patient", "id": "1"}, f"{at}/Patient/1") for at in (ours, theirs)
    ]
    with pytest.raises(SeveralPatients):
        named(bundle(*patients))
    unclear = patients_of(about(to("1")), resources_names(*patients))
    assert unclear == Patients(unclear=("subject",))


def resources_names(*entries: dict[str, Any]) -> Any:
    from salus.fhir.entries import names_of

    return names_of(list(entries))


def test_what_an_audit_is_about_may_lie_in_the_same_bundle() -> None:
    provenance = {"resourceType": "Provenance", "target": [{"reference": "Observation/1"}]}
    task = {"resourceType": "Task", "focus": {"reference": "urn:uuid:1"}}
    entries = [entry(about(to("a"), id="1"), "urn:uuid:1"), entry(provenance), entry(task)]
    assert named(bundle(*entries)) == {"Patient/a"}
    nested = {"resourceType": "Bundle", "entry": entries}
    assert named(bundle(entry(nested))) == {"Patient/a"}
    apart = [entry(about(to("a"), id="1")), entry({"resourceType": "Bundle", "entry": entries[1:]})]
    with pytest.raises(PatientNotNamed):
        named(bundle(*apart))


def test_a_human_in_the_same_bundle_is_looked_at_there() -> None:
    mother = {"resourceType": "RelatedPerson", "id": "9", "patient": to("a")}
    hers = about({"reference": "RelatedPerson/9"})
    assert named(bundle(entry(mother), entry(hers), entry(about(to("a"))))) == {"Patient/a"}


@pytest.mark.parametrize("outcome_of", ["a response", "its own entry", "a nested Bundle"])
def test_the_outcome_in_a_response_is_a_resource_like_the_others(outcome_of: str) -> None:
    response = {"response": {"status": "200", "outcome": about(to("b"), id="of b")}}
    entries = {
        "a response": [entry(about(to("a"))), response],
        "its own entry": [{**entry(about(to("a"))), **response}],
        "a nested Bundle": [
            entry({"resourceType": "Bundle", "entry": [entry(about(to("a"))), response]})
        ],
    }[outcome_of]
    with pytest.raises(SeveralPatients):
        named(bundle(*entries))
    if outcome_of != "a nested Bundle":
        assert [each.id for each in resources(bundle(*entries))] == [None, "of b"]


def test_two_patients_of_one_id_are_two_unless_something_else_is_the_same() -> None:
    def person(mrn: str | None, url: str | None) -> dict[str, Any]:
        identifiers = {"identifier": [{"system": "urn:mrn", "value": mrn}]} if mrn else {}
        return entry({"resourceType": "Patient", "id": "1", **identifiers}, url)

    first, second = "urn:uuid:1", "urn:uuid:2"
    for pair in (
        (person("1", first), person("2", second)),
        (person("1", first), person(None, second)),
        (person(None, first), person(None, second)),
        (person("1", None), person("2", None)),
    ):
        with pytest.raises((SeveralPatients, PatientUnclear)):
            named(bundle(*pair))
        urls = [each["fullUrl"] for each in pair if "fullUrl" in each]
        keys = [patients_of(about({"reference": url}), resources_names(*pair)) for url in urls]
        assert len({*keys}) == len(keys)
        assert patients_of(about(to("1")), resources_names(*pair)).unclear == ("subject",)
    for pair in (
        (person("1", first), person("1", second)),
        (person("1", first), person("1", first)),
        (person("1", first), person(None, first)),
        (person("1", first), person("1", None)),
        (person("1", None), person(None, None)),
    ):
        assert named(bundle(*pair, entry(about(to("1"))))) == {"Patient/1"}


def patient(own_id: str | None = None, *numbers: str, url: str | None = None) -> dict[str, Any]:
    found = {"identifier": [{"system": "urn:mrn", "value": each} for each in numbers]}
    return entry(
        {"resourceType": "Patient", **({"id": own_id} if own_id else {}), **found},
        url,
    )


URN, ADDRESS = "urn:uuid:1", "https://h.example/Patient/1"


@pytest.mark.parametrize(
    "entries",
    [
        [patient("a", url=URN), patient("b", url=URN)],
        [patient("a", "1", url=URN), patient("b", "1", url=URN)],
        [patient("a", "1", url=URN), patient("a", "2", url=URN)],
        [patient(None, "1", url=URN), patient(None, "2", url=URN)],
        [patient("a", url=URN), patient(None, "1", url=URN)],
        [patient("1", "1", url=ADDRESS), patient("1", "2", url=ADDRESS)],
        [
            patient("1", "1", url=f"{ADDRESS}/_history/1"),
            patient("1", "2", url=f"{ADDRESS}/_history/2"),
        ],
        [
            patient("a", "1", url=URN),
            patient("a", "2", url="urn:uuid:2"),
            patient("a", "3", url="urn:uuid:2"),
        ],
        [patient("a", url=URN), entry(about(to("a")), URN)],
        [entry({"resourceType": "Device"}, URN), patient("a", url=URN)],
        [entry({"resourceType": "Device"}, ADDRESS), entry(about({"reference": ADDRESS}))],
        [patient(None, url="Observation"), entry(about({"reference": "Observation"}))],
        [
            patient(None, "x", url="urn:uuid:9"),
            patient("a"),
            patient("a", "y", url="urn:mrn|x"),
            patient("a", "z", url="urn:mrn|x"),
        ],
    ],
    ids=str,
)
def test_what_two_resources_share_as_their_url_names_neither(entries: list[Any]) -> None:
    with pytest.raises((PatientUnclear, SeveralPatients)):
        named(bundle(*entries))
    shared = entries[-1].get("fullUrl") or entries[0]["fullUrl"]
    assert patients_of(about({"reference": shared}), resources_names(*entries)).unclear


def test_versions_of_one_patient_are_one() -> None:
    versions = [patient("1", "1", url=f"{ADDRESS}/_history/{at}") for at in range(3)]
    more = [patient("1", "1", "2", url=ADDRESS), patient("1", url=ADDRESS)]
    hers = [entry(about({"reference": url})) for url in (ADDRESS, f"{ADDRESS}/_history/2")]
    assert named(bundle(*versions, *more, *hers)) == {ADDRESS}


def numbered(number: str, reference: str = "Patient/a", **more: Any) -> dict[str, Any]:
    named_so = {"system": "urn:mrn", "value": number}
    return about({"reference": reference, "identifier": named_so}, **more)


@pytest.mark.parametrize(
    "content",
    [
        numbered("2"),
        numbered("2", URN),
        numbered("2", "#p", contained=[patient("p", "1")["resource"]]),
        {"resourceType": "Task", "for": numbered("2")["subject"]},
        about(to("a"), performer=[numbered("2")["subject"]]),
    ],
    ids=str,
)
@pytest.mark.parametrize("other", [[], [patient("b", "2")]])
def test_a_subject_whose_number_is_not_that_of_its_reference_is_unclear(
    content: dict[str, Any], other: list[Any]
) -> None:
    at_hand = [patient("a", "1", "7", url=URN), *other]
    found = patients_of(content, resources_names(*at_hand))
    assert found.unclear
    agreeing = json.loads(json.dumps(content).replace('"value": "2"', '"value": "1"'))
    assert patients_of(agreeing, resources_names(*at_hand)).is_clear


def test_a_patients_number_beside_a_device_is_unclear() -> None:
    at_hand = [patient("a", "1", "7", url=URN), patient("b", "2")]
    assert patients_of(numbered("2", "Device/1"), resources_names(*at_hand)).unclear


def test_a_number_of_another_system_stands_beside_any_reference() -> None:
    elsewhere = {"reference": "Patient/a", "identifier": {"system": "urn:ssn", "value": "2"}}
    assert named(bundle(patient("a", "1"), entry(about(elsewhere)))) == {"Patient/a"}
    assert named(bundle(entry(numbered("2")))) == {"Patient/a"}


def test_references_to_what_is_contained_are_read_in_time_that_grows_with_their_number() -> None:
    """Each once looked through all that is contained: 8,000 took four seconds."""
    people = [{"resourceType": "Practitioner", "id": f"c{at}"} for at in range(16_000)]
    acting = [{"reference": f"#c{at}"} for at in range(16_000)]
    start = process_time()
    assert patients_of(about(to("a"), contained=people, performer=acting)).is_clear
    task = {"resourceType": "Task", "for": to("a"), "contained": people}
    assert patients_of({**task, "input": [{"valueReference": each} for each in acting]}).is_clear
    assert process_time() - start < 10


def test_patients_of_one_url_are_told_apart_in_time_that_grows_with_their_number() -> None:
    entries = [patient("1", "1", f"own {at}", url=ADDRESS) for at in range(8_000)]
    start = process_time()
    assert named(bundle(*entries)) == {ADDRESS}
    assert process_time() - start < 10


def test_a_long_bundle_is_read_in_time_that_grows_with_its_length() -> None:
    """Each entry once looked through the names of all: 8,000 took half a minute."""
    entries = [entry(about(to("a"), id=str(at)), f"urn:uuid:{at}") for at in range(8000)]
    data = bundle(*entries)
    start = process_time()
    assert len(list(resources(data))) == 8000
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
