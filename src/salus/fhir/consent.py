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

from salus.errors import ConsentNotUsable, InvalidTerms, NotFhir
from salus.fhir.codings import ACT_CODE_SYSTEM, NO_POLICY, SCOPE_SYSTEM
from salus.fhir.consent_rules import FittedRule, read_rule
from salus.fhir.r4 import resource_type
from salus.fhir.shape import codes, objects
from salus.fhir.strict_json import parse
from salus.fhir.unsaid import unsaid
from salus.terms import Effect, Policy, Rule, Terms
from salus.values import typed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

RESIDUAL_LABEL = b"salus/consent-residual/v1\x00"

_USABLE = ("draft", "proposed", "active")
_SCOPES = ("patient-privacy", "research")
_DIRECTIVES = {
    "OPTIN": Effect.PERMIT,
    "OPTINR": Effect.PERMIT,
    "OPTOUT": Effect.DENY,
    "OPTOUTE": Effect.DENY,
}
_EFFECTS = {"permit": Effect.PERMIT, "deny": Effect.DENY}
# Consent directives that a category may name and that would change what the provisions mean.
_DIRECTIVE_CATEGORIES = frozenset(
    {*_DIRECTIVES, "EMRGONLY", "GRANTORCHOICE", "IMPLIED", "IMPLIEDD", "NOCONSENT"}
)

_ELEMENTS = frozenset(
    """
resourceType id meta implicitRules language text contained extension modifierExtension identifier
status scope category patient dateTime performer organization sourceAttachment sourceReference
policy policyRule verification provision
""".split()
)
_TURNING = {"modifierExtension", "implicitRules"}
"""Of the whole Consent: what may turn around every condition in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ConsentReading:
    """What a FHIR Consent says in consent terms.

    Args:
        terms: the terms.
        patient: the reference to the grantor; None where the Consent names nobody.
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
    """Digest a Consent for a residual: ``SHA-256("salus/consent-residual/v1" || 0x00 || data)``.

    Args:
        data: the exact bytes of the Consent.

    Returns:
        32 bytes.
    """
    return sha256(RESIDUAL_LABEL + data).digest()


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
            opt-in or opt-out, or more exceptions than terms can hold.
        MalformedJson: it is not strict JSON.
        DuplicateKey: an object names a key twice.
        NotFhir: it is not a Consent.
        NotR4: it is of another FHIR version.
    """
    consent = parse(data)
    name = resource_type(consent)
    if name != "Consent":
        raise NotFhir(found=f"a {name}, where a Consent is needed")
    if consent.get("status") not in _USABLE:
        raise ConsentNotUsable(problem=f"its status is not one of {', '.join(_USABLE)}")
    around = list(_unfit_around(consent, {NO_POLICY, *policies}))
    terms, unfit = _read_terms(consent, residual_digest(data), around)
    return ConsentReading(
        terms=terms,
        patient=_reference(consent.get("patient")),
        unfit=unfit,
    )


def _reference(value: Any) -> str | None:
    match value:
        case {"reference": str(reference)}:
            return reference
    return None


def _read_terms(
    consent: Mapping[str, Any], residual: bytes, around: list[str]
) -> tuple[Terms, tuple[str, ...]]:
    provision = consent.get("provision", {})
    if not isinstance(provision, dict):
        raise ConsentNotUsable(problem="its provision is not an object")
    directive = _directive(consent)
    base_effect = _EFFECTS.get(str(provision["type"])) if "type" in provision else directive
    if base_effect is None:
        raise ConsentNotUsable(problem="neither policyRule nor provision.type permits or denies")
    if "type" not in provision and set(provision) - {"provision", "id"}:
        around = [*around, "provision.type"]
    fitted = list(_walk(provision, base_effect, residual))
    try:
        terms = Terms(
            base=_base(fitted[0].rule, around, residual),
            exceptions=tuple(rule for rule, _ in fitted[1:]),
            # Nor does a Consent that is in doubt as a whole permit by what it leaves out.
            policy=_policy(directive, base_effect, in_doubt=bool(around)),
        )
    except InvalidTerms as error:
        raise ConsentNotUsable(problem=f"{error}; split it into several consents") from error
    return terms, (*around, *(path for _, paths in fitted for path in paths))


def _base(rule: Rule, around: list[str], residual: bytes) -> Rule:
    if _TURNING.intersection(around) and rule.effect is Effect.DENY:
        return Rule(effect=Effect.DENY, residual=residual)
    return replace(rule, residual=residual) if around else rule


def _directive(consent: Mapping[str, Any]) -> Effect | None:
    pairs = codes(consent.get("policyRule"))
    named = {name for system, name in pairs if system == ACT_CODE_SYSTEM}
    effects = {_DIRECTIVES[name] for name in named if name in _DIRECTIVES}
    return effects.pop() if len(effects) == 1 else None


def _policy(directive: Effect | None, base_effect: Effect, *, in_doubt: bool) -> Policy:
    """Opting in permits what a deny at the root leaves; a permit there is itself all of it."""
    if directive is Effect.DENY:
        return Policy.DENY
    opened = directive is Effect.PERMIT and base_effect is Effect.DENY and not in_doubt
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
        yield read_rule(node, effect=kind, parent=parent, path=path, residual=residual)
        for index, child in enumerate(_nested(node, path)):
            here = f"{path}.provision[{index}]"
            child_effect = _EFFECTS.get(str(child.get("type")))
            if child_effect is not None:
                yield from below(child, child_effect, own, here)
            else:
                first, *rest = below(child, Effect.DENY, own, here)
                yield _without_type(first, here, residual)
                yield from rest

    return below(provision, effect, 0, "provision")


def _nested(node: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    nested = node.get("provision", [])
    if not isinstance(nested, list) or len(objects(nested)) != len(nested):
        raise ConsentNotUsable(problem=f"{path}.provision is not a list of objects")
    return nested


def _without_type(fitted: FittedRule, path: str, residual: bytes) -> FittedRule:
    """R4 demands a type below the root; without one nothing may be opened on a guess."""
    rule: Rule = replace(fitted.rule, residual=residual)
    return FittedRule(rule, (f"{path}.type", *fitted.unfit))


def _unfit_around(consent: Mapping[str, Any], policies: Collection[str]) -> Iterator[str]:
    """Name what stands outside the provisions and bears on what they mean."""
    yield from (key for key in consent if key.removeprefix("_") not in _ELEMENTS)
    yield from unsaid({key: value for key, value in consent.items() if key != "provision"})
    scopes = {name for system, name in codes(consent.get("scope")) if system == SCOPE_SYSTEM}
    if not scopes.intersection(_SCOPES):
        yield "scope"
    is_plain = all(name in _DIRECTIVES for _, name in codes(consent.get("policyRule")))
    if "policyRule" in consent and (_directive(consent) is None or not is_plain):
        yield "policyRule"
    for index, category in enumerate(objects(consent.get("category"))):
        if any(name in _DIRECTIVE_CATEGORIES for _, name in codes(category)):
            yield f"category[{index}]"
    for index, policy in enumerate(_items(consent, "policy")):
        uri = policy.get("uri") if isinstance(policy, dict) else None
        if not isinstance(uri, str) or uri not in policies:
            yield f"policy[{index}]"
    for index, each in enumerate(_items(consent, "verification")):
        if not isinstance(each, dict) or each.get("verified") is not True:
            yield f"verification[{index}]"


def _items(consent: Mapping[str, Any], element: str) -> list[Any]:
    """What stands in a list; what stands where a list should is not passed over."""
    if element not in consent:
        return []
    value = consent[element]
    return value if isinstance(value, list) and value else [None]
