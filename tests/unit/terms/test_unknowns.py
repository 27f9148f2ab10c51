"""What is not known of a record never opens it, nor what is known beside: real terms, at random.

The terms come from a generator of its own, as thousands of them have to fit into the suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from tests.support.campaigns import amount
from tests.support.plain_terms import Match, match
from tests.support.terms_dice import CLINIC, DAY, JANUARY, WORDS, a_period, a_request, any_terms

from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Confidentiality,
    Effect,
    Outcome,
    Party,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
    evaluate,
)
from salus.terms.evaluation import may_deny
from salus.terms.request import Decision
from salus.terms.sensitivities import ANY_SENSITIVITY, SENSITIVITIES

TERMS = amount(36_000, sample=4_000)
NARROWER = {
    "Observation": ("Observation.laboratory", "Observation.vital-signs"),
    "SPI": ("PSY", "SUD"),
    ANY_SENSITIVITY: ("PSY", "HIV", "SUD", "SEX"),
}


def decided(terms: Terms, request: Request) -> Decision:
    return evaluate(terms, request, consent_id=bytes(32), block=1)


def one_inside(dice: Random, request: Request) -> Request:
    """One record of those that the request is about, of which more is known."""
    facts = request.resource
    when = facts.when and Period(start=(at := JANUARY + dice.randrange(364) * DAY), end=at + DAY)
    known = replace(
        facts,
        resource_class=dice.choice((facts.resource_class, *NARROWER.get(facts.resource_class, ()))),
        sensitivities=frozenset(
            dice.choice((code, *NARROWER.get(code, ()))) for code in facts.sensitivities
        ),
        when=when or dice.choice((None, a_period(dice))),
    )
    author = Party(references=frozenset({dice.choice(("Practitioner/1", "Practitioner/2"))}))
    return replace(request, resource=known, author=dice.choice((Party(), author)))


def labelled_more(dice: Random, request: Request) -> Request:
    more = frozenset({dice.choice(("SPI", "PSY", "HIV", "SUD", "SEX"))})
    facts = replace(request.resource, sensitivities=request.resource.sensitivities | more)
    return replace(request, resource=facts)


@pytest.fixture(scope="module")
def cases() -> list[tuple[Terms, Request, Request, Request]]:
    def made() -> Iterator[tuple[Terms, Request, Request, Request]]:
        dice = Random(26)
        for _ in range(TERMS):
            request = a_request(dice)
            yield any_terms(dice), request, one_inside(dice, request), labelled_more(dice, request)

    return list(made())


@pytest.mark.campaign
def test_what_opens_a_compartment_opens_each_record_in_it(
    cases: list[tuple[Terms, Request, Request, Request]],
) -> None:
    permitted, wrong = 0, []
    for terms, request, inside, _ in cases:
        if decided(terms, request).permits:
            permitted += 1
            wrong += [] if decided(terms, inside).permits else [(terms, request, inside)]
    assert permitted > TERMS // 20
    assert not wrong, f"{len(wrong)} of {permitted}: {wrong[0]}"


@pytest.mark.campaign
def test_a_further_label_never_skips_a_rule_that_refused(
    cases: list[tuple[Terms, Request, Request, Request]],
) -> None:
    refused, wrong = 0, []
    for terms, request, _, labelled in cases:
        before = decided(terms, request)
        if before.permits or before.rule is None:
            continue
        refused += 1
        after = decided(terms, labelled)
        below = (n for n in range(len(terms.rules)) if before.rule in terms.lineage(n)[1:])
        if after.permits and not any(match(terms, n, labelled) is Match.SURE for n in below):
            wrong.append((terms, request, labelled))
    assert refused > TERMS // 20
    assert not wrong, f"{len(wrong)} of {refused}: {wrong[0]}"


@pytest.mark.campaign
def test_a_label_that_may_be_any_opens_nothing_that_one_of_them_closes(
    cases: list[tuple[Terms, Request, Request, Request]],
) -> None:
    opened = 0
    for terms, request, *_ in cases:
        if not decided(terms, labelled_as(request, ANY_SENSITIVITY)).permits:
            continue
        opened += 1
        for code in ("SPI", "PSY", "HIV", "SEX"):
            assert decided(terms, labelled_as(request, code)).permits, (terms, request, code)
    assert opened > TERMS // 50


def labelled_as(request: Request, code: str) -> Request:
    facts = replace(request.resource, sensitivities=frozenset({code}))
    return replace(request, resource=facts)


@pytest.mark.parametrize("code", ["PSY", "SPI", "PRS"])
def test_a_label_that_may_be_any_is_reached_by_each_deny_and_covered_by_no_permit(
    code: str,
) -> None:
    named = Rule(effect=Effect.DENY, sensitivities=frozenset({code}))
    terms = Terms(base=BASE, exceptions=(named,))
    assert decided(terms, read(ANY_SENSITIVITY)).outcome is Outcome.DENY
    every = frozenset(SENSITIVITIES.codes) - {ANY_SENSITIVITY}
    for codes in (frozenset({code}), every):
        permit = Terms(base=replace(BASE, sensitivities=codes))
        assert decided(permit, read(ANY_SENSITIVITY)).outcome is Outcome.NOT_APPLICABLE


BASE = Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))
HIV = frozenset({"HIV"})


def read(*labels: str, role: Role = Role.PAYER) -> Request:
    return Request(
        action=Action.ACCESS,
        purpose="TREAT",
        at=JANUARY,
        resource=ResourceFacts(resource_class="Condition", sensitivities=frozenset(labels)),
        recipient=Party(address=CLINIC, roles=frozenset({role})),
    )


def test_never_to_a_payer_holds_for_a_record_with_a_second_label() -> None:
    never = Rule(effect=Effect.PERMIT, sensitivities=HIV, never_to_payer=True)
    terms = Terms(base=BASE, exceptions=(never,))
    assert decided(terms, read("HIV")).outcome is Outcome.DENY
    assert decided(terms, read("HIV", "PSY")).outcome is Outcome.DENY
    assert decided(terms, read("HIV", "PSY", role=Role.HOSPITAL)).permits
    assert decided(terms, read("PSY")).permits


def test_conditions_in_words_hold_for_a_record_with_a_second_label() -> None:
    terms = Terms(base=BASE, exceptions=(replace(BASE, sensitivities=HIV, residual=WORDS),))
    for labels in (("HIV",), ("HIV", "PSY")):
        decision = decided(terms, read(*labels))
        assert decision.outcome is Outcome.PERMIT_WITH_RESIDUAL
        assert decision.residuals == (WORDS,)
    assert decided(terms, read("PSY")).permits


def test_conditions_that_merely_may_apply_soften_no_deny() -> None:
    deny = Rule(effect=Effect.DENY, sensitivities=HIV)
    unless = Rule(effect=Effect.PERMIT, parent=1, sensitivities=HIV, residual=WORDS)
    terms = Terms(base=BASE, exceptions=(deny, unless))
    assert decided(terms, read("HIV")).outcome is Outcome.PERMIT_WITH_RESIDUAL
    assert decided(terms, read("HIV", "PSY")).outcome is Outcome.DENY


def test_conditions_that_merely_may_apply_open_nothing() -> None:
    terms = Terms(base=replace(BASE, sensitivities=HIV, residual=WORDS))
    assert decided(terms, read("HIV", "PSY")).outcome is Outcome.NOT_APPLICABLE


def test_at_equal_depth_conditions_go_before_a_plain_permit() -> None:
    words = replace(BASE, sensitivities=HIV, residual=WORDS)
    plain = replace(BASE, classes=frozenset({"Condition"}))
    for exceptions in ((words, plain), (plain, words)):
        decision = decided(Terms(base=BASE, exceptions=exceptions), read("HIV"))
        assert decision.outcome is Outcome.PERMIT_WITH_RESIDUAL


def test_a_deny_below_a_bounded_permit_denies_within_the_bound() -> None:
    """It takes over "up to restricted": were that read as its own "from", normal would be open."""
    bounded = replace(BASE, confidentiality=Confidentiality.R)
    no_conditions = Rule(effect=Effect.DENY, classes=frozenset({"Condition"}))
    terms = Terms(base=bounded, exceptions=(no_conditions,))
    assert decided(terms, read()).outcome is Outcome.DENY


def test_a_permit_below_a_bounded_deny_permits_within_the_bound() -> None:
    deny = Rule(effect=Effect.DENY, confidentiality=Confidentiality.R)
    research = Rule(effect=Effect.PERMIT, parent=1, purposes=frozenset({"HRESCH"}))
    terms = Terms(base=BASE, exceptions=(deny, research))
    normal = replace(read(), purpose="HRESCH")
    very = replace(normal, resource=replace(normal.resource, confidentiality=Confidentiality.V))
    assert decided(terms, normal).outcome is Outcome.NOT_APPLICABLE
    assert decided(terms, very).permits


@pytest.mark.campaign
def test_what_cannot_deny_denies_nothing(
    cases: list[tuple[Terms, Request, Request, Request]],
) -> None:
    """Beside another consent such terms need not be asked."""
    permitting = [case for case in cases if not may_deny(case[0])]
    assert len(permitting) > TERMS // 36
    for terms, *asked in permitting:
        plain = (replace(request, hops=0, remunerated=False) for request in asked)
        assert all(decided(terms, each).ordinary is not Outcome.DENY for each in plain)
