"""FHIR that a file's name, or its custodian, calls something else is judged by what it holds."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

import salus
from salus.errors import InputError
from salus.records.facts import FHIR_JSON
from salus.terms import Confidentiality, ResourceFacts
from salus.terms.errors import UnknownCode

PATIENT = "0x" + "12" * 20
OBSERVATION = json.dumps(
    {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "effectiveDateTime": "2026-05-01",
    }
).encode()
CONDITION = json.dumps(
    {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/1"},
        "code": {"text": "anaemia"},
    }
).encode()


@pytest.fixture
def hospital():
    with salus.connect("tester", storage="memory://called") as client:
        yield client


def test_fhir_in_a_file_of_any_name_is_fhir_and_says_itself_what_it_is(hospital, tmp_path: Path):
    for number, name in enumerate(("o.json", "o.dat"), 1):
        (tmp_path / name).write_bytes(OBSERVATION)
        hospital.records.add(tmp_path / name, patient=PATIENT)
        found = list(hospital.records.search(kind="Observation", since=datetime.date(2026, 1, 1)))
        assert [each.manifest.media_type for each in found] == [FHIR_JSON] * number


def test_fhir_held_in_memory_needs_no_word_about_it(hospital):
    added = hospital.records.add(OBSERVATION, patient=PATIENT)
    assert added.records[0].manifest.media_type == FHIR_JSON


def test_what_is_said_of_a_file_does_not_make_its_fhir_something_else(hospital, tmp_path: Path):
    (tmp_path / "o.json").write_bytes(CONDITION)
    added = hospital.records.add(tmp_path / "o.json", patient=PATIENT, about="ImagingStudy")
    assert added.records[0].manifest.media_type == FHIR_JSON  # a reader's terms look into it


def test_very_restricted_is_no_way_round_what_it_holds(hospital):
    said = ResourceFacts(resource_class="Observation", confidentiality=Confidentiality.V)
    with pytest.raises(InputError, match="holds Condition where about= says Observation"):
        hospital.records.add(CONDITION, patient=PATIENT, about=said, media_type="application/json")


def test_fhir_by_another_name_must_be_of_the_class_that_is_said(hospital):
    for kind in ("application/json", "application/octet-stream"):
        with pytest.raises(InputError, match="holds Condition where about= says ImagingStudy"):
            hospital.records.add(CONDITION, patient=PATIENT, about="ImagingStudy", media_type=kind)
    hospital.records.add(
        CONDITION, patient=PATIENT, about="Condition", media_type="application/json"
    )
    assert len(list(hospital.records)) == 1


def test_a_class_that_is_none_is_refused_in_a_search_as_in_an_addition(hospital):
    with pytest.raises(UnknownCode, match="Imaging"):
        hospital.records.search(kind="Imaging")
