"""Under one identity lie the records of one patient, whom the hospital names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.errors import InputError
from salus.fhir.errors import AnotherPatient, AnothersRecord, PatientNotNamed, SeveralPatients
from salus.primitives.errors import StorageFull
from salus.records.facts import FHIR_JSON
from salus.testing import FullStorage, fund, participant

ELSE = "0x" + "99" * 20


def about(patient: str, **more: Any) -> bytes:
    content = {"resourceType": "Condition", "subject": {"reference": patient}, **more}
    return json.dumps(content).encode()


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def hospital(exchange: Exchange) -> Salus:
    return exchange.custodian


@pytest.fixture
def patient(exchange: Exchange) -> Account:
    return exchange.patient


def test_another_patient_under_the_same_identity_is_refused(
    hospital: Salus, patient: Account
) -> None:
    """The first file says whom the identity stands for; the second patient's consent opens hers."""
    hospital.records.add_bundle(about("Patient/anna"), patient=patient.identity)
    assert hospital.records.patients.of(patient.identity) == {"Patient/anna"}
    for theirs in ("Patient/bert", "https://other.example/Patient/anna", "urn:uuid:1"):
        with pytest.raises(AnotherPatient, match=r"records\.patients\.say") as told:
            hospital.records.add_bundle(about(theirs), patient=patient.identity)
        assert "with 'Patient/anna' and the other" in str(told.value)
        assert "anna" in theirs or theirs not in str(told.value)
        with pytest.raises(AnotherPatient):
            hospital.records.add(
                about(theirs), patient=patient.identity, media_type=FHIR_JSON, about="Condition"
            )
    assert len(hospital.vault.manifests()) == 1
    hospital.records.add_bundle(about("Patient/anna", id="2"), patient=patient.identity)
    hospital.records.add_bundle(about("Patient/bert"), patient=ELSE)
    assert len(hospital.vault.manifests()) == 3


def test_a_new_version_stays_with_its_patient(hospital: Salus, patient: Account) -> None:
    added = hospital.records.add_bundle(about("Patient/anna"), patient=patient.identity)
    record = added.records[0].manifest.record_id
    with pytest.raises(AnotherPatient):
        hospital.records.add(
            about("Patient/bert"), patient=patient.identity, media_type=FHIR_JSON, record=record
        )
    with pytest.raises(AnothersRecord, match="give the identity that it was added"):
        hospital.records.add(
            about("Patient/bert"), patient=ELSE, media_type=FHIR_JSON, record=record
        )
    with pytest.raises(AnothersRecord):
        hospital.records.add(b"pixels", patient=ELSE, about=NOTE, record=record)
    assert hospital.records.patients.of(ELSE) == frozenset()
    newer = hospital.records.add(
        about("Patient/anna", id="2"), patient=patient.identity, media_type=FHIR_JSON, record=record
    )
    assert newer.records[0].manifest.version == 2


def test_the_hospital_says_which_numbers_are_one_patient(hospital: Salus, patient: Account) -> None:
    numbers = {"Patient/a", "Patient/b", "urn:mrn|7"}
    hospital.records.patients.say(patient.identity, numbers)
    both = b"\n".join([about("Patient/a"), about("Patient/b")])
    hospital.records.add_bundle(both, patient=patient.identity)
    assert hospital.records.patients.of(patient.identity) == numbers
    with pytest.raises(AnotherPatient):
        hospital.records.add_bundle(about("Patient/c"), patient=patient.identity)
    with pytest.raises(SeveralPatients):
        hospital.records.add_bundle(both, patient=ELSE)
    hospital.records.patients.say(patient.identity, [])
    assert hospital.records.patients.of(patient.identity) == frozenset()


def test_what_names_nobody_is_taken_in_when_the_hospital_says_whose_it_is(
    hospital: Salus, patient: Account
) -> None:
    silent = b'{"resourceType":"Observation","status":"final","code":{"text":"x"}}'
    with pytest.raises(PatientNotNamed):
        hospital.records.add_bundle(silent, patient=patient.identity)
    hospital.records.add_bundle(silent, patient=patient.identity, number="Patient/anna")
    with pytest.raises(AnotherPatient):
        hospital.records.add_bundle(silent, patient=patient.identity, number="Patient/bert")
    with pytest.raises(InputError, match="is not a patient number"):
        hospital.records.add_bundle(silent, patient=patient.identity, number="anna")
    with pytest.raises(PatientNotNamed):
        hospital.records.add(
            iter([silent]), patient=patient.identity, media_type=FHIR_JSON, about="Observation"
        )
    blocks = iter([silent])
    hospital.records.add(
        blocks,
        patient=patient.identity,
        media_type=FHIR_JSON,
        about="Observation",
        number="Patient/anna",
    )
    assert len(hospital.vault.manifests()) == 2


def test_an_addition_that_failed_says_nothing_of_whom_the_identity_stands_for(
    chain: Chain, patient: Account
) -> None:
    storage = FullStorage(room=0)
    account = Account.create()
    fund(chain, account.address, payer=development_account(8))
    client = participant(chain, account, storage=storage)
    with pytest.raises(StorageFull):
        client.records.add_bundle(about("Patient/bert"), patient=patient.identity)
    assert client.records.patients.of(patient.identity) == frozenset()
    storage.room = 10**6
    client.records.add_bundle(about("Patient/anna"), patient=patient.identity)
    assert client.records.patients.of(patient.identity) == {"Patient/anna"}


def test_the_key_database_shows_neither_numbers_nor_whose_they_are(
    hospital: Salus, patient: Account
) -> None:
    before = set(map(repr, rows(hospital)))
    hospital.records.patients.say(patient.identity, ["Patient/anna"])
    [new] = set(map(repr, rows(hospital))) - before
    assert "anna" not in new
    assert patient.identity.removeprefix("0x").lower() not in new.lower()


def rows(client: Salus) -> list[Any]:
    return list(client.vault.database._db.all("SELECT * FROM meta"))
