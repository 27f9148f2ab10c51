"""Evaluate consent terms: one pure function, so that any decision can be replayed later.

Each rule first says what it would answer. Every answer that may apply is heard, but for a rule of
which an exception surely applies: an exception overrules what it is an exception to, and nothing
else. The strictest of them decides, and the policy is heard too where no rule surely applies.
Only a plain permit is not heard where it merely may apply: a condition restricts.
An exception takes from the rule above it every condition that it does not set itself. It is valid
only while all rules above it are, and outside the base rule's validity nothing applies at all.

Example:
    >>> from salus.terms import Action, Effect, Request, ResourceFacts, Rule, Terms
    >>> terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", at=1_800_000_000,
    ...     resource=ResourceFacts(resource_class="Condition"))
    >>> evaluate(terms, asked, consent_id=bytes(32), block=1).outcome
    <Outcome.PERMIT: 'Permit'>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.values import require_type
from salus.terms.errors import InvalidTerms
from salus.terms.match import Match, match
from salus.terms.model import Terms
from salus.terms.purposes import BREAK_THE_GLASS
from salus.terms.request import Decision, Outcome, Request
from salus.terms.vocabulary import Action, Effect, Policy

if TYPE_CHECKING:
    from salus.terms.model import Rule

BREAK_GLASS_ACTIONS = frozenset({Action.ACCESS, Action.USE})
"""What a break-glass window opens: reading and using, never passing on or changing."""


class _RuleVerdict(NamedTuple):
    outcome: Outcome
    rule: int | None
    reason: str
    residuals: tuple[bytes, ...] = ()


@typed_arguments
def evaluate(terms: Terms, request: Request, *, consent_id: bytes, block: int) -> Decision:
    """Decide one request under one consent. That the consent is in force is the caller's to check.

    Args:
        terms: the consent's terms.
        request: the request, with the facts as they were at the block.
        consent_id: the consent's id, 32 bytes.
        block: the number of the block at which the facts were read.

    Returns:
        The decision. Release only what ``permits``; see ``is_conditional`` for the rest.
    """
    require_type(terms, Terms, owner="evaluate", field="terms")
    require_type(request, Request, owner="evaluate", field="request")
    verdict = _ordinary(terms, request)
    decision = Decision(
        outcome=verdict.outcome,
        ordinary=verdict.outcome,
        consent_id=consent_id,
        block=block,
        rule=verdict.rule,
        reason=verdict.reason,
        residuals=verdict.residuals,
    )
    return _with_break_glass(decision, request)


@typed_arguments
def without_consent(request: Request, *, block: int) -> Decision:
    """Decide a request without a consent at a block: only an open break-glass window helps."""
    nothing = Outcome.NOT_APPLICABLE
    decision = Decision(
        outcome=nothing,
        ordinary=nothing,
        consent_id=None,
        block=block,
        rule=None,
        reason="no consent was shown",
    )
    return _with_break_glass(decision, request)


@typed_arguments
def combine(decisions: Sequence[Decision]) -> Decision:
    """Merge the decisions of several consents on one request at one block: a deny overrides.

    Begin with :func:`without_consent` where there may be none. The prevailing decision is returned
    as its own consent gave it.

    Raises:
        InvalidTerms: There are no decisions, or they were taken at different blocks.
    """
    if not decisions:
        raise InvalidTerms(field="decisions", problem="are missing; begin with without_consent(…)")
    if len({decision.block for decision in decisions}) > 1:
        raise InvalidTerms(field="decisions", problem="were taken at different blocks")
    return min(decisions, key=lambda decision: _PRECEDENCE.index(decision.ordinary))


@typed_arguments
def may_deny(terms: Terms) -> bool:
    """Whether terms can ever deny a request that is neither paid nor passed on."""
    closing = (rule.effect is Effect.DENY or rule.never_to_payer for rule in terms.rules)
    return terms.policy is not Policy.NONE or any(closing)


@typed_arguments
def may_permit(terms: Terms) -> bool:
    """Whether terms can ever permit a request."""
    opening = (rule.effect is Effect.PERMIT for rule in terms.rules)
    return terms.policy is Policy.PERMIT or any(opening)


# A break-glass window is open for all decisions on a request or for none, and it only opens what
# is ordinarily closed: the ordinary outcomes decide which consent prevails.
_PRECEDENCE = (
    Outcome.DENY,
    Outcome.PERMIT,
    Outcome.PERMIT_WITH_RESIDUAL,
    Outcome.NOT_APPLICABLE,
)


def _with_break_glass(decision: Decision, request: Request) -> Decision:
    window_is_open = (
        request.break_glass_until is not None and request.at < request.break_glass_until
    )
    ordinarily_closed = decision.ordinary in (Outcome.DENY, Outcome.NOT_APPLICABLE)
    if window_is_open and ordinarily_closed and request.action in BREAK_GLASS_ACTIONS:
        reason = f"break-glass window over: {decision.reason}"
        return replace(decision, outcome=Outcome.BREAK_GLASS, reason=reason)
    return decision


# What several rules of one consent say together: the strictest. Of none of them a deny is made, but
# where nothing surely applies, nothing is given either.
_STRICTNESS = (
    Outcome.DENY,
    Outcome.NOT_APPLICABLE,
    Outcome.PERMIT_WITH_RESIDUAL,
    Outcome.PERMIT,
)


def _ordinary(terms: Terms, request: Request) -> _RuleVerdict:
    validity = terms.base.validity
    if validity is not None and not validity.contains(request.at):
        return _RuleVerdict(Outcome.NOT_APPLICABLE, None, "outside the consent's validity")
    return min(_heard(terms, request), key=lambda verdict: _STRICTNESS.index(verdict.outcome))


def _heard(terms: Terms, request: Request) -> list[_RuleVerdict]:
    """What may apply, but for rules of which an exception surely does."""
    heard: list[_RuleVerdict] = []
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


def _verdict_of(terms: Terms, position: int, request: Request) -> _RuleVerdict:
    rule = terms.rules[position]
    name = f"exception {position}" if position else "the base rule"
    if rule.effect is Effect.DENY:
        return _RuleVerdict(Outcome.DENY, position, f"{name} denies")
    lineage = [terms.rules[above] for above in terms.lineage(position)]
    broken = _broken_flag(rule, lineage, request)
    if broken:
        return _RuleVerdict(Outcome.DENY, position, f"{name} permits, but {broken}")
    residuals = tuple(above.residual for above in lineage if above.residual is not None)
    if residuals:
        reason = f"{name} permits, if the conditions in words are met"
        return _RuleVerdict(Outcome.PERMIT_WITH_RESIDUAL, position, reason, residuals)
    return _RuleVerdict(Outcome.PERMIT, position, f"{name} permits")


def _broken_flag(rule: Rule, lineage: list[Rule], request: Request) -> str | None:
    if Role.PAYER in request.recipient.roles and any(above.never_to_payer for above in lineage):
        return "never to a payer"
    if request.remunerated and not rule.remuneration:
        return "not against payment"
    if request.hops > rule.redisclosure_depth:
        return f"passing on is limited to {rule.redisclosure_depth}"
    return None


def _verdict_of_policy(policy: Policy, request: Request) -> _RuleVerdict:
    if policy is Policy.NONE:
        return _RuleVerdict(Outcome.NOT_APPLICABLE, None, "no rule matches")
    if policy is Policy.DENY:
        return _RuleVerdict(Outcome.DENY, None, "the overarching policy denies")
    # A policy carries no flags, so what flags would have to allow it does not.
    is_plain = not request.remunerated and not request.hops and request.purpose != BREAK_THE_GLASS
    if not is_plain:
        return _RuleVerdict(
            Outcome.DENY, None, "the overarching policy permits plain requests only"
        )
    return _RuleVerdict(Outcome.PERMIT, None, "the overarching policy permits")
