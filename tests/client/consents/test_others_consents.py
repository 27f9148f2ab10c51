"""Consents of HL7's FAST guide and of India's ABDM, as FHIR: each field as docs/terms.md says.

The samples are written here, after the profile's elements and the artefact's fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from salus import Account, Salus, connect
from salus.fhir.errors import ConsentNotUsable
from salus.fhir.validation import problems
from salus.terms import Action, Actor, Effect, Period, Terms
from salus.terms.vocabulary import Part

HL7 = "http://terminology.hl7.org/CodeSystem"
CLINIC = Account.create()
NPI, MRN = "http://hl7.org/fhir/sid/us-npi", "http://example.org/mrn"
HIP, HIU, DOCTORS = "urn:abdm:hip", "urn:abdm:hiu", "https://doctors.example.in"


def code(system: str, name: str) -> dict[str, str]:
    return {"system": f"{HL7}/{system}", "code": name}


def actor(role: str, system: str, value: str) -> dict[str, Any]:
    reference = {"identifier": {"system": system, "value": value}}
    return {"role": {"coding": [code("v3-ParticipationType", role)]}, "reference": reference}


FAST: dict[str, Any] = {
    "resourceType": "Consent",
    "meta": {
        "profile": ["http://hl7.org/fhir/us/consent-management/StructureDefinition/FASTConsent"]
    },
    "extension": [
        {
            "url": "http://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.manager",
            "valueReference": {"identifier": {"system": NPI, "value": "1093817465"}},
        }
    ],
    "identifier": [{"system": "http://clinic.example/consents", "value": "A-17"}],
    "status": "active",
    "scope": {"coding": [code("consentscope", "patient-privacy")]},
    "category": [{"coding": [{"system": "http://loinc.org", "code": "64292-6"}]}],
    "patient": {"identifier": {"system": MRN, "value": "P-4"}},
    "dateTime": "2026-03-01",
    "performer": [{"identifier": {"system": MRN, "value": "P-4"}}],
    "sourceReference": {"reference": "QuestionnaireResponse/7"},
    "policyRule": {"coding": [code("v3-ActCode", "OPTIN")]},
    "provision": {
        "type": "permit",
        "period": {"start": "2026-03-01"},
        "actor": [actor("IRCP", NPI, "1093817465")],
        "purpose": [code("v3-ActReason", "TREAT")],
        "provision": [{"type": "deny", "purpose": [code("v3-ActReason", "COC")]}],
    },
}
ABDM: dict[str, Any] = {
    "resourceType": "Consent",
    "identifier": [{"system": "urn:abdm:consent", "value": "b6f2"}],
    "status": "active",
    "scope": {"coding": [code("consentscope", "patient-privacy")]},
    "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    "patient": {"identifier": {"system": "urn:abdm:abha", "value": "asha@example"}},
    "dateTime": "2026-02-01T09:30:00+05:30",
    "organization": [{"identifier": {"system": "urn:abdm:cm", "value": "example"}}],
    "policyRule": {"coding": [code("v3-ActCode", "OPTIN")]},
    "provision": {
        "type": "permit",
        "period": {"end": "2030-01-31"},
        "actor": [
            actor("CST", HIP, "IN-17"),
            actor("IRCP", HIU, "IN-42"),
            actor("IRCP", DOCTORS, "MH-1"),
        ],
        "action": [{"coding": [code("consentaction", "access")]}],
        "purpose": [{**code("v3-ActReason", "CAREMGT"), "display": "Care management"}],
        "class": [
            {"system": "http://hl7.org/fhir/resource-types", "code": name}
            for name in ("DiagnosticReport", "MedicationRequest")
        ],
        "dataPeriod": {"start": "2020-01-01", "end": "2025-12-31"},
    },
}


@pytest.fixture(scope="module")
def me() -> Iterator[Salus]:
    with connect("tester", storage="memory://others-consents") as client:
        for name in (f"{NPI}|1093817465", f"{HIP}|IN-17", f"{HIU}|IN-42", f"{DOCTORS}|MH-1"):
            client.consents.actors.state(CLINIC, name)
        yield client


def comes_back(me: Salus, document: dict[str, Any], **options: Any) -> Terms:
    assert problems(document) == []
    data = json.dumps(document, indent=2).encode()
    proposal = me.consents.fhir.propose(data, CLINIC, patient=me, **options)
    signed = me.consents.fhir.sign(proposal, by=me.account)
    assert me.consents.fhir.export(signed.consent.id).data == data
    return signed.consent.terms


def unfit(me: Salus, document: dict[str, Any], **options: Any) -> set[str]:
    with pytest.raises(ConsentNotUsable) as caught:
        me.consents.fhir.propose(json.dumps(document).encode(), CLINIC, patient=me, **options)
    return {path.removeprefix("Consent.") for path, _ in caught.value.problems}


def with_provision(document: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return document | {"provision": document["provision"] | elements}


def test_a_consent_of_fast_is_terms_and_what_is_kept_beside_them(me: Salus) -> None:
    terms = comes_back(me, FAST)
    assert terms.base.effect is Effect.PERMIT
    assert terms.base.purposes == {"TREAT"}
    assert terms.base.actors == {Actor.reference(f"{NPI}|1093817465")}
    assert [each.effect for each in terms.exceptions] == [Effect.DENY]


def test_what_the_example_of_fast_adds_must_be_read(me: Salus) -> None:
    example = FAST | {
        "category": [{"coding": [code("v3-ActCode", "INFA")]}],
        "policyRule": {"coding": [code("consentpolicycodes", "hipaa-auth")]},
        "policy": [{"uri": "http://clinic.example/policy"}],
    }
    assert unfit(me, example) == {"category[0]", "policyRule", "policy[0]"}
    read = ["http://clinic.example/policy"]
    assert unfit(me, example, policies=read) == {"category[0]", "policyRule"}
    assert comes_back(me, example, residual=True).base.residual is not None


def test_a_patient_of_fast_is_known_by_number(me: Salus) -> None:
    me.consents.actors.state(CLINIC, f"{MRN}|P-4")
    data = json.dumps(FAST).encode()
    proposal = me.consents.fhir.propose(data, me, unknown_actors=True)
    assert proposal.consent.patient == CLINIC.identity


def test_an_artefact_of_abdm_is_terms_and_what_is_kept_beside_them(me: Salus) -> None:
    base = comes_back(me, ABDM).base
    assert base.purposes == {"CAREMGT"}
    assert base.classes == {"DiagnosticReport", "MedicationRequest"}
    assert base.actions == {Action.ACCESS}
    assert base.actors == {
        Actor.reference(f"{HIP}|IN-17", Part.CUSTODIAN),
        Actor.reference(f"{HIU}|IN-42"),
        Actor.reference(f"{DOCTORS}|MH-1"),
    }
    assert base.data_period == Period.between(1_577_836_800, 1_767_225_600)


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"class": [{"system": "urn:abdm:hi-type", "code": "OPConsultation"}]}, "class[0]"),
        (
            {"data": [{"meaning": "instance", "reference": {"reference": "Encounter/1"}}]},
            "data[0]",
        ),
        ({"extension": [{"url": "urn:abdm:data-erase-at", "valueDate": "2027"}]}, "extension"),
        ({"extension": [{"url": "urn:abdm:frequency", "valueString": "5/day"}]}, "extension"),
    ],
)
def test_what_an_artefact_of_abdm_says_more_must_be_read(
    me: Salus, elements: dict[str, Any], path: str
) -> None:
    document = with_provision(ABDM, **elements)
    assert unfit(me, document) == {f"provision.{path}"}
    assert comes_back(me, document, residual=True).base.residual is not None


def test_what_abdm_stores_is_collected(me: Salus) -> None:
    collect = [{"coding": [code("consentaction", "collect")]}]
    assert comes_back(me, with_provision(ABDM, action=collect)).base.actions == {Action.COLLECT}
