"""Consent terms: FHIR-shaped, compact, canonical, and evaluated by one pure function.

Example:
    >>> from salus.terms import Effect, Rule, Terms, from_json, terms_digest, to_json
    >>> terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    >>> from_json(to_json(terms)) == terms
    True
    >>> len(terms_digest(terms))
    32
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.terms.actor import Actor
    from salus.terms.description import describe
    from salus.terms.encoding import terms_digest
    from salus.terms.evaluation import evaluate
    from salus.terms.json_form import from_json, to_json
    from salus.terms.model import Rule, Terms
    from salus.terms.period import Period
    from salus.terms.request import Outcome, Party, Request, ResourceFacts
    from salus.terms.vocabulary import Action, Confidentiality, Effect

__all__ = [
    "Action",
    "Actor",
    "Confidentiality",
    "Effect",
    "Outcome",
    "Party",
    "Period",
    "Request",
    "ResourceFacts",
    "Rule",
    "Terms",
    "describe",
    "evaluate",
    "from_json",
    "terms_digest",
    "to_json",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "actor": "Actor",
        "description": "describe",
        "encoding": "terms_digest",
        "evaluation": "evaluate",
        "json_form": "from_json to_json",
        "model": "Rule Terms",
        "period": "Period",
        "request": "Outcome Party Request ResourceFacts",
        "vocabulary": "Action Confidentiality Effect",
    },
)
