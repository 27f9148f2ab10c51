"""Terms made ready to decide many requests: each condition a table of bits, one bit a rule.

Nothing is generated or run as code. What a request may fall under is the conjunction of a handful
of masks; what decides is the highest bit of the strictest kind that is left.

Example:
    >>> from salus.terms import Action, Request, ResourceFacts, Terms
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", at=1_800_000_000,
    ...     resource=ResourceFacts(resource_class="Condition"))
    >>> CompiledTerms(Terms.permit("TREAT")).verdict(asked).reason
    'the base rule permits'
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple, cast

from salus.primitives.roles import Role
from salus.terms.classes import CLASSES
from salus.terms.purposes import BREAK_THE_GLASS, PURPOSES
from salus.terms.request import Outcome
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.tables import CodeMasks, PartyMasks, mask_of, span
from salus.terms.vocabulary import Action, Confidentiality, Effect, Part, Policy

if TYPE_CHECKING:
    from salus.terms.model import Terms
    from salus.terms.request import Request, ResourceFacts


class RuleVerdict(NamedTuple):
    """What terms say to a request, and which rule says it."""

    outcome: Outcome
    rule: int | None
    reason: str
    residuals: tuple[bytes, ...] = ()


_ENDED = RuleVerdict(Outcome.NOT_APPLICABLE, None, "outside the consent's validity")
_NOTHING = RuleVerdict(Outcome.NOT_APPLICABLE, None, "no rule matches")
_POLICY_DENIES = RuleVerdict(Outcome.DENY, None, "the overarching policy denies")
_PLAIN_ONLY = RuleVerdict(Outcome.DENY, None, "the overarching policy permits plain requests only")
_POLICY_PERMITS = RuleVerdict(Outcome.PERMIT, None, "the overarching policy permits")


class CompiledTerms:
    """One consent's terms as tables."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        every = range(len(terms.rules))
        rules = [terms.effective(position) for position in every]
        self._actions = {
            action: mask_of(n for n in every if not rules[n].actions or action in rules[n].actions)
            for action in Action
        }
        self._purposes = CodeMasks.of(PURPOSES, [each.purposes for each in rules])
        self._classes = CodeMasks.of(CLASSES, [each.classes for each in rules])
        self._sensitivities = CodeMasks.of(SENSITIVITIES, [each.sensitivities for each in rules])
        self._levels = {
            level: mask_of(n for n in every if self._reaches(n, level)) for level in Confidentiality
        }
        self._parts = [
            PartyMasks([[each for each in rule.actors if each.part is part] for rule in rules])
            for part in (Part.RECIPIENT, Part.CUSTODIAN, Part.AUTHOR)
        ]
        self._compile_times(terms)
        self._compile_effects(terms)

    def _reaches(self, position: int, level: Confidentiality) -> bool:
        named = self._terms.effective(position).confidentiality
        if named is None:
            return True
        downwards = self._terms.labels_of(position).effect is Effect.PERMIT
        return level <= named if downwards else level >= named

    def _compile_times(self, terms: Terms) -> None:
        every = range(len(terms.rules))
        rules = [terms.effective(position) for position in every]
        self._whole = span(0, terms.base.validity)
        valid = [
            span(1 << n, *(terms.rules[above].validity for above in terms.lineage(n)))
            for n in every
        ]
        self._valid = tuple(each for each in valid if each[1:] != self._whole[1:])
        dated = [span(1 << n, rules[n].data_period) for n in every]
        self._dated = tuple(each for each in dated if each[1:] != (-inf, inf))

    def _compile_effects(self, terms: Terms) -> None:
        every = range(len(terms.rules))
        rules = terms.rules
        lineages = [[rules[above] for above in terms.lineage(n)] for n in every]
        self._above = [mask_of(terms.lineage(n)[1:]) for n in every]
        self._denies = mask_of(n for n in every if rules[n].effect is Effect.DENY)
        permits = mask_of(every) & ~self._denies
        self._never_paying = permits & mask_of(
            n for n in every if any(above.never_to_payer for above in lineages[n])
        )
        self._unpaid = permits & mask_of(n for n in every if not rules[n].remuneration)
        self._depths = tuple((1 << n, rules[n].redisclosure_depth) for n in every)
        self._residuals = [
            tuple(above.residual for above in lineage if above.residual is not None)
            for lineage in lineages
        ]
        self._conditional = permits & mask_of(n for n in every if self._residuals[n])
        self._permitting = [self._permit_of(n) for n in every]
        self._denying = [RuleVerdict(Outcome.DENY, n, f"{_name(n)} denies") for n in every]

    def _permit_of(self, position: int) -> RuleVerdict:
        residuals = self._residuals[position]
        if not residuals:
            return RuleVerdict(Outcome.PERMIT, position, f"{_name(position)} permits")
        reason = f"{_name(position)} permits, if the conditions in words are met"
        return RuleVerdict(Outcome.PERMIT_WITH_RESIDUAL, position, reason, residuals)

    def verdict(self, request: Request) -> RuleVerdict:
        """Say what the terms say to a request, break-glass windows left aside.

        Rules that merely may apply are heard beside those that surely do, but for plain permits,
        and for rules of which an exception surely applies. The strictest that is heard decides.
        """
        if not self._whole.start <= request.at < self._whole.end:
            return _ENDED
        sure, possible = self._matching(request)
        heard = possible & ~self._overruled(sure)
        refusing = heard and heard & (self._denies | self._broken(request))
        if refusing:
            return self._refusal(refusing.bit_length() - 1, request)
        policy = None if sure else self._policy(request)
        if policy is not None and policy.outcome is not Outcome.PERMIT:
            return policy
        opening = heard & self._conditional or heard & sure
        if opening:
            return self._permitting[opening.bit_length() - 1]
        return policy or _NOTHING

    def _matching(self, request: Request) -> tuple[int, int]:
        """The valid rules that the request surely falls under, and that it may fall under."""
        resource = request.resource
        common = (
            self._actions[request.action]
            & self._purposes.sure(request.purpose)
            & self._levels[resource.confidentiality]
        )
        for rules, start, end in self._valid:
            if not start <= request.at < end:
                common &= ~rules
        sure, possible = self._of_resource(resource, common)
        for masks, party in zip(
            self._parts, (request.recipient, request.custodian, request.author), strict=True
        ):
            if not masks.is_open:
                surely = masks.sure(party)
                possible &= masks.possible(party, surely)
                sure &= surely
        if request.purpose == BREAK_THE_GLASS:
            sure &= self._denies  # an event on chain, never something that a purpose stands for
        return sure, possible

    def _of_resource(self, resource: ResourceFacts, common: int) -> tuple[int, int]:
        classes, labels = self._classes, self._sensitivities
        sure = (
            common & classes.sure(resource.resource_class) & labels.all_sure(resource.sensitivities)
        )
        possible = (
            common
            & classes.possible(resource.resource_class)
            & labels.any_possible(resource.sensitivities)
        )
        when = resource.when
        for rules, start, end in self._dated:
            if when is None:
                sure &= ~rules
                continue
            first = -inf if when.start is None else when.start
            last = inf if when.end is None else when.end
            if not (start <= first and last <= end):
                sure &= ~rules
            if not (first < end and start < last):
                possible &= ~rules
        return sure, possible

    def _overruled(self, sure: int) -> int:
        """The rules of which an exception surely applies."""
        found = 0
        while sure:
            position = sure.bit_length() - 1
            found |= self._above[position]
            sure ^= 1 << position
        return found

    def _broken(self, request: Request) -> int:
        """The permits that do not allow how it is asked."""
        broken = self._unpaid if request.remunerated else 0
        if self._never_paying and Role.PAYER in request.recipient.roles:
            broken |= self._never_paying
        if request.hops:
            broken |= sum(rule for rule, depth in self._depths if request.hops > depth)
        return broken

    def _refusal(self, position: int, request: Request) -> RuleVerdict:
        bit = 1 << position
        if self._denies & bit:
            return self._denying[position]
        if self._never_paying & bit and Role.PAYER in request.recipient.roles:
            broken = "never to a payer"
        elif self._unpaid & bit and request.remunerated:
            broken = "not against payment"
        else:
            broken = f"passing on is limited to {self._depths[position][1]}"
        return RuleVerdict(Outcome.DENY, position, f"{_name(position)} permits, but {broken}")

    def _policy(self, request: Request) -> RuleVerdict:
        policy = self._terms.policy
        if policy is Policy.NONE:
            return _NOTHING
        if policy is Policy.DENY:
            return _POLICY_DENIES
        # A policy carries no flags, so what flags would have to allow it does not.
        is_plain = not request.remunerated and not request.hops
        is_plain = is_plain and request.purpose != BREAK_THE_GLASS
        return _POLICY_PERMITS if is_plain else _PLAIN_ONLY


def compiled(terms: Terms) -> CompiledTerms:
    """The tables of terms, made when they are first asked for."""
    found = terms.memo.get("compiled")
    if found is None:
        found = terms.memo["compiled"] = CompiledTerms(terms)
    return cast("CompiledTerms", found)


def _name(position: int) -> str:
    return f"exception {position}" if position else "the base rule"
