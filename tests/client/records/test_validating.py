"""What breaks R4's rules is refused at the door, by element, unless it is to be kept as it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salus import Salus
from salus.chain import Account
from salus.fhir.errors import InvalidResource, NotR4
from salus.records.added import AddedRecords

FHIR_JSON = "application/fhir+json"
SOUND: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p"},
}
BROKEN = SOUND | {"status": "perhaps", "effectiveDateTime": "2026-02-30"}
Add = Callable[..., AddedRecords]


@pytest.fixture
def patient() -> Account:
    return Account.create()


def written(content: Any) -> bytes:
    return json.dumps(content).encode()


def bundle(*contents: dict[str, Any]) -> bytes:
    entries = [{"resource": each} for each in contents]
    return written({"resourceType": "Bundle", "type": "collection", "entry": entries})


def test_each_way_in_refuses_it_and_stores_nothing(
    hospital: Salus, patient: Account, tmp_path: Path
) -> None:
    path = tmp_path / "observation.json"
    path.write_bytes(written(BROKEN))
    records, who = hospital.records, patient.identity
    ways: list[Callable[[], object]] = [
        lambda: records.add_bundle(path.read_bytes(), patient=who),
        lambda: records.add_file(path, patient=who),
        lambda: records.add(path, patient=who),
        lambda: records.add(path.read_bytes(), patient=who, media_type=FHIR_JSON),
        lambda: records.add(
            iter([path.read_bytes()]),
            patient=who,
            number="Patient/p",
            media_type=FHIR_JSON,
            about="Observation",
        ),
    ]
    for way in ways:
        with pytest.raises(InvalidResource, match="keep it as it came with `validate=False`") as no:
            way()
        assert {path for path, _ in no.value.problems} == {"status", "effectiveDateTime"}
    assert list(records.search(patient=patient)) == []


def test_one_bad_entry_keeps_a_whole_bundle_out_and_is_named_by_its_path(
    hospital: Salus, patient: Account
) -> None:
    with pytest.raises(InvalidResource, match="Bundle is not valid R4") as no:
        hospital.records.add_bundle(bundle(SOUND, SOUND, BROKEN), patient=patient.identity)
    paths = [path for path, _ in no.value.problems]
    assert paths == ["entry[2].resource.status", "entry[2].resource.effectiveDateTime"]
    assert list(hospital.records.search(patient=patient)) == []


def test_a_bad_line_of_ndjson_is_named_by_its_number(hospital: Salus, patient: Account) -> None:
    lines = b"\n".join([written(SOUND), b"", written(BROKEN)])
    with pytest.raises(InvalidResource, match="line 3, Observation, is not valid R4: status"):
        hospital.records.add_bundle(lines, patient=patient.identity)
    assert list(hospital.records.search(patient=patient)) == []


def test_what_is_around_the_entries_is_held_against_r4_too(
    hospital: Salus, patient: Account
) -> None:
    untyped = {"resourceType": "Bundle", "entry": [{"resource": SOUND, "fullurl": "urn:uuid:1"}]}
    with pytest.raises(InvalidResource) as no:
        hospital.records.add_bundle(written(untyped), patient=patient.identity)
    assert {path for path, _ in no.value.problems} == {"type", "entry[0].fullurl"}


@pytest.mark.parametrize("validate", [True, False])
def test_the_exact_bytes_are_kept(hospital: Salus, patient: Account, validate: bool) -> None:
    odd = (
        b'\n\t{ "code" :{"text":"\\u00e9 / \\/"} , "valueQuantity":{"value":1.00,"unit":"g"},\r\n'
        b'"subject":{"reference":"Patient/p"},"status"  :"final","resourceType":"Observation" }\n\n'
    )
    added = hospital.records.add_bundle(odd, patient=patient.identity, validate=validate)
    assert hospital.records.open(added) == odd
    assert hospital.records.receipt(added).verify(odd, trusting=hospital.chain).not_later_than
    inner = odd.strip()
    whole = b'{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":'
    whole += inner + b' ,"response":{"status":"200"}}]}'
    split = hospital.records.add_bundle(whole, patient=patient.identity, validate=validate)
    assert hospital.records.open(split) == inner


def test_what_is_to_be_kept_as_it_came_is(hospital: Salus, patient: Account) -> None:
    records, who = hospital.records, patient.identity
    added = records.add_bundle(bundle(SOUND, BROKEN), patient=who, validate=False)
    assert [json.loads(records.open(each.manifest)) for each in added.records] == [SOUND, BROKEN]
    assert records.add(written(BROKEN), patient=who, validate=False).manifest.version == 1


def test_no_flag_lets_another_version_of_fhir_in(hospital: Salus, patient: Account) -> None:
    later = {"resourceType": "NutritionIntake", "subject": {"reference": "Patient/p"}}
    for validate in (True, False):
        with pytest.raises(NotR4, match=r"entry\[1\].resource.*R4B or R5"):
            hospital.records.add_bundle(
                bundle(SOUND, later), patient=patient.identity, validate=validate
            )
    assert list(hospital.records.search(patient=patient)) == []
