"""IHE's example Consents of Privacy Consent on FHIR, by the part of the guide that they stand in.

Their provisions are as in the profile's guide (IHE ITI PCF, CC BY 4.0). The guide marks each as
test data by a label, HTEST, which is left out here.
"""

from __future__ import annotations

import json
from typing import Any

HL7 = "http://terminology.hl7.org/CodeSystem"
BASE = "http://example.org/policies/basePrivacyConsentPolicy.txt"
RESEARCH = "http://example.org/policies/researchPrivacyConsentPolicy.txt"
NORMAL = "https://profiles.ihe.net/ITI/PCF/Policy-basic-normal"
GLASS_ONLY = "https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only"
POLICIES = (BASE, RESEARCH, NORMAL, GLASS_ONLY)
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
