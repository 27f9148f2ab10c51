"""Which patient a resource is about.

Example:
    >>> patient_of({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/4"}}, {})
    'Patient/4'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# R4's patient compartment, as far as one element names the patient.
_ELEMENTS = ("patient", "subject", "beneficiary", "individual", "candidate", "for")
_PARTICIPANTS = (("participant", "actor"), ("link", "target"), ("member", "entity"))
_PATIENT = re.compile(r"(?:.*/)?(Patient/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def patient_of(content: Mapping[str, Any], full_urls: Mapping[str, str]) -> str | None:
    """Give the patient's reference.

    Args:
        content: a parsed R4 resource.
        full_urls: what each fullUrl of the same bundle stands for, as ``Type/id``.

    Returns:
        ``Patient/id``; for a reference that the bundle does not resolve (``urn:uuid:…``), the
        reference itself; None where the resource is about no patient, or about several.
    """
    if content.get("resourceType") == "Patient":
        own_id = content.get("id")
        return f"Patient/{own_id}" if isinstance(own_id, str) else None
    found = {
        patient
        for reference in _references(content)
        if (patient := _as_patient(full_urls.get(reference, reference)))
    }
    return found.pop() if len(found) == 1 else None


def _references(content: Mapping[str, Any]) -> Iterator[str]:
    for element in _ELEMENTS:
        yield from _reference_in(content.get(element))
    for outer, inner in _PARTICIPANTS:
        rows = content.get(outer)
        for row in rows if isinstance(rows, list) else []:
            yield from _reference_in(row.get(inner) if isinstance(row, dict) else None)


def _reference_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield value["reference"]


def _as_patient(reference: str) -> str | None:
    named = _PATIENT.fullmatch(reference)
    if named:
        return named[1]
    # Only a patient's own bundle says what a urn stands for; without it the urn is all there is.
    return reference if reference.startswith("urn:") else None
