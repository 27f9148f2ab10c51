"""What a consent permits together with every other consent in force between its parties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from salus.consents.closing import deny
from salus.consents.documents import Consent
from salus.primitives.values import typed
from salus.records.facts import WHOLE, asks
from salus.terms import evaluate
from salus.terms.classes import CLASSES
from salus.terms.request import Decision, Party, ResourceFacts
from salus.terms.vocabulary import Action


@dataclass(frozen=True, slots=True)
@typed
class Judge:
    """One consent at one block: who gives, who is given, who wrote, and what else may deny."""

    consent: Consent
    others: Sequence[Consent]
    recipient: Party
    custodian: Party
    author: Party
    block: int
    time: int

    def permits(self, facts: ResourceFacts, *, purpose: str, action: Action) -> bool:
        """Decide on one record, or on all that a compartment may hold."""
        return self.decide(facts, purpose=purpose, action=action).permits

    def decide(self, facts: ResourceFacts, *, purpose: str, action: Action) -> Decision:
        """Say what the consent decides, or which of the others denies it.

        A Bundle that was kept whole may hold resources of any class: all must be permitted.
        """
        own = self._decide(facts, purpose=purpose, action=action)
        if facts.resource_class != WHOLE or not own.permits:
            return own
        for name in CLASSES.codes:
            each = replace(facts, resource_class=name)
            decision = self._decide(each, purpose=purpose, action=action)
            if not decision.permits:
                return decision
        return own

    def _decide(self, facts: ResourceFacts, *, purpose: str, action: Action) -> Decision:
        request = asks(
            facts,
            recipient=self.recipient,
            custodian=self.custodian,
            author=self.author,
            purpose=purpose,
            at=self.time,
            action=action,
        )
        decision = evaluate(
            self.consent.terms, request, consent_id=self.consent.id, block=self.block
        )
        if not (decision.permits or decision.is_conditional):
            return decision
        return deny(self.others, request, block=self.block) or decision

    def permits_any(self, facts: ResourceFacts, uses: Iterable[tuple[str, str]]) -> bool:
        """Decide whether one of several uses, each a purpose and an action, is permitted."""
        return any(
            self.permits(facts, purpose=purpose, action=Action[action]) for purpose, action in uses
        )
