"""What stands below or beside a known element and may change its meaning makes a Consent unfit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.fhir import from_fhir, to_fhir
from salus.fhir.consent import ConsentReading, residual_digest
from salus.fhir.errors import ConsentNotUsable
from salus.terms import (
    Action,
    Actor,
    Effect,
    Outcome,
    Party,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
    evaluate,
)
from salus.terms.vocabulary import Policy

HL7 = "http://terminology.hl7.org/CodeSystem"
SOMEBODY = Party(references=frozenset({"Practitioner/1"}), others=frozenset({"Practitioner/9"}))
MODIFIER = [{"url": "http://example.org/all-but-these", "valueBoolean": True}]


def concept(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{HL7}/{system}", "code": code} for code in codes]}


IRCP = concept("v3-ParticipationType", "IRCP")
CLINIC: dict[str, Any] = {"role": IRCP, "reference": {"reference": "Practitioner/1"}}
DATA: dict[str, Any] = {"meaning": "authoredby", "reference": {"reference": "Practitioner/1"}}
WHOLE: dict[str, Any] = {
    "type": "permit",
    "period": {"start": "2026", "end": "2040"},
    "dataPeriod": {"start": "2020"},
    "actor": [CLINIC],
    "action": [concept("consentaction", "access")],
    "securityLabel": concept("v3-Confidentiality", "N")["coding"],
    "purpose": concept("v3-ActReason", "TREAT")["coding"],
    "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
    "data": [DATA],
}


def document(provision: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "policyRule": concept("v3-ActCode", "OPTIN"),
        "provision": provision,
        **more,
    }


DIV = "<div xmlns='http://www.w3.org/1999/xhtml'>never to my employer's doctor</div>"


def read(provision: dict[str, Any], **more: Any) -> ConsentReading:
    return from_fhir(json.dumps(document(provision, **more)).encode())


def outcome(terms: Terms) -> Outcome:
    request = Request(
        action=Action.ACCESS,
        purpose="TREAT",
        resource=ResourceFacts(resource_class="Condition"),
        at=1_800_000_000,
        recipient=SOMEBODY,
    )
    return evaluate(terms, request, consent_id=bytes(32), block=1).outcome


def objects_of(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(node, dict):
        below = [each for key, child in node.items() for each in objects_of(child, (*path, key))]
        return [path, *below]
    if isinstance(node, list):
        return [each for at, child in enumerate(node) for each in objects_of(child, (*path, at))]
    return []


def placed(root: dict[str, Any], path: tuple[str | int, ...], more: dict[str, Any]) -> Any:
    copied = json.loads(json.dumps(root))
    node = copied
    for step in path:
        node = node[step]
    node.update(more)
    return copied


def test_the_whole_consent_fits_without_anything_unknown() -> None:
    assert read(WHOLE).fits
    assert read({"type": "permit", "provision": [{**WHOLE, "type": "deny"}]}).fits


@pytest.mark.parametrize("path", objects_of(document(WHOLE)), ids=str)
def test_a_modifier_extension_anywhere_is_unfit(path: tuple[str | int, ...]) -> None:
    altered = placed(document(WHOLE), path, {"modifierExtension": MODIFIER})
    data = json.dumps(altered).encode()
    reading = from_fhir(data)
    assert not reading.fits
    residuals = {rule.residual for rule in reading.terms.rules}
    assert residuals == {residual_digest(data)}


@pytest.mark.parametrize("path", objects_of(WHOLE), ids=str)
@pytest.mark.parametrize(
    "more", [{"modifierExtension": MODIFIER}, {"all": True}, {"_value": {"extension": MODIFIER}}]
)
def test_a_permit_shrinks_and_a_deny_grows_by_what_is_not_understood(
    path: tuple[str | int, ...], more: dict[str, Any]
) -> None:
    permit = read(placed(WHOLE, path, more))
    assert not permit.fits
    assert outcome(permit.terms) is not Outcome.PERMIT
    elsewhere = placed({**WHOLE, "type": "deny", "actor": [CLINIC]}, path, more)
    deny = read({"type": "permit", "provision": [elsewhere]})
    known = read({"type": "permit", "provision": [{**WHOLE, "type": "deny"}]})
    assert not deny.fits
    assert wider(deny.terms.exceptions[0], known.terms.exceptions[0])


def wider(grown: Rule, known: Rule) -> bool:
    """A condition that is forgotten matches everything; none may be replaced by another."""
    conditions = ("actions", "purposes", "classes", "sensitivities")
    kept = {each for each in known.actors if each.part in {other.part for other in grown.actors}}
    rest = ("confidentiality", "validity", "data_period")
    return (
        grown.actors == kept
        and all(getattr(grown, name) in (frozenset(), getattr(known, name)) for name in conditions)
        and all(getattr(grown, name) in (None, getattr(known, name)) for name in rest)
    )


def test_an_unknown_modifier_of_a_deny_forgets_every_condition() -> None:
    deny = {"type": "deny", "actor": [{**CLINIC, "reference": {"reference": "Practitioner/9"}}]}
    assert outcome(read({"type": "permit", "provision": [deny]}).terms) is Outcome.PERMIT
    turned = {**deny, "modifierExtension": MODIFIER}
    assert outcome(read({"type": "permit", "provision": [turned]}).terms) is Outcome.DENY


@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules"])
def test_what_may_turn_the_whole_consent_leaves_a_deny_without_conditions(element: str) -> None:
    deny = {"type": "deny", "actor": [{**CLINIC, "reference": {"reference": "Practitioner/9"}}]}
    assert outcome(read(deny).terms) is Outcome.PERMIT
    turned = read(deny, **{element: MODIFIER if element == "modifierExtension" else "urn:x"})
    assert outcome(turned.terms) is Outcome.DENY


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"verification": [{"verified": False}]}, "verification[0]"),
        ({"verification": [{"verified": True}, {"verified": False}]}, "verification[1]"),
        ({"verification": [{"verified": "true"}]}, "verification[0]"),
        ({"verification": [{}]}, "verification[0]"),
        ({"verification": []}, "verification[0]"),
        ({"policy": [{"uri": "urn:example:everything-to-everybody"}]}, "policy[0]"),
        ({"policy": [{"authority": "urn:example:ministry"}]}, "policy[0]"),
        ({"contained": [{"resourceType": "Patient", "implicitRules": "urn:x"}]}, "contained[0]"),
        ({"_status": {"extension": MODIFIER}, "status": "active"}, None),
        ({"_patient": {"extension": MODIFIER}}, None),
        ({"except": [{"type": "deny"}]}, "except"),
        ({"actor": [CLINIC]}, "actor"),
        ({"period": {"end": "2020"}}, "period"),
        ({"decision": "deny"}, "decision"),
        ({"meta": {"tag": [{"display": "reviewed"}]}}, None),
        ({"meta": {"tag": [*concept("v3-ObservationValue", "SUBSETTED")["coding"]]}}, "meta.tag"),
        ({"meta": {"tag": [{"code": "subsetted"}]}}, "meta.tag"),
        ({"meta": {"tag": [*concept("v3-ObservationValue", "REDACTED")["coding"]]}}, "meta.tag"),
        ({"meta": {"tag": [*concept("v3-ActReason", "HTEST")["coding"]]}}, None),
        ({"meta": {"security": concept("v3-Confidentiality", "R")["coding"]}}, None),
        ({"meta": {"security": concept("v3-ActCode", "PSY")["coding"]}}, None),
        ({"meta": {"security": concept("v3-ActCode", "NODSCLCD")["coding"]}}, "meta.security"),
        (
            {"meta": {"security": concept("v3-ObservationValue", "MASKED")["coding"]}},
            "meta.security",
        ),
        ({"meta": {"security": [{"display": "part of it"}]}}, "meta.security"),
        ({"contained": [{"resourceType": "Practitioner", "id": "p"}]}, None),
        ({"contained": [{"resourceType": "DocumentReference", "id": "d"}]}, None),
        ({"contained": [{"resourceType": "Consent", "id": "c"}]}, "contained"),
        ({"contained": [{"resourceType": "QuestionnaireResponse", "id": "q"}]}, "contained"),
        ({"text": {"div": DIV}}, "text"),
        ({"text": {"status": "other", "div": DIV}}, "text"),
        ({"text": {"_status": {"extension": MODIFIER}, "div": DIV}}, "text"),
        ({"text": {"status": "extensions", "div": DIV}}, None),
        ({"text": {"status": "generated", "div": DIV}}, None),
        ({"text": {"status": "additional", "div": DIV}}, "text"),
    ],
)
def test_what_stands_beside_the_provisions_is_understood_or_unfit(
    more: dict[str, Any], path: str | None
) -> None:
    reading = read({"type": "permit"}, **more)
    assert [each for each in reading.unfit if path and each.startswith(path)] == list(reading.unfit)
    assert reading.fits == (path is None)
    assert outcome(reading.terms) is (Outcome.PERMIT_WITH_RESIDUAL if path else Outcome.PERMIT)


def test_a_doubtful_consent_permits_nothing_by_what_its_deny_leaves_out() -> None:
    deny = {"type": "deny", "securityLabel": concept("v3-ActCode", "PSY")["coding"]}
    assert read(deny).terms.policy is Policy.PERMIT
    doubtful = read(deny, verification=[{"verified": False}])
    assert doubtful.terms.policy is Policy.NONE
    assert outcome(doubtful.terms) is Outcome.NOT_APPLICABLE
    refusing = {
        "verification": [{"verified": False}],
        "policyRule": concept("v3-ActCode", "OPTOUT"),
    }
    assert read(deny, **refusing).terms.policy is Policy.DENY


def test_a_policy_that_the_caller_has_read_fits() -> None:
    uri = "http://example.org/policies/base.txt"
    data = json.dumps(document({"type": "permit"}, policy=[{"uri": uri}])).encode()
    assert from_fhir(data).unfit == ("policy[0]",)
    assert from_fhir(data, policies={uri}).fits


@pytest.mark.parametrize(
    "reference",
    [
        "#clinic",
        "#",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "urn:oid:1.2.3",
        "Practitioner?identifier=urn:npi|9",
        "Practitioner",
        "Observation/1",
        "Practitioner/1#part",
        "Practitioner/1/_history/2",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_actor_whom_nobody_can_be_elsewhere_is_unfit(reference: str) -> None:
    actor = {"role": IRCP, "reference": {"reference": reference}}
    contained = [{"resourceType": "Practitioner", "id": "clinic"}]
    permit = read({"type": "permit", "actor": [actor]}, contained=contained)
    assert permit.unfit == ("provision.actor[0]",)
    assert outcome(permit.terms) is Outcome.PERMIT_WITH_RESIDUAL
    deny = read({"type": "permit", "provision": [{"type": "deny", "actor": [actor]}]})
    assert outcome(deny.terms) is Outcome.DENY


@pytest.mark.parametrize(
    "reference", ["Practitioner/1", "https://a.b/fhir/Organization/1", "Group/1", "RelatedPerson/x"]
)
def test_an_actor_with_a_place_of_its_own_fits(reference: str) -> None:
    actor = {"role": IRCP, "reference": {"reference": reference, "display": "x"}}
    reading = read({"type": "permit", "actor": [actor]})
    assert reading.fits
    assert reading.terms.base.actors == {Actor.reference(reference)}


@given(st.text(min_size=1, max_size=40).filter(str.isprintable))
def test_an_actor_of_any_name_is_written_and_read_again(name: str) -> None:
    terms = Terms(base=Rule(effect=Effect.PERMIT, actors=frozenset({Actor.reference(name)})))
    written = json.dumps(to_fhir(terms, patient="Patient/1", at=0, now=0)).encode()
    reading = from_fhir(written)
    assert reading.fits
    assert reading.terms == terms


def test_what_is_over_is_not_written_as_active() -> None:
    over = Rule(effect=Effect.PERMIT, validity=Period(start=0, end=100))
    for rule, now, in_force, status in (
        (over, 99, True, "active"),
        (over, 100, True, "inactive"),
        (over, 50, False, "inactive"),
        (Rule(effect=Effect.PERMIT), 10**9, True, "active"),
        (Rule(effect=Effect.PERMIT, validity=Period(start=10**9)), 0, True, "active"),
    ):
        written = to_fhir(Terms(base=rule), patient="Patient/1", at=0, now=now, in_force=in_force)
        assert written["status"] == status
        if status == "inactive":
            with pytest.raises(ConsentNotUsable, match=r"Consent\.status: is not"):
                from_fhir(json.dumps(written).encode())


def test_an_action_that_is_two_is_not_guessed() -> None:
    both = [concept("consentaction", "access", "disclose")]
    assert read({"type": "permit", "action": both}).unfit == ("provision.action[0]",)
    deny = read({"type": "permit", "provision": [{"type": "deny", "action": both}]})
    assert deny.terms.exceptions[0].actions == frozenset()


DATA = Path(__file__).parents[4] / "shared" / "data"
EXAMPLES = sorted((DATA / "fhir-r4-examples").glob("consent*.json"))


@pytest.mark.skipif(not EXAMPLES, reason="HL7's examples are not on this machine")
def test_a_modifier_extension_anywhere_in_hl7s_consents_is_unfit() -> None:
    for path in EXAMPLES:
        consent = json.loads(path.read_bytes())
        for place in objects_of(consent):
            altered = placed(consent, place, {"modifierExtension": MODIFIER})
            reading = from_fhir(json.dumps(altered).encode())
            assert not reading.fits
            if reading.terms.base.effect is Effect.PERMIT:
                assert outcome(reading.terms) is not Outcome.PERMIT
