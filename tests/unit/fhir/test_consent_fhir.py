"""FHIR Consents to terms and back: what does not fit is named and never opens anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.support.hl7_schema import Schema
from tests.support.terms_strategies import terms as any_terms

from salus.fhir import from_fhir, to_fhir
from salus.fhir.consent import ConsentReading, residual_digest
from salus.fhir.errors import ConsentNotUsable, NotFhir
from salus.fhir.validation import problems
from salus.terms import (
    Action,
    Actor,
    Confidentiality,
    Effect,
    Outcome,
    Party,
    Period,
    Request,
    ResourceFacts,
    Terms,
    evaluate,
)
from salus.terms.vocabulary import Part, Policy

DATA = Path(__file__).parents[4] / "shared" / "data"
SCHEMA = DATA / "hl7-terminology-r4" / "fhir-r4.schema.json"
EXAMPLES = sorted((DATA / "fhir-r4-examples").glob("consent*.json"))
HL7 = "http://terminology.hl7.org/CodeSystem"
AT = 1_800_000_000


def coding(system: str, code: str) -> dict[str, str]:
    return {"system": f"{HL7}/{system}", "code": code}


def actor(role: str, reference: str) -> dict[str, Any]:
    participation = {"coding": [coding("v3-ParticipationType", role)]}
    return {"role": participation, "reference": {"reference": reference}}


def consent(provision: Any = None, **changes: Any) -> bytes:
    document = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [coding("consentscope", "patient-privacy")]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "provision": provision,
        **changes,
    }
    return json.dumps({key: each for key, each in document.items() if each is not None}).encode()


def rule_of(code: str) -> dict[str, Any]:
    return {"coding": [coding("v3-ActCode", code)]}


def read(provision: dict[str, Any] | None = None, **changes: Any) -> ConsentReading:
    return from_fhir(consent(provision, **changes))


@given(any_terms())
def test_writing_and_reading_gives_the_same_terms(terms: Terms) -> None:
    written = to_fhir(
        terms, patient="Patient/1", at=AT, now=0, custodian="Organization/1", own_id="c"
    )
    reading = from_fhir(json.dumps(written).encode())
    assert reading.terms == terms
    assert reading.fits
    assert reading.patient == "Patient/1"
    assert problems(written) == []


def test_reads_every_condition_that_terms_have() -> None:
    provision = {
        "type": "permit",
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "dataPeriod": {"start": "2025"},
        "actor": [actor("IRCP", "Practitioner/1"), actor("CST", "Organization/1")],
        "data": [{"meaning": "authoredby", "reference": {"reference": "Practitioner/2"}}],
        "action": [{"coding": [coding("consentaction", "access")]}],
        "purpose": [coding("v3-ActReason", "TREAT")],
        "securityLabel": [
            coding("v3-Confidentiality", "N"),
            coding("v3-Confidentiality", "R"),
            coding("v3-ActCode", "PSY"),
            coding("v3-Confidentiality", "HIV"),
        ],
        "class": [
            {"system": "http://hl7.org/fhir/resource-types", "code": "Condition"},
            coding("observation-category", "laboratory"),
        ],
    }
    reading = read(provision)
    base = reading.terms.base
    assert reading.fits
    assert base.validity == Period(start=1_767_225_600, end=1_798_761_600)
    assert base.data_period == Period(start=1_735_689_600)
    assert base.actors == {
        Actor.reference("Practitioner/1"),
        Actor.reference("Organization/1", Part.CUSTODIAN),
        Actor.reference("Practitioner/2", Part.AUTHOR),
    }
    assert base.actions == {Action.ACCESS}
    assert base.purposes == {"TREAT"}
    assert base.classes == {"Condition", "Observation.laboratory"}
    assert base.sensitivities == {"PSY", "HIV"}
    assert base.confidentiality is Confidentiality.R


@pytest.mark.parametrize(
    ("directive", "provision", "effect", "policy"),
    [
        ("OPTIN", {}, Effect.PERMIT, Policy.NONE),
        ("OPTINR", {"type": "deny"}, Effect.DENY, Policy.PERMIT),
        ("OPTIN", {"type": "permit"}, Effect.PERMIT, Policy.NONE),
        ("OPTOUT", {}, Effect.DENY, Policy.DENY),
        ("OPTOUTE", {"type": "permit"}, Effect.PERMIT, Policy.DENY),
        (None, {"type": "deny"}, Effect.DENY, Policy.NONE),
    ],
)
def test_opt_in_and_opt_out_give_base_and_policy(
    directive: str | None, provision: dict[str, Any], effect: Effect, policy: Policy
) -> None:
    reading = read(provision, policyRule=rule_of(directive) if directive else None)
    assert reading.fits
    assert (reading.terms.base.effect, reading.terms.policy) == (effect, policy)


def test_a_deny_on_a_label_reaches_upwards_from_the_lowest() -> None:
    labels = [coding("v3-Confidentiality", code) for code in "VR"]
    reading = read({"type": "permit", "provision": [{"type": "deny", "securityLabel": labels}]})
    assert reading.terms.exceptions[0].confidentiality is Confidentiality.R


UNFIT = [
    ("purpose", [{"system": "urn:custom", "code": "FooBar"}], "purpose[0]"),
    ("action", [{"coding": [coding("consentaction", "sell")]}], "action[0]"),
    ("class", [{"system": "urn:ietf:bcp:13", "code": "application/pdf"}], "class[0]"),
    ("class", [coding("observation-category", "gossip")], "class[0]"),
    ("securityLabel", [coding("v3-ActCode", "42CFRPart2")], "securityLabel[0]"),
    ("securityLabel", [coding("v3-Confidentiality", "T")], "securityLabel[0]"),
    ("actor", [actor("DELEGATEE", "Practitioner/1")], "actor[0]"),
    ("actor", [{"role": {}, "reference": {"display": "the nurse"}}], "actor[0]"),
    ("actor", [actor("PRCP", "x" * 300)], "actor[0]"),
    ("data", [{"meaning": "instance", "reference": {"reference": "Observation/1"}}], "data[0]"),
    ("code", [{"text": "x"}], "code"),
    ("period", {"start": "soon"}, "period"),
    ("actor", [], "actor[0]"),
    ("dataPeriod", {"start": "2026", "end": "2025"}, "dataPeriod"),
    ("extension", [{"url": "urn:x", "valueBoolean": True}], "extension"),
    ("modifierExtension", [{"url": "urn:x", "valueBoolean": True}], "modifierExtension[0]"),
    (
        "modifierExtension",
        [{"url": "urn:salus:fhir:consent-rule", "extension": [{"url": "new"}]}],
        "modifierExtension[0]",
    ),
]


@pytest.mark.parametrize(("element", "value", "path"), UNFIT, ids=lambda each: str(each)[:24])
def test_a_permit_with_something_unfit_waits_for_its_residual(
    element: str, value: Any, path: str
) -> None:
    data = consent({"type": "permit", element: value})
    reading = from_fhir(data)
    assert reading.unfit == (f"provision.{path}",)
    assert reading.terms.base.residual == residual_digest(data)
    assert outcome(reading.terms) is Outcome.PERMIT_WITH_RESIDUAL


@pytest.mark.parametrize(("element", "value", "path"), UNFIT, ids=lambda each: str(each)[:24])
def test_a_deny_with_something_unfit_grows_wider(element: str, value: Any, path: str) -> None:
    reading = read({"type": "permit", "provision": [{"type": "deny", element: value}]})
    assert reading.unfit == (f"provision.provision[0].{path}",)
    assert outcome(reading.terms) is Outcome.DENY


def test_a_deny_with_one_unfit_actor_forgets_the_others_too() -> None:
    actors = [actor("PRCP", "Practitioner/9"), actor("DELEGATEE", "Practitioner/1")]
    denying = read({"type": "permit", "provision": [{"type": "deny", "actor": actors}]})
    assert denying.terms.exceptions[0].actors == frozenset()
    permitting = read({"type": "permit", "actor": actors})
    assert permitting.terms.base.actors == {Actor.reference("Practitioner/9")}


def outcome(terms: Terms, *, others: frozenset[str] = frozenset()) -> Outcome:
    somebody = Party(references=frozenset({"Practitioner/1"}), others=others)
    request = Request(
        action=Action.ACCESS,
        purpose="TREAT",
        resource=ResourceFacts(resource_class="Condition"),
        at=AT,
        recipient=somebody,
    )
    return evaluate(terms, request, consent_id=bytes(32), block=1).outcome


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"scope": {"coding": [coding("consentscope", "adr")]}}, "scope"),
        ({"modifierExtension": [{"url": "urn:x"}]}, "modifierExtension"),
        ({"implicitRules": "urn:x"}, "implicitRules"),
        ({"category": [rule_of("EMRGONLY")]}, "category[0]"),
        ({"policyRule": rule_of("IMPLIED")}, "policyRule"),
    ],
)
def test_what_stands_around_the_provisions_counts_too(changes: dict[str, Any], path: str) -> None:
    reading = read({"type": "permit"}, **changes)
    assert reading.unfit == (path,)
    assert outcome(reading.terms) is Outcome.PERMIT_WITH_RESIDUAL


def test_a_root_with_conditions_but_no_type_is_not_guessed() -> None:
    actors = [actor("PRCP", "Practitioner/1")]
    reading = read({"actor": actors}, policyRule=rule_of("OPTIN"))
    assert reading.unfit == ("provision.type",)
    assert outcome(reading.terms) is Outcome.PERMIT_WITH_RESIDUAL


def test_a_nested_rule_without_a_type_denies() -> None:
    nested = {"purpose": [coding("v3-ActReason", "TREAT")], "provision": [{"type": "permit"}]}
    reading = read({"type": "permit", "provision": [nested]})
    assert reading.unfit == ("provision.provision[0].type",)
    assert [rule.effect for rule in reading.terms.exceptions] == [Effect.DENY, Effect.PERMIT]
    assert outcome(reading.terms) is Outcome.PERMIT_WITH_RESIDUAL


def test_nested_rules_keep_their_place() -> None:
    deep = {"type": "permit", "provision": [{"type": "deny"}]}
    reading = read({"type": "deny", "provision": [deep, {"type": "deny"}, deep]})
    assert [rule.parent for rule in reading.terms.exceptions] == [0, 1, 0, 0, 4]
    assert reading.terms.depth(5) == 2


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (consent({"type": "permit"}, status="inactive"), "Consent.status: is not one of"),
        (
            consent({"type": "permit", "provision": [{"type": "deny"}] * 16}),
            r"Consent.provision.provision\[15\]: terms hold 16 rules",
        ),
        (consent({}), "Consent.provision.type: neither it nor policyRule"),
        (
            consent({"type": "permit", "provision": "x"}),
            r"Consent.provision.provision(\[0\])?: has not the shape",
        ),
        (
            consent({"type": "permit", "provision": [[]]}),
            r"Consent.provision.provision(\[0\])?: has not the shape",
        ),
        (consent(provision="x"), "Consent.provision: has not the shape"),
        (
            consent({"type": "perhaps"}, policyRule=rule_of("OPTIN")),
            "Consent.provision.type: neither it nor policyRule",
        ),
        (consent(None), "Consent.provision.type: neither it nor policyRule"),
    ],
)
def test_says_why_a_consent_cannot_be_used(data: bytes, problem: str) -> None:
    with pytest.raises(ConsentNotUsable, match=problem):
        from_fhir(data)


def test_refuses_another_resource() -> None:
    with pytest.raises(NotFhir, match="a Patient, where a Consent is needed"):
        from_fhir(b'{"resourceType": "Patient"}')


@pytest.mark.skipif(not SCHEMA.is_file(), reason="HL7's schema is not on this machine")
@pytest.mark.parametrize("policy", Policy)
def test_what_is_written_is_valid_r4(policy: Policy) -> None:
    data = consent(
        {
            "type": "deny",
            "actor": [actor("AUT", "Practitioner/1")],
            "provision": [{"type": "permit"}],
        }
    )
    terms = Terms(
        base=from_fhir(data).terms.base, exceptions=from_fhir(data).terms.exceptions, policy=policy
    )
    Schema(SCHEMA).validate(to_fhir(terms, patient="Patient/1", at=AT, now=AT))


@pytest.mark.skipif(not EXAMPLES, reason="HL7's examples are not on this machine")
def test_of_hl7s_own_consents_none_opens_more_than_it_says() -> None:
    readings = {path.stem: from_fhir(path.read_bytes()) for path in EXAMPLES}
    assert {name for name, reading in readings.items() if reading.fits} == {
        "consent-example-notOrg"
    }
    for others, wanted in ((set(), set()), ({"Organization/f001"}, {"consent-example-notOrg"})):
        known = frozenset(others)
        outcomes = {name: outcome(each.terms, others=known) for name, each in readings.items()}
        assert {name for name, each in outcomes.items() if each is Outcome.PERMIT} == wanted
