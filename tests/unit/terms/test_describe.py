"""The paragraph that a person reads before signing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from tests.support.terms_strategies import terms as any_terms

from salus.primitives.roles import Role
from salus.terms import Action, Actor, Confidentiality, Effect, Period, Rule, Terms, describe
from salus.terms.classes import CLASSES
from salus.terms.period import EARLIEST, LATEST
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Part, Policy

MANUAL = (Path(__file__).parents[3] / "docs" / "terms.md").read_text()
NEW_YEAR_2026, NEW_YEAR_2027 = 1_767_225_600, 1_798_761_600


def test_reads_like_a_person_would_say_it() -> None:
    base = Rule(
        effect=Effect.PERMIT,
        actions=frozenset({Action.ACCESS, Action.USE}),
        purposes=frozenset({"TREAT"}),
        classes=frozenset({"Condition", "Observation.laboratory"}),
        confidentiality=Confidentiality.N,
        validity=Period(start=NEW_YEAR_2026, end=NEW_YEAR_2027),
        actors=frozenset({Actor.role(Role.EMERGENCY_CLINICIAN)}),
        redisclosure_depth=1,
        never_to_payer=True,
    )
    psychiatry = Rule(
        effect=Effect.DENY,
        sensitivities=frozenset({"PSY"}),
        data_period=Period(end=NEW_YEAR_2026 + 1),
        actors=frozenset({Actor.reference("Practitioner/9", Part.AUTHOR)}),
    )
    beneath = Rule(
        effect=Effect.PERMIT,
        parent=1,
        purposes=frozenset({"HRESCH"}),
        confidentiality=Confidentiality.R,
        remuneration=True,
        residual=bytes(32),
    )
    restricted = Rule(effect=Effect.DENY, confidentiality=Confidentiality.R)
    terms = Terms(base=base, exceptions=(psychiatry, beneath, restricted), policy=Policy.DENY)
    assert describe(terms) == (
        "Permits access or use of Condition or laboratory Observation records of at most normal"
        " confidentiality to any accredited emergency clinician for treatment, valid from"
        " 2026-01-01 until the end of 2026-12-31 (UTC). The recipient may pass it on 1 time, not"
        " for payment, never to a payer. Exception 1 denies access or use of Condition or"
        " laboratory Observation records labelled as psychiatry disorder about the time until"
        " 2026-01-01 00:00:01 UTC to any accredited emergency clinician written by Practitioner/9"
        " for treatment. Exception 2 to exception 1 permits access or use of Condition or"
        " laboratory Observation records of at most restricted confidentiality about the time"
        " until 2026-01-01 00:00:01 UTC to any accredited emergency clinician written by"
        " Practitioner/9 for healthcare research. The recipient may not pass it on, also for"
        " payment. Further conditions in words (SHA-256 0000000000000000…) must be read."
        " Exception 3 denies access or use of Condition or laboratory Observation records of at"
        " least restricted confidentiality to any accredited emergency clinician for treatment."
        " Everything else is denied. Sensitivity and confidentiality are what a record's labels"
        " say, and what its codes and words tell as far as they are known: what nobody wrote down"
        " is not withheld. Of what cannot be read at all, a consent may say so itself."
    )


@pytest.mark.parametrize(
    ("validity", "said"),
    [
        (Period(end=NEW_YEAR_2026), ", valid until the end of 2025-12-31 (UTC)."),
        (Period(end=NEW_YEAR_2026 + 60), ", valid until 2026-01-01 00:01:00 UTC."),
        (Period(start=NEW_YEAR_2026), ", valid from 2026-01-01 (UTC)."),
        (Period(start=NEW_YEAR_2026 - 1), ", valid from 2025-12-31 23:59:59 UTC."),
        (Period(start=EARLIEST + 1, end=LATEST), "from 0001-01-01 00:00:01 UTC until 9999-12-31"),
    ],
)
def test_an_end_at_midnight_is_the_day_before_its_last(validity: Period, said: str) -> None:
    assert said in describe(Terms.permit("TREAT", validity=validity))


@pytest.mark.parametrize(
    ("deny", "says"),
    [
        (Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})), True),
        (Rule(effect=Effect.DENY, confidentiality=Confidentiality.R), True),
        (Rule(effect=Effect.DENY, classes=frozenset({"Condition"})), False),
    ],
)
def test_who_withholds_by_sensitivity_reads_how_far_that_reaches(deny: Rule, says: bool) -> None:
    text = describe(Terms(base=Rule(effect=Effect.PERMIT), exceptions=(deny,)))
    assert ("what nobody wrote down is not withheld" in text) is says


@given(any_terms())
def test_names_every_exception_and_stays_one_paragraph(terms: Terms) -> None:
    text = describe(terms)
    assert "\n" not in text
    assert all(f"Exception {number} " in text for number in range(1, len(terms.rules)))


def test_the_manual_lists_every_code_with_its_bit() -> None:
    for table in (PURPOSES, SENSITIVITIES):
        for code in table.codes:
            assert f"\n| {table.bit(code)} | {code} |" in MANUAL
    listed = " ".join(MANUAL.partition("## Resource classes")[2].split())
    for code in CLASSES.codes:
        assert f" {CLASSES.bit(code)} {code} " in f"{listed} "


def test_the_manuals_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    example, *_ = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
    exec(example, {})  # noqa: S102 - our own manual
    assert capsys.readouterr().out.startswith("Permits any use of any record for treatment")
