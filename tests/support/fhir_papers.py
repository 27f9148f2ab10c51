"""A FHIR Consent with all that may stand in one, and its import."""

from __future__ import annotations

import json
from typing import Any

from salus import Account, Salus

HL7 = "http://terminology.hl7.org/CodeSystem"
TREAT = {"system": f"{HL7}/v3-ActReason", "code": "TREAT"}
CLINIC = Account.create()
POLICY = "http://example.org/policy"


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
        "policy": [{"authority": "http://example.org", "uri": POLICY}],
        "policyRule": {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTIN"}]},
        "verification": [{"verified": True, "verificationDate": "2026-01-03"}],
        "provision": {"type": "permit", "purpose": [TREAT]},
        **changes,
    }
    said = {key: each for key, each in document.items() if each is not None}
    return json.dumps(said, indent=3, ensure_ascii=False).encode() + b"\n\n"


def imported(me: Salus, data: bytes | None = None, **options: Any) -> bytes:
    options = {"patient": me, "policies": [POLICY], **options}
    proposal = me.consents.fhir.propose(data or consent(), CLINIC, **options)
    return me.consents.fhir.sign(proposal, by=me.account).consent.id
