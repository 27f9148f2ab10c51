"""A Consent that is to be agreed to is right by R4, or refused by element, all of it at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salus.errors import InputError
from salus.fhir.consent_checking import LONGEST, actor_places, check_consent, why_unfit
from salus.fhir.errors import ConsentNotUsable, DuplicateKey, MalformedJson, NotFhir, NotR4

HL7 = "http://terminology.hl7.org/CodeSystem"
OPT_IN = {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTIN"}]}
OPT_OUT = {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTOUT"}]}
TREAT = {"system": f"{HL7}/v3-ActReason", "code": "TREAT"}
RESEARCH = {"system": f"{HL7}/v3-ActReason", "code": "HRESCH"}
NURSE = {
    "role": {"coding": [{"system": f"{HL7}/v3-ParticipationType", "code": "PRCP"}]},
    "reference": {"reference": "Practitioner/f204"},
}


def consent(provision: Any = None, **changes: Any) -> bytes:
    document = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": f"{HL7}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "policyRule": OPT_IN,
        "provision": provision or {"type": "permit", "purpose": [TREAT]},
        **changes,
    }
    return json.dumps({key: each for key, each in document.items() if each is not None}).encode()


def refused(data: bytes) -> dict[str, str]:
    with pytest.raises(ConsentNotUsable) as caught:
        check_consent(data)
    assert all(f"{path}: {why}" in str(caught.value) for path, why in caught.value.problems[:5])
    return dict(caught.value.problems)


def test_what_is_right_is_read() -> None:
    reading = check_consent(consent())
    assert reading.fits
    assert reading.terms.base.purposes == {"TREAT"}


@pytest.mark.parametrize(
    ("element", "coding", "path"),
    [
        ("purpose", TREAT | {"code": "TREATT"}, "purpose[0].code"),
        ("securityLabel", {"system": f"{HL7}/v3-Confidentiality", "code": "X"}, "securityLabel[0]"),
        ("class", {"system": "http://hl7.org/fhir/resource-types", "code": "Lab"}, "class[0]"),
        ("action", {"coding": [{"system": f"{HL7}/consentaction", "code": "read"}]}, "action[0]"),
    ],
)
def test_a_code_that_hl7_has_not_is_named(element: str, coding: Any, path: str) -> None:
    (found,) = refused(consent({"type": "permit", element: [coding]}))
    assert found.startswith(f"Consent.provision.{path}")
    assert found.endswith(".code")
    nested = {
        "type": "permit",
        "provision": [{"type": "deny"}, {"type": "deny", element: [coding]}],
    }
    (found, *_) = refused(consent(nested))
    assert found.startswith(f"Consent.provision.provision[1].{path}")


def test_a_code_of_another_system_is_not_wrong_and_does_not_fit() -> None:
    other = {"system": "http://example.org/purposes", "code": "TREATT"}
    reading = check_consent(consent({"type": "permit", "purpose": [other]}))
    ((place, why),) = why_unfit(reading)
    assert place == "Consent.provision.purpose[0]"
    assert why.startswith("is not something that terms can say; `residual=True` takes it")


@pytest.mark.parametrize("element", ["period", "dataPeriod"])
def test_a_period_that_ends_before_it_starts_is_named(element: str) -> None:
    turned = {"start": "2026-02-01", "end": "2026-01-01"}
    inner = {"type": "permit", "provision": [{"type": "deny", element: turned}]}
    assert refused(consent(inner)) == {
        f"Consent.provision.provision[0].{element}.end": "is before its start"
    }
    number = [{"system": "urn:a", "value": "1", "period": turned}]
    assert list(refused(consent(identifier=number))) == ["Consent.identifier[0].period.end"]


@pytest.mark.parametrize(
    ("provision", "changes", "path"),
    [
        ({"type": "permit"}, {"policyRule": {"coding": OPT_IN["coding"] + OPT_OUT["coding"]}}, ""),
        ({"type": "permit", "provision": [{"type": "deny"}]}, {}, "provision[0]"),
        ({"provision": [{"type": "deny"}]}, {}, "provision[0]"),
        (
            {"type": "permit", "purpose": [TREAT], "provision": [{"type": "deny"}]},
            {},
            "provision[0]",
        ),
        (
            {
                "type": "permit",
                "provision": [
                    {"type": "deny", "purpose": [TREAT, RESEARCH]},
                    {"type": "permit", "purpose": [RESEARCH, TREAT]},
                ],
            },
            {},
            "provision[1]",
        ),
        (
            {
                "type": "permit",
                "period": {"start": "2026-01-01", "end": "2026-12-31"},
                "provision": [{"type": "deny", "period": {"start": "2027-01-01"}}],
            },
            {},
            "provision[0].period",
        ),
    ],
)
def test_rules_that_contradict_each_other_are_named(
    provision: Any, changes: dict[str, Any], path: str
) -> None:
    (found,) = refused(consent(provision, **changes))
    assert found == (f"Consent.provision.{path}" if path else "Consent.policyRule")


def test_rules_that_only_look_alike_are_no_contradiction() -> None:
    narrower = {"type": "deny", "purpose": [RESEARCH]}
    twice = {"type": "permit", "provision": [narrower, narrower | {"actor": [NURSE]}]}
    assert check_consent(consent(twice)).fits
    beside = {"type": "deny", "purpose": [TREAT], "provision": [{"type": "deny"}]}
    assert check_consent(consent(beside)).fits


@pytest.mark.parametrize("depth", [16, 40, 2000])
def test_provisions_that_are_nested_too_deep_are_refused(depth: int) -> None:
    inner: dict[str, Any] = {"type": "deny", "purpose": [RESEARCH]}
    text = json.dumps(inner)
    for level in range(depth):
        kind = "permit" if level % 2 else "deny"
        text = f'{{"type": "{kind}", "purpose": [{json.dumps(TREAT)}], "provision": [{text}]}}'
    data = consent().replace(json.dumps({"type": "permit", "purpose": [TREAT]}).encode(), b"@")
    with pytest.raises((ConsentNotUsable, MalformedJson), match=r"provision|nests deeper"):
        check_consent(data.replace(b"@", text.encode()))


def test_what_a_stranger_nests_or_repeats_takes_no_more_than_its_length() -> None:
    """Nested lists once doubled their text at each level, and siblings were compared by pairs."""
    lists: Any = "x"
    for _ in range(80):
        lists = [lists]
    assert "Consent.provision.class[0]" in refused(consent({"type": "permit", "class": lists}))
    many = [{"type": "deny", "purpose": [TREAT | {"display": str(at)}]} for at in range(20_000)]
    assert list(refused(consent({"type": "permit", "provision": many}))) == [
        "Consent.provision.provision[15]"
    ]


def test_the_rule_too_many_is_named() -> None:
    kinds = [f"urn:{at}" for at in range(16)]
    rules = [
        {"type": "deny", "actor": [NURSE | {"reference": {"identifier": {"value": kind}}}]}
        for kind in kinds
    ]
    assert list(refused(consent({"type": "permit", "provision": rules}))) == [
        "Consent.provision.provision[15]"
    ]


def test_what_r4_requires_is_named_all_at_once() -> None:
    data = consent(policyRule=None, patient=None, category=None)
    assert set(refused(data)) == {"Consent.policyRule", "Consent.patient", "Consent.category"}


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"subject": {"reference": "Patient/1"}}, "Consent.subject belongs to FHIR R5"),
        ({"decision": "permit"}, "Consent.decision belongs to FHIR R5"),
        ({"provision": [{"purpose": [TREAT]}]}, "Consent.provision belongs to FHIR R5"),
        ({"except": [{"type": "deny"}]}, "Consent.except belongs to FHIR STU3"),
        ({"policyRule": "http://example.org/rule"}, "Consent.policyRule belongs to FHIR STU3"),
        ({"consentingParty": [{"reference": "Patient/1"}]}, "Consent.consentingParty belongs"),
    ],
)
def test_another_version_is_known_by_its_elements(changes: dict[str, Any], element: str) -> None:
    with pytest.raises(NotR4, match=element):
        check_consent(consent(**changes))


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b'<Consent xmlns="http://hl7.org/fhir"/>', MalformedJson, "this is XML"),
        (b'{"resourceType": "Bundle", "type": "document"}', NotFhir, "a Bundle, where a Consent"),
        (b"[]", NotFhir, "a JSON array"),
        (b'{"resourceType": "Consent", "status": 1, "status": 2}', DuplicateKey, "status"),
        (b" " * (LONGEST + 1), ConsentNotUsable, "Consent: has more than 8388608 bytes"),
    ],
)
def test_what_is_no_consent_is_refused(data: bytes, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        check_consent(data)


@pytest.mark.parametrize(
    ("changes", "unfit"),
    [
        ({"madeUp": 1.50}, "madeUp"),
        ({"performer": [{"reference": "Patient/1", "madeUp": 1}]}, "performer[0].madeUp"),
        (
            {"organization": [{"identifier": {"value": "7", "x": "y"}}]},
            "organization[0].identifier.x",
        ),
        ({"sourceAttachment": {"title": "a", "pages": 2}}, "sourceAttachment.pages"),
        ({"policy": [{"uri": "http://example.org/p"}]}, "policy[0]"),
    ],
)
def test_what_r4_does_not_know_does_not_fit(changes: dict[str, Any], unfit: str) -> None:
    reading = check_consent(consent(**changes))
    assert reading.unfit == (unfit,)
    assert reading.terms.base.residual is not None


def test_what_is_known_around_the_provisions_fits() -> None:
    whole = consent(
        identifier=[{"system": "urn:a", "value": "1", "period": {"start": "2026"}}],
        dateTime="2026-01-01",
        performer=[{"reference": "Patient/1", "display": "P."}],
        organization=[{"reference": "Organization/1", "extension": [{"url": "urn:x"}]}],
        sourceAttachment={"title": "a", "data": "AAAA"},
        verification=[{"verified": True, "verificationDate": "2026-01-01"}],
    )
    assert check_consent(whole).fits


def test_actors_are_found_with_their_places() -> None:
    by_number = NURSE | {"reference": {"identifier": {"system": "urn:a", "value": "7"}}}
    author = {"meaning": "authoredby", "reference": {"reference": "Practitioner/2"}}
    inner = {"type": "deny", "actor": [NURSE, by_number], "data": [author]}
    data = consent({"type": "permit", "purpose": [TREAT], "provision": [inner]})
    assert list(actor_places(data)) == [
        ("Consent.provision.provision[0].actor[0].reference", "Practitioner/f204"),
        ("Consent.provision.provision[0].actor[1].reference", "urn:a|7"),
        ("Consent.provision.provision[0].data[0].reference", "Practitioner/2"),
    ]


@pytest.mark.parametrize(
    ("patient", "name"),
    [
        ({"reference": "Patient/1"}, "Patient/1"),
        ({"identifier": {"system": "urn:a", "value": "7"}}, "urn:a|7"),
        ({"identifier": {"system": "urn:ietf:rfc:3986", "value": "did:x:1"}}, "did:x:1"),
        ({"identifier": {"system": "urn:salus:address", "value": "0x12"}}, "0x12"),
        ({"display": "P. van de Heuvel"}, None),
    ],
)
def test_the_patient_is_read_by_reference_or_identifier(patient: Any, name: str | None) -> None:
    assert check_consent(consent(patient=patient)).patient == name
