"""FHIR Consents become consents of the identity that signs, and come back as they stand now."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.exchange import Exchange
from tests.support.fhir_papers import CLINIC, HL7, POLICY, TREAT, consent, imported

from salus import Salus, Terms, connect
from salus.chain import Chain, development_account
from salus.chain.errors import SignerNotInControl
from salus.consents.documents import read_consent
from salus.fhir.errors import ConsentNotUsable
from salus.fhir.validation import problems
from salus.terms import Action, Outcome, Party, Request, ResourceFacts, evaluate
from salus.testing import people
from salus.testing.participants import People

NURSE = {
    "role": {"coding": [{"system": f"{HL7}/v3-ParticipationType", "code": "PRCP"}]},
    "reference": {"reference": "Practitioner/f204"},
}


@pytest.fixture
def me() -> Iterator[Salus]:
    """A patient whose own program keeps consents."""
    with connect("tester", storage="memory://fhir-consents") as client:
        yield client


@pytest.fixture
def team(me: Salus) -> People:
    return people(me.chain)


def refusal(me: Salus, data: bytes, **options: Any) -> dict[str, str]:
    options = {"patient": me, "policies": [POLICY], **options}
    with pytest.raises(ConsentNotUsable) as caught:
        me.consents.fhir.propose(data, CLINIC, **options)
    return dict(caught.value.problems)


def test_what_was_imported_stands_and_comes_back_byte_for_byte(me: Salus) -> None:
    data = consent()
    known = imported(me, data)
    (listed,) = me.consents
    assert (listed.id, listed.state, listed.patient) == (known, "stands", me.identity)
    assert listed.terms == Terms.permit("TREAT")
    written = me.consents.fhir.export(known)
    assert (written.data, written.status, written.imported) == (data, "active", True)
    assert problems(json.loads(written.data)) == []
    assert me.consents.fhir.source(known) == data


@pytest.mark.parametrize("status", ["draft", "proposed"])
def test_what_was_proposed_is_active_once_it_is_signed(me: Salus, status: str) -> None:
    data = consent(status=status)
    written = me.consents.fhir.export(imported(me, data)).data
    assert written == data.replace(f'"{status}"'.encode(), b'"active"')


def test_a_signature_that_fails_takes_nothing_from_the_one_before(
    me: Salus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OSError("the signer is away")

    fhir, data = me.consents.fhir, consent()
    proposal = fhir.propose(data, CLINIC, patient=me, policies=[POLICY])
    fhir.sign(proposal, by=me.account)
    monkeypatch.setattr(fhir._maker, "sign", away)
    with pytest.raises(OSError, match="away"):
        fhir.sign(proposal, by=me.account)
    assert fhir.source(proposal.consent.id) == data


def test_what_does_not_fit_is_taken_when_told_and_comes_back(me: Salus) -> None:
    data = (
        consent(
            madeUp={"amount": 1.5, "é": None},
            extension=[{"url": "urn:x", "valueDecimal": 2}],
            category=[{"text": "a category in words"}],
        )
        .replace(b": 1.5", b": 1.50e0")
        .replace(b"2\n", b"2.000\n")
    )
    assert b"1.50e0" in data
    assert b"2.000" in data
    refused = refusal(me, data)
    assert set(refused) == {"Consent.madeUp", "Consent.category[0]"}
    assert all("`residual=True` takes it" in why for why in refused.values())
    known = imported(me, data, residual=True)
    (listed,) = me.consents
    asked = Request(
        action=Action.ACCESS,
        purpose="TREAT",
        resource=ResourceFacts(resource_class="Condition"),
        at=int(time.time()),
        recipient=Party(address=CLINIC.identity),
    )
    decision = evaluate(listed.terms, asked, consent_id=known, block=1)
    assert decision.outcome is Outcome.PERMIT_WITH_RESIDUAL
    assert me.consents.fhir.export(known).data == data


# -- whose it is ------------------------------------------------------------------------------


def test_a_patient_whom_nobody_vouched_for_is_not_guessed(me: Salus) -> None:
    assert "`patient=`" in refusal(me, consent(), patient=None)["Consent.patient"]
    nobody = refusal(me, consent(patient={"display": "P."}), patient=None)
    assert nobody["Consent.patient"].startswith("names nobody")
    assert list(me.consents) == []


def test_nobody_is_believed_about_itself(me: Salus, team: People) -> None:
    said = team["stranger"].consents.actors.state(team["stranger"].identity, "Patient/1")
    me.consents.actors.keep(said)
    me.consents.actors.state(me.identity, "Patient/1")
    assert "no statement says" in refusal(me, consent(), patient=None)["Consent.patient"]


def test_a_hospital_says_which_identity_its_patient_is(me: Salus, team: People) -> None:
    hospital = team["hospital"]
    me.consents.actors.keep(hospital.consents.actors.state(me.identity, "Patient/1"))
    known = imported(me, patient=None)
    assert next(iter(me.consents)).patient == me.identity
    assert me.consents.fhir.export(known).status == "active"
    told = refusal(me, consent(), patient=CLINIC)
    assert f"{me.identity}, by a statement, and not {CLINIC.identity}" in told["Consent.patient"]
    me.consents.actors.keep(hospital.consents.actors.state(CLINIC, "Patient/1"))
    assert "is 2 identities" in refusal(me, consent(), patient=None)["Consent.patient"]


def test_a_custodian_goes_by_what_it_said_itself(me: Salus) -> None:
    me.consents.actors.state(CLINIC, "urn:hospital|7")
    number = {"identifier": {"system": "urn:hospital", "value": "7"}}
    proposal = me.consents.fhir.propose(consent(patient=number), me, policies=[POLICY])
    assert proposal.consent.patient == CLINIC.identity


def test_a_did_or_an_address_is_the_identity_itself(me: Salus) -> None:
    for system, value in (
        ("urn:ietf:rfc:3986", me.identities.did(me)),
        ("urn:salus:address", me.identity),
    ):
        data = consent(patient={"identifier": {"system": system, "value": value}})
        assert imported(me, data, patient=None)
        assert "and not" in refusal(me, data, patient=CLINIC)["Consent.patient"]
    elsewhere = {"identifier": {"system": "urn:ietf:rfc:3986", "value": "did:ethr:0x1:0x12"}}
    assert (
        "no statement" in refusal(me, consent(patient=elsewhere), patient=None)["Consent.patient"]
    )


def test_who_does_not_control_the_patients_identity_cannot_sign_it(me: Salus) -> None:
    proposal = me.consents.fhir.propose(consent(), me, patient=CLINIC, policies=[POLICY])
    with pytest.raises(SignerNotInControl):
        me.consents.fhir.sign(proposal, by=me.account)
    assert list(me.consents) == []
    assert me.consents.fhir.source(proposal.consent.id) is None


def test_an_actor_who_is_nobody_is_named_by_its_place(me: Salus) -> None:
    inner = {"type": "deny", "actor": [NURSE]}
    data = consent(provision={"type": "permit", "purpose": [TREAT], "provision": [inner]})
    (place, why), *rest = refusal(me, data).items()
    assert (place, rest) == ("Consent.provision.provision[0].actor[0].reference", [])
    assert "Practitioner/f204" in why
    assert imported(me, data, unknown_actors=True)
    me.consents.actors.state(CLINIC, "Practitioner/f204")
    assert imported(me, data)


def test_all_that_is_wrong_is_said_at_once(me: Salus) -> None:
    data = consent(
        provision={"type": "permit", "period": {"end": "2020-01-01"}, "actor": [NURSE]},
        category=[{"text": "x"}],
    )
    assert set(refusal(me, data, policies=[])) == {
        "Consent.provision.period.end",
        "Consent.provision.actor[0].reference",
        "Consent.category[0]",
        "Consent.policy[0]",
    }


# -- what the patient signed elsewhere ----------------------------------------------------------


def test_a_hospital_keeps_the_paper_beside_what_the_patient_signed(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    hospital, patient = exchange.custodian, exchange.patient
    proposal = hospital.consents.fhir.propose(
        consent(), exchange.grantee, patient=patient, policies=[POLICY]
    )
    signed = exchange.elsewhere.consents.sign(proposal.consent, by=patient)
    presented = read_consent(signed.to_json())
    unfit = hospital.consents.fhir.keep(presented, consent(), policies=[POLICY])
    assert unfit == ()
    assert hospital.records.heed(presented)
    assert hospital.consents.fhir.export(signed.consent.id).data == consent()
    other = consent(provision={"type": "deny"})
    with pytest.raises(ConsentNotUsable, match=r"Consent\.provision: says other terms"):
        hospital.consents.fhir.keep(presented, other, policies=[POLICY])
    assert hospital.consents.fhir.export(signed.consent.id).data == consent()
    hospital.consents.actors.state(CLINIC, "Patient/1")
    with pytest.raises(ConsentNotUsable, match=r"Consent\.patient: Patient/1 is"):
        hospital.consents.fhir.keep(presented, consent(), policies=[POLICY])
