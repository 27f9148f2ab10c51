"""What a received record is about: its own content first, then its issuer's word, nobody else's."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from tests.support.exchange import NOTE, Exchange
from tests.support.lying_issuer import keep_as

from salus.chain import Chain, development_account
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentRefused
from salus.errors import InputError
from salus.terms import Effect, Period, ResourceFacts, Rule, Terms
from salus.terms.errors import UnknownCode
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import MissingRecord

DICOM, FHIR = "application/dicom", "application/fhir+json"
PSYCHIATRY = ResourceFacts(resource_class="ImagingStudy", sensitivities=frozenset({"PSY"}))
YEAR = Period(start=1_767_225_600, end=1_798_761_600)
BOTH = frozenset({"TREAT", "HRESCH"})
NO_RESEARCH_ON_PSYCHIATRY = Terms(
    base=Rule(effect=Effect.PERMIT, purposes=BOTH),
    exceptions=(
        Rule(
            effect=Effect.DENY,
            purposes=frozenset({"HRESCH"}),
            sensitivities=frozenset({"PSY"}),
        ),
    ),
)


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def given(
    exchange: Exchange,
    data: bytes,
    facts: ResourceFacts,
    *,
    media_type: str = DICOM,
    terms: Terms = NO_RESEARCH_ON_PSYCHIATRY,
) -> tuple[SignedConsent, Manifest]:
    """Keep a record, as some other software may, share it for treatment, and collect it."""
    keep_as(
        exchange.custodian, data, facts, patient=exchange.patient.identity, media_type=media_type
    )
    signed = exchange.consent(terms)
    exchange.custodian.records.share(signed, purpose="TREAT")
    (manifest,) = exchange.grantee.records.collect().manifests
    return signed, manifest


def refused(exchange: Exchange, manifest: Manifest, **asked) -> bool:  # type: ignore[no-untyped-def]
    try:
        exchange.grantee.records.read(manifest, **asked)
    except ConsentRefused:
        return True
    return False


def test_a_grantee_opens_a_file_without_knowing_what_it_is_about(exchange: Exchange) -> None:
    signed, manifest = given(exchange, b"DICM" * 100_000, PSYCHIATRY)
    opened = exchange.grantee.records.read(manifest, under=signed, purpose="TREAT")
    assert opened.read_range(4, 4) == b"DICM"
    assert exchange.grantee.records.open(manifest, under=signed, purpose="TREAT")[:4] == b"DICM"
    assert refused(exchange, manifest, under=signed, purpose="HRESCH")


def test_a_record_given_alone_brings_its_facts_too(exchange: Exchange) -> None:
    """Its key is wrapped by itself where terms cut through its compartment."""
    january = Period(start=YEAR.start, end=1_767_312_000)
    terms = Terms(base=Rule(effect=Effect.PERMIT, data_period=replace(YEAR, end=1_769_904_000)))
    signed, manifest = given(exchange, b"DICM", replace(PSYCHIATRY, when=january), terms=terms)
    assert exchange.grantee.records.open(manifest, under=signed, purpose="TREAT") == b"DICM"
    kept = exchange.grantee.vault.keyring.received.facts(manifest.issuer, manifest.record, 1)
    assert kept == RecordFacts(
        resource_class="ImagingStudy",
        sensitivities=frozenset({"PSY"}),
        start=january.start,
        end=january.end,
    )


def test_a_reader_cannot_relabel_what_the_issuer_labelled(exchange: Exchange) -> None:
    signed, manifest = given(exchange, b"DICM", PSYCHIATRY)
    plain = replace(PSYCHIATRY, sensitivities=frozenset())
    assert refused(exchange, manifest, under=signed, purpose="HRESCH", facts=plain)


def test_a_reader_who_knows_better_can_be_stricter(exchange: Exchange) -> None:
    signed, manifest = given(exchange, b"DICM", NOTE)
    assert not refused(exchange, manifest, under=signed, purpose="HRESCH")
    assert refused(exchange, manifest, under=signed, purpose="HRESCH", facts=PSYCHIATRY)


@pytest.mark.parametrize("media_type", [FHIR, "Application/FHIR+JSON; charset=utf-8"])
def test_the_content_of_fhir_goes_before_what_its_issuer_says(
    exchange: Exchange, media_type: str
) -> None:
    label = b'{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}'
    subject = b'"subject":{"reference":"Patient/p"},'
    condition = b'{"resourceType":"Condition",' + subject + b'"meta":{"security":[' + label + b"]}}"
    signed, manifest = given(exchange, condition, NOTE, media_type=media_type)
    assert exchange.grantee.records.open(manifest, under=signed, purpose="TREAT") == condition
    assert refused(exchange, manifest, under=signed, purpose="HRESCH")
    assert refused(exchange, manifest, under=signed, purpose="HRESCH", facts=NOTE)


def test_every_resource_in_a_record_must_be_permitted(exchange: Exchange) -> None:
    """An issuer may have kept a whole bundle as one record: the first resource does not decide."""
    label = b'"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]}'
    subject = b'"subject":{"reference":"Patient/p"},'
    lines = b'{"resourceType":"Patient","id":"p"}\n{"resourceType":"Condition",'
    lines += subject + label + b"}"
    signed, manifest = given(exchange, lines, NOTE, media_type=FHIR)
    assert not refused(exchange, manifest, under=signed, purpose="TREAT")
    assert refused(exchange, manifest, under=signed, purpose="HRESCH")


def test_what_nobody_describes_needs_facts(exchange: Exchange) -> None:
    signed, manifest = given(exchange, b"DICM", NOTE)
    _forget_facts(exchange, manifest)
    with pytest.raises(InputError, match="its issuer said"):
        exchange.grantee.records.read(manifest, under=signed, purpose="TREAT")
    opened = exchange.grantee.records.read(manifest, under=signed, purpose="TREAT", facts=NOTE)
    assert opened.read() == b"DICM"


def _forget_facts(exchange: Exchange, manifest: Manifest) -> None:
    store = exchange.grantee.vault.database
    row = store.records.find(manifest.issuer, manifest.record, manifest.version)
    assert row is not None
    store.records.put(replace(row, facts=b""))


def test_a_code_that_is_not_known_here_opens_nothing(exchange: Exchange) -> None:
    signed, manifest = given(exchange, b"DICM", NOTE)
    for said in (
        RecordFacts(resource_class="HologramStudy"),
        RecordFacts(resource_class="ImagingStudy", sensitivities=frozenset({"NEW"})),
        RecordFacts(resource_class="ImagingStudy", confidentiality="X"),
    ):
        _forget_facts(exchange, manifest)
        ring = exchange.grantee.vault.keyring
        ring.received.keep(
            ring.record_key(manifest.issuer, manifest.record, 1),
            sender=manifest.issuer,
            issuer=manifest.issuer,
            record=manifest.record,
            version=1,
            facts=said,
        )
        with pytest.raises(UnknownCode):
            exchange.grantee.records.read(manifest, under=signed, purpose="TREAT")


def test_the_custodian_withholds_a_file_that_terms_deny(exchange: Exchange) -> None:
    exchange.custodian.records.add(
        io.BytesIO(b"DICM"), patient=exchange.patient.identity, about=PSYCHIATRY, media_type=DICOM
    )
    with pytest.raises(MissingRecord, match="permits"):
        exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
