"""Bundles, single resources and NDJSON as resources with their exact bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salus.demo.samples import bundle_bytes
from salus.fhir.bundle import Resource, resources
from salus.fhir.errors import DuplicateKey, MalformedJson, NotFhir, NotR4
from salus.terms import Period

DATA = Path(__file__).parents[4] / "shared" / "data"
SYNTHEA = sorted((DATA / "synthea-r4").glob("*.json"))
EXAMPLES = sorted((DATA / "fhir-r4-examples").glob("*.json"))
CONDITION = b'{"resourceType": "Condition" , "subject": {"reference": "urn:uuid:1"}}'


def one(data: bytes) -> Resource:
    [found] = resources(data)
    return found


def bundle(*entries: dict[str, Any]) -> bytes:
    document = {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}
    return json.dumps(document).encode()


def test_a_single_resource_keeps_all_of_its_bytes() -> None:
    data = b"\n" + CONDITION + b"\n"
    assert one(data).data == data


def test_a_bundle_is_cut_into_its_own_bytes() -> None:
    data = b'{"resourceType":"Bundle","entry":[ {"resource":' + CONDITION + b" }]}"
    assert one(data).data == CONDITION


def test_bytes_stay_exact_beyond_ascii() -> None:
    inner = '{"resourceType": "Patient", "id": "p", "name": [{"text": "Zoë \U0001f600\\u00e9"}]}'
    data = f'{{"resourceType":"Bundle","x":"é","entry":[{{"resource":{inner}}}]}}'.encode()
    assert one(data).data == inner.encode()


def test_each_line_of_ndjson_is_a_resource() -> None:
    found = list(resources(CONDITION + b"\n" + CONDITION + b"\r\n\n"))
    assert [each.data for each in found] == [CONDITION, CONDITION]


def test_a_urn_is_resolved_through_full_urls() -> None:
    patient = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}}
    found = list(resources(bundle(patient, {"resource": json.loads(CONDITION)})))
    assert [each.patient for each in found] == ["Patient/p", "Patient/p"]
    assert one(CONDITION).patient == "urn:uuid:1"


@pytest.mark.parametrize(
    ("content", "patient"),
    [
        ({"resourceType": "Patient", "id": "p"}, "Patient/p"),
        ({"resourceType": "Patient"}, None),
        ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "Task", "for": {"reference": "Patient/1"}}, "Patient/1"),
        (
            {"resourceType": "Flag", "subject": {"reference": "https://a.b/Patient/1/_history/2"}},
            "https://a.b/Patient/1",
        ),
        ({"resourceType": "Flag", "subject": {"reference": "Group/1"}}, None),
        ({"resourceType": "Flag", "subject": {"reference": "#me"}}, None),
        ({"resourceType": "Flag", "subject": {"display": "somebody"}}, None),
        (
            {
                "resourceType": "Appointment",
                "participant": [
                    {"actor": {"reference": "Practitioner/1"}},
                    {"actor": {"reference": "Patient/1"}},
                    {},
                    "bad",
                ],
            },
            "Patient/1",
        ),
        (
            {
                "resourceType": "Group",
                "member": [{"entity": {"reference": f"Patient/{number}"}} for number in (1, 2)],
            },
            None,
        ),
    ],
)
def test_finds_the_one_patient_that_a_resource_is_about(
    content: dict[str, Any], patient: str | None
) -> None:
    assert one(json.dumps(content).encode()).patient == patient


def test_shows_no_health_data_in_its_repr() -> None:
    assert repr(one(CONDITION)) == "Resource(resource_type='Condition')"


def test_offers_class_and_time_directly() -> None:
    found = one(b'{"resourceType": "Flag", "period": {"start": "1970-01-02"}}')
    assert found.resource_class == "Flag"
    assert found.when == Period(start=86_400)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"[]", "a JSON array, not an object"),
        (b'"x"', "a JSON string"),
        (b"1.5", "a JSON number"),
        (b"null", "a JSON null"),
        (b"{}", "without resourceType"),
        (b'{"resourceType": 1}', "not a string"),
        (b'{"resourceType": "Pizza"}', "unknown resourceType 'Pizza'"),
        (b'{"resourceType": "DomainResource"}', "abstract resourceType"),
        (bundle({}, {"resource": {"id": "1"}}), r"entry\[1\].resource is an object without"),
        (CONDITION + b"\n\n{}\n", "line 3 is an object without"),
    ],
)
def test_says_what_stood_where_fhir_should(data: bytes, found: str) -> None:
    with pytest.raises(NotFhir, match=found):
        list(resources(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"resourceType": "MedicationOrder"}', "MedicationOrder belongs to FHIR DSTU2"),
        (b'{"resourceType": "BodySite"}', "FHIR STU3"),
        (bundle({"resource": {"resourceType": "Permission"}}), r"entry\[0\].*FHIR R4B or R5"),
        (CONDITION + b'\n{"resourceType": "Citation"}', "line 2 .*R4B or R5"),
    ],
)
def test_names_the_version_that_a_foreign_type_belongs_to(data: bytes, message: str) -> None:
    with pytest.raises(NotR4, match=message):
        list(resources(data))


def test_faults_in_ndjson_name_the_line_of_the_file() -> None:
    with pytest.raises(DuplicateKey, match="line 2: id stands twice"):
        list(resources(CONDITION + b'\n{"resourceType": "Flag", "id": "1", "id": "2"}'))
    with pytest.raises(MalformedJson) as caught:
        list(resources(CONDITION + b'\n{"resourceType": "Flag", "status": NaN}'))
    assert (caught.value.line, caught.value.column) == (2, 36)
    with pytest.raises(MalformedJson) as caught:
        list(resources(CONDITION + b"\n\n oops"))
    assert (caught.value.line, caught.value.column) == (3, 1)
    with pytest.raises(MalformedJson, match="Extra data"):
        list(resources(CONDITION + b" " + CONDITION))


def test_the_sample_is_a_dozen_resources_of_one_patient() -> None:
    found = list(resources(bundle_bytes()))
    assert len(found) == 12
    maren = "https://example.org/fhir/Patient/maren-solberg"
    assert {each.patient for each in found} == {None, maren}
    assert sum(bool(each.facts.sensitivities) for each in found) == 2
    assert b"7.10" in next(each.data for each in found if each.id == "hba1c")


@pytest.mark.skipif(not SYNTHEA, reason="the Synthea bundles are not on this machine")
@pytest.mark.parametrize("path", SYNTHEA or [Path()], ids=lambda path: path.name.partition("_")[0])
def test_every_synthea_bundle_splits_into_its_entries(path: Path) -> None:
    data = path.read_bytes()
    entries = [entry["resource"] for entry in json.loads(data)["entry"]]
    found = list(resources(data))
    assert [json.loads(each.data) for each in found] == entries
    assert all(each.data in data for each in found[:20])
    assert len({each.patient for each in found} - {None}) <= 1


@pytest.mark.skipif(not EXAMPLES, reason="HL7's examples are not on this machine")
def test_every_example_of_hl7_is_read() -> None:
    found = [each for path in EXAMPLES for each in resources(path.read_bytes())]
    assert len(found) > 400
    assert {"Consent", "AuditEvent", "Claim"} < {each.resource_type for each in found}
