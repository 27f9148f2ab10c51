"""What begins as FHIR does and is none is kept; what some reader takes for FHIR hides no label."""

from __future__ import annotations

import io
import json

import pytest
from tests.support.exchange import NOTE, Exchange

from salus.chain import Chain, development_account
from salus.errors import InputError
from salus.terms import Confidentiality, Effect, ResourceFacts, Rule, Terms
from salus.terms.sensitivities import SENSITIVITIES

PSY = {
    "resourceType": "Condition",
    "subject": {"reference": "Patient/1"},
    "meta": {
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]
    },
}
TEXT = json.dumps(PSY)
UNSEEN = ResourceFacts(resource_class="Condition")
VERY_RESTRICTED = ResourceFacts(resource_class="Condition", confidentiality=Confidentiality.V)
PATIENT_TERMS = Terms(
    base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})),
    exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})),),
)

HONEST = {
    "RTF": (rb"{\rtf1\ansi\deff0 Befund: M\u252?ller, unauff\u228?llig.}", "application/rtf"),
    "JSON with NaN": (b'{"t": NaN, "unit": "\\u00b0C"}', "application/json"),
    "a key named twice": (b'{"a": 1, "a": 2, "unit": "\\u00b0C"}', "application/json"),
    "dictated": (rb"[Dictated 3 May] stored under C:\users\ward", "text/plain"),
    "cut lines": (b'["\\u00b5V", 1]\n["\\u00b5V", 2', "application/x-ndjson"),
    "deep": (b'{"a":' * 120 + b'"\\u00b5"' + b"}" * 120, "application/json"),
    "an essay": (b"{resourceType explained} an essay about FHIR", "text/plain"),
    "a text in it": (json.dumps({"note": TEXT}).encode(), "application/json"),
    "no type of FHIR": (b'{"resourceType": "aws::bucket", "a": NaN}', "application/json"),
    "a long blank": (b" " * 70_000, "text/plain"),
    "a path": (b"/home/ward/notes resourceType of nothing", "text/plain"),
    "C-CDA": (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "application/xml"),
    "UTF-16": ('{"unit": "\u00b5V \\u00b5"}'.encode("utf-16"), "application/json"),
}

HIDDEN = {
    "an envelope": json.dumps({"data": [PSY]}).encode(),
    "CDS Hooks": json.dumps({"hook": "patient-view", "prefetch": {"c": PSY}}).encode(),
    "a list in a list": json.dumps([[PSY]]).encode(),
    "entries": json.dumps([{"fullUrl": "urn:uuid:1", "resource": PSY}]).encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-32 without a mark": TEXT.encode("utf-32-be"),
    "a text sequence": b"\x1e" + TEXT.encode() + b"\n",
    "XML": b"<!--" + b"x" * 70_000 + b'--><Condition xmlns="http://hl7.org/fhir"/>',
    "XML after a long blank": b" " * 70_000 + b'<Condition xmlns="http://hl7.org/fhir"/>',
    "XML with numbered characters": b'<Condition xmlns="http://hl7.org/&#x66;&#104;ir"/>',
    "a form feed first": b"\f" + TEXT.encode(),
    "two marks first": b"\xef\xbb\xbf" * 2 + TEXT.encode(),
    "a hard blank first": b"\xc2\xa0" + TEXT.encode(),
    "a comment first": b"// a note\n" + TEXT.encode(),
    "a long comment first": b"/*" + b"x" * 70_000 + b"*/" + TEXT.encode(),
    "a key twice": TEXT[:-1].encode() + b', "meta": {}}',
    "the type twice": b'{"resourceType": "x", ' + TEXT[1:].encode(),
    "its type escaped": TEXT[:-1].replace("resourceType", "resource\\u0054ype").encode(),
    "cut": TEXT[:-1].encode(),
    "NaN": TEXT[:-1].encode() + b', "x": NaN}',
    "after another line": b'{"a": 1}\n' + TEXT.encode(),
    "before a broken line": TEXT.encode() + b"\n{",
    "too deep": b'{"a":' * 120 + TEXT.encode() + b"}" * 120,
    "another version": b'{"resourceType": "MedicationOrder"}',
    "comments": b"{/* */ resourceType: 'Condition'}",
}


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(0))


def add(exchange: Exchange, data: object, facts: ResourceFacts, media_type: str = "text/plain"):  # type: ignore[no-untyped-def]
    records = exchange.custodian.records
    added = records.add(
        data,  # type: ignore[arg-type]
        patient=exchange.patient.identity,
        about=facts,
        media_type=media_type,
    )
    return added.records[0].manifest


def labels(exchange: Exchange, manifest):  # type: ignore[no-untyped-def]
    ring = exchange.custodian.vault.keyring
    return ring.entries.find(manifest.record, manifest.version).compartment


@pytest.mark.parametrize("name", HONEST)
def test_what_is_no_fhir_is_taken_in_as_what_it_is(exchange: Exchange, name: str) -> None:
    data, media_type = HONEST[name]
    for source in (data, io.BytesIO(data), iter([data[:5], data[5:]])):
        manifest = add(exchange, source, NOTE, media_type)
        assert manifest.media_type == media_type
        assert exchange.custodian.vault.open(manifest).read() == data
        assert labels(exchange, manifest).sensitivities == NOTE.sensitivities


@pytest.mark.parametrize("name", HIDDEN)
def test_what_may_be_fhir_comes_in_under_every_label_or_not_at_all(
    exchange: Exchange, name: str
) -> None:
    data = HIDDEN[name]
    for source in (data, io.BytesIO(data), iter([data[:5], data[5:]])):
        with pytest.raises(InputError, match="confidentiality V"):
            add(exchange, source, UNSEEN)
    for source in (data, io.BytesIO(data), iter([data[:5], data[5:]])):
        manifest = add(exchange, source, VERY_RESTRICTED)
        assert exchange.custodian.vault.open(manifest).read() == data
        found = labels(exchange, manifest)
        assert found.sensitivities == frozenset(SENSITIVITIES.codes)
        assert found.confidentiality == "V"


def test_blanks_before_a_resource_hide_nothing(exchange: Exchange) -> None:
    manifest = add(exchange, b" " * 70_000 + TEXT.encode(), UNSEEN)
    assert labels(exchange, manifest).sensitivities == {"PSY"}


def test_what_was_taken_in_so_is_withheld_by_whatever_a_consent_withholds(
    exchange: Exchange,
) -> None:
    hidden = add(exchange, HIDDEN["XML"], VERY_RESTRICTED)
    plain = add(exchange, HONEST["RTF"][0], NOTE, "application/rtf")
    consent = exchange.consent(PATIENT_TERMS)
    shared = {each.record_id for each in exchange.custodian.records.share(consent, purpose="TREAT")}
    assert plain.record_id in shared
    assert hidden.record_id not in shared


def test_fhir_that_is_called_so_stays_strict(exchange: Exchange) -> None:
    """Its readers take its labels from it: under that name nothing else is kept."""
    for data in (HIDDEN["a key twice"], HONEST["RTF"][0]):
        with pytest.raises(InputError):
            add(exchange, data, VERY_RESTRICTED, "application/fhir+json")
