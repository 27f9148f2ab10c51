"""Whose the resources of a bundle are: what its entries say of one another counts."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from tests.support.compartments import MRN, about, bundle, entry, named, patient, to

from salus.fhir.bundle import resources
from salus.fhir.errors import PatientNotNamed, PatientUnclear, SeveralPatients
from salus.fhir.patient import Patients, patients_of


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


@pytest.mark.parametrize("key", [{}, {"id": "a"}], ids=["no id", "an id"])
def test_a_uuid_is_the_same_in_either_case(key: dict[str, str]) -> None:
    small = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    for url, reference in ((small.upper(), small), (small, small.upper())):
        patient = entry({"resourceType": "Patient", **key}, url)
        told = bundle(patient, entry(about({"reference": reference})))
        assert named(told) == {"Patient/a" if key else small}


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
