"""A consent that denies a sensitivity gives nothing that carries its label, wherever it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.errors import NothingToShare
from salus.terms import Confidentiality, Effect, Rule, Terms

HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
LABELLED = {"meta": {"security": [HIV]}}
NO_HIV = Terms(
    base=Rule(effect=Effect.PERMIT, confidentiality=Confidentiality.N),
    exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"HIV"})),),
)


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def note(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "a finding"},
        "subject": {"reference": "Patient/1"},
        **more,
    }


def bundle(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries), **more}


def answered(outcome: dict[str, Any]) -> dict[str, Any]:
    return {"response": {"status": "200", "outcome": outcome}}


def document(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"title": "a letter"}}],
        "subject": {"reference": "Patient/1"},
        **more,
    }


def composition(**more: Any) -> dict[str, Any]:
    about = {"type": {"text": "a letter"}, "date": "2026", "title": "a letter"}
    written = {"author": [{"display": "a doctor"}], "subject": {"reference": "Patient/1"}}
    return {"resourceType": "Composition", "status": "final", **about, **written, **more}


def given(exchange: Exchange, patient: Account) -> int:
    try:
        return len(
            exchange.custodian.records.share(
                exchange.consent(NO_HIV, patient=patient), purpose="TREAT"
            )
        )
    except NothingToShare:
        return 0


@pytest.mark.parametrize(
    "content",
    [
        note(**LABELLED),
        {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": note(**LABELLED)}]},
        bundle({"resource": bundle({"resource": note()}, answered(note(**LABELLED)))}),
        bundle({"resource": note()}, **LABELLED),
        bundle({"resource": bundle({"resource": note()}, **LABELLED)}),
        document(securityLabel=[{"coding": [HIV]}]),
        composition(confidentiality="V"),
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_what_is_labelled_anywhere_is_withheld(exchange: Exchange, content: dict[str, Any]) -> None:
    patient = Account.create()
    records, data = exchange.custodian.records, json.dumps(content).encode()
    records.add_bundle(data, patient=patient.identity)
    assert given(exchange, patient) == 0
    whole = Account.create()
    records.add(data, patient=whole.identity, media_type="application/fhir+json")
    assert given(exchange, whole) == 0
    records.add_bundle(json.dumps(note()).encode(), patient=patient.identity)
    assert given(exchange, patient) == 1


@pytest.mark.parametrize(
    "label",
    [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VIP"},
        {"system": "urn:oid:1.2.3", "code": "HIV"},
        {"display": "infectious diseases"},
        {"_code": {"extension": [{"url": "urn:x", "valueCode": "masked"}]}},
    ],
    ids=str,
)
def test_what_may_be_what_is_denied_is_withheld(exchange: Exchange, label: Any) -> None:
    patient = Account.create()
    records, content = exchange.custodian.records, note(meta={"security": [label]})
    records.add_bundle(json.dumps(content).encode(), patient=patient.identity)
    base = Rule(effect=Effect.PERMIT, confidentiality=Confidentiality.V)
    with pytest.raises(NothingToShare):
        records.share(
            exchange.consent(Terms(base=base, exceptions=NO_HIV.exceptions), patient=patient),
            purpose="TREAT",
        )


def test_a_document_is_withheld_by_what_its_composition_says_of_it(exchange: Exchange) -> None:
    patient = Account.create()
    head = composition(**LABELLED, confidentiality="V")
    whole = bundle({"resource": head}, {"resource": note()}, type="document")
    exchange.custodian.records.add_bundle(json.dumps(whole).encode(), patient=patient.identity)
    assert given(exchange, patient) == 0
