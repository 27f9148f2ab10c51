"""An issuer whose software keeps FHIR under another class than its content's, as ours does not."""

from __future__ import annotations

from salus import Salus
from salus.records.facts import compartment_of, span_of
from salus.records.proving import RECORDS_STREAM
from salus.terms import ResourceFacts
from salus.vault.documents.manifest import Manifest


def keep_as(
    issuer: Salus, data: bytes, facts: ResourceFacts, *, patient: str, media_type: str
) -> Manifest:
    """Store and anchor a record below the door, under facts that nobody holds against it."""
    added = issuer.vault.add(
        data,
        compartment=compartment_of(patient, facts),
        media_type=media_type,
        created_at=issuer.chain.now(),
        when=span_of(facts),
    )
    issuer.anchors.log.store(RECORDS_STREAM, [added.leaf])
    issuer.anchors.cover(RECORDS_STREAM, [added.leaf])
    return added.manifest
