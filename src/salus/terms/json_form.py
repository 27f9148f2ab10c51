"""Consent terms as JSON that people can read and edit; only what is set is written.

Example:
    >>> from salus.terms import Effect, Rule, Terms
    >>> to_json(Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))))
    {'version': 1, 'policy': 'none', 'rules': [{'effect': 'permit', 'purposes': ['TREAT']}]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from salus.errors import InvalidValue
from salus.primitives.arguments import typed_arguments
from salus.terms.actor import Actor
from salus.terms.classes import CLASSES
from salus.terms.encoding import VERSION
from salus.terms.errors import InvalidTerms, MalformedTerms
from salus.terms.model import Rule, Terms
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, ActorKind, Confidentiality, Effect, Part, Policy

if TYPE_CHECKING:
    from salus.terms.codes import CodeTable

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)


@typed_arguments
def to_json(terms: Terms) -> dict[str, Any]:
    """Write terms as a JSON object.

    Args:
        terms: the terms.

    Returns:
        ``{"version": 1, "policy": …, "rules": [base, exception 1, …]}``, ready for ``json.dumps``.
    """
    return {
        "version": VERSION,
        "policy": terms.policy.name.lower(),
        "rules": [_rule_to_json(rule) for rule in terms.rules],
    }


@typed_arguments
def from_json(document: Mapping[str, Any]) -> Terms:
    """Read terms from a JSON object, strictly.

    Args:
        document: what :func:`to_json` gave, or the like written by hand.

    Returns:
        The terms.

    Raises:
        MalformedTerms: a key is unknown or missing, or a value is not what stands there.
        UnknownCode: a code is not in its table.
    """
    if not isinstance(document, Mapping):
        raise MalformedTerms(reason=f"it is {type(document).__name__}, not an object")
    _refuse_unknown(document, _TERMS_KEYS)
    _refuse_missing(document, _TERMS_KEYS)
    if document.get("version") != VERSION:
        raise MalformedTerms(reason=f"version is not {VERSION}")
    try:
        base, *exceptions = [_rule_from_json(rule) for rule in document["rules"]]
        policy = Policy[document["policy"].upper()]
        return Terms(base=base, exceptions=tuple(exceptions), policy=policy)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidTerms, InvalidValue) as error:
        reason = f"{type(error).__name__}: {error}"
        raise MalformedTerms(reason=reason) from error


def _rule_to_json(rule: Rule) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "parent": rule.parent,
        "actions": [action.value for action in Action if action in rule.actions],
        "purposes": _codes(PURPOSES, rule.purposes),
        "classes": _codes(CLASSES, rule.classes),
        "sensitivities": _codes(SENSITIVITIES, rule.sensitivities),
        "confidentiality": rule.confidentiality and rule.confidentiality.name,
        "validity": rule.validity and _period_to_json(rule.validity),
        "dataPeriod": rule.data_period and _period_to_json(rule.data_period),
        "actors": [_actor_to_json(actor) for actor in sorted(rule.actors)],
        "redisclosureDepth": rule.redisclosure_depth,
        "remuneration": rule.remuneration,
        "neverToPayer": rule.never_to_payer,
        "residual": rule.residual and rule.residual.hex(),
    }
    return {"effect": rule.effect.name.lower()} | {
        name: value for name, value in fields.items() if value
    }


def _rule_from_json(fields: Mapping[str, Any]) -> Rule:
    _refuse_unknown(fields, _RULE_KEYS)
    _refuse_missing(fields, {"effect"})
    confidentiality, residual = fields.get("confidentiality"), fields.get("residual")
    return Rule(
        effect=Effect[fields["effect"].upper()],
        parent=_number(fields.get("parent", 0)),
        actions=frozenset(Action(action) for action in fields.get("actions", ())),
        purposes=frozenset(fields.get("purposes", ())),
        classes=frozenset(fields.get("classes", ())),
        sensitivities=frozenset(fields.get("sensitivities", ())),
        confidentiality=None if confidentiality is None else Confidentiality[confidentiality],
        validity=_period_from_json(fields.get("validity")),
        data_period=_period_from_json(fields.get("dataPeriod")),
        actors=frozenset(_actor_from_json(actor) for actor in fields.get("actors", ())),
        redisclosure_depth=_number(fields.get("redisclosureDepth", 0)),
        remuneration=_truth(fields.get("remuneration", False)),
        never_to_payer=_truth(fields.get("neverToPayer", False)),
        residual=None if residual is None else bytes.fromhex(residual),
    )


_TERMS_KEYS = {"version", "policy", "rules"}
_RULE_KEYS = {
    "effect",
    "parent",
    "actions",
    "purposes",
    "classes",
    "sensitivities",
    "confidentiality",
    "validity",
    "dataPeriod",
    "actors",
    "redisclosureDepth",
    "remuneration",
    "neverToPayer",
    "residual",
}


def _codes(table: CodeTable, codes: frozenset[str]) -> list[str]:
    return sorted(codes, key=table.bit)


def _actor_to_json(actor: Actor) -> dict[str, str]:
    return {"part": actor.part.name.lower(), actor.kind.name.lower(): actor.written}


def _actor_from_json(fields: Mapping[str, str]) -> Actor:
    part = Part[fields["part"].upper()]
    ((kind, value),) = ((key, value) for key, value in fields.items() if key != "part")
    return Actor(part, ActorKind[kind.upper()], value)


def _period_to_json(period: Period) -> dict[str, str]:
    sides = {"start": period.start, "end": period.end}
    return {
        side: datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
        for side, seconds in sides.items()
        if seconds is not None
    }


def _period_from_json(fields: Mapping[str, str] | None) -> Period | None:
    if fields is None:
        return None
    _refuse_unknown(fields, {"start", "end"})
    sides = {side: _instant(text) for side, text in fields.items()}
    return Period(start=sides.get("start"), end=sides.get("end"))


def _instant(text: str) -> int:
    # What a parser makes of week dates, missing seconds or other digits is not what was agreed.
    if not _INSTANT.fullmatch(text):
        raise MalformedTerms(reason=f"{text!r} is not whole seconds with a time zone")
    return int(datetime.fromisoformat(text).timestamp())


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedTerms(reason=f"{value!r} stands where a number must")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise MalformedTerms(reason=f"{value!r} stands where true or false must")
    return value


def _refuse_unknown(fields: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(fields) - known)
    if unknown:
        raise MalformedTerms(reason=f"the key {unknown[0]!r} is unknown")


def _refuse_missing(fields: Mapping[str, Any], needed: set[str]) -> None:
    missing = sorted(needed - set(fields))
    if missing:
        raise MalformedTerms(reason=f"the key {missing[0]!r} is missing")
