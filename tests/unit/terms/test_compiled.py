"""Compiled terms decide as the rules do when they are read one after the other."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tests.support.campaigns import amount
from tests.support.plain_terms import plain_verdict
from tests.support.terms_dice import a_wide_request, deep_terms

from salus.terms import Outcome, Terms
from salus.terms.compiled import compiled
from salus.terms.evaluation import Evaluator, evaluate

ORDINARY = {
    Outcome.NOT_APPLICABLE,
    Outcome.DENY,
    Outcome.PERMIT,
    Outcome.PERMIT_WITH_RESIDUAL,
}


@pytest.mark.campaign
def test_tables_say_what_rules_say() -> None:
    dice, said = Random(355), Counter[Outcome]()
    for _ in range(amount(25_000, sample=500)):
        terms = deep_terms(dice)
        for _ in range(8):
            request = a_wide_request(dice)
            verdict = compiled(terms).verdict(request)
            assert verdict == plain_verdict(terms, request), (terms, request)
            said[verdict.outcome] += 1
    assert said.keys() == ORDINARY
    assert min(said.values()) > amount(1_000, sample=40)


def test_one_that_is_ready_decides_as_one_that_is_made_anew() -> None:
    dice = Random(356)
    terms = deep_terms(dice)
    ready = Evaluator(terms, consent_id=bytes(32), block=9)
    for _ in range(50):
        request = a_wide_request(dice)
        assert ready(request) == evaluate(terms, request, consent_id=bytes(32), block=9)
    other = evaluate(terms, request, consent_id=bytes(range(32)), block=10)
    assert (other.consent_id, other.consents, other.block) == (
        bytes(range(32)),
        (bytes(range(32)),),
        10,
    )


def test_what_is_worked_out_is_no_part_of_the_value() -> None:
    terms, fresh = Terms.permit("TREAT"), Terms.permit("TREAT")
    assert compiled(terms) is compiled(terms)
    assert terms == fresh
    assert hash(terms) == hash(fresh)
    assert "ompiled" not in repr(terms)
