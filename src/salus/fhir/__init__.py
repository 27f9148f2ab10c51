"""FHIR R4 at the edge: read it strictly, keep its exact bytes, classify it, and write it.

Example:
    >>> from salus.demo.samples import bundle_bytes
    >>> from salus.fhir.bundle import resources
    >>> [each.resource_type for each in resources(bundle_bytes())][:2]
    ['Patient', 'Organization']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.fhir.audit import access_event
    from salus.fhir.consent import from_fhir
    from salus.fhir.consent_writing import to_fhir
    from salus.fhir.provenance import anchored_record
    from salus.fhir.validation import validate

__all__ = [
    "access_event",
    "anchored_record",
    "from_fhir",
    "to_fhir",
    "validate",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "audit": "access_event",
        "consent": "from_fhir",
        "consent_writing": "to_fhir",
        "provenance": "anchored_record",
        "validation": "validate",
    },
)
