"""Whether one rule matches one request: surely for a permit, possibly for a deny.

What a request leaves unsaid (a record without a date, an unknown author) must not open anything,
so a permit matches only what is surely inside it, and a deny everything that may be.

Example:
    >>> from salus.terms import Action, Effect, Request, ResourceFacts, Rule
    >>> undated = Request(action=Action.ACCESS, purpose="TREAT", at=0,
    ...     resource=ResourceFacts(resource_class="Condition"))
    >>> of_2020 = Period(start=1_577_836_800, end=1_609_459_200)
    >>> [matches(Rule(effect=effect, data_period=of_2020), undated) for effect in Effect]
    [True, False]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.models import Role
from salus.terms.classes import CLASSES
from salus.terms.period import Period
from salus.terms.purposes import BREAK_THE_GLASS, PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import ActorKind, Effect, Part

if TYPE_CHECKING:
    from salus.terms.actor import Actor
    from salus.terms.codes import CodeTable
    from salus.terms.model import Rule
    from salus.terms.request import Party, Request, ResourceFacts
    from salus.terms.vocabulary import Confidentiality


def matches(rule: Rule, request: Request) -> bool:
    """Tell whether a request falls under a rule's conditions, its flags left aside.

    Args:
        rule: the rule, completed with what it inherits.
        request: the request.

    Returns:
        True when it does.
    """
    surely = rule.effect is Effect.PERMIT
    return (
        (rule.validity is None or rule.validity.contains(request.at))
        and (not rule.actions or request.action in rule.actions)
        and _purpose_matches(rule, request.purpose, surely=surely)
        and _resource_matches(rule, request.resource, surely=surely)
        and all(
            _part_matches(rule.actors, part, party, surely=surely)
            for part, party in (
                (Part.RECIPIENT, request.recipient),
                (Part.CUSTODIAN, request.custodian),
                (Part.AUTHOR, request.author),
            )
        )
    )


def _purpose_matches(rule: Rule, purpose: str, *, surely: bool) -> bool:
    # Breaking the glass is an event on chain, never something that a purpose can stand for.
    if surely and purpose == BREAK_THE_GLASS:
        return False
    # A purpose is what the requester declares, not something about the record that we may not know:
    # were "treatment" taken for every purpose below it, a deny on one of them would deny them all.
    return not rule.purposes or PURPOSES.covers(rule.purposes, purpose)


def _resource_matches(rule: Rule, resource: ResourceFacts, *, surely: bool) -> bool:
    return (
        (
            not rule.classes
            or _code_matches(CLASSES, rule.classes, resource.resource_class, surely=surely)
        )
        and _sensitivities_match(rule.sensitivities, resource.sensitivities, surely=surely)
        and _confidentiality_matches(rule, resource.confidentiality)
        and _data_period_matches(rule.data_period, resource.when, surely=surely)
    )


def _confidentiality_matches(rule: Rule, label: Confidentiality) -> bool:
    if rule.confidentiality is None:
        return True
    if rule.effect is Effect.DENY:
        return label >= rule.confidentiality
    return label <= rule.confidentiality


def _sensitivities_match(named: frozenset[str], labels: frozenset[str], *, surely: bool) -> bool:
    if not named:
        return True
    found = [_code_matches(SENSITIVITIES, named, label, surely=surely) for label in labels]
    # A record that is also labelled with something else is not surely inside.
    return bool(found) and all(found) if surely else any(found)


def _code_matches(table: CodeTable, named: frozenset[str], code: str, *, surely: bool) -> bool:
    return table.covers(named, code) if surely else table.overlaps(named, code)


def _data_period_matches(period: Period | None, when: Period | None, *, surely: bool) -> bool:
    if period is None:
        return True
    if when is None:
        return not surely
    return period.encloses(when) if surely else period.meets(when)


def _part_matches(actors: frozenset[Actor], part: Part, party: Party, *, surely: bool) -> bool:
    wanted = [actor for actor in actors if actor.part is part]
    return not wanted or any(_is_actor(actor, party, surely=surely) for actor in wanted)


def _is_actor(actor: Actor, party: Party, *, surely: bool) -> bool:
    if actor.kind is ActorKind.ADDRESS:
        return actor.value == party.address or (party.address is None and not surely)
    if actor.kind is ActorKind.ROLE:
        unknown = party.address is None and not party.roles
        return Role[actor.value.upper()] in party.roles or (unknown and not surely)
    return actor.value in party.references or (not party.references and not surely)
