"""Whether one rule matches one request: surely, possibly, or not.

What a request leaves unsaid (a record without a date, an unknown author) must not open anything: a
permit counts where it surely matches, and what forbids or restricts wherever it possibly does.

Example:
    >>> from salus.terms import Action, Effect, Period, Request, ResourceFacts, Rule, Terms
    >>> undated = Request(action=Action.ACCESS, purpose="TREAT", at=0,
    ...     resource=ResourceFacts(resource_class="Condition"))
    >>> of_2020 = Period(start=1_577_836_800, end=1_609_459_200)
    >>> match(Terms(base=Rule(effect=Effect.PERMIT, data_period=of_2020)), 0, undated)
    <Match.POSSIBLE: 1>
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from salus.primitives.roles import Role
from salus.terms.classes import CLASSES
from salus.terms.period import Period
from salus.terms.purposes import BREAK_THE_GLASS, PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import ActorKind, Effect, Part

if TYPE_CHECKING:
    from salus.terms.actor import Actor
    from salus.terms.codes import CodeTable
    from salus.terms.model import Rule, Terms
    from salus.terms.request import Party, Request, ResourceFacts
    from salus.terms.vocabulary import Confidentiality


class Match(IntEnum):
    """How surely a rule matches a request; only NO is false."""

    NO = 0
    POSSIBLE = 1
    SURE = 2


def match(terms: Terms, position: int, request: Request) -> Match:
    """How surely a request falls under a rule's conditions, validity and flags left aside."""
    rule, labels = terms.effective(position), terms.labels_of(position)
    if not _matches(rule, request, bound=labels.effect, surely=False):
        return Match.NO
    # Breaking the glass is an event on chain, never something that a purpose can stand for.
    permits_it = rule.effect is Effect.PERMIT and request.purpose == BREAK_THE_GLASS
    sure = not permits_it and _matches(rule, request, bound=labels.effect, surely=True)
    return Match.SURE if sure else Match.POSSIBLE


def _matches(rule: Rule, request: Request, *, bound: Effect, surely: bool) -> bool:
    return (
        (not rule.actions or request.action in rule.actions)
        # A purpose is what the requester declares, not something about the record that we may not
        # know: were "treatment" taken for every purpose below it, a deny on one of them would deny
        # them all.
        and (not rule.purposes or PURPOSES.covers(rule.purposes, request.purpose))
        and _resource_matches(rule, request.resource, bound=bound, surely=surely)
        and all(
            _part_matches(rule.actors, part, party, surely=surely)
            for part, party in (
                (Part.RECIPIENT, request.recipient),
                (Part.CUSTODIAN, request.custodian),
                (Part.AUTHOR, request.author),
            )
        )
    )


def _resource_matches(rule: Rule, resource: ResourceFacts, *, bound: Effect, surely: bool) -> bool:
    return (
        (
            not rule.classes
            or _code_matches(CLASSES, rule.classes, resource.resource_class, surely=surely)
        )
        and _sensitivities_match(rule.sensitivities, resource.sensitivities, surely=surely)
        and _confidentiality_matches(rule.confidentiality, resource.confidentiality, bound)
        and _data_period_matches(rule.data_period, resource.when, surely=surely)
    )


def _confidentiality_matches(
    named: Confidentiality | None, label: Confidentiality, bound: Effect
) -> bool:
    if named is None:
        return True
    return label >= named if bound is Effect.DENY else label <= named


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
