"""Terms decided rule by rule, as docs/terms.md says it: what the compiled tables are held against.

`match` says whether one rule matches one request: surely, possibly, or not.

What a request leaves unsaid (a record without a date, an unknown author) must not open anything: a
permit counts where it surely matches, and what forbids or restricts wherever it possibly does.
"""

from __future__ import annotations

from enum import IntEnum

from salus.primitives.roles import Role
from salus.terms.actor import Actor
from salus.terms.classes import CLASSES
from salus.terms.codes import CodeTable
from salus.terms.compiled import RuleVerdict
from salus.terms.model import Rule, Terms
from salus.terms.period import Period
from salus.terms.purposes import BREAK_THE_GLASS, PURPOSES
from salus.terms.request import Outcome, Party, Request, ResourceFacts
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import ActorKind, Confidentiality, Effect, Part, Policy


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
    unknown = actor.value not in party.others
    return actor.value in party.references or (unknown and not surely)


# What several rules of one consent say together: the strictest. Of none of them a deny is made, but
# where nothing surely applies, nothing is given either.
_STRICTNESS = (
    Outcome.DENY,
    Outcome.NOT_APPLICABLE,
    Outcome.PERMIT_WITH_RESIDUAL,
    Outcome.PERMIT,
)


def plain_verdict(terms: Terms, request: Request) -> RuleVerdict:
    validity = terms.base.validity
    if validity is not None and not validity.contains(request.at):
        return RuleVerdict(Outcome.NOT_APPLICABLE, None, "outside the consent's validity")
    return min(_heard(terms, request), key=lambda verdict: _STRICTNESS.index(verdict.outcome))


def _heard(terms: Terms, request: Request) -> list[RuleVerdict]:
    """What may apply, but for rules of which an exception surely does."""
    heard: list[RuleVerdict] = []
    overruled: set[int] = set()
    surely = False
    for position in reversed(range(len(terms.rules))):  # exceptions before what they are within
        if position in overruled or not _is_valid(terms, position, request):
            continue
        how = match(terms, position, request)
        if not how:
            continue
        verdict = _verdict_of(terms, position, request)
        if how is Match.SURE:
            surely = True
            overruled.update(terms.lineage(position)[1:])
        if how is Match.SURE or verdict.outcome is not Outcome.PERMIT:
            heard.append(verdict)
    return heard if surely else [*heard, _verdict_of_policy(terms.policy, request)]


def _is_valid(terms: Terms, position: int, request: Request) -> bool:
    validities = (terms.rules[above].validity for above in terms.lineage(position))
    return all(validity is None or validity.contains(request.at) for validity in validities)


def _verdict_of(terms: Terms, position: int, request: Request) -> RuleVerdict:
    rule = terms.rules[position]
    name = f"exception {position}" if position else "the base rule"
    if rule.effect is Effect.DENY:
        return RuleVerdict(Outcome.DENY, position, f"{name} denies")
    lineage = [terms.rules[above] for above in terms.lineage(position)]
    broken = _broken_flag(rule, lineage, request)
    if broken:
        return RuleVerdict(Outcome.DENY, position, f"{name} permits, but {broken}")
    residuals = tuple(above.residual for above in lineage if above.residual is not None)
    if residuals:
        reason = f"{name} permits, if the conditions in words are met"
        return RuleVerdict(Outcome.PERMIT_WITH_RESIDUAL, position, reason, residuals)
    return RuleVerdict(Outcome.PERMIT, position, f"{name} permits")


def _broken_flag(rule: Rule, lineage: list[Rule], request: Request) -> str | None:
    if Role.PAYER in request.recipient.roles and any(above.never_to_payer for above in lineage):
        return "never to a payer"
    if request.remunerated and not rule.remuneration:
        return "not against payment"
    if request.hops > rule.redisclosure_depth:
        return f"passing on is limited to {rule.redisclosure_depth}"
    return None


def _verdict_of_policy(policy: Policy, request: Request) -> RuleVerdict:
    if policy is Policy.NONE:
        return RuleVerdict(Outcome.NOT_APPLICABLE, None, "no rule matches")
    if policy is Policy.DENY:
        return RuleVerdict(Outcome.DENY, None, "the overarching policy denies")
    # A policy carries no flags, so what flags would have to allow it does not.
    is_plain = not request.remunerated and not request.hops and request.purpose != BREAK_THE_GLASS
    if not is_plain:
        return RuleVerdict(Outcome.DENY, None, "the overarching policy permits plain requests only")
    return RuleVerdict(Outcome.PERMIT, None, "the overarching policy permits")
