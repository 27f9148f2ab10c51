"""Rules of a FHIR Consent that contradict one another: no reading of them is more than a guess.

A provision that permits what another beside it denies, or that turns around all of the one that it
is nested in, or that counts at no time at which that one counts.

Example:
    >>> inner = {"type": "deny"}
    >>> found = contradictions({"provision": {"type": "permit", "provision": [inner]}})
    >>> [element for element, _ in found]
    ['Consent.provision.provision[0]']
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from salus.fhir.codings import ACT_CODE_SYSTEM
from salus.fhir.consent_context import DIRECTIVES
from salus.fhir.dates import period_of_range
from salus.fhir.shape import codes, objects
from salus.terms.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ConditionKey = frozenset[tuple[str, str]]

_OPPOSITE = {"permit": "deny", "deny": "permit"}
_NO_CONDITION = ("type", "provision", "id", "extension")


class _Provision(NamedTuple):
    path: str
    effect: str | None
    conditions: Mapping[str, str]
    """Those that hold in it, its own and those of the provisions around it, as text."""
    period: Period | None

    @property
    def key(self) -> _ConditionKey:
        """The conditions, to be compared."""
        return frozenset(self.conditions.items())


def contradictions(consent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """List what contradicts another part of a Consent, as ``(element, why)``."""
    directed = {
        DIRECTIVES[name]
        for system, name in codes(consent.get("policyRule"))
        if system == ACT_CODE_SYSTEM and name in DIRECTIVES
    }
    if len(directed) > 1:
        yield "Consent.policyRule", "permits and denies at once"
    provision = consent.get("provision")
    if isinstance(provision, dict):
        opted = directed.pop().name.lower() if len(directed) == 1 else None
        root = _Provision("Consent.provision", opted, {}, None)
        yield from _below(provision, _read(provision, root, root.path))


def _below(node: Mapping[str, Any], outer: _Provision) -> Iterator[tuple[str, str]]:
    """Those of the provisions in one; of thousands beside each other each is looked at once."""
    first: dict[tuple[str, _ConditionKey], str] = {}
    for index, each in enumerate(objects(node.get("provision"))):
        own = _read(each, outer, f"{outer.path}.provision[{index}]")
        if outer.period and own.period and not outer.period.meets(own.period):
            yield f"{own.path}.period", f"is outside the period of {outer.path}: it never applies"
        if own.effect in _OPPOSITE:
            other = _OPPOSITE[own.effect]
            is_outers = (outer.effect, outer.key) == (other, own.key)
            against = outer.path if is_outers else first.get((other, own.key))
            if against is not None:
                why = f"{own.effect} contradicts {against}, which has the same conditions"
                yield own.path, why
            first.setdefault((own.effect, own.key), own.path)
        yield from _below(each, own)


def _read(node: Mapping[str, Any], outer: _Provision, path: str) -> _Provision:
    own = {key: _text(value) for key, value in node.items() if key not in _NO_CONDITION}
    sides, effect = node.get("period"), node.get("type")
    period = period_of_range(sides) if isinstance(sides, dict) else None
    is_root = path == outer.path
    return _Provision(
        path,
        effect if isinstance(effect, str) else outer.effect if is_root else None,
        {**outer.conditions, **own},
        period or outer.period,
    )


def _text(value: Any) -> str:
    """A condition as text; its list is one in whatever order."""
    if isinstance(value, list):
        return f"[{','.join(sorted(map(_plain, value)))}]"
    return _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
