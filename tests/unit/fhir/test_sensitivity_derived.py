"""Sensitivity follows from codes and words; each derivation has its element and its reason."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from salus.fhir.bundle import resources
from salus.fhir.classify import classify
from salus.fhir.sensitivity.derivation import Confidence
from salus.terms import Confidentiality
from salus.terms.request import ResourceFacts

CASES = Path(__file__).parents[3].parent / "shared" / "cases" / "fhir"
HL7 = "http://terminology.hl7.org/CodeSystem"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
PSY = {"PSY", "MH", "BH"}
HIV = {"HIV", "STD", "SEX"}


def coded(system: str, code: str, **more: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **more}]}


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **more}


SCHIZOPHRENIA = condition(id="c", code=coded(ICD, "F20.0"))


def facts_in(*entries: dict[str, Any], kind: str = "collection") -> list[ResourceFacts]:
    bundle = {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": each} for each in entries],
    }
    return [each.facts for each in resources(json.dumps(bundle).encode())]


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not on this machine")
def test_what_carries_no_label_is_known_by_its_codes_and_words() -> None:
    found = resources((CASES / "unlabelled-psychiatry.json").read_bytes())
    assert [(each.id, set(each.facts.sensitivities)) for each in found] == [
        ("p1", set()),
        ("c1", PSY),
        ("c2", {"OPIOIDUD", "ETH"}),
        ("o1", HIV),
        ("d1", PSY),
    ]


@pytest.mark.parametrize(
    ("code", "sensitivities"),
    [
        (coded(ICD, "F20.0"), PSY),
        (coded("urn:oid:2.16.840.1.113883.6.90", "F200"), PSY),
        (coded(ICD, "B20"), HIV),
        (coded(ICD, "F10.20"), {"ETHUD", "ETH"}),
        (coded(ICD, "F17.210"), set()),
        (coded(ICD, "T39.012A"), PSY),
        (coded(ICD, "T39.011A"), set()),
        (coded(ICD, "J45"), set()),
        (coded("http://loinc.org", "31201-7"), HIV),
        (coded("http://www.nlm.nih.gov/research/umls/rxnorm", "36437"), PSY),
        (coded("http://www.nlm.nih.gov/research/umls/rxnorm", "7045", display="x"), set()),
        (coded(f"{HL7}/v3-ActCode", "SDV"), {"SDV", "VIO"}),
        (coded(SNOMED, "1", display="Paranoid schizophrenia"), PSY),
        (coded(SNOMED, "1", display="schizo\u200bphrenia"), PSY),
        ({"text": "Pregnancy"}, {"SEX"}),
        (coded(SNOMED, "1", display="Alcohol-free diet"), set()),
        (coded(SNOMED, "1", display="ST depression"), set()),
    ],
    ids=lambda each: ",".join(sorted(each)) if isinstance(each, set) else str(each),
)
def test_a_code_or_words_tell(code: dict[str, Any], sensitivities: set[str]) -> None:
    facts = classify(condition(code=code))
    assert facts.sensitivities == sensitivities
    assert facts.confidentiality is (Confidentiality.R if sensitivities else Confidentiality.N)


@pytest.mark.parametrize(
    "content",
    [
        condition(contained=[SCHIZOPHRENIA]),
        condition(note=[{"text": "known schizophrenia"}]),
        condition(text={"status": "generated", "div": "<div>schizophrenia</div>"}),
        {"resourceType": "Bundle", "entry": [{"resource": SCHIZOPHRENIA}]},
        {"resourceType": "Observation", "valueString": "schizophrenia"},
        {"resourceType": "Encounter", "serviceProvider": {"display": "Psychiatric Hospital"}},
        {
            "resourceType": "DocumentReference",
            "content": [
                {
                    "attachment": {
                        "contentType": "text/plain",
                        "data": b64encode(b"Schizophrenia.").decode(),
                    }
                }
            ],
        },
    ],
    ids=str,
)
def test_it_is_read_wherever_it_stands(content: dict[str, Any]) -> None:
    assert classify(content).sensitivities == PSY


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Consent", "provision": {"code": [coded(ICD, "F20.0")]}},
        {"resourceType": "ValueSet", "description": "schizophrenia"},
        {"resourceType": "Patient", "name": [{"text": "Chlamydia Heroin"}]},
        condition(subject={"reference": "Patient/1", "display": "Chlamydia Heroin"}),
        {"resourceType": "Patient", "identifier": [{"type": {"text": "psychiatry"}}]},
    ],
    ids=str,
)
def test_names_conditions_and_definitions_tell_nothing(content: dict[str, Any]) -> None:
    assert classify(content).sensitivities == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        condition(code=coded(SNOMED, "1")),
        {"resourceType": "Observation", "valueCoding": {"system": "urn:ours", "code": "7"}},
        {"resourceType": "Binary", "contentType": "application/pdf", "data": "JVBERg=="},
        {
            "resourceType": "DiagnosticReport",
            "presentedForm": [{"contentType": "application/pdf", "url": "https://x.example/a"}],
        },
    ],
    ids=str,
)
def test_what_cannot_be_read_is_unclear_and_no_more_confidential(content: dict[str, Any]) -> None:
    facts = classify(content)
    assert facts.sensitivities == {"UNCLEAR"}
    assert facts.confidentiality is Confidentiality.N


def test_a_label_of_one_element_hides_nothing_of_another() -> None:
    url = (
        "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
    )
    hiv = {"system": f"{HL7}/v3-ActCode", "code": "HIV"}
    others = [{"url": "urn:x", "valueString": "schizophrenia"}] * 12
    extensions = [others[0], {"url": url, "valueCoding": hiv}, *others]
    assert classify(condition(extension=extensions)).sensitivities == {"HIV"} | PSY


def test_a_written_level_of_what_was_labelled_stays() -> None:
    labels = [
        {"system": f"{HL7}/v3-ActCode", "code": "PSY"},
        {"system": f"{HL7}/v3-Confidentiality", "code": "N"},
    ]
    told = classify({**SCHIZOPHRENIA, "meta": {"security": labels}})
    assert (told.sensitivities, told.confidentiality) == (PSY, Confidentiality.N)
    other = classify(condition(code=coded(ICD, "B20"), meta={"security": labels}))
    assert (other.sensitivities, other.confidentiality) == ({"PSY"} | HIV, Confidentiality.R)


@pytest.mark.parametrize(
    "user",
    [
        {"resourceType": "Procedure", "reasonReference": [{"reference": "Condition/c"}]},
        {"resourceType": "Encounter", "diagnosis": [{"condition": {"reference": "Condition/c"}}]},
        {"resourceType": "CarePlan", "addresses": [{"reference": "Condition/c/_history/2"}]},
    ],
    ids=str,
)
def test_who_names_a_sensitive_reason_is_sensitive(user: dict[str, Any]) -> None:
    claim = {"resourceType": "Claim", "item": [], "prescription": {"reference": "Procedure/p"}}
    assert facts_in(user, SCHIZOPHRENIA)[0].sensitivities == PSY
    again = facts_in({**user, "id": "p", "resourceType": "Procedure"}, claim, SCHIZOPHRENIA)
    assert [each.sensitivities for each in again] == [PSY, PSY, PSY]
    assert facts_in(user)[0].sensitivities == frozenset()


def test_reasons_that_name_each_other_come_to_an_end() -> None:
    first = {"resourceType": "Procedure", "id": "1", "reasonReference": [{"reference": "Goal/2"}]}
    second = {"resourceType": "Goal", "id": "2", "addresses": [{"reference": "Procedure/1"}]}
    second["description"] = {"text": "schizophrenia"}
    assert [each.sensitivities for each in facts_in(first, second)] == [PSY, PSY]


def test_what_happened_at_one_visit_tells_nothing_of_the_rest() -> None:
    visit = {"resourceType": "Encounter", "id": "e", "reasonCode": [coded(ICD, "F20.0")]}
    weight = {"resourceType": "Observation", "encounter": {"reference": "Encounter/e"}}
    assert [each.sensitivities for each in facts_in(visit, weight)] == [PSY, frozenset()]


def test_what_heads_a_document_tells_of_all_and_the_rest_of_itself() -> None:
    found = facts_in({"resourceType": "Composition"}, SCHIZOPHRENIA, condition(), kind="document")
    assert [each.sensitivities for each in found] == [PSY, PSY, frozenset()]


def test_why_says_element_code_reason_and_confidence() -> None:
    content = condition(code={**coded(ICD, "F20.0"), "text": "Schizophrenia"})
    [found] = resources(json.dumps(content).encode())
    assert [(e.path, e.found, e.reason, e.confidence) for e in found.why] == [
        ("code.text", "schizophrenia", "words", Confidence.WEAK),
        ("code.coding[0]", "F20.0", "psychotic disorder", Confidence.STRONG),
    ]
    assert "schizo" not in repr(found).lower()
