"""FHIR that a file's name, or its custodian, calls something else is judged by what it holds."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path

import pytest

import salus
from salus.errors import InputError
from salus.records.facts import FHIR_JSON
from salus.terms import Confidentiality, Period, ResourceFacts
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
    with pytest.raises(InputError, match="holds Condition where `about=` says ImagingStudy"):
        hospital.records.add(tmp_path / "o.json", patient=PATIENT, about="ImagingStudy")
    assert list(hospital.records) == []


BUNDLE = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": json.loads(each)} for each in (CONDITION, OBSERVATION)],
    }
).encode()


@pytest.mark.parametrize("form", [bytes, io.BytesIO, lambda data: iter([data[:9], data[9:]])])
@pytest.mark.parametrize(
    ("data", "said", "holds"),
    [
        (CONDITION, "Observation", "Condition"),
        (OBSERVATION, "Observation.laboratory", "Observation"),
        (OBSERVATION + b"\n" + CONDITION, "Observation", "Condition"),
        (BUNDLE, "Bundle", "Condition, Observation"),
        (BUNDLE, "Condition", "Observation"),
    ],
)
def test_fhir_is_of_its_own_class_whatever_is_said(hospital, form, data, said, holds):
    """Else its key was shared under a consent that excepts it, and only the reader refused it."""
    with pytest.raises(InputError, match=f"holds {holds} where `about=` says {said}"):
        hospital.records.add(
            form(data), patient=PATIENT, about=said, media_type=FHIR_JSON, number="Patient/1"
        )
    assert list(hospital.records) == []


@pytest.mark.parametrize("media_type", [None, FHIR_JSON, "application/json"])
def test_fhir_is_of_its_own_time_whatever_is_said(hospital, media_type):
    day = datetime.date(2026, 5, 1)
    hospital.records.add(OBSERVATION, patient=PATIENT, about="Observation", media_type=media_type)
    for wide in (day, datetime.date(2026, 1, 1)):
        said = ResourceFacts(
            resource_class="Observation", when=Period(start=wide, end=datetime.timedelta(days=300))
        )
        hospital.records.add(OBSERVATION, patient=PATIENT, about=said, media_type=media_type)
    assert len(list(hospital.records.search(since=day, until=datetime.date(2026, 6, 1)))) == 3
    other = Period(start=datetime.date(2027, 1, 1))
    said = ResourceFacts(resource_class="Observation", when=other)
    with pytest.raises(InputError, match="another time than `about=` says"):
        hospital.records.add(OBSERVATION, patient=PATIENT, about=said, media_type=media_type)


def test_several_resources_in_one_record_are_of_the_time_of_all(hospital):
    later = OBSERVATION.replace(b"2026-05-01", b"2026-07-01")
    for data in (OBSERVATION + b"\n" + later, later + b"\n" + OBSERVATION):
        hospital.records.add(data, patient=PATIENT, about="Observation", media_type=FHIR_JSON)
    may, august = datetime.date(2026, 5, 1), datetime.date(2026, 8, 1)
    spans = {each.when for each in hospital.records.search(since=may, until=august)}
    day = datetime.timedelta(days=1)
    assert spans == {Period(start=may, end=datetime.date(2026, 7, 1) + day)}
    undated = OBSERVATION.replace(b', "effectiveDateTime": "2026-05-01"', b"")
    added = hospital.records.add(
        OBSERVATION + b"\n" + undated,
        patient=PATIENT,
        about="Observation",
        media_type=FHIR_JSON,
        number="Patient/1",
    )
    found = {each.id: each.when for each in hospital.records}
    assert found[added.records[0].manifest.record_id] is None


def test_very_restricted_is_no_way_round_what_it_holds(hospital):
    said = ResourceFacts(resource_class="Observation", confidentiality=Confidentiality.V)
    with pytest.raises(InputError, match="holds Condition where `about=` says Observation"):
        hospital.records.add(CONDITION, patient=PATIENT, about=said, media_type="application/json")


def test_fhir_by_another_name_must_be_of_the_class_that_is_said(hospital):
    for kind in ("application/json", "application/octet-stream"):
        with pytest.raises(InputError, match="holds Condition where `about=` says ImagingStudy"):
            hospital.records.add(CONDITION, patient=PATIENT, about="ImagingStudy", media_type=kind)
    hospital.records.add(
        CONDITION, patient=PATIENT, about="Condition", media_type="application/json"
    )
    assert len(list(hospital.records)) == 1


def test_a_class_that_is_none_is_refused_in_a_search_as_in_an_addition(hospital):
    with pytest.raises(UnknownCode, match="Imaging"):
        hospital.records.search(kind="Imaging")


@pytest.mark.parametrize(
    "before",
    [
        b"null\n",
        b"true\n\n7\n",
        b'"a note"\r\n',
        b"-1.5e3 \n" * 3,
        b"\0",
        b"\0\0\0",
        b" \0\xef\xbb\xbf",
    ],
    ids=repr,
)
@pytest.mark.parametrize("media_type", [None, "application/octet-stream", "application/x-ndjson"])
def test_nothing_before_fhir_hides_it(hospital, before: bytes, media_type: str | None) -> None:
    with pytest.raises(InputError, match="FHIR"):
        hospital.records.add(
            before + CONDITION, patient=PATIENT, about="ImagingStudy", media_type=media_type
        )
    assert list(hospital.records) == []
