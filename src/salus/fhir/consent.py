"""FHIR R4 Consent to consent terms; ``salus.fhir.consent_writing`` goes the other way.

A root provision without a type takes its effect from policyRule: OPTIN permits, OPTOUT denies. Real
Consents disagree on whether the conditions of such a root narrow the policy or are exceptions to
it, so with conditions it does not fit. What does not fit is never dropped silently: the rule
carries the digest of the whole Consent and permits only once that residual has been read. So does
a policy that is named by its address: nobody here knows what it adds, unless the caller says so.

Example:
    >>> reading = from_fhir(b'''{"resourceType": "Consent", "status": "active",
    ...     "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
    ...         "code": "patient-privacy"}]},
    ...     "patient": {"reference": "Patient/1"}, "provision": {"type": "permit"}}''')
    >>> reading.fits, reading.patient
    (True, 'Patient/1')
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from salus.fhir.codings import NO_POLICY
from salus.fhir.consent_actors import name_of
from salus.fhir.consent_context import directive, misshapen, unfit_around
from salus.fhir.consent_nesting import beyond
from salus.fhir.consent_rules import FittedRule, read_rule
from salus.fhir.consent_status import USABLE
from salus.fhir.errors import ConsentNotUsable, NotFhir
from salus.fhir.resource_types import resource_type
from salus.fhir.strict_json import parse
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.terms.errors import InvalidTerms
from salus.terms.model import MAX_EXCEPTIONS, Rule, Terms
from salus.terms.vocabulary import Effect, Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

RESIDUAL_LABEL = b"salus/consent-residual/v1\x00"

_EFFECTS = {"permit": Effect.PERMIT, "deny": Effect.DENY}
_TURNING = {"modifierExtension", "implicitRules"}
"""Of the whole Consent: what may turn around every condition in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ConsentReading:
    """What a FHIR Consent says in consent terms.

    Args:
        terms: the terms.
        patient: the reference to the grantor, or its identifier as ``system|value``; None where the
            Consent names nobody.
        unfit: the paths of what did not fit; empty where the terms say everything.
    """

    terms: Terms
    patient: str | None
    unfit: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the terms say everything that the Consent says."""
        return not self.unfit


def residual_digest(data: bytes) -> bytes:
    """Digest a Consent for a residual: ``SHA-256("salus/consent-residual/v1" || 0x00 || data)``."""
    return sha256(RESIDUAL_LABEL + data).digest()


@typed_arguments
def from_fhir(data: bytes, *, policies: Collection[str] = ()) -> ConsentReading:
    """Read an R4 Consent.

    Args:
        data: the exact bytes of the Consent; a residual digest is over these.
        policies: addresses (``policy.uri``) of policies that the caller has read, and that take
            nothing from the provisions and add nothing to them; any other does not fit.

    Returns:
        The terms, the grantor and what did not fit.

    Raises:
        ConsentNotUsable: it is inactive, rejected or entered in error, has no provisions and no
            opt-in or opt-out, more exceptions than terms can hold, or not R4's shape.
        MalformedJson: it is not strict JSON.
        DuplicateKey: an object names a key twice.
        NotFhir: it is not a Consent.
        NotR4: it is of another FHIR version.
    """
    consent = parse(data)
    name = resource_type(consent)
    if name != "Consent":
        raise NotFhir(found=f"a {name}, where a Consent is needed")
    if consent.get("status") not in USABLE:
        raise _unusable("status", f"is not one of {', '.join(USABLE)}")
    wrong = next(misshapen(consent), None)
    if wrong is not None:
        raise _unusable(wrong, "has not the shape that R4 gives it")
    provision = consent.get("provision", {})
    around = list(unfit_around(consent, provision, policies={NO_POLICY, *policies}))
    terms, unfit = _read_terms(consent, residual_digest(data), around)
    return ConsentReading(
        terms=terms,
        patient=_grantor(consent.get("patient")),
        unfit=unfit,
    )


def _grantor(value: Any) -> str | None:
    match value:
        case {"reference": str(reference)}:
            return reference
    return name_of(value)


def _unusable(element: str, why: str) -> ConsentNotUsable:
    return ConsentNotUsable(problems=[(f"Consent.{element}", why)])


def _read_terms(
    consent: Mapping[str, Any], residual: bytes, around: list[str]
) -> tuple[Terms, tuple[str, ...]]:
    provision, opted = consent.get("provision", {}), directive(consent)
    base_effect = _EFFECTS.get(str(provision["type"])) if "type" in provision else opted
    if base_effect is None:
        raise _unusable("provision.type", "neither it nor policyRule permits or denies")
    if "type" not in provision and set(provision) - {"provision", "id"}:
        around = [*around, "provision.type"]
    fitted = list(_walk(provision, base_effect, residual))
    if len(fitted) > MAX_EXCEPTIONS + 1:
        raise _unusable(
            fitted[MAX_EXCEPTIONS + 1].path,
            f"terms hold {MAX_EXCEPTIONS + 1} rules, nested or not: split it into several Consents",
        )
    try:
        terms = Terms(
            base=_base(fitted[0].rule, around, residual),
            exceptions=tuple(_exception(each.rule, around, residual) for each in fitted[1:]),
            # Nor does a Consent that is in doubt as a whole permit by what it leaves out.
            policy=_policy(opted, base_effect, in_doubt=bool(around)),
        )
    except InvalidTerms as error:
        raise _unusable("provision", str(error)) from error
    strays = _strays(terms, fitted)
    unfit = (*around, *(path for each in fitted for path in each.unfit), *sum(strays.values(), ()))
    return _waiting(terms, strays, residual), unfit


def _strays(terms: Terms, fitted: list[FittedRule]) -> dict[int, tuple[str, ...]]:
    """The permits that are not exceptions to the rules above them, each with paths of why."""
    found = {at: beyond(terms, at) for at, each in enumerate(fitted) if not each.widens}
    return {
        at: tuple(f"{fitted[at].path}.{element}" for element in elements)
        for at, elements in found.items()
        if elements
    }


def _waiting(terms: Terms, positions: Collection[int], residual: bytes) -> Terms:
    exceptions = tuple(
        replace(rule, residual=residual) if at in positions else rule
        for at, rule in enumerate(terms.exceptions, start=1)
    )
    return replace(terms, exceptions=exceptions)


def _base(rule: Rule, around: list[str], residual: bytes) -> Rule:
    if _TURNING.intersection(around) and rule.effect is Effect.DENY:
        return Rule(effect=Effect.DENY, residual=residual)
    return replace(rule, residual=residual) if around else rule


def _exception(rule: Rule, around: list[str], residual: bytes) -> Rule:
    """What limits the whole Consent limits every permit in it."""
    waits = around and rule.effect is Effect.PERMIT
    return replace(rule, residual=residual) if waits else rule


def _policy(opted: Effect | None, base_effect: Effect, *, in_doubt: bool) -> Policy:
    """Opting in permits what a deny at the root leaves; a permit there is itself all of it."""
    if opted is Effect.DENY:
        return Policy.DENY
    opened = opted is Effect.PERMIT and base_effect is Effect.DENY and not in_doubt
    return Policy.PERMIT if opened else Policy.NONE


def _walk(provision: Mapping[str, Any], effect: Effect, residual: bytes) -> Iterator[FittedRule]:
    """Yield the base rule, then the exceptions, each followed by those nested in it."""
    position = -1

    def below(
        node: Mapping[str, Any], kind: Effect, parent: int, path: str
    ) -> Iterator[FittedRule]:
        nonlocal position
        position += 1
        own = position
        yield _rule(node, kind, parent, path, residual)
        for index, child in enumerate(node.get("provision", [])):
            here = f"{path}.provision[{index}]"
            child_effect = _EFFECTS.get(str(child.get("type")))
            if child_effect is not None:
                yield from below(child, child_effect, own, here)
            else:
                first, *rest = below(child, Effect.DENY, own, here)
                yield _without_type(first, here, residual)
                yield from rest

    return below(provision, effect, 0, "provision")


def _rule(
    node: Mapping[str, Any], effect: Effect, parent: int, path: str, residual: bytes
) -> FittedRule:
    try:
        return read_rule(node, effect=effect, parent=parent, path=path, residual=residual)
    except InvalidTerms as error:
        raise _unusable(path, str(error)) from error


def _without_type(fitted: FittedRule, path: str, residual: bytes) -> FittedRule:
    """R4 demands a type below the root; without one nothing may be opened on a guess."""
    rule: Rule = replace(fitted.rule, residual=residual)
    return fitted._replace(rule=rule, unfit=(f"{path}.type", *fitted.unfit))
