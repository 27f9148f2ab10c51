"""References point at types that R4 has for them; narrative is the XHTML that R4 allows."""

from __future__ import annotations

from typing import Any

import pytest

from salus.fhir.validation import problems

SPACE = "http://www.w3.org/1999/xhtml"
CONDITION: dict[str, Any] = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}}
AT_A_DEVICE = ("subject.reference", "points at a Device, and R4 has Group, Patient here")
DEVICE = {"resourceType": "Device", "id": "d"}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Device/d"},
        {"reference": "Device/d/_history/2"},
        {"reference": "https://example.org/fhir/Device/d"},
        {"reference": "Device?identifier=urn:x|1"},
        {"reference": "#d"},
        {"type": "Device", "identifier": {"value": "1"}},
        {"type": "http://hl7.org/fhir/StructureDefinition/Device", "display": "a pump"},
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "type": "Device"},
    ],
)
def test_a_reference_to_a_type_that_r4_does_not_have_there_is_named(subject: Any) -> None:
    assert problems(CONDITION | {"contained": [DEVICE], "subject": subject}) == [AT_A_DEVICE]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Group/g"},
        {"reference": "https://example.org/fhir/Patient/p"},
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        {"reference": "https://example.org/people/7"},
        {"reference": "#"},
        {"display": "somebody"},
        {"type": "https://example.org/Robot", "display": "no type of R4's"},
    ],
)
def test_one_to_a_type_that_it_has_or_that_nobody_can_tell_is_not(subject: Any) -> None:
    assert problems(CONDITION | {"subject": subject}) == []


def test_any_type_will_do_where_r4_names_none() -> None:
    extension = {"url": "urn:x", "valueReference": {"reference": "Device/d"}}
    assert problems(CONDITION | {"extension": [extension]}) == []


def test_a_bundle_says_what_the_references_of_its_entries_point_at() -> None:
    at = "urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"
    entries = [
        {"fullUrl": at.lower(), "resource": DEVICE},
        {"fullUrl": "urn:uuid:1", "resource": CONDITION | {"subject": {"reference": at}}},
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert problems(bundle) == [(f"entry[1].resource.{AT_A_DEVICE[0]}", AT_A_DEVICE[1])]


@pytest.mark.parametrize(
    "div",
    [
        f'<div xmlns="{SPACE}">a <b>b</b> &amp; &#233; <a href="#x" title="y">c</a></div>',
        f'<div xmlns="{SPACE}" lang="de" xml:lang="de"><ul class="x"><li>x</li></ul></div>',
        f'<div xmlns="{SPACE}"><img src="#pixel"/></div>',
        f'<x:div xmlns:x="{SPACE}"><x:p style="color: red">words</x:p></x:div>',
        f' \n<div xmlns="{SPACE}">words</div>\n',
    ],
)
def test_narrative_may_be_what_r4_allows(div: str) -> None:
    assert problems(CONDITION | {"text": {"status": "generated", "div": div}}) == []


@pytest.mark.parametrize(
    "div",
    [
        "words",
        "<div>of no namespace</div>",
        f'<p xmlns="{SPACE}">no div</p>',
        f'<div xmlns="{SPACE}"> \n </div>',
        f'<div xmlns="{SPACE}">unclosed<br></div>',
        f'<div xmlns="{SPACE}">a</div><div xmlns="{SPACE}">b</div>',
        f'<div xmlns="{SPACE}">a&nbsp;b</div>',
        f'<div xmlns="{SPACE}">a<script>alert(1)</script></div>',
        f'<div xmlns="{SPACE}"><form>a</form></div>',
        f'<div xmlns="{SPACE}"><iframe src="x">a</iframe></div>',
        f'<div xmlns="{SPACE}"><b onclick="alert(1)">a</b></div>',
        f'<div xmlns="{SPACE}">a<o:p xmlns:o="urn:office">b</o:p></div>',
        f'<!DOCTYPE div [<!ENTITY e "a">]><div xmlns="{SPACE}">&e;</div>',
        f'<?xml-stylesheet href="x"?><div xmlns="{SPACE}">a</div>',
        f'<div xmlns="{SPACE}">\x00a</div>',
        7,
    ],
)
def test_what_else_is_in_it_is_named(div: Any) -> None:
    assert problems(CONDITION | {"text": {"status": "generated", "div": div}}) == [
        ("text.div", "is not what R4 calls xhtml")
    ]


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (
            {"type": "document", "entry": [{"resource": CONDITION}]},
            ("entry", "begins with a Composition in a document (bdl-11)"),
        ),
        (
            {"type": "message", "entry": [{"fullUrl": "urn:uuid:1", "resource": DEVICE}]},
            ("entry", "begins with a MessageHeader in a message (bdl-12)"),
        ),
        (
            {"type": "collection", "entry": 2 * [{"fullUrl": "urn:uuid:1", "resource": DEVICE}]},
            ("entry[1].fullUrl", "is another entry's too (bdl-7)"),
        ),
        (
            {
                "type": "collection",
                "entry": [{"fullUrl": "https://e.x/Device/d/_history/1", "resource": DEVICE}],
            },
            ("entry[0].fullUrl", "names a version (bdl-8)"),
        ),
    ],
)
def test_the_entries_of_a_bundle_can_be_told_apart(
    bundle: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert problems({"resourceType": "Bundle", **bundle}) == [expected]


def test_two_versions_of_one_resource_may_share_their_url() -> None:
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": DEVICE | {"meta": {"versionId": version}}}
        for version in "12"
    ]
    assert problems({"resourceType": "Bundle", "type": "collection", "entry": entries}) == []
