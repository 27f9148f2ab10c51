"""A consent as a FHIR R4 Consent, which names whom it was given to.

R4's Consent has no element for the grantee: it is the recipient of the root provision, so that
nothing is said of anybody else; the policy behind the terms becomes a rule of its own for that.

Example:
    >>> from salus.terms import Terms
    >>> named = for_grantee(Terms.permit("TREAT"), "0x" + "ab" * 20)
    >>> [actor.written for actor in named.base.actors] == ["0x" + "ab" * 20]
    True
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.fhir.consent_writing import to_fhir
from salus.terms.actor import Actor
from salus.terms.model import Rule, Terms
from salus.terms.vocabulary import Effect, Part, Policy
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.consents.documents import Consent
    from salus.primitives.address import Address


def written(consent: Consent, *, patient: str, at: int, status: str) -> bytes:
    """Write a consent: indented JSON in UTF-8."""
    resource = to_fhir(
        for_grantee(consent.terms, consent.grantee),
        patient=patient,
        at=at,
        now=at,
        consent_id=hex0x(consent.id),
    )
    return json.dumps(resource | {"status": status}, ensure_ascii=False, indent=2).encode() + b"\n"


def for_grantee(terms: Terms, grantee: Address) -> Terms:
    """The terms as they are of one grantee: of anybody else they say nothing.

    Raises:
        InvalidTerms: They have a policy and 15 exceptions, and its rule would be one too many.
    """
    to = frozenset({Actor.address(grantee)})
    if terms.policy is Policy.NONE:
        named = any(actor.part is Part.RECIPIENT for actor in terms.base.actors)
        base = terms.base if named else replace(terms.base, actors=terms.base.actors | to)
        return Terms(base=base, exceptions=terms.exceptions)
    effect = Effect.PERMIT if terms.policy is Policy.PERMIT else Effect.DENY
    outer = Rule(effect=effect, validity=terms.base.validity, actors=to)
    below = (replace(each, parent=each.parent + 1) for each in terms.exceptions)
    return Terms(base=outer, exceptions=(replace(terms.base, parent=0), *below))
