"""What a Bundle's entries called each other is known of the records that came out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.records.full_urls import inherited, is_called, with_url, without_url
from salus.terms import Effect, Rule, Terms
from salus.vault.errors import MissingRecord

PATIENT = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
CONDITION = "urn:uuid:4f1f1d3e-5b0a-4c9f-9d62-1d1f0a8f5a11"
LONG = f"https://example.org/{'x' * 300}/Condition/c"


@pytest.fixture
def patient() -> Account:
    return Account.create()


def bundle(patient: str = PATIENT, condition: str = CONDITION, subject: str = PATIENT) -> bytes:
    who = {"resourceType": "Patient", "id": "p"}
    what = {"resourceType": "Condition", "id": "c", "subject": {"reference": subject}}
    seen = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": subject},
        "focus": [{"reference": condition}],
    }
    entries: list[dict[str, Any]] = [
        {"fullUrl": patient, "resource": who},
        {"fullUrl": condition, "resource": what},
        {"resource": seen},
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def test_what_a_later_version_is_called_fits_into_its_media_type() -> None:
    url = f"https://example.org/{'x' * 170}"
    first = with_url("application/fhir+json", url)
    for kind in ("application/fhir+json", f"application/fhir+json; charset={'u' * 40}"):
        later = inherited(kind, first)
        assert len(later) <= 255
        assert is_called(later, url)
        assert without_url(later) == kind


@pytest.mark.parametrize("condition", [CONDITION, LONG, 'https://example.org/a"b', "urn:x:é"])
def test_a_reference_leads_to_the_record_that_its_bundle_called_so(
    hospital: Salus, patient: Account, condition: str
) -> None:
    records = hospital.records
    who, what, seen = records.add_bundle(
        bundle(condition=condition), patient=patient.identity, validate=False
    ).records
    assert records.resolve(PATIENT, within=seen) == (who.manifest,)
    assert records.resolve(PATIENT.upper(), within=what.manifest.record_id) == (who.manifest,)
    assert records.resolve(condition, within=what.manifest.record_id) == (what.manifest,)
    assert records.resolve("urn:uuid:4f1f1d3e-0000-4c9f-9d62-1d1f0a8f5a11", within=seen) == ()
    assert [json.loads(records.open(each)) for each in records.resolve(condition, within=seen)] == [
        json.loads(records.open(what))
    ]


def test_a_relative_reference_is_one_of_the_server_that_the_record_came_from(
    hospital: Salus, patient: Account
) -> None:
    base, records = "https://example.org/fhir/", hospital.records
    who, what, _ = records.add_bundle(
        bundle(f"{base}Patient/p", f"{base}Condition/c", "Patient/p"), patient=patient.identity
    ).records
    assert records.resolve("Patient/p", within=what) == (who.manifest,)
    assert records.resolve("Patient/p/_history/3", within=what) == (who.manifest,)
    assert records.resolve(f"{base}Patient/p", within=what) == (who.manifest,)
    assert records.resolve("https://elsewhere.example/Patient/p", within=what) == ()


def test_a_new_version_is_called_what_the_first_was(hospital: Salus, patient: Account) -> None:
    records = hospital.records
    _, what, seen = records.add_bundle(bundle(), patient=patient.identity).records
    records.patients.say(patient, ["Patient/p", PATIENT])
    newer = json.loads(records.open(what)) | {"recordedDate": "2026-11-30"}
    again = records.add(
        json.dumps(newer).encode(), patient=patient.identity, record=what.manifest.record_id
    )
    assert records.resolve(CONDITION, within=seen) == (again.manifest,)


def test_another_patients_records_are_not_among_them(hospital: Salus, patient: Account) -> None:
    other, records = Account.create(), hospital.records
    records.add_bundle(bundle(), patient=patient.identity)
    _, what, seen = records.add_bundle(bundle(), patient=other.identity).records
    assert records.resolve(CONDITION, within=seen) == (what.manifest,)


def test_a_bundle_that_is_added_again_is_known(hospital: Salus, patient: Account) -> None:
    first = hospital.records.add_bundle(bundle(), patient=patient.identity)
    again = hospital.records.add_bundle(bundle(), patient=patient.identity, resume=True)
    assert (again.resumed, again.records) == (3, first.records)


def test_a_record_that_is_not_here_is_named(hospital: Salus) -> None:
    with pytest.raises(MissingRecord):
        hospital.records.resolve(PATIENT, within="ab" * 16)


def test_a_reader_resolves_what_was_shared_and_learns_of_nothing_else(chain: Chain) -> None:
    exchange, patient = Exchange.set_up(chain, development_account(8)), Account.create()
    exchange.custodian.records.add_bundle(bundle(), patient=patient.identity)
    only = frozenset({"Condition", "Observation"})
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}), classes=only))
    consent = exchange.consent(terms, patient=patient)
    assert len(exchange.custodian.records.share(consent, purpose="TREAT")) == 2
    reader = exchange.grantee.records
    reader.collect()
    came = {each.media_type: each for each in exchange.grantee.vault.received()}
    seen = came["application/fhir+json"]
    assert reader.resolve(CONDITION, within=seen) == (
        came[f'application/fhir+json; fullUrl="{CONDITION}"'],
    )
    assert reader.resolve(PATIENT, within=seen) == ()
