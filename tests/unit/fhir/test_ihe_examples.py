"""IHE's example Consents of Privacy Consent on FHIR, each with its decision table.

Their provisions are as in the profile's guide (IHE ITI PCF, CC BY 4.0), with the policies read. The
guide marks each as test data by a label, HTEST, which is left out but in the last test.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from salus.fhir import from_fhir
from salus.terms import (
    Action,
    Confidentiality,
    Outcome,
    Party,
    Period,
    Request,
    ResourceFacts,
    evaluate,
)

HL7 = "http://terminology.hl7.org/CodeSystem"
BASE = "http://example.org/policies/basePrivacyConsentPolicy.txt"
RESEARCH = "http://example.org/policies/researchPrivacyConsentPolicy.txt"
NORMAL = "https://profiles.ihe.net/ITI/PCF/Policy-basic-normal"
GLASS_ONLY = "https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only"
DOCTOR, COLLEAGUE = "Practitioner/ex-practitioner", "Practitioner/ex-colleague"
GROUP = "Group/ex-privilegedUsers"
IN_2022 = {"start": "2022-01-01", "end": "2022-12-31"}


def coding(system: str, code: str) -> dict[str, str]:
    return {"system": f"{HL7}/{system}", "code": code}


def purposes(*codes: str) -> dict[str, Any]:
    return {"purpose": [coding("v3-ActReason", code) for code in codes]}


def level(*codes: str) -> dict[str, Any]:
    return {"securityLabel": [coding("v3-Confidentiality", code) for code in codes]}


def kinds(*codes: str) -> dict[str, Any]:
    return {"securityLabel": [coding("v3-ActCode", code) for code in codes]}


def data(meaning: str, *references: str) -> dict[str, Any]:
    return {"data": [{"meaning": meaning, "reference": {"reference": each}} for each in references]}


def receiver(reference: str) -> dict[str, Any]:
    role = {"coding": [coding("v3-ParticipationType", "IRCP")]}
    return {"actor": [{"role": role, "reference": {"reference": reference}}]}


def permit(*parts: dict[str, Any]) -> dict[str, Any]:
    return _merged("permit", parts)


def deny(*parts: dict[str, Any]) -> dict[str, Any]:
    return _merged("deny", parts)


def _merged(kind: str, parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    merged: dict[str, Any] = {"type": kind}
    for part in parts:
        merged |= {"provision": [part]} if "type" in part else part
    return merged


TPO = purposes("TREAT", "HPAYMT", "HOPERAT")
EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "basic-treat": (BASE, permit(TPO)),
    "basic-treat-infant": (BASE, permit(TPO)),
    "basic-ink": (BASE, permit(TPO)),
    "expired-treat": (BASE, permit(TPO, {"period": {"end": "2022-12-31"}})),
    "basic-reject": (BASE, deny(TPO)),
    "basic-research": (RESEARCH, permit(purposes("HRESCH"))),
    "timeframe": (BASE, permit(TPO, {"dataPeriod": IN_2022})),
    "not-timeframe": (BASE, permit(TPO, deny({"dataPeriod": IN_2022}))),
    "authoredby": (BASE, permit(TPO, data("authoredby", DOCTOR))),
    "not-authoredby": (BASE, permit(TPO, deny(data("authoredby", DOCTOR)))),
    "encounter": (BASE, permit(TPO, data("related", "Encounter/ex-encounter"))),
    "not-encounter": (BASE, permit(TPO, deny(data("related", "Encounter/ex-encounter")))),
    "data": (BASE, permit(TPO, data("instance", "Observation/ex-weight", "Encounter/e"))),
    "not-data": (BASE, permit(TPO, deny(data("instance", "Observation/ex-alcoholUse")))),
    "purpose": (
        NORMAL,
        permit(
            {"purpose": [{"system": "http://example.org/policies/purposeOfUse", "code": "FooBar"}]},
            receiver("Organization/ex-org-researcher"),
        ),
    ),
    "dissent-break-glass": (GLASS_ONLY, deny(permit(purposes("BTG"), receiver(GROUP)))),
    "normal": (BASE, permit(TPO, level("N"))),
    "normal-restricted": (BASE, permit(TPO, level("N", "R"))),
    "normal-not-restricted": (BASE, permit(TPO, level("N"), deny(level("R")))),
    "focused-restricted": (
        BASE,
        permit(TPO, level("N"), permit(level("R"), receiver(DOCTOR))),
    ),
    "focused-psy": (BASE, permit(TPO, level("N"), permit(kinds("PSY"), receiver(DOCTOR)))),
    "focused-psy-or-sdv": (
        BASE,
        permit(TPO, level("N"), permit(kinds("PSY", "SDV"), receiver(DOCTOR))),
    ),
    "break-glass-restricted": (
        BASE,
        permit(TPO, level("N"), permit(purposes("BTG"), level("R"), receiver(GROUP))),
    ),
}

DAY = int(datetime(2022, 6, 13, tzinfo=UTC).timestamp())
LAB = ResourceFacts(
    resource_class="Observation.laboratory", when=Period(start=DAY, end=DAY + 86_400)
)
OTHERS = frozenset({DOCTOR, COLLEAGUE, GROUP, "Organization/ex-org-researcher"})


def somebody(*names: str) -> Party:
    return Party(references=frozenset(names), others=OTHERS - {*names})


TREAT = Request(
    action=Action.ACCESS,
    purpose="TREAT",
    at=1_800_000_000,
    resource=LAB,
    recipient=somebody(DOCTOR, GROUP),
    author=somebody(DOCTOR),
)
PSY = replace(LAB, sensitivities=frozenset({"PSY"}), confidentiality=Confidentiality.R)
ASKED = {
    "treat": TREAT,
    "study": replace(TREAT, purpose="HRESCH"),
    "level-R": replace(TREAT, resource=replace(LAB, confidentiality=Confidentiality.R)),
    "psy": replace(TREAT, resource=PSY),
    "other-psy": replace(TREAT, resource=PSY, recipient=somebody(COLLEAGUE)),
    "theirs": replace(TREAT, author=somebody(COLLEAGUE)),
    "unknown": replace(TREAT, author=Party(), recipient=Party(address="0x" + "12" * 20)),
    "old": replace(TREAT, resource=replace(LAB, when=Period(start=0, end=86_400))),
    "undated": replace(TREAT, resource=replace(LAB, when=None)),
    "glass": replace(TREAT, purpose="BTG"),
    "window": replace(TREAT, purpose="BTG", break_glass_until=1_800_000_001),
}
WORDS = {
    "P": Outcome.PERMIT,
    "R": Outcome.PERMIT_WITH_RESIDUAL,
    "D": Outcome.DENY,
    "-": Outcome.NOT_APPLICABLE,
    "B": Outcome.BREAK_GLASS,
}
TABLE = """
                       treat study level-R psy other-psy theirs unknown old undated glass window
basic-treat              P     -      P     P      P       P       P     P     P      -     B
basic-treat-infant       P     -      P     P      P       P       P     P     P      -     B
basic-ink                P     -      P     P      P       P       P     P     P      -     B
expired-treat            -     -      -     -      -       -       -     -     -      -     B
basic-reject             D     -      D     D      D       D       D     D     D      D     B
basic-research           -     P      -     -      -       -       -     -     -      -     B
timeframe                P     -      P     P      P       P       P     -     -      -     B
not-timeframe            D     -      D     D      D       D       D     P     D      D     B
authoredby               P     -      P     P      P       -       -     P     P      -     B
not-authoredby           D     -      D     D      D       P       D     D     D      D     B
encounter                R     -      R     R      R       R       R     R     R      -     B
not-encounter            D     -      D     D      D       D       D     D     D      D     B
data                     R     -      R     R      R       R       R     R     R      -     B
not-data                 D     -      D     D      D       D       D     D     D      D     B
purpose                  -     -      -     -      -       -       -     -     -      -     B
dissent-break-glass      D     D      D     D      D       D       D     D     D      D     B
normal                   P     -      -     -      -       P       P     P     P      -     B
normal-restricted        P     -      P     P      P       P       P     P     P      -     B
normal-not-restricted    P     -      D     D      D       P       P     P     P      -     B
focused-restricted       R     -      R     R      -       R       R     R     R      -     B
focused-psy              P     -      -     R      -       P       P     P     P      -     B
focused-psy-or-sdv       P     -      -     R      -       P       P     P     P      -     B
break-glass-restricted   P     -      -     -      -       P       P     P     P      -     B
"""
"""
A permit with something that terms cannot hold (an encounter, single records, a permit beyond the
rule around it) waits for who reads it: R. A deny with such a condition denies all. To break the
glass takes a window on chain: a purpose alone opens nothing, whatever the Consent says.
"""


def document(name: str, **more: Any) -> bytes:
    policy, provision = EXAMPLES[name]
    return json.dumps(
        {
            "resourceType": "Consent",
            "status": "active",
            "scope": {"coding": [coding("consentscope", "patient-privacy")]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": {"reference": "Patient/ex-patient"},
            "dateTime": "2022-06-13",
            "performer": [{"reference": "Patient/ex-patient"}],
            "organization": [{"reference": "Organization/ex-organization"}],
            "sourceReference": {"reference": "DocumentReference/ex-documentreference"},
            "policy": [{"uri": policy}],
            "provision": provision,
            **more,
        }
    ).encode()


def outcomes(data: bytes) -> list[Outcome]:
    reading = from_fhir(data, policies={BASE, RESEARCH, NORMAL, GLASS_ONLY})
    return [
        evaluate(reading.terms, asked, consent_id=bytes(32), block=1).outcome
        for asked in ASKED.values()
    ]


def rows() -> dict[str, str]:
    head, *lines = TABLE.strip().splitlines()
    assert head.split() == list(ASKED)
    return {name: "".join(cells) for name, *cells in map(str.split, lines)}


def test_each_example_has_its_row() -> None:
    assert list(rows()) == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_decides_as_its_row_says(name: str) -> None:
    assert outcomes(document(name)) == [WORDS[each] for each in rows()[name]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_marked_as_test_data_permits_nothing_at_once(name: str) -> None:
    marked = document(name, meta={"security": [coding("v3-ActReason", "HTEST")]})
    assert Outcome.PERMIT not in outcomes(marked)
