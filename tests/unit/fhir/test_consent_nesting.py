"""A permit nested in a FHIR Consent takes out of the rules above it, or says that it is more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from tests.support.plain_terms import Match, match
from tests.support.terms_strategies import requests, terms

from salus.fhir import from_fhir, to_fhir
from salus.fhir.consent import ConsentReading
from salus.fhir.consent_nesting import beyond
from salus.terms import Action, Effect, Outcome, Request, ResourceFacts, Rule, Terms, evaluate

HL7 = "http://terminology.hl7.org/CodeSystem"


def codings(system: str, *codes: str) -> list[dict[str, str]]:
    return [{"system": f"{HL7}/{system}", "code": code} for code in codes]


def purposes(*codes: str) -> dict[str, Any]:
    return {"purpose": codings("v3-ActReason", *codes)}


def labels(*codes: str, system: str = "v3-ActCode") -> dict[str, Any]:
    return {"securityLabel": codings(system, *codes)}


def clinic(number: int) -> dict[str, Any]:
    role = {"coding": codings("v3-ParticipationType", "IRCP")}
    return {"actor": [{"role": role, "reference": {"reference": f"Practitioner/{number}"}}]}


def classes(*codes: str) -> dict[str, Any]:
    system = "http://hl7.org/fhir/resource-types"
    return {"class": [{"system": system, "code": code} for code in codes]}


def actions(*codes: str) -> dict[str, Any]:
    return {"action": [{"coding": codings("consentaction", code)} for code in codes]}


def provision(kind: str, *nested: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, **more, **({"provision": [*nested]} if nested else {})}


def read(root: dict[str, Any], *, scope: str = "patient-privacy") -> ConsentReading:
    document = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": codings("consentscope", scope)},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "provision": root,
    }
    return from_fhir(json.dumps(document).encode())


def outcome(reading: ConsentReading, purpose: str) -> Outcome:
    facts = ResourceFacts(resource_class="Condition")
    request = Request(action=Action.ACCESS, purpose=purpose, resource=facts, at=1_800_000_000)
    return evaluate(reading.terms, request, consent_id=bytes(32), block=1).outcome


WITHIN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (purposes("HRESCH"), purposes("CLINTRCH")),
    ({}, purposes("HMARKT")),
    (labels("SPI"), labels("PSY")),
    (classes("Observation", "Condition"), classes("Condition")),
    (actions("access", "use"), actions("use")),
    (clinic(1), clinic(1)),
    ({"dataPeriod": {"start": "2020"}}, {"dataPeriod": {"start": "2021", "end": "2022"}}),
]
BEYOND: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (purposes("HRESCH"), purposes("HMARKT"), "purpose"),
    (purposes("CLINTRCH"), purposes("HRESCH"), "purpose"),
    (purposes("HRESCH"), purposes("CLINTRCH", "TREAT"), "purpose"),
    (labels("PSY"), labels("HIV"), "securityLabel"),
    (labels("PSY"), labels("N", system="v3-Confidentiality"), "securityLabel"),
    (labels("N", system="v3-Confidentiality"), labels("PSY"), "securityLabel"),
    (
        labels("N", system="v3-Confidentiality"),
        labels("R", system="v3-Confidentiality"),
        "securityLabel",
    ),
    (classes("Condition"), classes("Observation"), "class"),
    (actions("access"), actions("access", "disclose"), "action"),
    (clinic(1), clinic(2), "actor"),
    ({"dataPeriod": {"start": "2020"}}, {"dataPeriod": {"end": "2022"}}, "dataPeriod"),
]


@pytest.mark.parametrize(("outer", "own"), WITHIN, ids=str)
def test_an_exception_within_the_rule_above_it_fits(
    outer: dict[str, Any], own: dict[str, Any]
) -> None:
    for kind in ("permit", "deny"):
        assert read(provision(kind, provision("permit", **own), **outer)).fits
    assert read(provision("permit", provision("deny", **outer), **own)).fits


def test_a_level_below_another_is_within_a_permit_and_outside_a_deny() -> None:
    normal, low = (labels(each, system="v3-Confidentiality") for each in "NL")
    assert read(provision("permit", provision("permit", **low), **normal)).fits
    assert not read(provision("deny", provision("permit", **low), **normal)).fits


@pytest.mark.parametrize(("outer", "own", "element"), BEYOND, ids=str)
def test_a_permit_beyond_the_rule_above_it_is_unfit(
    outer: dict[str, Any], own: dict[str, Any], element: str
) -> None:
    for kind in ("permit", "deny"):
        reading = read(provision(kind, provision("permit", **own), **outer))
        assert reading.unfit == (f"provision.provision[0].{element}",)
        assert reading.terms.exceptions[0].residual is not None
    assert read(provision("permit", provision("deny", **own), **outer)).fits


def test_a_permit_that_takes_over_a_deny_stays_within_the_permit_above_both() -> None:
    marketing = provision("deny", provision("permit"), **purposes("HMARKT"))
    reading = read(provision("permit", marketing, **purposes("HRESCH")))
    assert reading.unfit == ("provision.provision[0].provision[0].purpose",)
    assert outcome(reading, "HMARKT") is Outcome.PERMIT_WITH_RESIDUAL
    assert read(provision("permit", marketing)).fits


@pytest.mark.parametrize(
    "nested",
    [
        provision("permit", **purposes("HMARKT")),
        provision("deny", provision("permit"), **purposes("HMARKT")),
        provision("deny", provision("permit", **purposes("HMARKT"))),
        provision(
            "permit",
            modifierExtension=[
                {
                    "url": "urn:salus:fhir:consent-rule",
                    "extension": [{"url": "widens", "valueBoolean": True}],
                }
            ],
            **purposes("HMARKT"),
        ),
    ],
    ids=str,
)
def test_a_consent_to_research_permits_nothing_else(nested: dict[str, Any]) -> None:
    reading = read(provision("permit", nested, **purposes("HRESCH")), scope="research")
    assert "scope" in reading.unfit
    assert outcome(reading, "HMARKT") is not Outcome.PERMIT
    within = provision("permit", **purposes("CLINTRCH"))
    assert read(provision("permit", within, **purposes("HRESCH")), scope="research").fits


def test_terms_that_permit_more_in_an_exception_are_written_so_and_read_again() -> None:
    rules = [Rule(effect=Effect.PERMIT, purposes=frozenset({each})) for each in ("TREAT", "HMARKT")]
    wider = Terms(base=rules[0], exceptions=(rules[1],))
    written = to_fhir(wider, patient="Patient/1", at=0, now=0)
    [nested] = written["provision"]["provision"]
    assert nested["modifierExtension"][0]["extension"] == [{"url": "widens", "valueBoolean": True}]
    reading = from_fhir(json.dumps(written).encode())
    assert (reading.fits, reading.terms) == (True, wider)
    del nested["modifierExtension"]
    assert from_fhir(json.dumps(written).encode()).unfit == ("provision.provision[0].purpose",)


@given(terms(), requests)
@settings(max_examples=400)
def test_what_an_exception_permits_every_rule_above_it_is_about(
    consent: Terms, request: Request
) -> None:
    for position in range(1, len(consent.rules)):
        is_permit = consent.rules[position].effect is Effect.PERMIT
        if is_permit and not beyond(consent, position):
            found = match(consent, position, request)
            above = [match(consent, each, request) for each in consent.lineage(position)]
            assert found is not Match.SURE or all(above)
