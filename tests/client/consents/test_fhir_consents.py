"""FHIR Consents become consents of the identity that signs, and come back as they stand now."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus import Account, Salus, Terms, connect
from salus.chain import Chain, development_account
from salus.chain.errors import ChainUnreachable, SignerNotInControl
from salus.consents.documents import read_consent
from salus.consents.errors import ConsentNotKept
from salus.errors import InputError
from salus.fhir.errors import ConsentNotUsable
from salus.fhir.validation import problems
from salus.terms import Action, Outcome, Party, Request, ResourceFacts, evaluate
from salus.testing import people
from salus.testing.clock import advance
from salus.testing.faults import Unreliable
from salus.testing.participants import People

HL7 = "http://terminology.hl7.org/CodeSystem"
TREAT = {"system": f"{HL7}/v3-ActReason", "code": "TREAT"}
CLINIC = Account.create()
NURSE = {
    "role": {"coding": [{"system": f"{HL7}/v3-ParticipationType", "code": "PRCP"}]},
    "reference": {"reference": "Practitioner/f204"},
}


def consent(**changes: Any) -> bytes:
    """A Consent with all that stands around provisions, in a form that no writer here has."""
    document = {
        "resourceType": "Consent",
        "id": "c-1",
        "meta": {"profile": ["http://example.org/profile"]},
        "identifier": [{"system": "urn:hospital", "value": "2026/17"}],
        "status": "active",
        "scope": {"coding": [{"system": f"{HL7}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1", "display": "Žofie"},
        "dateTime": "2026-01-02T03:04:05.600+01:00",
        "performer": [{"reference": "Patient/1"}],
        "organization": [{"reference": "Organization/1"}],
        "sourceAttachment": {"title": "the form", "data": "AAAA"},
        "policy": [{"authority": "http://example.org", "uri": "http://example.org/policy"}],
        "policyRule": {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTIN"}]},
        "verification": [{"verified": True, "verificationDate": "2026-01-03"}],
        "provision": {"type": "permit", "purpose": [TREAT]},
        **changes,
    }
    said = {key: each for key, each in document.items() if each is not None}
    return json.dumps(said, indent=3, ensure_ascii=False).encode() + b"\n\n"


@pytest.fixture
def me() -> Iterator[Salus]:
    """A patient whose own program keeps consents."""
    with connect("tester", storage="memory://fhir-consents") as client:
        yield client


@pytest.fixture
def team(me: Salus) -> People:
    return people(me.chain)


def imported(me: Salus, data: bytes | None = None, **options: Any) -> bytes:
    options = {"patient": me, "policies": ["http://example.org/policy"], **options}
    proposal = me.consents.fhir.propose(data or consent(), CLINIC, **options)
    return me.consents.fhir.sign(proposal, by=me.account).consent.id


def refusal(me: Salus, data: bytes, **options: Any) -> dict[str, str]:
    options = {"patient": me, "policies": ["http://example.org/policy"], **options}
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
    proposal = me.consents.fhir.propose(
        consent(patient=number), me, policies=["http://example.org/policy"]
    )
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
    proposal = me.consents.fhir.propose(
        consent(), me, patient=CLINIC, policies=["http://example.org/policy"]
    )
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


# -- as it stands now -------------------------------------------------------------------------


def test_a_revoked_consent_is_never_active(me: Salus) -> None:
    data = consent()
    known = imported(me, data)
    assert me.consents.fhir.export(known).status == "active"
    me.consents.revoke(me, known)
    written = me.consents.fhir.export(known)
    assert written.status == "inactive"
    assert written.data == data.replace(b'"active"', b'"inactive"')


def test_a_consent_that_the_patient_ended_elsewhere_is_inactive_at_once(me: Salus) -> None:
    """No program but the patient's own was told; the chain is asked when it is written."""
    known = imported(me)
    me.consents.register(next(iter(me.consents)).document)
    assert me.consents.fhir.export(known).status == "active"
    elsewhere = Salus(me.chain, account=me.account)
    elsewhere.consents.revoke(me, known)
    assert me.consents.fhir.export(known).status == "inactive"


def test_a_superseded_consent_is_inactive_and_the_new_one_active(me: Salus) -> None:
    known = imported(me)
    old = next(each for each in me.consents if each.id == known)
    new = me.consents.change(old.document, Terms.permit("HPAYMT"), by=me.account)
    assert me.consents.fhir.export(known).status == "inactive"
    written = me.consents.fhir.export(new.consent.id)
    assert (written.status, written.imported) == ("active", False)


def test_all_consents_of_an_ended_epoch_are_inactive(me: Salus) -> None:
    known = imported(me)
    me.consents.revoke_all(me)
    assert me.consents.fhir.export(known).status == "inactive"


def test_a_consent_whose_period_is_over_is_inactive(me: Salus) -> None:
    end = datetime.fromtimestamp(me.chain.now() + 900, UTC).isoformat().replace("+00:00", "Z")
    period = {"type": "permit", "purpose": [TREAT], "period": {"end": end}}
    known = imported(me, consent(provision=period))
    me.consents.register(next(iter(me.consents)).document)
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT", until=me.chain.now() + 900))
    me.consents.grant(own)
    assert me.consents.fhir.export(known).status == "active"
    assert me.consents.fhir.export(own.id).status == "active"
    advance(me.chain, 1000)
    assert me.consents.fhir.export(known).status == "inactive"
    assert json.loads(me.consents.fhir.export(own.id).data)["status"] == "inactive"


def test_a_signature_that_lapsed_is_inactive_until_it_is_registered(me: Salus) -> None:
    known = imported(me)
    advance(me.chain, 4000)
    assert me.consents.fhir.export(known).status == "inactive"
    me.consents.grant(next(iter(me.consents)).document.consent)
    assert me.consents.fhir.export(known).status == "active"


def test_what_the_chain_cannot_tell_is_not_guessed(me: Salus) -> None:
    me.chain.rpc = node = Unreliable(me.chain.rpc)
    known = imported(me)
    assert me.consents.fhir.export(known).status == "active"
    node.down = {"*"}
    with pytest.raises(ChainUnreachable):
        me.consents.fhir.export(known)
    node.down = set()
    assert me.consents.fhir.export(known).status == "active"


# -- what was never FHIR ------------------------------------------------------------------------


def test_a_consent_of_ones_own_is_written_for_its_grantee_alone(me: Salus) -> None:
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT").except_(sensitivities="PSY"))
    me.consents.grant(own)
    written = json.loads(me.consents.fhir.export(own.id).data)
    assert problems(written) == []
    assert written["identifier"] == [{"system": "urn:salus:consent", "value": f"0x{own.id.hex()}"}]
    assert written["patient"]["identifier"]["value"] == me.identities.did(me)
    (actor,) = written["provision"]["actor"]
    assert actor["reference"]["identifier"]["value"] == CLINIC.identity.lower()
    again = me.consents.fhir.propose(json.dumps(written).encode(), CLINIC)
    assert again.consent.patient == me.identity


def test_the_patient_is_written_by_a_name_that_is_theirs(me: Salus, team: People) -> None:
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT"))
    me.consents.grant(own)
    actors = team["hospital"].consents.actors
    me.consents.actors.keep(actors.state(me.identity, "Patient/1"))
    me.consents.actors.keep(actors.state(CLINIC, "Patient/2"))

    def patient(**told: Any) -> Any:
        return json.loads(me.consents.fhir.export(own.id, **told).data)["patient"]

    assert patient() == {"reference": "Patient/1"}
    assert patient(patient="urn:a|7") == {"identifier": {"system": "urn:a", "value": "7"}}
    with pytest.raises(InputError, match="by a statement"):
        patient(patient="Patient/2")
    with pytest.raises(InputError, match="as it was written"):
        me.consents.fhir.export(imported(me), patient="Patient/1")


def test_what_is_not_kept_here_is_not_written(me: Salus) -> None:
    with pytest.raises(ConsentNotKept, match=r"records\.heed"):
        me.consents.fhir.export(bytes(32))
    with pytest.raises(InputError, match="keeps no consents"):
        Salus(me.chain, account=me.account).consents.fhir.export(bytes(32))


# -- what the patient signed elsewhere ----------------------------------------------------------


def test_a_hospital_keeps_the_paper_beside_what_the_patient_signed(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    hospital, patient = exchange.custodian, exchange.patient
    proposal = hospital.consents.fhir.propose(
        consent(), exchange.grantee, patient=patient, policies=["http://example.org/policy"]
    )
    signed = exchange.elsewhere.consents.sign(proposal.consent, by=patient)
    presented = read_consent(signed.to_json())
    unfit = hospital.consents.fhir.keep(
        presented, consent(), policies=["http://example.org/policy"]
    )
    assert unfit == ()
    assert hospital.records.heed(presented)
    assert hospital.consents.fhir.export(signed.consent.id).data == consent()
    other = consent(provision={"type": "deny"})
    with pytest.raises(ConsentNotUsable, match=r"Consent\.provision: says other terms"):
        hospital.consents.fhir.keep(presented, other, policies=["http://example.org/policy"])
    assert hospital.consents.fhir.export(signed.consent.id).data == consent()
    hospital.consents.actors.state(CLINIC, "Patient/1")
    with pytest.raises(ConsentNotUsable, match=r"Consent\.patient: Patient/1 is"):
        hospital.consents.fhir.keep(presented, consent(), policies=["http://example.org/policy"])
