"""Consents that close: what the patient said elsewhere denies beside the consent that permits.

Example:
    >>> from salus.consents.documents import Consent
    >>> from salus.terms import Action, Party, Request, ResourceFacts, Terms
    >>> patient, clinic = "0x" + "12" * 20, "0x" + "34" * 20
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", at=1_800_000_000,
    ...     resource=ResourceFacts(resource_class="Condition"), recipient=Party(address=clinic))
    >>> closed = Consent(patient, clinic, Terms.deny(), bytes(32), bytes(32))
    >>> deny([closed], asked, block=1).outcome
    <Outcome.DENY: 'Deny'>
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.consents.documents import Consent
from salus.terms.actor import Actor
from salus.terms.evaluation import evaluate
from salus.terms.request import Decision, Outcome, Request
from salus.terms.vocabulary import Part


def deny(consents: Iterable[Consent], request: Request, *, block: int) -> Decision | None:
    """Find a consent that denies a request."""
    for consent in consents:
        decision = evaluate(consent.terms, request, consent_id=consent.id, block=block)
        if decision.ordinary is Outcome.DENY and _speaks_of(consent, request):
            return decision
    return None


def _speaks_of(consent: Consent, request: Request) -> bool:
    """What the custodian itself may read says nothing of others, unless some rule names them."""
    if consent.grantee in (request.recipient.address, consent.patient):
        return True
    own = Actor.address(consent.grantee)
    return any(
        actor.part is Part.RECIPIENT and actor != own
        for rule in consent.terms.rules
        for actor in rule.actors
    )
