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

from salus.primitives.arguments import typed_arguments
from salus.primitives.values import require_type
from salus.terms.compiled import RuleVerdict, compiled
from salus.terms.errors import InvalidTerms
from salus.terms.model import Terms
from salus.terms.request import Decision, Outcome, Request
from salus.terms.vocabulary import Action, Effect, Policy

BREAK_GLASS_ACTIONS = frozenset({Action.ACCESS, Action.USE})
"""What a break-glass window opens: reading and using, never passing on or changing."""


class Evaluator:
    """One consent at one block, ready to decide many requests.

    Args:
        terms: the consent's terms.
        consent_id: the consent's id, 32 bytes.
        block: the number of the block at which the facts of the requests were read.
    """

    __slots__ = ("_decided", "_verdict", "about")

    @typed_arguments
    def __init__(self, terms: Terms, *, consent_id: bytes, block: int) -> None:
        self._verdict = compiled(terms).verdict
        self.about = bytes(consent_id), block
        self._decided: dict[RuleVerdict, Decision] = {}

    def __call__(self, request: Request) -> Decision:
        """Decide one request."""
        verdict = self._verdict(request)
        decision = self._decided.get(verdict)
        if decision is None:
            decision = self._decided[verdict] = self._made(verdict)
        if request.break_glass_until is None:
            return decision
        return _with_break_glass(decision, request)

    def _made(self, verdict: RuleVerdict) -> Decision:
        consent, block = self.about
        return Decision(
            outcome=verdict.outcome,
            ordinary=verdict.outcome,
            consent_id=consent,
            block=block,
            rule=verdict.rule,
            reason=verdict.reason,
            residuals=verdict.residuals,
            consents=(consent,),
        )


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
    require_type(request, Request, owner="evaluate", field="request")
    last: Evaluator | None = terms.memo.get("asked")
    if last is None or last.about != (consent_id, block):
        # Of one consent at one block many things are asked in turn.
        last = terms.memo["asked"] = Evaluator(terms, consent_id=consent_id, block=block)
    return last(request)


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
    as its own consent gave it, and names all that were asked.

    Raises:
        InvalidTerms: There are no decisions, or they were taken at different blocks.
    """
    if not decisions:
        raise InvalidTerms(field="decisions", problem="are missing; begin with without_consent(…)")
    if len({decision.block for decision in decisions}) > 1:
        raise InvalidTerms(field="decisions", problem="were taken at different blocks")
    prevailing = min(decisions, key=lambda decision: _PRECEDENCE.index(decision.ordinary))
    asked = dict.fromkeys(consent for each in decisions for consent in each.consents)
    return replace(prevailing, consents=tuple(asked))


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


STRICTNESS = (
    Outcome.DENY,
    Outcome.NOT_APPLICABLE,
    Outcome.PERMIT_WITH_RESIDUAL,
    Outcome.PERMIT,
)
"""Outcomes from the strictest: of what several must permit together, the first decides."""

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
