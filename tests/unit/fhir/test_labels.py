"""Security labels count wherever in a resource they stand, and what wraps labels what it wraps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salus.fhir.bundle import resources
from salus.fhir.classify import classify
from salus.fhir.codings import INLINE_LABEL
from salus.terms import Confidentiality
from salus.terms.sensitivities import ANY_SENSITIVITY

HL7 = "http://terminology.hl7.org/CodeSystem"
HIV = {"system": f"{HL7}/v3-ActCode", "code": "HIV"}
RESTRICTED = {"system": f"{HL7}/v3-Confidentiality", "code": "R"}
LABELLED = {"meta": {"security": [HIV]}}


def note(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "subject": {"reference": "Patient/1"}, **more}


def bundle(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries), **more}


def parameters(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "a", **more}]}


SECRET = note(**LABELLED)
ONE_RECORD = {
    "itself": SECRET,
    "contained": note(contained=[SECRET]),
    "contained in what is contained": note(contained=[note(contained=[SECRET])]),
    "a contained Bundle": note(contained=[bundle({"resource": SECRET})]),
    "contained Parameters": note(contained=[parameters(resource=SECRET)]),
    "a parameter": parameters(resource=SECRET),
    "a part of a parameter": parameters(part=[{"name": "b", "part": [{"resource": SECRET}]}]),
    "a Meta as a parameter": parameters(valueMeta=LABELLED["meta"]),
    "a Bundle": bundle(**LABELLED),
    "a nested Bundle": bundle({"resource": bundle({"resource": note()}, **LABELLED)}),
    "an outcome": bundle({"response": {"outcome": SECRET}}),
    "a contained part of an outcome": bundle({"response": {"outcome": note(contained=[SECRET])}}),
    "an unknown place": note(extension=[{"url": "urn:x", "valueResource": SECRET}]),
    "no list": note(meta={"security": HIV}),
    "a document": {"resourceType": "DocumentReference", "securityLabel": [{"coding": [HIV]}]},
    "an audited thing": {"resourceType": "AuditEvent", "entity": [{"securityLabel": [HIV]}]},
    "a contract's term": {
        "resourceType": "Contract",
        "term": [{"securityLabel": [{"classification": RESTRICTED, "category": [HIV]}]}],
    },
    "one element": note(code={"extension": [{"url": INLINE_LABEL, "valueCoding": HIV}]}),
}


@pytest.mark.parametrize("where", ONE_RECORD)
def test_a_label_counts_wherever_it_stands(where: str) -> None:
    facts = classify(ONE_RECORD[where])
    assert facts.sensitivities == {"HIV"}
    assert facts.confidentiality >= Confidentiality.R


@pytest.mark.parametrize("where", ONE_RECORD)
def test_the_labels_of_an_entry_are_its_own(where: str) -> None:
    data = json.dumps(bundle({"resource": ONE_RECORD[where]}, {"resource": note()})).encode()
    first, second = resources(data)
    assert (first.facts.sensitivities, second.facts.sensitivities) == ({"HIV"}, frozenset())


def test_a_bundle_that_is_split_labels_each_of_its_entries() -> None:
    entries = [{"resource": note()}, {"response": {"outcome": note()}}]
    data = json.dumps(bundle(*entries, **LABELLED)).encode()
    assert [each.facts.sensitivities for each in resources(data)] == [{"HIV"}, {"HIV"}]


def facts_of(*entries: dict[str, Any], **more: Any) -> list[tuple[set[str], str]]:
    whole = bundle(*({"resource": each} for each in entries), **more)
    found = [each.facts for each in resources(json.dumps(whole).encode())]
    return [({*each.sensitivities}, each.confidentiality.name) for each in found]


@pytest.mark.parametrize("kind", ["document", "collection", "transaction", "message", None])
@pytest.mark.parametrize("head", ["Composition", "MessageHeader"])
def test_what_heads_a_bundle_labels_each_of_its_entries(kind: str | None, head: str) -> None:
    very = {"system": f"{HL7}/v3-Confidentiality", "code": "V"}
    heading = {"resourceType": head, "meta": {"security": [HIV, very]}}
    assert facts_of(heading, note(), note(), type=kind) == [({"HIV"}, "V")] * 3
    assert facts_of(note(), heading, type=kind) == [({"HIV"}, "V")] * 2


def test_a_composition_holds_what_is_in_its_document_and_other_entries_do_not() -> None:
    document = {"resourceType": "Composition", "confidentiality": "N"}
    section = {"extension": [{"url": INLINE_LABEL, "valueCoding": HIV}]}
    assert facts_of(document, note(), SECRET, type="document") == [
        ({"HIV"}, "R"),
        (set(), "N"),
        ({"HIV"}, "R"),
    ]
    assert facts_of({**document, "section": [section]}, note()) == [({"HIV"}, "N")] * 2


def test_no_level_of_another_lowers_what_is_sensitive_without_one() -> None:
    normal = {"meta": {"security": [{"system": f"{HL7}/v3-Confidentiality", "code": "N"}]}}
    wrapped = [note(contained=[SECRET], **normal), bundle({"resource": SECRET}, **normal)]
    for content in wrapped:
        assert classify(content).confidentiality is Confidentiality.R
    assert facts_of(SECRET, **normal) == [({"HIV"}, "R")]


@pytest.mark.parametrize("kind", ["searchset", "history"])
def test_a_composition_that_was_found_heads_another_document(kind: str) -> None:
    document = {"resourceType": "Composition", **LABELLED}
    assert facts_of(document, note(), type=kind) == [({"HIV"}, "R"), (set(), "N")]


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, Confidentiality.N),
        ({"confidentiality": "V"}, Confidentiality.V),
        ({"confidentiality": "L"}, Confidentiality.L),
        ({"confidentiality": "secret"}, Confidentiality.V),
        ({"confidentiality": ["V"]}, Confidentiality.V),
        ({"_confidentiality": {"extension": [{"url": "urn:x"}]}}, Confidentiality.V),
    ],
)
def test_a_composition_says_how_confidential_it_is(
    more: dict[str, Any], level: Confidentiality
) -> None:
    content = {"resourceType": "Composition", **more}
    assert classify(content).confidentiality is level
    document = bundle({"resource": content})
    assert classify(bundle({"resource": document})).confidentiality is level


@pytest.mark.parametrize(
    "label",
    [
        {"text": "not for everybody"},
        {"coding": [{"display": "x"}]},
        {"coding": [{"system": f"{HL7}/v3-ActCode", "_code": {"extension": [{"url": "urn:x"}]}}]},
        {},
        "R",
        {"coding": []},
    ],
)
def test_a_label_that_cannot_be_read_is_not_one_that_is_absent(label: Any) -> None:
    content = {"resourceType": "DocumentReference", "securityLabel": [label]}
    assert classify(content).sensitivities == {ANY_SENSITIVITY}
    assert classify(content).confidentiality is Confidentiality.V


def test_the_labels_that_a_consent_decides_on_are_not_its_own() -> None:
    content = {"resourceType": "Consent", "provision": {"securityLabel": [HIV]}}
    assert classify(content).sensitivities == frozenset()
    assert classify(content).confidentiality is Confidentiality.N
    assert classify({**content, **LABELLED}).sensitivities == {"HIV"}


@pytest.mark.parametrize(
    "label",
    [
        {"system": "http://hl7.org/fhir/v3/ActCode", "code": "HIV"},
        {"system": "urn:oid:2.16.840.1.113883.5.4", "code": "HIV"},
        {"system": f"{HL7}/v3-ActCode", "code": "hiv"},
    ],
)
def test_a_label_written_as_elsewhere_is_the_same_label(label: dict[str, str]) -> None:
    facts = classify(note(meta={"security": [label]}))
    assert facts.sensitivities == {"HIV"}
    assert facts.confidentiality is Confidentiality.R


@pytest.mark.parametrize(
    "system", ["http://hl7.org/fhir/v3/Confidentiality", "urn:oid:2.16.840.1.113883.5.25"]
)
def test_a_level_written_as_elsewhere_is_the_same_level(system: str) -> None:
    facts = classify(note(meta={"security": [{"system": system, "code": "V"}]}))
    assert facts.confidentiality is Confidentiality.V
