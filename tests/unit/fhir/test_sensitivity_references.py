"""What a resource names as its reason or contents is found by each way that FHIR has to name it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salus.fhir.bundle import resources

PSY = {"PSY", "MH", "BH"}
REASON = {
    "resourceType": "Condition",
    "id": "c",
    "identifier": [{"system": "urn:x", "value": "1"}],
    "code": {"text": "schizophrenia"},
}
NAMED = {"reference": "Condition/c"}


def told(user: dict[str, Any], *, url: str = "urn:uuid:1a", **reason: Any) -> frozenset[str]:
    """What a user is told by its reason, which stands behind it in one Bundle."""
    content = {key: value for key, value in (REASON | reason).items() if value is not None}
    entries = [{"resource": user}, {"fullUrl": url, "resource": content}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return next(resources(json.dumps(bundle).encode())).facts.sensitivities


def procedure(**reference: Any) -> dict[str, Any]:
    return {"resourceType": "Procedure", "reasonReference": [reference]}


@pytest.mark.parametrize(
    "reference",
    [
        "Condition/c",
        "Condition/c/",
        "Condition/c#part",
        "Condition/c/_history/2",
        "URN:UUID:1A",
        "https://x.example/fhir/Condition/c",
        "Condition?identifier=urn:x|1",
        "Condition?identifier=urn%3Ax%7C1",
        "Condition?identifier=1",
    ],
)
def test_it_is_found_however_it_is_named(reference: str) -> None:
    assert told(procedure(reference=reference)) == PSY


def test_it_is_found_by_its_address_alone_and_by_its_identifier() -> None:
    url = "HTTP://X.example/fhir/Condition/c"
    for reference in ("Condition/c", "http://x.example/fhir/Condition/c"):
        assert told(procedure(reference=reference), url=url, id=None) == PSY
    assert told(procedure(identifier={"system": "urn:x", "value": "1"})) == PSY
    assert told(procedure(identifier={"system": "urn:y", "value": "1"})) == frozenset()


@pytest.mark.parametrize(
    "user",
    [
        {"resourceType": "Condition", "evidence": [{"detail": [NAMED]}]},
        {"resourceType": "List", "entry": [{"item": NAMED}]},
        {"resourceType": "ClinicalImpression", "finding": [{"itemReference": NAMED}]},
        {"resourceType": "AdverseEvent", "resultingCondition": [NAMED]},
        {"resourceType": "RiskAssessment", "basis": [NAMED]},
        {"resourceType": "Procedure", "complicationDetail": [NAMED]},
        {"resourceType": "Procedure", "report": [NAMED]},
        {"resourceType": "DetectedIssue", "implicated": [NAMED]},
        {"resourceType": "Immunization", "reaction": [{"detail": NAMED}]},
        {"resourceType": "Goal", "outcomeReference": [NAMED]},
        {"resourceType": "MedicationRequest", "priorPrescription": NAMED},
        {"resourceType": "DocumentManifest", "content": [NAMED]},
        {"resourceType": "ServiceRequest", "supportingInfo": [NAMED]},
        {"resourceType": "Flag", "extension": [{"url": "urn:x", "valueReference": NAMED}]},
        {"resourceType": "Flag", "elementOfOurs": NAMED},
    ],
    ids=str,
)
def test_every_reference_is_followed(user: dict[str, Any]) -> None:
    assert told(user) == PSY


@pytest.mark.parametrize(
    "user",
    [
        {"resourceType": "Provenance", "target": [NAMED]},
        {"resourceType": "Procedure", "partOf": [NAMED]},
        {"resourceType": "Procedure", "subject": NAMED},
    ],
    ids=str,
)
def test_but_who_for_whom_and_when(user: dict[str, Any]) -> None:
    assert told(user) == frozenset()
    assert told(procedure(**NAMED), resourceType="Encounter") == frozenset()
