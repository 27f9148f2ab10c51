"""Resources and bundles about one patient and another."""

from __future__ import annotations

import json
from typing import Any

from salus.fhir.bundle import resources
from salus.records.patients import the_patient

MRN = {"system": "urn:mrn", "value": "1"}


def to(patient: str) -> dict[str, str]:
    return {"reference": f"Patient/{patient}"}


def about(patient: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "subject": patient, **more}


def bundle(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"resourceType": "Bundle", "entry": list(entries)}).encode()


def entry(resource: dict[str, Any], url: str | None = None) -> dict[str, Any]:
    return {"resource": resource, **({"fullUrl": url} if url else {})}


def named(data: bytes) -> frozenset[str]:
    return the_patient([each.patients for each in resources(data)])


def patient(own_id: str | None = None, *numbers: str, url: str | None = None) -> dict[str, Any]:
    found = {"identifier": [{"system": "urn:mrn", "value": each} for each in numbers]}
    return entry(
        {"resourceType": "Patient", **({"id": own_id} if own_id else {}), **found},
        url,
    )
