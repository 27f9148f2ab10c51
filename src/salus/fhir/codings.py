"""The code systems that consents, audit events and provenance are written in.

Example:
    >>> coding(ACTION_SYSTEM, "access")
    {'system': 'http://terminology.hl7.org/CodeSystem/consentaction', 'code': 'access'}
"""

from __future__ import annotations

import re
from typing import Any

HL7 = "http://terminology.hl7.org/CodeSystem"
ACTION_SYSTEM = f"{HL7}/consentaction"
ACT_CODE_SYSTEM = f"{HL7}/v3-ActCode"
CONFIDENTIALITY_SYSTEM = f"{HL7}/v3-Confidentiality"
LOINC_SYSTEM = "http://loinc.org"
PARTICIPATION_SYSTEM = f"{HL7}/v3-ParticipationType"
PURPOSE_SYSTEM = f"{HL7}/v3-ActReason"
RESOURCE_TYPE_SYSTEM = "http://hl7.org/fhir/resource-types"
SCOPE_SYSTEM = f"{HL7}/consentscope"

DID_SYSTEM = "urn:ietf:rfc:3986"
"""The identifier system of things that are named by a URI, such as a DID."""
ADDRESS_SYSTEM = "urn:salus:address"
CONSENT_SYSTEM = "urn:salus:consent"
ROLE_SYSTEM = "urn:salus:accreditation-role"
RULE_EXTENSION = "urn:salus:fhir:consent-rule"
INLINE_LABEL = (
    "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
)
"""The extension with which HL7's DS4P guide labels a single element."""
NO_POLICY = "urn:salus:fhir:no-overarching-policy"

_PLACE = re.compile(
    r"(?:https?://\S+/)?"
    r"(?:CareTeam|Device|Group|Organization|Patient|Practitioner(?:Role)?|RelatedPerson)"
    r"/[A-Za-z0-9\-.]{1,64}"
)


def is_place(reference: str) -> bool:
    """Return whether a reference names an actor wherever it is read.

    What is contained (``#a``), or named for one bundle alone (``urn:uuid:…``), is nobody elsewhere.
    """
    return _PLACE.fullmatch(reference) is not None


def coding(system: str, code: str) -> dict[str, str]:
    """Make a FHIR Coding."""
    return {"system": system, "code": code}


def concept(system: str, code: str) -> dict[str, Any]:
    """Make a FHIR CodeableConcept of one Coding."""
    return {"coding": [coding(system, code)]}


def named(value: str, system: str = DID_SYSTEM) -> dict[str, Any]:
    """Make a logical reference to something by an identifier, without a place to fetch it from."""
    return {"identifier": {"system": system, "value": value}}
