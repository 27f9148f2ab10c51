"""Documents and messages can be kept whole, and open no more than terms permit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.errors import NothingToShare
from salus.errors import InputError
from salus.fhir.errors import SeveralPatients
from salus.terms import Confidentiality, Effect, Rule, Terms

HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
ANYTHING = Rule(effect=Effect.PERMIT, confidentiality=Confidentiality.V)


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def document(kind: str = "document", patient: str = "p", **more: Any) -> bytes:
    subject = {"subject": {"reference": f"Patient/{patient}"}}
    about = {"type": {"text": "a letter"}, "date": "2026", "title": "a letter", "status": "final"}
    head = {"resourceType": "Composition", **about, "author": [{"display": "a doctor"}]}
    if kind == "message":
        head = {"resourceType": "MessageHeader", "eventCoding": {"code": "x"}}
        head |= {"source": {"endpoint": "urn:x"}, "focus": [{"reference": "Condition/c"}]}
    condition = {"resourceType": "Condition", "id": "c", **subject, **more}
    signed = {"signature": {"type": [{"code": "x"}], "when": "2026-11-30T00:00:00Z"}}
    signed["signature"]["who"] = {"display": "a doctor"}
    first = head if kind == "message" else head | {"subject": {"reference": "Patient/p"}}
    entries = [{"resource": first}, {"resource": condition}]
    bundle = {"resourceType": "Bundle", "type": kind, "entry": entries, **signed}
    return json.dumps(bundle, indent=1).encode()


def given(exchange: Exchange, patient: Account, *exceptions: Rule) -> int:
    terms = Terms(base=ANYTHING, exceptions=exceptions)
    try:
        consent = exchange.consent(terms, patient=patient)
        return len(exchange.custodian.records.share(consent, purpose="TREAT"))
    except NothingToShare:
        return 0


@pytest.mark.parametrize("kind", ["document", "message"])
def test_it_is_one_record_of_the_very_bytes(exchange: Exchange, kind: str) -> None:
    patient, records = Account.create(), exchange.custodian.records
    data = document(kind)
    added = records.add_bundle(data, patient=patient.identity, whole=True, number="Patient/p")
    assert records.open(added) == data
    [record] = records.search(patient=patient)
    assert record.kind == "Bundle"
    split = records.add_bundle(data, patient=patient.identity, number="Patient/p")
    assert len(split.records) == 2


def test_it_is_not_given_where_any_class_is_denied(exchange: Exchange) -> None:
    patient = Account.create()
    exchange.custodian.records.add_bundle(document(), patient=patient.identity, whole=True)
    no_conditions = Rule(effect=Effect.DENY, classes=frozenset({"Condition"}))
    assert given(exchange, patient, no_conditions) == 0
    assert given(exchange, Account.create()) == 0
    other = Account.create()
    exchange.custodian.records.add_bundle(document(), patient=other.identity, whole=True)
    assert given(exchange, other) == 1


def test_it_carries_the_labels_of_all_that_is_in_it(exchange: Exchange) -> None:
    patient = Account.create()
    data = document(meta={"security": [HIV]})
    exchange.custodian.records.add_bundle(data, patient=patient.identity, whole=True)
    assert given(exchange, patient, Rule(effect=Effect.DENY, sensitivities=frozenset({"HIV"}))) == 0


def test_only_documents_and_messages_of_one_patient_are_kept_whole(exchange: Exchange) -> None:
    patient, records = Account.create(), exchange.custodian.records
    with pytest.raises(InputError, match="is for a Bundle of type document or message"):
        records.add_bundle(document("collection"), patient=patient.identity, whole=True)
    with pytest.raises(SeveralPatients):
        records.add_bundle(document(patient="q"), patient=patient.identity, whole=True)
    assert list(records.search(patient=patient)) == []
