"""A file is added as what it is; and what was added together names a record where it is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salus import Salus
from salus.demo.samples import bundle_bytes
from salus.errors import InputError
from salus.records.files import open_source

PATIENT = "0x" + "12" * 20
OTHER = "0x" + "34" * 20
NOTE = {"resourceType": "Basic", "code": {"text": "a note"}, "subject": {"reference": "Patient/1"}}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM")
    return path


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.json"
    path.write_text(json.dumps(NOTE))
    return path


def test_fhir_comes_in_by_its_resources(hospital: Salus, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle_bytes())
    added = hospital.records.add_file(path, patient=PATIENT)
    assert len(added.records) == 12
    again = hospital.records.add_file(path, patient=PATIENT, resume=True)
    assert again.resumed == 12


def test_fhir_comes_in_as_a_new_version(hospital: Salus, note: Path) -> None:
    first = hospital.records.add_file(note, patient=OTHER)
    note.write_text(json.dumps(NOTE | {"created": "2027-01-01"}))
    second = hospital.records.add_file(note, patient=OTHER, record=first)
    assert (second.manifest.record_id, second.manifest.version) == (first.manifest.record_id, 2)


def test_anything_else_comes_in_as_one_record(hospital: Salus, study: Path) -> None:
    added = hospital.records.add_file(study, patient=PATIENT, about="ImagingStudy")
    assert added.manifest.media_type == "application/dicom"
    with open_source(study) as source:
        again = hospital.records.add_file(
            source, patient=PATIENT, about="ImagingStudy", resume=True
        )
    assert again.manifest.record_id == added.manifest.record_id


@pytest.mark.parametrize(
    ("file", "said", "problem"),
    [
        ("study", {}, "is not FHIR in JSON: say what it is with `media_type=` and `about=`"),
        ("study", {"media_type": "application/dicom"}, "needs `about=`"),
        ("note", {"media_type": "application/fhir+json", "about": "Basic"}, "says itself"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(
    hospital: Salus, file: str, said: dict[str, Any], problem: str, request: pytest.FixtureRequest
) -> None:
    before = len(list(hospital.records))
    with pytest.raises(InputError, match=problem):
        hospital.records.add_file(request.getfixturevalue(file), patient=PATIENT, **said)
    assert len(list(hospital.records)) == before


def test_one_that_was_added_is_named_by_what_its_addition_returned(
    hospital: Salus, study: Path
) -> None:
    added = hospital.records.add(study, patient=PATIENT, about="ImagingStudy")
    assert added.id == added.records[0].id == added.manifest.record_id
    assert added.id in {each.id for each in hospital.records}
    receipt, document = hospital.records.receipt(added), hospital.records.open(added)
    assert document == study.read_bytes()
    assert receipt.verify(document, trusting=hospital.chain).not_later_than


def test_of_several_it_is_said_which_there_are(hospital: Salus) -> None:
    added = hospital.records.add_bundle(bundle_bytes(), patient=PATIENT)
    for act in (hospital.records.receipt, hospital.records.open, hospital.records.erase):
        with pytest.raises(
            InputError, match=r"12 records were added together, .*records\[0\]"
        ) as no:
            act(added)
        assert added.records[3].manifest.record_id in str(no.value)
