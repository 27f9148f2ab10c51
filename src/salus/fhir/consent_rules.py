"""Reads one provision of a FHIR Consent into a rule, and names what does not fit.

Where a value does not fit, a deny forgets the whole condition, which makes it wider; a permit keeps
what does fit and carries the residual digest, so that it opens nothing before somebody has read it.

Example:
    >>> fitted = read_rule({"type": "permit", "purpose": [{
    ...     "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]},
    ...     effect=Effect.PERMIT, parent=0, path="provision", residual=bytes(32))
    >>> sorted(fitted.rule.purposes), fitted.unfit
    (['TREAT'], ())
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from salus.errors import InvalidTerms
from salus.fhir.classify import CONFIDENTIALITY_SYSTEM
from salus.fhir.codings import (
    ACTION_SYSTEM,
    ADDRESS_SYSTEM,
    DID_SYSTEM,
    PARTICIPATION_SYSTEM,
    PURPOSE_SYSTEM,
    RESOURCE_TYPE_SYSTEM,
    ROLE_SYSTEM,
    RULE_EXTENSION,
    concept,
)
from salus.fhir.dates import period_of, period_of_range
from salus.terms import (
    CLASSES,
    PURPOSES,
    SENSITIVITIES,
    Action,
    Actor,
    ActorKind,
    Confidentiality,
    Effect,
    Part,
    Period,
    Rule,
)
from salus.terms.classes import OBSERVATION_CATEGORY_SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

PARTS = {
    "PRCP": Part.RECIPIENT,
    "IRCP": Part.RECIPIENT,
    "CST": Part.CUSTODIAN,
    "AUT": Part.AUTHOR,
}
"""HL7's participation types that are parts of a disclosure."""

_UNDERSTOOD = {
    "type",
    "period",
    "dataPeriod",
    "actor",
    "action",
    "securityLabel",
    "purpose",
    "class",
    "data",
    "modifierExtension",
    "provision",
    "id",
}


class FittedRule(NamedTuple):
    """A rule, and the paths of what did not fit into it."""

    rule: Rule
    unfit: tuple[str, ...]


def read_rule(
    provision: Mapping[str, Any], *, effect: Effect, parent: int, path: str, residual: bytes
) -> FittedRule:
    """Read one provision, its nested ones left aside.

    Args:
        provision: the FHIR element.
        effect: what it does.
        parent: the position of the rule that it is an exception to.
        path: where it stands in the Consent, for the report.
        residual: the digest to carry where something does not fit, 32 bytes.

    Returns:
        The rule, and what did not fit.
    """
    reader = _ProvisionReader(provision, effect, path)
    extension = reader.own_extension()
    fields: dict[str, Any] = {
        "actions": reader.values("action", _action),
        "purposes": reader.values("purpose", _purpose),
        "classes": reader.values("class", _class),
        "actors": reader.values("actor", _actor) | reader.values("data", _author),
        "validity": reader.period("period"),
        "data_period": reader.period("dataPeriod"),
        **_labels(reader.values("securityLabel", _label), effect),
        **extension,
    }
    reader.note_unknown()
    if reader.unfit:
        fields["residual"] = residual
    return FittedRule(Rule(effect=effect, parent=parent, **fields), tuple(reader.unfit))


class _ProvisionReader:
    def __init__(self, provision: Mapping[str, Any], effect: Effect, path: str) -> None:
        self._provision, self._effect, self._path = provision, effect, path
        self.unfit: list[str] = []

    def values(self, element: str, read: Callable[[Any], T | None]) -> frozenset[T]:
        items = self._provision.get(element, [])
        found = [read(item) for item in (items if isinstance(items, list) else [items])]
        fitting = frozenset(item for item in found if item is not None)
        if None not in found:
            return fitting
        self.unfit += [
            f"{self._path}.{element}[{index}]" for index, item in enumerate(found) if item is None
        ]
        return frozenset() if self._effect is Effect.DENY else fitting

    def period(self, element: str) -> Period | None:
        sides = self._provision.get(element)
        if sides is None:
            return None
        is_read = isinstance(sides, dict) and all(
            period_of(str(sides[side])) for side in ("start", "end") if side in sides
        )
        period = period_of_range(sides) if is_read else None
        if period is None:
            self.unfit.append(f"{self._path}.{element}")
        return period

    def own_extension(self) -> dict[str, Any]:
        extensions = self._provision.get("modifierExtension", [])
        for index, extension in enumerate(extensions):
            fields = _rule_extension(extension)
            if fields is not None and len(extensions) == 1:
                return fields
            self.unfit.append(f"{self._path}.modifierExtension[{index}]")
        return {}

    def note_unknown(self) -> None:
        self.unfit += [f"{self._path}.{key}" for key in self._provision if key not in _UNDERSTOOD]


def _rule_extension(extension: Mapping[str, Any]) -> dict[str, Any] | None:
    if extension.get("url") != RULE_EXTENSION:
        return None
    fields: dict[str, Any] = {}
    for part in extension.get("extension", []):
        match part:
            case {"url": "redisclosureDepth", "valueUnsignedInt": int(depth)}:
                fields["redisclosure_depth"] = depth
            case {"url": "remuneration", "valueBoolean": bool(allowed)}:
                fields["remuneration"] = allowed
            case {"url": "neverToPayer", "valueBoolean": bool(never)}:
                fields["never_to_payer"] = never
            case {"url": "residual", "valueBase64Binary": str(digest)}:
                fields["residual"] = b64decode(digest)
            case _:
                return None
    return fields


def _action(concept: Any) -> Action | None:
    codes = [each.get("code") for each in _codings(concept) if each.get("system") == ACTION_SYSTEM]
    return Action(codes[0]) if codes and codes[0] in set(Action) else None


def _purpose(coding: Any) -> str | None:
    return _code(coding, PURPOSE_SYSTEM, PURPOSES)


def _class(coding: Any) -> str | None:
    if isinstance(coding, dict) and coding.get("system") == OBSERVATION_CATEGORY_SYSTEM:
        name = f"Observation.{coding.get('code')}"
        return name if name in CLASSES else None
    name_or_none = _code(coding, RESOURCE_TYPE_SYSTEM, CLASSES)
    return None if name_or_none is None or "." in name_or_none else name_or_none


def _label(coding: Any) -> str | None:
    if isinstance(coding, dict) and coding.get("system") == CONFIDENTIALITY_SYSTEM:
        code = coding.get("code")
        if code in Confidentiality.__members__:
            return str(code)
        return str(code) if code in SENSITIVITIES else None
    return _code(coding, SENSITIVITIES.system, SENSITIVITIES)


def _labels(codes: Iterable[str], effect: Effect) -> dict[str, Any]:
    levels = [Confidentiality[code] for code in codes if code in Confidentiality.__members__]
    farthest = max if effect is Effect.PERMIT else min
    return {
        "confidentiality": farthest(levels, default=None),
        "sensitivities": frozenset(code for code in codes if code in SENSITIVITIES),
    }


def _code(coding: Any, system: str, known: Any) -> str | None:
    if not isinstance(coding, dict) or coding.get("system") != system:
        return None
    code = coding.get("code")
    return str(code) if code in known else None


def _actor(actor: Any) -> Actor | None:
    match actor:
        case {"role": role, "reference": {"reference": str(reference)}}:
            kind, value = ActorKind.REFERENCE, reference
        case {"role": role, "reference": {"identifier": {"value": str(identified)} as named}}:
            system = str(named.get("system", ""))
            kind = _ACTOR_KINDS.get(system, ActorKind.REFERENCE)
            value = identified if system in _PLAIN else f"{system}|{identified}"
        case _:
            return None
    parts = {
        PARTS.get(coding.get("code", ""))
        for coding in _codings(role)
        if coding.get("system") == PARTICIPATION_SYSTEM
    }
    part = parts.pop() if len(parts) == 1 else None
    try:
        return None if part is None else Actor(part, kind, value)
    except InvalidTerms:
        return None


def _author(data: Any) -> Actor | None:
    """R4's provision.data names records in several ways; by author is the one that terms have."""
    match data:
        case {"meaning": "authoredby", "reference": reference}:
            return _actor({"role": _AUTHOR_ROLE, "reference": reference})
    return None


_AUTHOR_ROLE = concept(PARTICIPATION_SYSTEM, "AUT")
_ACTOR_KINDS = {ADDRESS_SYSTEM: ActorKind.ADDRESS, ROLE_SYSTEM: ActorKind.ROLE}
_PLAIN = {ADDRESS_SYSTEM, ROLE_SYSTEM, DID_SYSTEM}


def _codings(concept: Any) -> list[dict[str, Any]]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return [coding for coding in codings if isinstance(coding, dict)]
