"""A consent that denies psychiatry, HIV and substance use withholds what nobody labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.errors import ConsentRefused, NothingToShare
from salus.fhir.bundle import resources
from salus.fhir.sensitivity.standard import standard
from salus.fhir.sensitivity.table import SensitivityTable
from salus.terms import Terms

SHARED = Path(__file__).parents[3].parent / "shared"
CASE = SHARED / "cases" / "fhir" / "unlabelled-psychiatry.json"
SYNTHEA = SHARED / "data" / "synthea-r4"
PRIVATE = Terms.permit("TREAT").except_(sensitivities=("PSY", "HIV", "SUD", "ETH", "SEX"))
WARDS = SensitivityTable.parse(
    "salus sensitivity table 1\nversion wards\nsystem urn:wards\nsource ours\n7 PSY our ward 7"
)


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def shared(exchange: Exchange, terms: Terms, patient: Account, by: Salus | None = None) -> int:
    records = (by or exchange.custodian).records
    try:
        return len(records.share(exchange.consent(terms, patient=patient), purpose="TREAT"))
    except NothingToShare:
        return 0


def note(**more: Any) -> bytes:
    content = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **more}
    return json.dumps(content).encode()


@pytest.mark.skipif(not CASE.is_file(), reason="the cases are not on this machine")
def test_not_to_psychiatry_hiv_and_substance_use(exchange: Exchange) -> None:
    patient, open_patient = Account.create(), Account.create()
    for each in (patient, open_patient):
        exchange.custodian.records.add_bundle(CASE.read_bytes(), patient=each.identity)
    assert shared(exchange, PRIVATE, patient) == 1
    [came] = exchange.grantee.records.collect()
    assert json.loads(opened(came))["resourceType"] == "Patient"
    assert shared(exchange, Terms.permit("TREAT"), open_patient) == 5


def opened(received: Any) -> bytes:
    return bytes(received.open("TREAT"))


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="Synthea's files are not on this machine")
def test_of_a_whole_history_all_else_is_given(exchange: Exchange) -> None:
    patient, file = Account.create(), next(SYNTHEA.glob("Karla_*.json"))
    data = b"\n".join(
        each.data
        for each in resources(file.read_bytes())
        if each.resource_type == "MedicationRequest"
    )
    about = [each.facts.sensitivities for each in resources(data)]
    sensitive = sum("SEX" in each for each in about)
    assert 0 < sensitive < len(about)
    exchange.custodian.records.add_bundle(data, patient=patient.identity)
    assert shared(exchange, PRIVATE, patient) == len(about) - sensitive


def test_what_is_unclear_is_withheld_where_the_consent_says_so(exchange: Exchange) -> None:
    patient, careless = Account.create(), Account.create()
    unknown = note(code={"coding": [{"system": "http://snomed.info/sct", "code": "1"}]})
    for each in (patient, careless):
        exchange.custodian.records.add_bundle(unknown, patient=each.identity)
    strict = Terms.permit("TREAT").except_(sensitivities="UNCLEAR")
    assert shared(exchange, strict, patient) == 0
    assert shared(exchange, PRIVATE, careless) == 1


def test_a_custodians_own_table_decides_what_its_readers_open(chain: Chain) -> None:
    """The reader's table does not know the code: what its custodian said of it counts too."""
    exchange, patient = Exchange.set_up(chain, development_account(8)), Account.create()
    custodian, grantee = exchange.custodian, exchange.grantee
    informed = Salus(
        custodian.chain,
        account=custodian.account,
        vault=custodian.vault,
        sensitivity=standard().with_(WARDS),
    )
    ward = note(code={"coding": [{"system": "urn:wards", "code": "7", "display": "Ward 7"}]})
    informed.records.add_bundle(ward, patient=patient.identity)
    wide = exchange.consent(Terms.permit("TREAT"), patient=patient)
    assert len(informed.records.share(wide, purpose="TREAT")) == 1
    [came] = grantee.records.collect()
    assert opened(came) == ward
    narrow = exchange.consent(PRIVATE, patient=patient)
    grantee.consents.register(narrow)
    with pytest.raises(ConsentRefused):
        grantee.records.open(came.manifest, under=wide, purpose="TREAT")
    with pytest.raises(NothingToShare):
        informed.records.share(wide, purpose="TREAT")
