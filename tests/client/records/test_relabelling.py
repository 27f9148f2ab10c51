"""A record's labels only grow: with a newer version's, and with those that its content has."""

from __future__ import annotations

import io

import pytest
from tests.support.exchange import NOTE, Exchange

from salus.chain import Chain, development_account
from salus.consents.errors import NothingToShare
from salus.errors import InputError
from salus.fhir.errors import AnotherPatient
from salus.terms import Confidentiality, Effect, ResourceFacts, Rule, Terms
from salus.vault import Compartment
from salus.vault.documents.manifest import Manifest

FHIR = "application/fhir+json"
PSY = frozenset({"PSY"})
PSYCHIATRY = ResourceFacts(
    resource_class="DocumentReference", sensitivities=PSY, confidentiality=Confidentiality.R
)
WIDE = Terms(base=Rule(effect=Effect.PERMIT))
NO_PSYCHIATRY = Terms(
    base=Rule(effect=Effect.PERMIT), exceptions=(Rule(effect=Effect.DENY, sensitivities=PSY),)
)


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def again(exchange: Exchange, manifest: Manifest, facts: ResourceFacts) -> Manifest:
    records, patient = exchange.custodian.records, exchange.patient.identity
    added = records.add(b"later", patient=patient, about=facts, record=manifest.record_id)
    return added.records[0].manifest


def shared(exchange: Exchange, terms: Terms) -> set[int]:
    signed = exchange.consent(terms)
    try:
        given = exchange.custodian.records.share(signed, purpose="TREAT")
    except NothingToShare:
        given = ()
    exchange.custodian.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    return {each.version for each in given}


def lies(exchange: Exchange, manifest: Manifest) -> Compartment:
    return exchange.custodian.vault.keyring.entries.find(
        manifest.record, manifest.version
    ).compartment


def test_an_older_version_is_closed_by_the_newest_one_s_labels(exchange: Exchange) -> None:
    first = exchange.add(b"note")
    assert shared(exchange, NO_PSYCHIATRY) == {1}
    again(exchange, first, PSYCHIATRY)
    assert shared(exchange, NO_PSYCHIATRY) == set()
    assert lies(exchange, first).sensitivities == PSY
    assert lies(exchange, first).confidentiality == "R"
    assert exchange.custodian.vault.open(first).read() == b"note"
    assert shared(exchange, WIDE) == {1, 2}


def test_a_label_that_is_taken_away_opens_the_newest_version_alone(exchange: Exchange) -> None:
    first = exchange.add(b"depression", PSYCHIATRY)
    again(exchange, first, NOTE)
    assert shared(exchange, NO_PSYCHIATRY) == {2}


def test_a_reader_takes_a_relabelled_version_in_again(exchange: Exchange) -> None:
    first = exchange.add(b"note")
    signed = exchange.consent(WIDE)
    records = exchange.custodian.records
    records.share(signed, purpose="TREAT")
    exchange.grantee.records.collect()
    again(exchange, first, PSYCHIATRY)
    records.share(signed, purpose="TREAT")
    came = exchange.grantee.records.collect()
    assert came.problems == ()
    said = exchange.grantee.vault.keyring.received.facts(first.issuer, first.record, 1)
    assert said is not None
    assert said.sensitivities == PSY


def test_who_had_an_older_version_is_told_of_its_erasure(exchange: Exchange) -> None:
    first = exchange.add(b"note")
    exchange.custodian.records.share(exchange.consent(WIDE), purpose="TREAT")
    again(exchange, first, PSYCHIATRY)
    told = exchange.custodian.records.erase(first.record_id).told
    assert told == (exchange.grantee.account.identity,)


def test_what_was_relabelled_can_be_re_encrypted(exchange: Exchange) -> None:
    first = exchange.add(b"note")
    again(exchange, first, PSYCHIATRY)
    done = exchange.custodian.vault.upkeep.rekey()
    assert done.complete
    assert shared(exchange, NO_PSYCHIATRY) == set()
    assert shared(exchange, WIDE) == {1, 2}


CONDITION = (
    b'{"resourceType":"DocumentReference","subject":{"reference":"Patient/p"},"meta":{"security":[{'
    b'"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]}}'
)


@pytest.mark.parametrize("source", [bytes, io.BytesIO, lambda data: iter([data[:9], data[9:]])])
def test_what_is_said_of_a_record_overrules_no_label_of_its_content(exchange, source) -> None:  # type: ignore[no-untyped-def]
    added = exchange.custodian.records.add(
        source(CONDITION),
        patient=exchange.patient.identity,
        about=NOTE,
        media_type=FHIR,
        number="Patient/p",
        validate=False,
    )
    (record,) = added.records
    assert lies(exchange, record.manifest).sensitivities == PSY
    assert shared(exchange, NO_PSYCHIATRY) == set()
    assert exchange.custodian.vault.open(record.manifest).read() == CONDITION


LABELLED = (
    b'{"resourceType": "Condition", "meta": {"security": [{"code": "PSY",'
    b' "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}]},'
    b' "subject": {"reference": "Patient/1"}}'
)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/octet-stream",
        "application/json",
        "application/json+fhir",
        "application/fhir+ndjson",
        "application/fhir+json; charset=utf-8",
        "text/plain",
    ],
)
@pytest.mark.parametrize("form", ["bytes", "file", "pieces"])
def test_no_name_of_a_file_hides_what_its_content_is_labelled(
    exchange: Exchange, media_type: str, form: str
) -> None:
    for data in (LABELLED, b"\xef\xbb\xbf \n" + LABELLED, LABELLED + b"\n" + LABELLED):
        source = {"bytes": data, "file": io.BytesIO(data), "pieces": iter([data[:9], data[9:]])}
        added = exchange.custodian.records.add(
            source[form],
            patient=exchange.patient.identity,
            about=ResourceFacts(resource_class="Condition"),
            media_type=media_type,
        )
        manifest = added.records[0].manifest
        assert lies(exchange, manifest).sensitivities == PSY
        assert exchange.custodian.vault.open(manifest).read() == data
    other = LABELLED.replace(b"Patient/1", b"Patient/2")
    with pytest.raises(AnotherPatient):
        exchange.custodian.records.add(
            other, patient=exchange.patient.identity, about="Condition", media_type=media_type
        )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<Condition xmlns="http://hl7.org/fhir"/>', "FHIR in XML"),
        (b"[" + LABELLED + b"]", "holds FHIR resources"),
        (LABELLED[:-1] + b', "meta": {}}', "stands twice"),
        (LABELLED[:-1], "JSON"),
    ],
)
def test_fhir_whose_labels_cannot_be_read_is_refused(
    exchange: Exchange, data: bytes, words: str
) -> None:
    for source in (data, io.BytesIO(data), iter([data])):
        with pytest.raises(InputError, match=words):
            exchange.custodian.records.add(
                source, patient=exchange.patient.identity, about=NOTE, media_type="text/plain"
            )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"{not json",
        b'{"resourceType": "aws::bucket"}',
        b"[1, 2]",
        b"<svg/>",
        b"\x00\x01",
        b'{"u": "\\u0041"}',
    ],
)
def test_what_is_no_fhir_is_kept_as_it_was_given(exchange: Exchange, data: bytes) -> None:
    for source in (data, io.BytesIO(data), iter([data])):
        added = exchange.custodian.records.add(
            source, patient=exchange.patient.identity, about=NOTE, media_type="application/json"
        )
        assert exchange.custodian.vault.open(added.records[0].manifest).read() == data
