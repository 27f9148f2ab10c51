"""Consent terms to a FHIR R4 Consent. Reading it back gives the same terms.

What R4 has no element for (re-disclosure, remuneration, payers, residual digest) is written as one
modifier extension, so that a reader who does not know it must not act on the rule.

Example:
    >>> from salus.terms import Effect, Rule, Terms
    >>> consent = to_fhir(Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))),
    ...     patient="Patient/1", at=1_800_000_000, now=1_800_000_000)
    >>> consent["provision"]["purpose"][0]["code"], consent["dateTime"]
    ('TREAT', '2027-01-15T08:00:00Z')
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from salus.fhir.codings import (
    ACT_CODE_SYSTEM,
    ACTION_SYSTEM,
    ADDRESS_SYSTEM,
    CONFIDENTIALITY_SYSTEM,
    CONSENT_SYSTEM,
    DID_SYSTEM,
    LOINC_SYSTEM,
    NO_POLICY,
    PARTICIPATION_SYSTEM,
    PURPOSE_SYSTEM,
    RESOURCE_TYPE_SYSTEM,
    ROLE_SYSTEM,
    RULE_EXTENSION,
    SCOPE_SYSTEM,
    coding,
    concept,
    is_place,
    named,
)
from salus.fhir.consent_nesting import beyond
from salus.fhir.dates import instant_text, range_of_period
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.terms.classes import CLASSES, OBSERVATION_CATEGORY_SYSTEM
from salus.terms.model import Terms
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES, system_of
from salus.terms.vocabulary import Action, ActorKind, Effect, Part, Policy

if TYPE_CHECKING:
    from salus.terms.actor import Actor
    from salus.terms.model import Rule

_PARTICIPATION = {Part.RECIPIENT: "PRCP", Part.CUSTODIAN: "CST", Part.AUTHOR: "AUT"}
_ACTOR_SYSTEMS = {
    ActorKind.ADDRESS: ADDRESS_SYSTEM,
    ActorKind.ROLE: ROLE_SYSTEM,
    ActorKind.REFERENCE: DID_SYSTEM,
}


@typed_arguments
def to_fhir(
    terms: Terms,
    *,
    patient: str,
    at: Moment,
    now: Moment,
    in_force: bool = True,
    custodian: str | None = None,
    own_id: str | None = None,
    consent_id: str | None = None,
) -> dict[str, Any]:
    """Write terms as a FHIR R4 Consent.

    Args:
        terms: the terms.
        patient: the grantor: a reference as ``Patient/1``, a DID, or an identifier as
            ``system|value``.
        at: when it was agreed: a datetime, a date, or seconds since 1970 (UTC).
        now: when it is written, likewise: terms whose validity is over are ``inactive``.
        in_force: whether it stands (``consents.checks.require``); a revoked one is ``inactive``.
        custodian: the reference to the organization that keeps the Consent.
        own_id: the logical id of the Consent.
        consent_id: the consent's id, in hex, as an identifier of the Consent.

    Returns:
        The resource, ready for ``json.dumps``.
    """
    return {
        "resourceType": "Consent",
        **({"id": own_id} if own_id else {}),
        **({"identifier": [_identifier(CONSENT_SYSTEM, consent_id)]} if consent_id else {}),
        "status": _status(terms, now=moment_of(now, name="now"), in_force=in_force),
        "scope": concept(SCOPE_SYSTEM, "patient-privacy"),
        # LOINC's "Consent Document", which R4's own examples use.
        "category": [concept(LOINC_SYSTEM, "59284-0")],
        "patient": _patient(patient),
        "dateTime": instant_text(moment_of(at, name="at")),
        **({"organization": [{"reference": custodian}]} if custodian else {}),
        **_policy(terms),
        "provision": _provision(terms, 0),
    }


def _patient(name: str) -> dict[str, Any]:
    system, bar, value = name.partition("|")
    if bar:
        return named(value, system)
    return named(name) if name.startswith("did:") else {"reference": name}


def _identifier(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


def _status(terms: Terms, *, now: int, in_force: bool) -> str:
    validity = terms.base.validity
    is_over = validity is not None and validity.end is not None and validity.end <= now
    return "active" if in_force and not is_over else "inactive"


def _policy(terms: Terms) -> dict[str, Any]:
    if terms.policy is Policy.DENY:
        return {"policyRule": concept(ACT_CODE_SYSTEM, "OPTOUT")}
    if terms.policy is Policy.PERMIT or terms.base.effect is Effect.PERMIT:
        return {"policyRule": concept(ACT_CODE_SYSTEM, "OPTIN")}
    return {"policy": [{"uri": NO_POLICY}]}


def _provision(terms: Terms, position: int) -> dict[str, Any]:
    rule = terms.rules[position]
    nested = [
        _provision(terms, below)
        for below in range(position + 1, len(terms.rules))
        if terms.rules[below].parent == position
    ]
    elements = {
        "modifierExtension": _extension(rule, widens=bool(beyond(terms, position))),
        "type": rule.effect.name.lower(),
        "period": rule.validity and range_of_period(rule.validity),
        "actor": [_actor(actor) for actor in sorted(rule.actors)],
        "action": [concept(ACTION_SYSTEM, each) for each in Action if each in rule.actions],
        "securityLabel": _labels(rule),
        "purpose": [
            coding(PURPOSE_SYSTEM, code) for code in sorted(rule.purposes, key=PURPOSES.bit)
        ],
        "class": [_class(code) for code in sorted(rule.classes, key=CLASSES.bit)],
        "dataPeriod": rule.data_period and range_of_period(rule.data_period),
        "provision": nested,
    }
    return {name: value for name, value in elements.items() if value}


def _extension(rule: Rule, *, widens: bool) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if rule.redisclosure_depth:
        parts.append({"url": "redisclosureDepth", "valueUnsignedInt": rule.redisclosure_depth})
    if rule.remuneration:
        parts.append({"url": "remuneration", "valueBoolean": True})
    if rule.never_to_payer:
        parts.append({"url": "neverToPayer", "valueBoolean": True})
    if widens:
        parts.append({"url": "widens", "valueBoolean": True})
    if rule.residual is not None:
        text = b64encode(rule.residual).decode()
        parts.append({"url": "residual", "valueBase64Binary": text})
    return [{"url": RULE_EXTENSION, "extension": parts}] if parts else []


def _actor(actor: Actor) -> dict[str, Any]:
    role = concept(PARTICIPATION_SYSTEM, _PARTICIPATION[actor.part])
    if actor.kind is ActorKind.REFERENCE and is_place(actor.value):
        return {"role": role, "reference": {"reference": actor.value}}
    return {"role": role, "reference": named(actor.written, _ACTOR_SYSTEMS[actor.kind])}


def _labels(rule: Rule) -> list[dict[str, str]]:
    level = rule.confidentiality
    return [
        *([coding(CONFIDENTIALITY_SYSTEM, level.name)] if level else []),
        *(
            coding(system_of(code), code)
            for code in sorted(rule.sensitivities, key=SENSITIVITIES.bit)
        ),
    ]


def _class(code: str) -> dict[str, str]:
    name, _, category = code.partition(".")
    if category:
        return coding(OBSERVATION_CATEGORY_SYSTEM, category)
    return coding(RESOURCE_TYPE_SYSTEM, name)
