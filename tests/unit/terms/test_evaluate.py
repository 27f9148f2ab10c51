"""What consent terms decide: examples a person can follow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.terms_strategies import DAY, NOW

from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Actor,
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
from salus.terms.errors import InvalidTerms, UnknownCode
from salus.terms.evaluation import combine, without_consent
from salus.terms.request import Decision
from salus.terms.vocabulary import Part, Policy

ID = bytes(range(32))
OTHER = bytes(32)
LAB = ResourceFacts(resource_class="Observation.laboratory")
READ = Request(action=Action.ACCESS, purpose="TREAT", resource=LAB, at=NOW)
TREATMENT = Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))


def decide(terms: Terms, request: Request) -> Decision:
    return evaluate(terms, request, consent_id=ID, block=7)


def outcome(terms: Terms, request: Request) -> Outcome:
    return decide(terms, request).outcome


def test_a_permit_names_consent_block_and_rule() -> None:
    decision = decide(Terms(base=TREATMENT), READ)
    assert decision.permits
    assert (decision.consent_id, decision.block, decision.rule) == (ID, 7, 0)
    assert decision.reason == "the base rule permits"


def test_a_purpose_covers_those_below_it_and_no_others() -> None:
    terms = Terms(base=TREATMENT)
    assert outcome(terms, replace(READ, purpose="COC")) is Outcome.PERMIT
    assert outcome(terms, replace(READ, purpose="HRESCH")) is Outcome.NOT_APPLICABLE
    assert outcome(terms, replace(READ, purpose="PurposeOfUse")) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("purposes", [{"BTG"}, {"ETREAT"}, {"PurposeOfUse"}, set()])
def test_no_purpose_bit_breaks_the_glass(purposes: set[str]) -> None:
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset(purposes)))
    broken = replace(READ, purpose="BTG")
    assert outcome(terms, broken) is Outcome.NOT_APPLICABLE
    assert outcome(terms, replace(broken, break_glass_until=NOW + 1)) is Outcome.BREAK_GLASS


def test_a_policy_that_permits_does_not_break_the_glass() -> None:
    terms = Terms(
        base=Rule(effect=Effect.DENY, purposes=frozenset({"HMARKT"})), policy=Policy.PERMIT
    )
    assert outcome(terms, READ) is Outcome.PERMIT
    assert outcome(terms, replace(READ, purpose="BTG")) is Outcome.DENY


def test_an_open_window_opens_reading_only_until_it_ends() -> None:
    terms = Terms(base=Rule(effect=Effect.DENY))
    inside = replace(READ, break_glass_until=NOW + 1)
    decision = decide(terms, inside)
    assert decision.outcome is Outcome.BREAK_GLASS
    assert decision.ordinary is Outcome.DENY
    assert decision.is_conditional
    assert not decision.permits
    assert outcome(terms, replace(inside, action=Action.DISCLOSE)) is Outcome.DENY
    assert outcome(terms, replace(inside, break_glass_until=NOW)) is Outcome.DENY


def test_a_window_is_not_used_where_the_consent_permits() -> None:
    request = replace(READ, break_glass_until=NOW + 1)
    assert outcome(Terms(base=TREATMENT), request) is Outcome.PERMIT


def test_the_deepest_matching_rule_decides() -> None:
    terms = Terms(
        base=TREATMENT,
        exceptions=(
            Rule(effect=Effect.DENY, classes=frozenset({"Observation"})),
            Rule(effect=Effect.PERMIT, parent=1, classes=frozenset({"Observation.laboratory"})),
        ),
    )
    assert decide(terms, READ).rule == 2
    vitals = ResourceFacts(resource_class="Observation.vital-signs")
    assert decide(terms, replace(READ, resource=vitals)).rule == 1
    condition = ResourceFacts(resource_class="Condition")
    assert decide(terms, replace(READ, resource=condition)).rule == 0


def test_an_exception_overrules_nothing_but_what_it_is_an_exception_to() -> None:
    psychiatry = Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"}))
    marketing = Rule(effect=Effect.DENY, purposes=frozenset({"HMARKT"}))
    but_conditions = Rule(effect=Effect.PERMIT, parent=2, classes=frozenset({"Condition"}))
    everything = Rule(effect=Effect.PERMIT)
    terms = Terms(base=everything, exceptions=(psychiatry, marketing, but_conditions))
    condition = ResourceFacts(resource_class="Condition")
    asked = replace(READ, purpose="HMARKT", resource=condition)
    assert decide(terms, asked).rule == 3
    labelled = replace(asked, resource=replace(condition, sensitivities=frozenset({"PSY"})))
    assert decide(terms, labelled).outcome is Outcome.DENY
    assert decide(terms, labelled).rule == 1


def test_at_equal_depth_a_deny_wins() -> None:
    deny = Rule(effect=Effect.DENY, actions=frozenset({Action.ACCESS}))
    terms = Terms(base=TREATMENT, exceptions=(replace(TREATMENT, residual=ID), deny, TREATMENT))
    assert decide(terms, READ).rule == 2
    assert decide(terms, READ).outcome is Outcome.DENY


def test_an_exception_takes_from_above_what_it_does_not_say() -> None:
    nurse = frozenset({Actor.reference("Practitioner/1")})
    holder = frozenset({Actor.reference("Organization/1", Part.CUSTODIAN)})
    base = replace(TREATMENT, confidentiality=Confidentiality.N, actors=holder)
    psychiatry = Rule(effect=Effect.PERMIT, sensitivities=frozenset({"PSY"}), actors=nurse)
    terms = Terms(base=base, exceptions=(psychiatry,))
    note = replace(LAB, sensitivities=frozenset({"PSY"}), confidentiality=Confidentiality.R)
    asked = replace(
        READ,
        resource=note,
        recipient=Party(references=frozenset({"Practitioner/1"})),
        custodian=Party(references=frozenset({"Organization/1"})),
    )
    assert decide(terms, asked).rule == 1
    assert outcome(terms, replace(asked, purpose="HRESCH")) is Outcome.NOT_APPLICABLE
    assert outcome(terms, replace(asked, custodian=Party())) is Outcome.NOT_APPLICABLE
    assert outcome(terms, replace(asked, recipient=Party())) is Outcome.NOT_APPLICABLE


def test_an_exception_is_valid_only_while_all_above_it_are() -> None:
    middle = Rule(effect=Effect.DENY, validity=Period(end=NOW))
    terms = Terms(base=Rule(effect=Effect.DENY), exceptions=(middle, replace(TREATMENT, parent=1)))
    assert outcome(terms, replace(READ, at=NOW - 1)) is Outcome.PERMIT
    assert decide(terms, READ).rule == 0


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(Policy.NONE, Outcome.NOT_APPLICABLE), (Policy.DENY, Outcome.DENY)],
)
def test_the_policy_decides_what_no_rule_matches(policy: Policy, expected: Outcome) -> None:
    terms = Terms(base=TREATMENT, policy=policy)
    assert outcome(terms, replace(READ, purpose="HRESCH")) is expected


def test_a_sensitive_label_beside_a_permitted_one_is_not_permitted() -> None:
    terms = Terms(base=Rule(effect=Effect.PERMIT, sensitivities=frozenset({"PSY"})))
    labels = {"PSY": Outcome.PERMIT, "PSY HIV": Outcome.NOT_APPLICABLE, "": Outcome.NOT_APPLICABLE}
    for names, expected in labels.items():
        resource = replace(LAB, sensitivities=frozenset(names.split()))
        assert outcome(terms, replace(READ, resource=resource)) is expected


def test_a_deny_reaches_labels_that_may_mean_it() -> None:
    terms = Terms(
        base=TREATMENT,
        exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})),),
    )
    for label in ("PSY", "SPI"):
        resource = replace(LAB, sensitivities=frozenset({label, "HIV"}))
        assert outcome(terms, replace(READ, resource=resource)) is Outcome.DENY
    plain = replace(LAB, sensitivities=frozenset({"HIV"}))
    assert outcome(terms, replace(READ, resource=plain)) is Outcome.PERMIT


def test_a_deny_reaches_from_its_confidentiality_upwards() -> None:
    deny = Rule(effect=Effect.DENY, confidentiality=Confidentiality.R)
    terms = Terms(base=TREATMENT, exceptions=(deny,))
    expected = {"N": Outcome.PERMIT, "R": Outcome.DENY, "V": Outcome.DENY}
    for label, wanted in expected.items():
        resource = replace(LAB, confidentiality=Confidentiality[label])
        assert outcome(terms, replace(READ, resource=resource)) is wanted


def test_a_permit_reaches_up_to_its_confidentiality() -> None:
    terms = Terms(base=replace(TREATMENT, confidentiality=Confidentiality.N))
    restricted = replace(LAB, confidentiality=Confidentiality.R)
    assert outcome(terms, READ) is Outcome.PERMIT
    assert outcome(terms, replace(READ, resource=restricted)) is Outcome.NOT_APPLICABLE


def test_a_record_without_a_date_is_never_surely_inside_a_period() -> None:
    last_week = Period(start=NOW - 7 * DAY, end=NOW)
    inside = replace(LAB, when=Period(start=NOW - DAY, end=NOW))
    across = replace(LAB, when=Period(start=NOW - 9 * DAY, end=NOW))
    since = replace(LAB, when=Period(start=NOW - DAY))
    permit = Terms(base=replace(TREATMENT, data_period=last_week))
    deny = Terms(base=TREATMENT, exceptions=(Rule(effect=Effect.DENY, data_period=last_week),))
    assert outcome(permit, replace(READ, resource=inside)) is Outcome.PERMIT
    for resource in (LAB, across, since):
        assert outcome(permit, replace(READ, resource=resource)) is Outcome.NOT_APPLICABLE
        assert outcome(deny, replace(READ, resource=resource)) is Outcome.DENY
    later = replace(LAB, when=Period(start=NOW))
    assert outcome(deny, replace(READ, resource=later)) is Outcome.PERMIT


def test_actors_of_one_part_are_alternatives_and_parts_are_joined() -> None:
    hospital, clinic = Actor.reference("Organization/1"), Actor.role(Role.CLINICIAN)
    holder = Actor.address("0x" + "A" * 40, Part.CUSTODIAN)
    terms = Terms(base=replace(TREATMENT, actors=frozenset({hospital, clinic, holder})))
    held = replace(READ, custodian=Party(address="0x" + "a" * 40))
    one = Party(references=frozenset({"Organization/1"}))
    other = Party(roles=frozenset({Role.CLINICIAN}))
    assert outcome(terms, replace(held, recipient=one)) is Outcome.PERMIT
    assert outcome(terms, replace(held, recipient=other)) is Outcome.PERMIT
    assert outcome(terms, replace(READ, recipient=one)) is Outcome.NOT_APPLICABLE
    assert outcome(terms, held) is Outcome.NOT_APPLICABLE


def test_a_deny_on_an_author_reaches_records_whose_author_is_unknown() -> None:
    author = Actor.reference("Practitioner/9", Part.AUTHOR)
    terms = Terms(
        base=TREATMENT, exceptions=(Rule(effect=Effect.DENY, actors=frozenset({author})),)
    )
    assert outcome(terms, READ) is Outcome.DENY
    other = replace(READ, author=Party(references=frozenset({"Practitioner/8"})))
    assert outcome(terms, other) is Outcome.DENY
    known = replace(READ, author=Party(others=frozenset({"Practitioner/9"})))
    assert outcome(terms, known) is Outcome.PERMIT


def test_flags_forbid_what_they_do_not_allow() -> None:
    payer = Party(roles=frozenset({Role.PAYER}))
    plain, paid = Terms(base=TREATMENT), replace(READ, remunerated=True)
    assert decide(plain, paid).reason == "the base rule permits, but not against payment"
    assert outcome(plain, replace(READ, hops=1)) is Outcome.DENY
    assert outcome(plain, replace(READ, recipient=payer)) is Outcome.PERMIT
    wide = replace(TREATMENT, remuneration=True, redisclosure_depth=2, never_to_payer=True)
    assert outcome(Terms(base=wide), replace(paid, hops=2)) is Outcome.PERMIT
    assert outcome(Terms(base=wide), replace(paid, hops=3)) is Outcome.DENY
    beneath = Terms(base=wide, exceptions=(TREATMENT,))
    assert decide(beneath, replace(READ, recipient=payer)).reason.endswith("never to a payer")


def test_a_residual_anywhere_above_makes_a_permit_conditional() -> None:
    terms = Terms(base=replace(TREATMENT, residual=OTHER), exceptions=(TREATMENT,))
    decision = decide(terms, READ)
    assert decision.outcome is Outcome.PERMIT_WITH_RESIDUAL
    assert decision.residuals == (OTHER,)
    assert decision.is_conditional
    assert not decision.permits


def test_one_deny_overrides_every_permit() -> None:
    permit = decide(Terms(base=TREATMENT), READ)
    deny = evaluate(Terms(base=Rule(effect=Effect.DENY)), READ, consent_id=OTHER, block=7)
    unrelated = decide(Terms(base=replace(TREATMENT, purposes=frozenset({"HRESCH"}))), READ)
    assert combine([permit, unrelated]) == permit
    assert combine([unrelated, permit, deny]) == replace(deny, consents=(ID, OTHER))


def test_break_glass_counts_only_where_consents_leave_it_closed() -> None:
    request = replace(READ, break_glass_until=NOW + 1)
    permit, nothing = decide(Terms(base=TREATMENT), request), without_consent(request, block=7)
    deny = decide(Terms(base=Rule(effect=Effect.DENY)), request)
    assert nothing.outcome is Outcome.BREAK_GLASS
    assert nothing.consent_id is None
    assert combine([nothing, permit]).outcome is Outcome.PERMIT
    assert combine([nothing, permit, deny]).outcome is Outcome.BREAK_GLASS


def test_refuses_to_combine_nothing_or_two_moments() -> None:
    with pytest.raises(InvalidTerms, match="without_consent"):
        combine([])
    with pytest.raises(InvalidTerms, match="different blocks"):
        combine([without_consent(READ, block=1), without_consent(READ, block=2)])


def test_refuses_a_request_that_means_nothing() -> None:
    with pytest.raises(UnknownCode, match="'CURE'"):
        replace(READ, purpose="CURE")
    with pytest.raises(InvalidTerms, match="hops"):
        replace(READ, hops=-1)
    with pytest.raises(UnknownCode, match="'Robot'"):
        ResourceFacts(resource_class="Robot")
