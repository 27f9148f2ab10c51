"""What is written so that it is hard to read is read all the same, or is unclear: never clear."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from salus.fhir.classify import classify
from salus.terms import Confidentiality

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
THO = "http://terminology.hl7.org/CodeSystem"
WORDS = "paranoid schizophrenia"
PSY = {"PSY", "MH", "BH"}
UNCLEAR = {"UNCLEAR"}


def base64(text: str, charset: str = "utf-8") -> str:
    return b64encode(text.encode(charset)).decode()


def coded(system: Any, code: Any, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **more}]}


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **more}


def document(**attachment: Any) -> dict[str, Any]:
    return {"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}


def found(content: dict[str, Any]) -> frozenset[str]:
    return classify(content).sensitivities


@pytest.mark.parametrize(
    "attachment",
    [
        {"data": base64(WORDS)},
        {"url": "https://x.example/a.pdf"},
        {"contentType": "text/plain", "_data": {"id": "x"}},
        {"_contentType": {"id": "x"}, "data": base64(WORDS)},
        {"contentType": "text/plain", "data": base64("ache\x00ache")},
        {"contentType": "text/plain", "data": "QQ==" + base64(WORDS)},
        {"contentType": "text/plain;charset=utf-7", "data": base64(WORDS)},
        {"contentType": "text/rtf", "data": base64("{\\rtf1 \\'73chizophrenia}")},
    ],
    ids=str,
)
def test_a_file_that_is_not_surely_read_is_unclear(attachment: dict[str, Any]) -> None:
    assert found(document(**attachment)) == UNCLEAR
    assert found({"resourceType": "Library", "content": [attachment]}) == UNCLEAR


def test_bytes_in_an_extension_or_a_parameter_are_unclear() -> None:
    held = {"valueBase64Binary": base64(WORDS)}
    assert found(condition(extension=[{"url": "urn:x", **held}])) == UNCLEAR
    assert found({"resourceType": "Parameters", "parameter": [{"name": "a", **held}]}) == UNCLEAR


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("text/plain;charset=utf-16le", base64(WORDS, "utf-16-le")),
        ("TEXT/Plain; charset=ISO-8859-1", base64(WORDS)),
        ("text/plain", base64("schi=\r\nzophrenia")),
        ("text/html", base64("<p>schi<b>zo</b>phreni&#97;</p>")),
    ],
)
def test_attached_text_is_read_as_its_reader_sees_it(kind: str, data: str) -> None:
    assert found(document(contentType=kind, data=data)) == PSY
    assert found({"resourceType": "Library", "content": [{"contentType": kind, "data": data}]})


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": SNOMED, "code": "1"}, {"system": ICD, "code": "I10"}]},
        {"coding": ["F20.0"]},
        {"coding": "F20.0"},
        {"coding": [{"system": ICD}]},
        {"coding": [{"system": ICD, "_code": {"id": "x"}}]},
        coded(SNOMED, "64905009", display="."),
        coded(SNOMED, "64905009", display="64905009"),
        {**coded(SNOMED, "64905009"), "text": "-"},
        {**coded("urn:ours", "F20.0"), "text": "F20.0"},
        coded(ICD, "F-20.0"),
        coded(ICD, "ICD10:F20.0"),
        coded(f"{THO}/somebody-elses-codes", "295.30"),
    ],
    ids=str,
)
def test_a_code_that_is_not_read_is_unclear_whatever_stands_beside_it(code: dict[str, Any]) -> None:
    facts = classify(condition(code=code))
    assert facts.sensitivities == UNCLEAR
    assert facts.confidentiality is Confidentiality.N


@pytest.mark.parametrize("code", ["F20.0", "F\u200b20.0", "\uff2620.0", " f20.0 ", "F20.0*"])
def test_a_code_is_known_however_it_is_written(code: str) -> None:
    assert found(condition(code=coded(ICD, code, display="see notes"))) == PSY


@pytest.mark.parametrize(
    "system",
    [
        f"{ICD}|2026",
        f"{ICD}/",
        "https://hl7.org/fhir/sid/icd-10-cm",
        "HTTP://HL7.ORG/fhir/sid/icd-10-cm",
        "2.16.840.1.113883.6.90",
        "URN:OID:2.16.840.1.113883.6.90",
        "http://hl7.org/fhir/sid/icd-10-am",
        f"{THO}/ICD-10-CM",
    ],
)
def test_a_system_is_known_however_it_is_written(system: str) -> None:
    assert found(condition(code=coded(system, "F20.0", display="see notes"))) == PSY


def test_a_label_is_known_however_its_system_and_code_are_written() -> None:
    for system in (f"{THO}/v3-ActCode/", f"{THO}/v3-ActCode|9", "2.16.840.1.113883.5.4"):
        label = {"system": system, "code": "hiv\u200b"}
        assert found(condition(meta={"security": [label]})) == {"HIV"}


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Goal", "statusReason": WORDS},
        {"resourceType": "Goal", "target": [{"detailString": WORDS}]},
        {"resourceType": "RiskAssessment", "mitigation": WORDS},
        {"resourceType": "RiskAssessment", "prediction": [{"rationale": WORDS}]},
        {"resourceType": "ClinicalImpression", "finding": [{"basis": WORDS}]},
        {"resourceType": "FamilyMemberHistory", "deceasedString": WORDS},
        {"resourceType": "ChargeItem", "overrideReason": WORDS},
        {"resourceType": "ClaimResponse", "disposition": WORDS},
        {"resourceType": "AuditEvent", "outcomeDesc": WORDS},
        {"resourceType": "CareTeam", "name": f"{WORDS} team"},
        {"resourceType": "Consent", "text": {"div": f"<div>{WORDS}</div>"}},
        condition(narrative=WORDS),
        condition(fhir_comments=[WORDS, ["more"]]),
        condition(code={"text": WORDS, "url": "urn:x"}),
    ],
    ids=str,
)
def test_every_string_is_read(content: dict[str, Any]) -> None:
    assert found(content) == PSY


HIDDEN = [
    *"\u00ad\u034f\u180e\u200b\u2060\u2063\u2066\u202a\u3164\ufe0f\ufeff\x01",
    "\U000e0041",
    "&shy;",
    "&#173;",
    "&#x200B;",
    "<b></b>",
]


@pytest.mark.parametrize("between", HIDDEN, ids=ascii)
def test_what_nobody_sees_cuts_no_word(between: str) -> None:
    assert found(condition(code={"text": f"schi{between}zophrenia"})) == PSY


@pytest.mark.parametrize("text", ["\u202eainerhpozihcs\u202c", "\u7cbe\u795e\u5206\u88c2\u75c7"])
def test_words_that_are_not_read_are_unclear(text: str) -> None:
    assert found(condition(code={"text": text})) == UNCLEAR
    assert found(condition(code=coded(SNOMED, "1", display=text))) == UNCLEAR
