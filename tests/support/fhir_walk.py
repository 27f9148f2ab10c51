"""A second evaluator, which walks a FHIR Consent itself, naively, by the words of R4.

It shares nothing with `salus.terms`: no tables, no inheritance of conditions, no masks. R4 says of
`Consent.provision`: "An exception to the base policy of this consent. An exception can be an
addition or removal of access permissions", and of the provisions in it: "Rules which provide
exceptions to the base rule or subrules". So a provision speaks of a request when the request meets
every element that it has, and those of all provisions around it. The innermost that speak decide
for what they are exceptions to; where several do, one that denies prevails. A condition that this
walk cannot read takes nothing from a deny, and makes of a permit one with conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

PARENTS = {
    "TREAT": "PurposeOfUse",
    "COC": "TREAT",
    "HRESCH": "PurposeOfUse",
    "CLINTRCH": "HRESCH",
    "HPAYMT": "PurposeOfUse",
    "PurposeOfUse": "",
}
"""The part of HL7's ActReason that the walk knows: each purpose with the one around it."""
LEVELS = "ULMNRV"
"""HL7's Confidentiality, from the lowest."""
_READ = {
    *("type", "period", "dataPeriod", "actor", "action", "securityLabel", "purpose", "class"),
    *("data", "provision"),
}
_PARTS = {"PRCP": "recipient", "IRCP": "recipient", "CST": "custodian", "AUT": "author"}


@dataclass(frozen=True)
class Asked:
    """A request of which everything is known."""

    purpose: str
    action: str
    type: str
    category: str
    sensitivities: frozenset[str]
    level: str
    day: date
    at: date
    recipient: frozenset[str]
    custodian: frozenset[str]
    author: frozenset[str]


def walk(consent: dict[str, Any], asked: Asked) -> str:
    """The outcome, by the names that `salus.terms` has for them."""
    root = consent.get("provision", {})
    if not _within(root.get("period"), asked.at):
        return "NotApplicable"
    said = _said(root, asked, conditional=False)
    if said:
        return said
    codes = [each["code"] for each in consent.get("policyRule", {}).get("coding", ())]
    if "OPTOUT" in codes:
        return "Deny"
    # Opting in is opting in to what the root permits; it is wider where the root only takes away.
    return "Permit" if "OPTIN" in codes and root.get("type") == "deny" else "NotApplicable"


def _said(provision: dict[str, Any], asked: Asked, *, conditional: bool) -> str:
    """What a provision and those in it say; nothing where it does not speak of the request."""
    if not _speaks(provision, asked):
        return ""
    conditional = conditional or bool(provision.keys() - _READ)
    inner = [_said(each, asked, conditional=conditional) for each in provision.get("provision", ())]
    said = [each for each in inner if each]
    for strict in ("Deny", "PermitWithResidual", "Permit"):
        if strict in said:
            return strict
    if provision["type"] == "deny":
        return "Deny"
    return "PermitWithResidual" if conditional else "Permit"


def _speaks(provision: dict[str, Any], asked: Asked) -> bool:
    return (
        _within(provision.get("period"), asked.at)
        and _within(provision.get("dataPeriod"), asked.day)
        and _of_purpose([each["code"] for each in provision.get("purpose", ())], asked.purpose)
        and _of_action(provision.get("action", ()), asked.action)
        and _of_class(provision.get("class", ()), asked)
        and _of_label(provision, asked)
        and all(_of_actor(provision, part, getattr(asked, part)) for part in {*_PARTS.values()})
    )


def _within(period: dict[str, str] | None, day: date) -> bool:
    first, last = (period or {}).get("start"), (period or {}).get("end")
    after = first is None or date.fromisoformat(first) <= day
    return after and (last is None or day <= date.fromisoformat(last))


def _of_purpose(codes: list[str], purpose: str) -> bool:
    while codes and purpose and purpose not in codes:
        purpose = PARENTS[purpose]
    return bool(purpose)


def _of_action(concepts: Any, action: str) -> bool:
    codes = [coding["code"] for each in concepts for coding in each["coding"]]
    return not codes or action in codes


def _of_class(codings: Any, asked: Asked) -> bool:
    codes = [each["code"] for each in codings]
    return not codes or asked.type in codes or asked.category in codes


def _of_label(provision: dict[str, Any], asked: Asked) -> bool:
    """A permit is for what has no other label than those; a deny for what has one of them."""
    codes = [each["code"] for each in provision.get("securityLabel", ())]
    levels = sorted(LEVELS.index(code) for code in codes if code in LEVELS)
    kinds = {code for code in codes if code not in LEVELS}
    level = LEVELS.index(asked.level)
    if provision["type"] == "deny":
        return (not levels or level >= levels[0]) and (
            not kinds or bool(kinds & asked.sensitivities)
        )
    is_inside = bool(asked.sensitivities) and asked.sensitivities <= kinds
    return (not levels or level <= levels[-1]) and (not kinds or is_inside)


def _of_actor(provision: dict[str, Any], part: str, names: frozenset[str]) -> bool:
    wanted = {
        each["reference"]["reference"]
        for each in provision.get("actor", ())
        if _PARTS[each["role"]["coding"][0]["code"]] == part
    }
    if part == "author":
        written = (each for each in provision.get("data", ()) if each["meaning"] == "authoredby")
        wanted |= {each["reference"]["reference"] for each in written}
    return not wanted or bool(wanted & names)
