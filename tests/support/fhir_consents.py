"""FHIR Consents and requests by the thousand, from dice whose seed a test names.

Each provision is made within those around it, as R4's exceptions are; `loose` ones deny beyond.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.support.fhir_walk import LEVELS, PARENTS, Asked

from salus.terms import Action, Confidentiality, Party, Period, Request, ResourceFacts

HL7 = "http://terminology.hl7.org/CodeSystem"
FIRST = date(2026, 1, 1)
PURPOSES = ("TREAT", "COC", "HRESCH", "CLINTRCH", "HPAYMT")
KINDS = ("PSY", "HIV", "SEX")
CLASSES = ("Condition", "Observation", "laboratory", "vital-signs")
PEOPLE = ("Practitioner/1", "Practitioner/2", "Organization/1", "Group/1")
ROLES = {"recipient": "IRCP", "custodian": "CST", "author": "AUT"}


def a_consent(dice: Random, *, loose: bool = False) -> dict[str, Any]:
    """A Consent that fits into terms, but for some conditions by clinical code."""
    directive = dice.choice(("OPTIN", "OPTOUT", None))
    provision = _provision(dice, (), dice.choice(("permit", "deny")), depth=0, loose=loose)
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [_coding("consentscope", "patient-privacy")]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "provision": provision,
    }
    rule = {"coding": [_coding("v3-ActCode", directive or "")]}
    return consent | ({"policyRule": rule} if directive else {})


def as_bytes(consent: dict[str, Any]) -> bytes:
    return json.dumps(consent).encode()


def an_asked(dice: Random) -> Asked:
    kind = dice.choice(("Condition", "Observation"))
    return Asked(
        purpose=dice.choice(PURPOSES),
        action=dice.choice(("access", "disclose")),
        type=kind,
        category=dice.choice(("laboratory", "vital-signs")) if kind == "Observation" else "",
        sensitivities=_some(dice, KINDS, 0.5),
        level=dice.choice(LEVELS),
        day=_a_day(dice),
        at=_a_day(dice),
        recipient=_some(dice, PEOPLE, 0.7),
        custodian=_some(dice, PEOPLE, 0.7),
        author=_some(dice, PEOPLE, 0.7),
    )


def as_request(asked: Asked) -> Request:
    """The same for `evaluate`."""
    known = f"{asked.type}.{asked.category}" if asked.category else asked.type
    day = _seconds(asked.day)
    return Request(
        action=Action(asked.action),
        purpose=asked.purpose,
        resource=ResourceFacts(
            resource_class=known,
            sensitivities=asked.sensitivities,
            confidentiality=Confidentiality[asked.level],
            when=Period(start=day, end=day + 86_400),
        ),
        at=_seconds(asked.at) + 3600,
        recipient=_party(asked.recipient),
        custodian=_party(asked.custodian),
        author=_party(asked.author),
    )


def _party(names: frozenset[str]) -> Party:
    return Party(references=names, others=frozenset(PEOPLE) - names)


def _provision(
    dice: Random, around: Sequence[dict[str, Any]], effect: str, *, depth: int, loose: bool
) -> dict[str, Any]:
    made: dict[str, Any] = {"type": effect}
    outer = () if loose and effect == "deny" else around
    _put(made, "purpose", _purposes(dice, outer))
    _put(made, "class", _classes(dice, outer))
    _put(made, "action", _actions(dice, outer))
    _put(made, "actor", [*_actors(dice, outer)])
    _put(made, "securityLabel", _labels(dice, around, effect))
    _put(made, "period", _a_period(dice) if dice.random() < 0.15 else None)
    _put(made, "dataPeriod", _data_period(dice, outer))
    if dice.random() < 0.05:
        made["code"] = [{"text": "something clinical"}]
    inner = dice.choice(((0, 1, 1, 2, 2), (0, 1, 2), (0, 0, 1), (0,))[depth])
    if inner:
        turned = {"permit": "deny", "deny": "permit"}[effect]
        now, effects = (*around, made), (turned, turned, effect)
        made["provision"] = [
            _provision(dice, now, dice.choice(effects), depth=depth + 1, loose=loose)
            for _ in range(inner)
        ]
    return made


def _put(made: dict[str, Any], element: str, value: Any) -> None:
    if value:
        made[element] = value


def _nearest(around: Sequence[dict[str, Any]], element: str) -> Any:
    return next((each[element] for each in reversed(around) if element in each), None)


def _purposes(dice: Random, around: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    outer = [each["code"] for each in _nearest(around, "purpose") or ()]
    fitting = [code for code in PURPOSES if not outer or {code, PARENTS[code]} & {*outer}]
    return [_coding("v3-ActReason", code) for code in sorted(_some(dice, fitting, 0.35))]


def _classes(dice: Random, around: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    outer = [each["code"] for each in _nearest(around, "class") or ()]
    whole = {"laboratory": "Observation", "vital-signs": "Observation"}
    fitting = [code for code in CLASSES if not outer or {code, whole.get(code)} & {*outer}]
    systems = dict.fromkeys(whole, f"{HL7}/observation-category")
    return [
        {"system": systems.get(code, "http://hl7.org/fhir/resource-types"), "code": code}
        for code in sorted(_some(dice, fitting, 0.3))
    ]


def _actions(dice: Random, around: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    outer = [each["coding"][0]["code"] for each in _nearest(around, "action") or ()]
    fitting = [code for code in ("access", "disclose", "use") if not outer or code in outer]
    chosen = sorted(_some(dice, fitting, 0.2))
    return [{"coding": [_coding("consentaction", code)]} for code in chosen]


def _actors(dice: Random, around: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for code in ROLES.values():
        outer = _outer_actors(around, code)
        for name in sorted(_some(dice, outer or PEOPLE, 0.15)):
            role = {"coding": [_coding("v3-ParticipationType", code)]}
            found.append({"role": role, "reference": {"reference": name}})
    return found


def _outer_actors(around: Sequence[dict[str, Any]], code: str) -> list[str]:
    for each in reversed(around):
        actors = each.get("actor", ())
        named = [one for one in actors if one["role"]["coding"][0]["code"] == code]
        if named:
            return [one["reference"]["reference"] for one in named]
    return []


def _labels(dice: Random, around: Sequence[dict[str, Any]], effect: str) -> list[dict[str, str]]:
    """Below another rule about labels only a permit has some: fewer kinds, a lower level."""
    outer = [each["code"] for each in _nearest(around, "securityLabel") or ()]
    bounded = any("securityLabel" in each and each["type"] == "deny" for each in around)
    if dice.random() > 0.35 or (outer and (effect == "deny" or bounded)):
        return []
    kinds = [code for code in outer if code in KINDS]
    levels = LEVELS[: LEVELS.index(max(outer, key=_rank)) + 1] if _has_level(outer) else LEVELS
    chosen = sorted(_some(dice, kinds or KINDS, 1.0 if kinds else 0.6))
    made = [_coding("v3-ActCode", code) for code in chosen]
    if _has_level(outer) or dice.random() < 0.4:
        made.append(_coding("v3-Confidentiality", dice.choice(levels)))
    return made


def _has_level(codes: Sequence[str]) -> bool:
    return any(code in LEVELS for code in codes)


def _rank(code: str) -> int:
    return LEVELS.find(code) if code in LEVELS else -1


def _data_period(dice: Random, around: Sequence[dict[str, Any]]) -> dict[str, str] | None:
    if dice.random() > 0.2:
        return None
    outer = _nearest(around, "dataPeriod")
    return _a_period(dice) if outer is None else outer


def _a_period(dice: Random) -> dict[str, str]:
    start = FIRST + timedelta(days=dice.randrange(300))
    sides = {"start": start, "end": start + timedelta(days=dice.randrange(30, 250))}
    side = dice.choice(("both", "start", "end"))
    return {name: day.isoformat() for name, day in sides.items() if side in ("both", name)}


def _a_day(dice: Random) -> date:
    return FIRST + timedelta(days=dice.randrange(365))


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _some(dice: Random, codes: Sequence[str], chance: float) -> frozenset[str]:
    if not codes or dice.random() >= chance:
        return frozenset()
    return frozenset(dice.sample(list(codes), dice.choice((1, 1, 2)) if len(codes) > 1 else 1))


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": f"{HL7}/{system}", "code": code}
