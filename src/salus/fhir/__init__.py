"""FHIR R4 at the edge: read it strictly, keep its exact bytes, classify it, and write it.

Example:
    >>> from salus.demo.samples import bundle_bytes
    >>> [each.resource_type for each in resources(bundle_bytes())][:2]
    ['Patient', 'Organization']
"""

from __future__ import annotations

from salus.fhir.audit import access_event
from salus.fhir.bundle import Resource, resources
from salus.fhir.classify import classify
from salus.fhir.consent import ConsentReading, from_fhir
from salus.fhir.consent_writing import to_fhir
from salus.fhir.provenance import anchored_record
from salus.fhir.strict_json import parse
from salus.fhir.validate import problems, validate

__all__ = [
    "ConsentReading",
    "Resource",
    "access_event",
    "anchored_record",
    "classify",
    "from_fhir",
    "parse",
    "problems",
    "resources",
    "to_fhir",
    "validate",
]
