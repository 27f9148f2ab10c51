"""When a sensitivity table grows, what was stored before moves, and who has a key is named."""

from __future__ import annotations

import json

import pytest
from tests.support.exchange import Exchange

from salus.chain import Chain, development_account
from salus.consents.errors import NothingToShare
from salus.fhir.sensitivity.standard import standard
from salus.fhir.sensitivity.table import SensitivityTable
from salus.records.holder import Holder
from salus.records.relabelling import Relabelled, Relabelling
from salus.terms import Terms

NO_PSYCHIATRY = Terms.permit("TREAT").except_(sensitivities="PSY")
LATER = SensitivityTable.parse(
    "salus sensitivity table 1\nversion later\nsystem urn:wards\nsource ours\n7 PSY our ward 7"
)


def condition(code: str) -> bytes:
    coding = {"system": "urn:wards", "code": code, "display": f"Ward {code}"}
    content = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}
    return json.dumps({**content, "code": {"coding": [coding]}}).encode()


def relabelled(exchange: Exchange, *, dry_run: bool) -> Relabelled:
    me = exchange.custodian
    holder = Holder(me.chain, me.account, me.vault, sensitivity=standard().with_(LATER))
    return Relabelling(holder).relabel(dry_run=dry_run)


def test_what_a_later_table_labels_moves_at_once(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    records, patient = exchange.custodian.records, exchange.patient.identity
    ward = records.add_bundle(condition("7"), patient=patient).records[0].manifest
    records.add_bundle(condition("8"), patient=patient)
    records.add(b"DICM", patient=patient, about="ImagingStudy")
    wide = exchange.consent(Terms.permit("TREAT"))
    assert len(records.share(wide, purpose="TREAT")) == 3

    for dry_run in (True, False):
        [found] = relabelled(exchange, dry_run=dry_run).records
        assert (found.record, found.added) == (ward.record_id, {"PSY", "MH", "BH"})
        assert found.confidentiality == "R"
        assert found.readers == (exchange.grantee.identity,)
    assert relabelled(exchange, dry_run=False) == Relabelled((), ())

    narrow = exchange.consent(NO_PSYCHIATRY)
    given = records.share(narrow, purpose="TREAT")
    assert ward.record_id not in {each.record_id for each in given}
    assert len(given) == 2
    assert exchange.custodian.vault.open(ward).read() == condition("7")


def test_a_dry_run_moves_nothing(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    records = exchange.custodian.records
    records.add_bundle(condition("7"), patient=exchange.patient.identity)
    assert len(relabelled(exchange, dry_run=True).records) == 1
    assert len(records.share(exchange.consent(NO_PSYCHIATRY), purpose="TREAT")) == 1
    relabelled(exchange, dry_run=False)
    with pytest.raises(NothingToShare):
        records.share(exchange.consent(NO_PSYCHIATRY), purpose="TREAT")
