"""What consent terms decide: what holds of any terms and any request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.campaigns import amount
from tests.support.terms_strategies import NOW, requests, rules
from tests.support.terms_strategies import terms as any_terms

from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Actor,
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
from salus.terms.evaluation import combine
from salus.terms.request import Decision
from salus.terms.vocabulary import Part

ID = bytes(range(32))
OPENING = (Outcome.PERMIT, Outcome.PERMIT_WITH_RESIDUAL)


def decide(terms: Terms, request: Request) -> Decision:
    return evaluate(terms, request, consent_id=ID, block=7)


def outcome(terms: Terms, request: Request) -> Outcome:
    return decide(terms, request).outcome


@given(any_terms(), requests)
def test_the_same_question_gets_the_same_answer(terms: Terms, request_: Request) -> None:
    assert decide(terms, request_) == decide(terms, replace(request_))


@settings(max_examples=amount(300, sample=60))
@given(any_terms(), requests, st.data())
def test_adding_a_deny_never_permits_more(
    terms: Terms, request_: Request, data: st.DataObject
) -> None:
    parent = data.draw(st.sampled_from(terms.lineage(len(terms.exceptions))))
    deny = data.draw(rules(parent=parent, effect=Effect.DENY))
    stricter = replace(terms, exceptions=(*terms.exceptions, deny))
    before, after = outcome(terms, request_), outcome(stricter, request_)
    assert after in (before, Outcome.DENY)


@given(any_terms(), requests)
def test_an_expired_consent_never_permits(terms: Terms, request_: Request) -> None:
    expired = replace(terms, base=replace(terms.base, validity=Period(end=request_.at)))
    assert outcome(expired, request_) is Outcome.NOT_APPLICABLE


@given(any_terms(), requests)
def test_an_expired_rule_never_decides(terms: Terms, request_: Request) -> None:
    rule = decide(terms, request_).rule
    if rule is not None:
        lineage = [terms.rules[position] for position in terms.lineage(rule)]
        assert all(each.validity is None or each.validity.contains(request_.at) for each in lineage)


@given(any_terms(), requests)
def test_breaking_the_glass_takes_a_window(terms: Terms, request_: Request) -> None:
    assert outcome(terms, request_) is not Outcome.BREAK_GLASS
    assert outcome(terms, replace(request_, purpose="BTG")) not in OPENING


@pytest.mark.parametrize("part", [Part.AUTHOR, Part.CUSTODIAN])
def test_a_deny_by_role_covers_somebody_of_whom_nothing_is_known(part: Part) -> None:
    terms = Terms(
        base=Rule(effect=Effect.PERMIT),
        exceptions=(Rule(effect=Effect.DENY, actors=frozenset({Actor.role(Role.PAYER, part)})),),
    )
    resource = ResourceFacts(resource_class="Condition")
    asked = Request(action=Action.ACCESS, purpose="TREAT", at=NOW, resource=resource)
    name = part.name.lower()
    known = replace(asked, **{name: Party(address="0x" + "12" * 20, roles=frozenset())})
    assert outcome(terms, asked) is Outcome.DENY
    assert outcome(terms, known) is not Outcome.DENY


@given(any_terms(), requests)
def test_knowing_less_about_a_record_never_opens_it(terms: Terms, request_: Request) -> None:
    vague = replace(
        request_, resource=replace(request_.resource, when=None), author=Party(), custodian=Party()
    )
    if outcome(terms, vague) in OPENING:
        assert outcome(terms, request_) in OPENING


@given(st.lists(st.tuples(any_terms(max_exceptions=1), requests), min_size=1, max_size=4))
def test_combining_permits_only_without_a_deny(pairs: list[tuple[Terms, Request]]) -> None:
    decisions = [decide(terms, request_) for terms, request_ in pairs]
    outcomes = {decision.outcome for decision in decisions}
    combined = combine(decisions)
    assert combined in [replace(each, consents=combined.consents) for each in decisions]
    assert set(combined.consents) == {ID}
    assert (combined.outcome in OPENING) == (
        Outcome.DENY not in outcomes and bool(outcomes & set(OPENING))
    )
