"""R4's grammar of times, exactly; what it does not know widens no permit and shortens no deny."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import InputError
from salus.fhir import from_fhir
from salus.fhir.classify import classify
from salus.fhir.dates import period_of, period_of_range
from salus.records.describing import describe
from salus.terms import (
    Action,
    Effect,
    Outcome,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
    evaluate,
    from_json,
)
from salus.terms.errors import MalformedTerms

MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}
UNKNOWN = [
    "2026-12-31T23:59Z",
    "2026-12-31T23Z",
    "2026-12-31T23:59:59",
    "2026-W53-4T10:00:00Z",
    "20261231T235959Z",
    "2026-12-31T23:59:59,5Z",
    "2026-12-31T23:59:59.Z",
    "2026-12-31T10:00:00+01:00:30",
    "2026-12-31T10:00:00+0100",
    "2026-12-31T10:00:00+14:01",
    "2026-12-31T10:00:00+15:00",
    "2026-12-31T24:00:00Z",
    "2026-12-31T23:59:61Z",
    "2026-12-31 10:00:00Z",
    "2026-12-31t10:00:00z",
    "2026-12-31T10:00:00-14:30",
    "2026-02-30T10:00:00Z",
    "2026-12-31T\N{FULLWIDTH DIGIT ONE}0:00:00Z",
    "\N{FULLWIDTH DIGIT TWO}026",
    "2026-1",
    "0000",
    " 2026",
    "2026\n",
]


def consent(**provision: Any) -> bytes:
    return json.dumps(
        {
            "resourceType": "Consent",
            "status": "active",
            "scope": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                        "code": "patient-privacy",
                    }
                ]
            },
            "patient": {"reference": "Patient/1"},
            "provision": provision,
        }
    ).encode()


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_time_that_r4_does_not_know_is_none_wherever_one_enters(text: str) -> None:
    assert period_of(text) is None
    assert classify({"resourceType": "Condition", "recordedDate": text}).when is None
    validity = {"rules": [{"effect": "permit", "validity": {"end": text}}]}
    with pytest.raises(MalformedTerms):
        from_json({"version": 1, "policy": "none", **validity})
    with pytest.raises(InputError, match="is not a date"):
        describe("ImagingStudy", since=text)
    for element in ("period", "dataPeriod"):
        permit = from_fhir(consent(type="permit", **{element: {"end": text}}))
        assert permit.unfit == (f"provision.{element}",)
        assert permit.terms.base.residual is not None
        deny = {"type": "deny", element: {"start": "2026", "end": text}}
        [exception] = from_fhir(consent(type="permit", provision=[deny])).terms.exceptions
        assert (exception.validity, exception.data_period) == (None, None)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.123456789012+00:00", 0),
        ("1970-01-01T14:00:00+14:00", 0),
        ("1969-12-31T10:00:00-14:00", 0),
        ("1970-01-01T05:45:00+05:45", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_799),
        ("1970-01-01T10:00:60Z", 36_059),
    ],
)
def test_what_r4_knows_is_the_second_that_it_names(text: str, start: int) -> None:
    assert period_of(text) == Period(start=start, end=start + 1)


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_any_moment_with_seconds_and_a_zone_is_read(moment: Any, offset: int) -> None:
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    found = period_of(f"{moment:%Y-%m-%dT%H:%M:%S}".zfill(19) + zone)
    since = (moment.replace(microsecond=0) - type(moment)(1970, 1, 1)).total_seconds()
    assert found is None or found.start == since - offset * 60


def test_a_permit_until_a_masked_end_is_not_for_ever() -> None:
    for sides in ({"start": "2026", "_end": MASKED}, {"_start": MASKED, "end": "2026"}):
        reading = from_fhir(consent(type="permit", period=sides))
        assert reading.unfit == ("provision.period",)
        assert reading.terms.base.residual is not None


def test_an_end_that_is_no_time_does_not_open_a_period() -> None:
    for end in ("soon", None, 2026, ""):
        assert period_of_range({"start": "2026", "end": end}) is None
    assert period_of_range({"start": "2026", "_end": MASKED}) is None
    assert period_of_range({"start": "1970"}) == Period(start=0)


@pytest.mark.parametrize(
    "about",
    [
        {"_effectiveDateTime": MASKED},
        {"effectiveTiming": {"code": {"text": "daily"}}},
        {"effectiveDateTime": "2019-01-01T10:00Z"},
        {"effectivePeriod": {"start": "2026-01-01", "_end": MASKED}},
    ],
)
def test_the_day_of_writing_does_not_stand_in_for_a_time_that_is_withheld(
    about: dict[str, Any],
) -> None:
    written = {"resourceType": "Observation", "issued": "2026-03-01T10:00:00Z"}
    facts = classify({**written, **about})
    of_2026 = period_of("2026")
    permit = Terms(base=Rule(effect=Effect.PERMIT, data_period=of_2026))
    deny = Rule(effect=Effect.DENY, data_period=of_2026)
    permit_but = Terms(base=Rule(effect=Effect.PERMIT), exceptions=(deny,))
    assert facts.when is None
    assert outcome(permit, facts) is Outcome.NOT_APPLICABLE
    assert outcome(permit_but, facts) is Outcome.DENY


def outcome(terms: Terms, facts: ResourceFacts) -> Outcome:
    request = Request(action=Action.ACCESS, purpose="TREAT", at=1_800_000_000, resource=facts)
    return evaluate(terms, request, consent_id=bytes(32), block=1).outcome
