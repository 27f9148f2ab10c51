"""What is cut apart, or put where nobody looks, is read all the same, or is unclear."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from salus.fhir.classify import classify

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
THO = "http://terminology.hl7.org/CodeSystem"
WORDS = "paranoid schizophrenia"
PSY = {"PSY", "MH", "BH"}
UNCLEAR = {"UNCLEAR"}


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **more}


def attached(text: str, kind: str = "text/plain", **more: Any) -> dict[str, Any]:
    file = {"contentType": kind, "data": b64encode(text.encode()).decode(), **more}
    return {"resourceType": "DocumentReference", "content": [{"attachment": file}]}


def found(content: dict[str, Any]) -> frozenset[str]:
    return classify(content).sensitivities


@pytest.mark.parametrize(
    "text",
    [
        "a severe schizo-\nphrenia",
        "schizo-\r\n  phrenia",
        "schizo\u2010\nphrenia",
        "schizo\u00ad\nphrenia",
        "schizo-<br>phrenia",
    ],
    ids=ascii,
)
def test_a_word_that_a_line_end_cuts_is_read(text: str) -> None:
    assert found(attached(text, "text/html")) == PSY


def test_words_with_a_hyphen_are_read_as_two_still() -> None:
    assert found(attached("self-\nharm")) == found(attached("self-harm")) != frozenset()


@pytest.mark.parametrize(
    "text",
    [
        *(f"schi<{tag}>zo</{tag}>phrenia" for tag in ("ins", "tt", "u", "x-y", "font color='a'")),
        "schizo<!-- x > y -->phrenia",
        "<schizophrenia>",
        "<img alt='schizophrenia'>",
        "<!-- schizophrenia",
        "schi&#0000000122;ophrenia",
        "schi&#x000007A;ophrenia",
        "schi&shyzophrenia",
    ],
)
def test_markup_hides_no_word(text: str) -> None:
    assert found(attached(text, "text/html")) == PSY


def test_quoted_printable_is_read_in_lower_case_too() -> None:
    assert found(attached("schi=7aophrenia")) == PSY


@pytest.mark.parametrize(
    "text",
    ["sch\u03b9zophrenia", "schiz\u0585phrenia", "\u03b1lcohol", "alcoho\u0269"],
    ids=ascii,
)
def test_a_letter_of_another_script_in_a_word_is_unclear(text: str) -> None:
    assert "UNCLEAR" in found(condition(code={"text": text}))


@pytest.mark.parametrize(
    "text",
    [
        "5 \u03bcmol/l",
        "\u03bcgram",
        "IFN\u03b3, TGF\u03b2",
        "Stra\u00dfe, \u00c6r\u00f8, \u00fe\u00f3r",
        "\u0394F508",
    ],
    ids=ascii,
)
def test_units_names_of_proteins_and_latin_letters_are_clear(text: str) -> None:
    assert found(condition(note=[{"text": text}])) == frozenset()


@pytest.mark.parametrize(
    "text",
    ["<bdo dir=rtl>ainerhpozihcs</bdo>", "<p style='unicode-bidi: bidi-override'>ainerhpozihcs"],
)
def test_letters_that_are_turned_by_markup_are_unclear(text: str) -> None:
    assert found(attached(text, "text/html")) == UNCLEAR


@pytest.mark.parametrize(
    "system",
    [
        f"{THO}/v2-0051",
        f"{THO}/v2-0088",
        "http://hl7.org/fhir/v2/0051",
        f"{THO}/v3-whatever",
        "http://hl7.org/fhir/whatever",
    ],
)
def test_codes_below_hl7s_address_that_hl7_does_not_fill_are_unclear(system: str) -> None:
    assert found(condition(code={"coding": [{"system": system, "code": "F20.0"}]})) == UNCLEAR


@pytest.mark.parametrize(
    "system",
    [
        f"{THO}/v2-0203",
        "http://hl7.org/fhir/v2/0203",
        f"{THO}/v2-0360/2.7",
        f"{THO}/v3-NullFlavor",
        "http://hl7.org/fhir/v3/NullFlavor",
        f"{THO}/condition-category",
        "http://hl7.org/fhir/condition-category",
        "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
        "http://hl7.org/fhir/administrative-gender",
    ],
)
def test_codes_that_hl7_fills_are_clear(system: str) -> None:
    assert found(condition(code={"coding": [{"system": system, "code": "x"}]})) == frozenset()


@pytest.mark.parametrize(
    "coding",
    [
        {"system": SNOMED, "code": 58214004},
        {"system": [ICD], "code": "F20.0"},
        {"system": ICD, "code": ["F20.0"]},
        {"system": ICD, "code": None},
        {"_system": {"id": "x"}, "code": "F20.0"},
        {"system": ICD, "_code": {"id": "x"}},
    ],
    ids=str,
)
def test_words_beside_a_code_that_is_no_text_do_not_tell_it(coding: dict[str, Any]) -> None:
    told = {**coding, "display": "Diagnosis"}
    assert found(condition(code={"coding": [told], "text": "Diagnosis"})) == UNCLEAR
    assert found(condition(extension=[{"url": "urn:x", "valueCoding": told}])) == UNCLEAR


@pytest.mark.parametrize("kind", ["PlanDefinition", "Consent", "Library", "Patient"])
def test_what_stands_within_a_record_is_about_whom_the_record_is(kind: str) -> None:
    inner = {"resourceType": kind, "id": "x", "title": WORDS}
    assert found(condition(stage=[inner])) == PSY
    if kind != "Patient":
        assert found(condition(contained=[inner])) == PSY
        assert found(inner) == frozenset()
        entry = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]}
        assert found(entry) == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "BodyStructure", "image": [{"url": "https://x.example/a.pdf"}]},
        {
            "resourceType": "Measure",
            "relatedArtifact": [{"document": {"url": "https://x.example"}}],
        },
        attached("headache", url="https://x.example/a.pdf"),
        condition(extension=[{"url": "urn:x", "valueSignature": {"data": "cGFyYW5vaWQ="}}]),
        condition(signature=[{"data": "cGFyYW5vaWQ="}]),
        {"resourceType": "Observation", "valueSampledData": {"data": "schizophrenia"}},
    ],
    ids=str,
)
def test_files_are_unclear_wherever_they_stand(content: dict[str, Any]) -> None:
    assert found(content) == UNCLEAR


def test_signatures_and_samples_are_clear_where_r4_has_them() -> None:
    signed = {"resourceType": "Provenance", "signature": [{"data": "cGFyYW5vaWQ="}]}
    sampled = {"resourceType": "Observation", "valueSampledData": {"data": "1.5 -2 E U L"}}
    assert found(signed) == found(sampled) == frozenset()


def test_the_unit_of_a_quantity_is_read() -> None:
    assert (
        found({"resourceType": "Observation", "valueQuantity": {"value": 1, "code": WORDS}}) == PSY
    )
