"""What limits a Consent as a whole is read, and what has not the shape that R4 gives is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salus.fhir import from_fhir
from salus.fhir.consent import ConsentReading
from salus.fhir.errors import ConsentNotUsable
from salus.terms import Action, Outcome, Request, ResourceFacts, evaluate

HL7 = "http://terminology.hl7.org/CodeSystem"
LOINC = "http://loinc.org"
CATEGORIES = f"{HL7}/consentcategorycodes"
ACT = f"{HL7}/v3-ActCode"
REASON = f"{HL7}/v3-ActReason"
PATIENT_CONSENT = {"coding": [{"system": LOINC, "code": "59284-0"}]}


def concept(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def read(provision: dict[str, Any] | None = None, **changes: Any) -> ConsentReading:
    document = {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(f"{HL7}/consentscope", "patient-privacy"),
        "category": [PATIENT_CONSENT],
        "patient": {"reference": "Patient/1"},
        "policyRule": concept(ACT, "OPTIN"),
        "provision": provision or {"type": "permit"},
        **changes,
    }
    return from_fhir(json.dumps(document).encode())


def outcome(reading: ConsentReading, purpose: str = "TREAT") -> Outcome:
    request = Request(
        action=Action.ACCESS,
        purpose=purpose,
        resource=ResourceFacts(resource_class="Condition"),
        at=1_800_000_000,
    )
    return evaluate(reading.terms, request, consent_id=bytes(32), block=1).outcome


@pytest.mark.parametrize(
    "category",
    [
        *(concept(CATEGORIES, code) for code in "acd dnr emrgonly hcd npp polst research".split()),
        concept(CATEGORIES, "rsdid"),
        concept(CATEGORIES, "rsreid"),
        concept(ACT, "EMRGONLY"),
        concept(ACT, "RSDID"),
        concept(ACT, "OPTOUT"),
        concept("urn:example:ours", "59284-0"),
        {"coding": [{"code": "59284-0"}]},
        {"coding": [PATIENT_CONSENT["coding"][0], {"system": CATEGORIES, "code": "emrgonly"}]},
        {"coding": [PATIENT_CONSENT["coding"][0], {"display": "in an emergency"}]},
        {"text": "only in an emergency"},
        {},
    ],
    ids=str,
)
def test_a_category_that_is_not_known_to_add_nothing_holds_every_permit_back(
    category: dict[str, Any],
) -> None:
    for categories in ([category], [PATIENT_CONSENT, category]):
        reading = read(category=categories)
        assert reading.unfit == (f"category[{len(categories) - 1}]",)
        assert outcome(reading) is Outcome.PERMIT_WITH_RESIDUAL


@pytest.mark.parametrize("code", ["59284-0", "57016-8", "57017-6", "64292-6"])
def test_a_category_that_names_the_kind_of_paper_fits(code: str) -> None:
    named = {"coding": [{"system": LOINC, "code": code, "display": "x"}], "text": "Consent"}
    assert read(category=[named]).fits
    assert outcome(read(category=[named])) is Outcome.PERMIT


def test_an_empty_list_of_categories_is_one_that_was_lost() -> None:
    assert read(category=[]).unfit == ("category[0]",)


def test_what_limits_the_whole_consent_limits_a_permit_below_a_deny() -> None:
    permit = {"type": "permit", "purpose": [{"system": REASON, "code": "TREAT"}]}
    provision = {"type": "deny", "provision": [permit]}
    assert outcome(read(provision)) is Outcome.PERMIT
    limited = read(provision, category=[concept(CATEGORIES, "emrgonly")])
    assert outcome(limited) is not Outcome.PERMIT


def test_a_consent_to_research_permits_research_alone() -> None:
    scope = concept(f"{HL7}/consentscope", "research")
    research = [{"system": REASON, "code": code} for code in ("HRESCH", "CLINTRCH")]
    for_research = read({"type": "permit", "purpose": research}, scope=scope)
    assert for_research.fits
    assert outcome(for_research, "HRESCH") is Outcome.PERMIT
    assert outcome(for_research, "HPAYMT") is not Outcome.PERMIT
    payment = [*research, {"system": REASON, "code": "HPAYMT"}]
    inner = {"type": "permit", "purpose": research}
    for provision in (
        {"type": "permit"},
        {"type": "permit", "purpose": payment},
        {"type": "permit", "purpose": [{"display": "research"}]},
        {"type": "deny", "provision": [inner]},
    ):
        reading = read(provision, scope=scope)
        assert "scope" in reading.unfit
        assert outcome(reading, "HPAYMT") is not Outcome.PERMIT


def test_a_second_scope_is_not_passed_over() -> None:
    both = concept(f"{HL7}/consentscope", "patient-privacy", "adr")
    assert read(scope=both).unfit == ("scope",)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"patient": [{"reference": "Patient/1"}, {"reference": "Patient/2"}]}, "patient"),
        ({"patient": "Patient/1"}, "patient"),
        ({"category": PATIENT_CONSENT}, "category"),
        ({"category": ["x"]}, r"category\[0\]"),
        ({"scope": [concept(f"{HL7}/consentscope", "patient-privacy")]}, "scope"),
        ({"policy": {"uri": "urn:x"}}, "policy"),
        ({"policy": [{"uri": ["urn:x"]}]}, r"policy\[0\].uri"),
        ({"verification": {"verified": True}}, "verification"),
        ({"provision": {"type": "permit", "purpose": {"code": "TREAT"}}}, "provision.purpose"),
        ({"provision": {"type": "permit", "period": [{"end": "2026"}]}}, "provision.period"),
        ({"provision": {"type": "permit", "period": None}}, "provision.period"),
        ({"provision": [{"type": "permit"}]}, "provision"),
        (
            {"provision": {"type": "permit", "provision": [{"actor": {}}]}},
            r"provision.provision\[0\].actor",
        ),
    ],
)
def test_a_consent_that_r4_does_not_shape_so_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ConsentNotUsable, match=rf"Consent.{path}: has not the shape"):
        read(**changes)


EXAMPLES = sorted((Path(__file__).parents[4] / "shared/data/fhir-r4-examples").glob("consent*"))


@pytest.mark.skipif(not EXAMPLES, reason="HL7's examples are not on this machine")
def test_hl7s_consents_are_read_as_their_categories_say() -> None:
    limited = {}
    for path in EXAMPLES:
        unfit = from_fhir(path.read_bytes()).unfit
        limited[path.stem] = [each for each in unfit if each.startswith(("category", "scope"))]
    assert {name for name, found in limited.items() if found} == {
        "consent-example-Emergency",
        "consent-example-signature",
    }
