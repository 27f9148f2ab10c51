"""What comes in, read and checked as a whole before anything of it is stored.

Example:
    >>> from salus.demo.samples import bundle_bytes
    >>> incoming = of_bundle(bundle_bytes(), padding="none", table=None, validate=True)
    >>> len(incoming.drafts), incoming.drafts[0].facts.resource_class
    (12, 'Patient')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from salus.errors import InputError
from salus.fhir.bundle import Resource, resources
from salus.fhir.strict_json import parse
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.records.detecting_fhir import labelled, span_over
from salus.records.facts import FHIR_JSON, WHOLE
from salus.records.full_urls import with_url
from salus.records.sources import checked_media_type, own_facts, own_patients
from salus.terms.request import ResourceFacts
from salus.vault.crypto.padding import padded_size
from salus_verify.sources import Source

if TYPE_CHECKING:
    from salus.fhir.patient import Patients
    from salus.fhir.sensitivity.table import SensitivityTable


_KEPT_WHOLE = ("document", "message")


@dataclass(frozen=True, slots=True)
@typed
class NewRecord:
    """A record on its way in: where from, what terms look at, and what it replaces."""

    source: Source = field(repr=False)
    facts: ResourceFacts = field(repr=False)
    media_type: str
    record: str | None = None
    padding: str = "none"


@dataclass(frozen=True, slots=True)
@typed
class Said:
    """What its custodian says of one record that comes."""

    patient: Address
    number: str | None
    facts: ResourceFacts | None
    record: str | None
    padding: str
    validate: bool


class Incoming(NamedTuple):
    """New records, and whom each resource in them is about: none where nothing is FHIR."""

    drafts: Sequence[NewRecord]
    whose: Sequence[Patients]


def of_bundle(
    data: bytes,
    *,
    padding: str,
    table: SensitivityTable | None,
    validate: bool,
    whole: bool = False,
) -> Incoming:
    """Read a Bundle, one resource, or NDJSON.

    Raises:
        InputError: It is not FHIR R4, or holds no resource, or there is no such padding.
        InvalidResource: It breaks R4's rules, and ``validate`` is asked.
    """
    padded_size(0, padding)
    found = list(resources(data, table=table, validate=validate))
    if not found:
        raise InputError("the bundle holds no resource: there is nothing to store")
    if whole:
        return Incoming([_whole(data, found, padding)], [each.patients for each in found])
    kinds = [with_url(FHIR_JSON, each.full_url) for each in found]
    drafts = [
        NewRecord(each.data, each.facts, kind, None, padding)
        for each, kind in zip(found, kinds, strict=True)
    ]
    return Incoming(drafts, [each.patients for each in found])


def _whole(data: bytes, found: Sequence[Resource], padding: str) -> NewRecord:
    """A document or message as it was signed or sent, under the labels of all that is in it."""
    content = parse(data)
    if content.get("resourceType") != WHOLE or content.get("type") not in _KEPT_WHOLE:
        raise InputError(
            "`whole=True` is for a Bundle of type document or message: leave it out, and each"
            " resource becomes a record"
        )
    own = [each.facts for each in found]
    facts = ResourceFacts(
        resource_class=WHOLE,
        sensitivities=frozenset().union(*(each.sensitivities for each in own)),
        confidentiality=max(each.confidentiality for each in own),
        when=span_over([each.when for each in own]),
    )
    return NewRecord(data, facts, FHIR_JSON, None, padding)


def of_one(
    source: Source, said: Said, media_type: str, *, table: SensitivityTable | None
) -> Incoming:
    """Read one record of any kind, as far as its content or its custodian says what it is about.

    Raises:
        InputError: It is not what its custodian says, or needs more said of it.
        InvalidResource: It is kept as FHIR, breaks R4's rules, and is to be validated.
    """
    padded_size(0, said.padding)
    facts = said.facts
    if facts is None:
        source, facts = own_facts(source, media_type, table=table, validate=said.validate)
        is_fhir = True
    else:
        source, facts, is_fhir = labelled(
            source, media_type, facts, table=table, validate=said.validate
        )
    draft = NewRecord(source, facts, checked_media_type(media_type), said.record, said.padding)
    return Incoming([draft], own_patients(source, said.number) if is_fhir else [])
