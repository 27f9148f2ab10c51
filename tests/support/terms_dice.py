"""Terms and requests by the thousand, from dice whose seed a test names."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Actor,
    Confidentiality,
    Effect,
    Party,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
)
from salus.terms.sensitivities import ANY_SENSITIVITY
from salus.terms.vocabulary import Part, Policy

JANUARY, YEAR_END, DAY = 1_767_225_600, 1_798_761_600, 86_400
YEAR = Period(start=JANUARY, end=YEAR_END)
ROLES = (Role.PAYER, Role.PHARMACY, Role.HOSPITAL)
CLINIC, HOSPITAL = "0x" + "a" * 40, "0x" + "b" * 40
REFERENCES = ("Practitioner/1", "Practitioner/2", "Organization/1")
WORDS = bytes(range(32))


def some(dice: Random, codes: tuple[str, ...], chance: float = 0.35) -> frozenset[str]:
    many = (1 if dice.random() < 0.7 else 2) if dice.random() < chance else 0
    return frozenset(dice.sample(codes, many))


def a_period(dice: Random) -> Period:
    start = JANUARY + dice.randrange(-100, 300) * DAY
    end = start + dice.randrange(1, 200) * DAY
    side = dice.random()
    return Period(start=None if side < 0.2 else start, end=None if side > 0.8 else end)


def some_actors(dice: Random) -> frozenset[Actor]:
    kinds = (
        lambda part: Actor.address(CLINIC, part),
        lambda part: Actor.role(dice.choice(ROLES), part),
        lambda part: Actor.reference("Practitioner/1", part),
    )
    many = dice.choice((0, 0, 0, 1, 2))
    return frozenset(dice.choice(kinds)(dice.choice(tuple(Part))) for _ in range(many))


def a_rule(dice: Random, parent: int = 0) -> Rule:
    permits = dice.random() < 0.6
    return Rule(
        effect=Effect.PERMIT if permits else Effect.DENY,
        parent=parent,
        purposes=some(dice, ("TREAT", "HRESCH", "HPAYMT"), 0.3),
        classes=some(dice, ("Observation", "Observation.laboratory", "Condition")),
        sensitivities=some(dice, ("SPI", "PSY", "HIV", "SUD", ANY_SENSITIVITY)),
        confidentiality=dice.choice((None, None, None, *Confidentiality)),
        data_period=a_period(dice) if dice.random() < 0.3 else None,
        actors=some_actors(dice),
        redisclosure_depth=dice.choice((0, 1)) if permits else 0,
        remuneration=permits and dice.random() < 0.3,
        never_to_payer=permits and dice.random() < 0.4,
        residual=WORDS if dice.random() < 0.2 else None,
    )


def any_terms(dice: Random) -> Terms:
    base, exceptions, lineage = a_rule(dice), list[Rule](), [0]
    for position in range(1, 1 + dice.randrange(4)):
        exceptions.append(a_rule(dice, dice.choice(lineage)))
        lineage = [*(above for above in lineage if above <= exceptions[-1].parent), position]
    policies = (Policy.NONE, Policy.DENY, Policy.PERMIT)[: 3 - (base.effect is Effect.PERMIT)]
    return Terms(base=base, exceptions=tuple(exceptions), policy=dice.choice(policies))


def a_request(dice: Random) -> Request:
    """About all that a compartment may hold: its time is a year, its codes may be narrower."""
    return Request(
        action=Action.ACCESS,
        purpose=dice.choice(("TREAT", "HRESCH", "HPAYMT")),
        resource=ResourceFacts(
            resource_class=dice.choice(("Observation", "Condition")),
            sensitivities=some(dice, ("SPI", "PSY", "HIV", ANY_SENSITIVITY), 0.6),
            confidentiality=dice.choice(tuple(Confidentiality)),
            when=dice.choice((None, YEAR)),
        ),
        at=JANUARY,
        recipient=Party(address=CLINIC, roles=frozenset(dice.sample(ROLES, dice.choice((0, 1))))),
        custodian=Party(address=HOSPITAL, roles=frozenset({Role.HOSPITAL})),
        hops=dice.choice((0, 0, 0, 1)),
        remunerated=dice.random() < 0.15,
    )


def deep_terms(dice: Random) -> Terms:
    """Up to sixteen rules, which end and speak of actions too."""
    base, exceptions, lineage = _timed(dice, a_rule(dice)), list[Rule](), [0]
    for position in range(1, 1 + dice.randrange(16)):
        exceptions.append(_timed(dice, a_rule(dice, dice.choice(lineage))))
        lineage = [*(above for above in lineage if above <= exceptions[-1].parent), position]
    policies = (Policy.NONE, Policy.DENY, Policy.PERMIT)[: 3 - (base.effect is Effect.PERMIT)]
    return Terms(base=base, exceptions=tuple(exceptions), policy=dice.choice(policies))


def _timed(dice: Random, rule: Rule) -> Rule:
    validity = a_period(dice) if dice.random() < 0.15 else None
    actions = frozenset(dice.sample(tuple(Action), 3)) if dice.random() < 0.15 else frozenset()
    actors = rule.actors
    if dice.random() < 0.15:
        actors |= {Actor.reference(dice.choice(REFERENCES), dice.choice(tuple(Part)))}
    return replace(rule, validity=validity, actions=actions, actors=actors)


def a_wide_request(dice: Random) -> Request:
    """Of any action, moment and parties, known in part."""
    request = a_request(dice)
    when = dice.choice((None, a_period(dice)))
    return replace(
        request,
        action=dice.choice(tuple(Action)),
        purpose=dice.choice(("TREAT", "COC", "HRESCH", "HPAYMT", "BTG", "PurposeOfUse")),
        resource=replace(request.resource, when=when),
        at=JANUARY + dice.randrange(-50, 250) * DAY,
        recipient=a_party(dice),
        custodian=a_party(dice),
        author=a_party(dice),
    )


def a_party(dice: Random) -> Party:
    return Party(
        address=dice.choice((None, CLINIC, HOSPITAL)),
        roles=frozenset(dice.sample(ROLES, dice.choice((0, 0, 1)))),
        references=frozenset(dice.sample(REFERENCES, dice.choice((0, 1)))),
        others=frozenset(dice.sample(REFERENCES, dice.choice((0, 1, 2)))),
    )
