"""Consent terms: FHIR-shaped, compact, canonical, and evaluated by one pure function.

Example:
    >>> terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    >>> decode(encode(terms)) == terms
    True
    >>> len(terms_digest(terms))
    32
"""

from __future__ import annotations

from salus.terms.actor import Actor
from salus.terms.classes import CLASSES, RESOURCE_TYPES
from salus.terms.describe import describe, in_words
from salus.terms.encoding import decode, encode, terms_digest
from salus.terms.evaluate import combine, evaluate, may_deny, may_permit, without_consent
from salus.terms.json_form import from_json, to_json
from salus.terms.model import Rule, Terms
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.request import Decision, Outcome, Party, Request, ResourceFacts
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, ActorKind, Confidentiality, Effect, Part, Policy

__all__ = [
    "CLASSES",
    "PURPOSES",
    "RESOURCE_TYPES",
    "SENSITIVITIES",
    "Action",
    "Actor",
    "ActorKind",
    "Confidentiality",
    "Decision",
    "Effect",
    "Outcome",
    "Part",
    "Party",
    "Period",
    "Policy",
    "Request",
    "ResourceFacts",
    "Rule",
    "Terms",
    "combine",
    "decode",
    "describe",
    "encode",
    "evaluate",
    "from_json",
    "in_words",
    "may_deny",
    "may_permit",
    "terms_digest",
    "to_json",
    "without_consent",
]
