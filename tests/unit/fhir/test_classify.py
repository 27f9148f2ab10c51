"""Class, labels and time of a resource: the cautious reading of whatever is left unsaid."""

from __future__ import annotations

from typing import Any

import pytest

from salus.fhir.classify import classify
from salus.fhir.dates import instant_text, period_of, period_of_range, range_of_period
from salus.terms import Period
from salus.terms.sensitivities import ANY_SENSITIVITY

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
CATEGORY = f"{TERMINOLOGY}/observation-category"


def labelled(*labels: tuple[str, str]) -> dict[str, Any]:
    security = [{"system": f"{TERMINOLOGY}/{system}", "code": code} for system, code in labels]
    return {"resourceType": "Condition", "meta": {"security": security}}


@pytest.mark.parametrize(
    ("labels", "sensitivities", "confidentiality"),
    [
        ([], "", "N"),
        ([("v3-Confidentiality", "L")], "", "L"),
        ([("v3-Confidentiality", "N"), ("v3-Confidentiality", "V")], "", "V"),
        ([("v3-ActCode", "PSY")], "PSY", "R"),
        ([("v3-ActCode", "PSY"), ("v3-Confidentiality", "N")], "PSY", "N"),
        ([("v3-Confidentiality", "HIV")], "HIV", "R"),
        ([("v3-Confidentiality", "T")], ANY_SENSITIVITY, "V"),
        ([("v3-ActCode", "42CFRPart2"), ("v3-Confidentiality", "N")], ANY_SENSITIVITY, "R"),
        ([("v3-ActCode", "42CFRPart2"), ("v3-Confidentiality", "V")], ANY_SENSITIVITY, "V"),
        ([("v3-ActCode", "42CFRPart2"), ("v3-ActCode", "PSY")], f"PSY {ANY_SENSITIVITY}", "R"),
        ([("v3-ActReason", "TREAT")], "", "R"),
        ([("consentscope", "research")], ANY_SENSITIVITY, "V"),
        ([("v3-ObservationValue", "HRELIABLE")], "", "N"),
    ],
)
def test_reads_security_labels(
    labels: list[tuple[str, str]], sensitivities: str, confidentiality: str
) -> None:
    facts = classify(labelled(*labels))
    assert facts.sensitivities == frozenset(sensitivities.split())
    assert facts.confidentiality.name == confidentiality


def test_labels_of_what_is_contained_count() -> None:
    sensitive = labelled(("v3-ActCode", "HIV"))
    for outer in (
        {"resourceType": "Condition", "contained": [sensitive]},
        {"resourceType": "Bundle", "entry": [{"resource": sensitive}, {}]},
    ):
        assert classify(outer).sensitivities == {"HIV"}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([("laboratory", CATEGORY)], "Observation.laboratory"),
        ([("laboratory", CATEGORY), ("x", "urn:other")], "Observation.laboratory"),
        ([("laboratory", CATEGORY), ("exam", CATEGORY)], "Observation"),
        ([("laboratory", "urn:other")], "Observation"),
        ([], "Observation"),
    ],
)
def test_an_observation_with_one_category_has_a_finer_class(
    codes: list[tuple[str, str]], expected: str
) -> None:
    category = [{"coding": [{"code": code, "system": system}]} for code, system in codes]
    content = {"resourceType": "Observation", "category": category}
    assert classify(content).resource_class == expected


@pytest.mark.parametrize(
    ("elements", "start"),
    [
        ({"issued": "2020-01-01T00:00:00Z", "effectiveDateTime": "1970-01-02"}, 86_400),
        ({"recordedDate": "1970-01-03", "onsetAge": {"value": 3}}, 172_800),
        ({"period": {"start": "1970-01-02", "end": "1970"}, "date": "2000"}, 86_400),
    ],
)
def test_what_a_record_is_about_comes_before_when_it_was_written(
    elements: dict[str, Any], start: int
) -> None:
    when = classify({"resourceType": "Condition", **elements}).when
    assert when is not None
    assert when.start == start


def test_a_record_without_a_readable_time_has_none() -> None:
    assert classify({"resourceType": "Condition"}).when is None
    assert classify({"resourceType": "Condition", "recordedDate": "soon"}).when is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1970", 0, 365 * 86_400),
        ("1972-02", 65_750_400, 68_256_000),
        ("1969-12-31", -86_400, 0),
        ("1970-01-01T01:00:00+01:00", 0, 1),
        ("1970-01-01T00:00:00.999Z", 0, 1),
        ("1969-12-31T23:59:59.5Z", -1, 0),
        ("9999-12-31", 253_402_214_400, 253_402_300_799),
        ("9999-12-31T23:59:59Z", 253_402_300_798, 253_402_300_799),
        ("9999-12-31T23:59:59-05:00", 253_402_300_798, 253_402_300_799),
        ("0001-01-01", -62_135_596_799, -62_135_510_400),
        ("0001-01-01T00:00:00Z", -62_135_596_799, -62_135_596_798),
        ("0001-01-01T00:00:00+14:00", -62_135_596_799, -62_135_596_798),
    ],
)
def test_a_date_is_every_second_that_it_may_mean(text: str, start: int, end: int) -> None:
    assert period_of(text) == Period(start=start, end=end)


@pytest.mark.parametrize("text", ["", "1970-13", "1970-02-30", "19700101", "T", "1970-01-01T25:00"])
def test_what_is_no_date_has_no_period(text: str) -> None:
    assert period_of(text) is None


def test_the_end_of_a_fhir_period_is_inside() -> None:
    assert period_of_range({"end": "1970-01-01"}) == Period(end=86_400)
    assert period_of_range({"start": "1970-01-02", "end": "1970-01-01"}) is None
    assert period_of_range({}) is None
    assert range_of_period(Period(start=0, end=86_400)) == {
        "start": "1970-01-01T00:00:00Z",
        "end": "1970-01-01T23:59:59Z",
    }
    assert instant_text(-1) == "1969-12-31T23:59:59Z"
