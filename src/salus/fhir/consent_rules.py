"""Reads one provision of a FHIR Consent into a rule, and names what does not fit.

Where a value does not fit, a deny forgets the whole condition, which makes it wider; a permit keeps
what does fit and carries the residual digest, so that it opens nothing before somebody has read it.
A deny with an unknown modifier extension, which may turn its conditions around, forgets all.

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

from salus.fhir.codings import (
    ACTION_SYSTEM,
    CONFIDENTIALITY_SYSTEM,
    PURPOSE_SYSTEM,
    RESOURCE_TYPE_SYSTEM,
    RULE_EXTENSION,
)
from salus.fhir.consent_actors import read_actor, read_author
from salus.fhir.dates import period_of_range
from salus.fhir.modifiers import is_plain, read_code, read_codes, unsaid
from salus.fhir.shape import objects
from salus.terms.classes import CLASSES, OBSERVATION_CATEGORY_SYSTEM, RESOURCE_TYPES
from salus.terms.model import Rule
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES, UNCLEAR, UNCLEAR_SYSTEM
from salus.terms.vocabulary import Action, Confidentiality, Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

T = TypeVar("T")

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
    """A rule, the paths of what did not fit into it, and where it stands.

    One that ``widens`` says itself that it is more than an exception to the rules above it.
    """

    rule: Rule
    unfit: tuple[str, ...]
    path: str
    widens: bool = False


def read_rule(
    provision: Mapping[str, Any], *, effect: Effect, parent: int, path: str, residual: bytes
) -> FittedRule:
    """Read one provision, its nested ones left aside."""
    reader = _ProvisionReader(provision, effect, path)
    extension = reader.own_extension()
    fields: dict[str, Any] = {
        "actions": reader.values("action", _action),
        "purposes": reader.values("purpose", _purpose),
        "classes": reader.values("class", _class),
        "actors": reader.values("actor", read_actor) | reader.values("data", read_author),
        "validity": reader.period("period"),
        "data_period": reader.period("dataPeriod"),
        **_labels(reader.values("securityLabel", _label), effect),
    }
    if extension is None and effect is Effect.DENY:
        fields = {}
    fields |= extension or {}
    widens = bool(fields.pop("widens", False))
    reader.note_unknown()
    if reader.unfit:
        fields["residual"] = residual
    rule = Rule(effect=effect, parent=parent, **fields)
    return FittedRule(rule, tuple(reader.unfit), path, widens)


class _ProvisionReader:
    def __init__(self, provision: Mapping[str, Any], effect: Effect, path: str) -> None:
        self._provision, self._effect, self._path = provision, effect, path
        self.unfit: list[str] = []

    def values(self, element: str, read: Callable[[Any], T | None]) -> frozenset[T]:
        if element not in self._provision:
            return frozenset()
        value = self._provision[element]
        # R4 has no empty arrays: one is something lost, not the absence of a condition.
        items = value if isinstance(value, list) and value else [value]
        found = [None if any(unsaid(item)) else read(item) for item in items]
        fitting = frozenset(item for item in found if item is not None)
        self.unfit += [
            f"{self._path}.{element}[{index}]" for index, item in enumerate(found) if item is None
        ]
        return frozenset() if None in found and self._effect is Effect.DENY else fitting

    def period(self, element: str) -> Period | None:
        if element not in self._provision:
            return None
        sides = self._provision[element]
        is_read = isinstance(sides, dict) and is_plain(sides, "start", "end")
        period = period_of_range(sides) if is_read else None
        if period is None:
            self.unfit.append(f"{self._path}.{element}")
        return period

    def own_extension(self) -> dict[str, Any] | None:
        if "modifierExtension" not in self._provision:
            return {}
        extensions = self._provision["modifierExtension"]
        extensions = extensions if isinstance(extensions, list) else [extensions]
        fields = _rule_extension(extensions[0]) if len(extensions) == 1 else None
        if fields is None:
            last = max(len(extensions), 1)
            self.unfit += [f"{self._path}.modifierExtension[{index}]" for index in range(last)]
        return fields

    def note_unknown(self) -> None:
        # A value and its extensions beside it (`type`, `_type`) are one element.
        self.unfit += [
            f"{self._path}.{key}"
            for key in self._provision
            if key not in _UNDERSTOOD and not (key == "_type" and "type" in self._provision)
        ]


def _rule_extension(extension: Any) -> dict[str, Any] | None:
    match extension:
        case {"url": url, "extension": list(parts), **more} if url == RULE_EXTENSION and not more:
            return None if any(unsaid(parts)) else _rule_flags(parts)
    return None


def _rule_flags(parts: list[Any]) -> dict[str, Any] | None:
    fields: dict[str, Any] = {}
    if len({str(part.get("url")) for part in objects(parts)}) != len(parts):
        return None
    for part in parts:
        match part:
            case {"url": "redisclosureDepth", "valueUnsignedInt": int(depth)} if depth is not True:
                fields["redisclosure_depth"] = depth
            case {"url": "remuneration", "valueBoolean": bool(allowed)}:
                fields["remuneration"] = allowed
            case {"url": "neverToPayer", "valueBoolean": bool(never)}:
                fields["never_to_payer"] = never
            case {"url": "widens", "valueBoolean": bool(widens)}:
                fields["widens"] = widens
            case {"url": "residual", "valueBase64Binary": str(digest)}:
                fields["residual"] = _digest(digest)
            case _:
                return None
    return fields


def _digest(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""  # which Rule refuses, as it is not a digest


def _action(concept: Any) -> Action | None:
    named = {_ACTIONS[pair] for pair in read_codes(concept) if pair in _ACTIONS}
    # Codings of one concept say one thing; two of our actions are two, and a guess would drop one.
    return named.pop() if len(named) == 1 else None


def _purpose(coding: Any) -> str | None:
    return _known(coding, {PURPOSE_SYSTEM: PURPOSES})


def _class(coding: Any) -> str | None:
    match read_code(coding):
        case (system, name) if system == OBSERVATION_CATEGORY_SYSTEM:
            finer = f"Observation.{name}"
            return finer if finer in CLASSES else None
        case (system, name) if system == RESOURCE_TYPE_SYSTEM and name in RESOURCE_TYPES:
            return name
    return None


def _label(coding: Any) -> str | None:
    codes = {*SENSITIVITIES.codes} - {UNCLEAR}
    return _known(
        coding,
        {
            SENSITIVITIES.system: codes,
            UNCLEAR_SYSTEM: {UNCLEAR},
            CONFIDENTIALITY_SYSTEM: {*Confidentiality.__members__, *codes},
        },
    )


def _known(coding: Any, tables: Mapping[str, Container[str]]) -> str | None:
    pair = read_code(coding)
    return pair[1] if pair and pair[1] in tables.get(pair[0], ()) else None


def _labels(codes: Iterable[str], effect: Effect) -> dict[str, Any]:
    levels = [Confidentiality[code] for code in codes if code in Confidentiality.__members__]
    farthest = max if effect is Effect.PERMIT else min
    return {
        "confidentiality": farthest(levels, default=None),
        "sensitivities": frozenset(code for code in codes if code in SENSITIVITIES),
    }


_ACTIONS = {(ACTION_SYSTEM, action.value): action for action in Action}
