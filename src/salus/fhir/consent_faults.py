"""What is wrong with a FHIR Consent that is to be agreed to: named by its element, never mended.

What is right and does not fit into terms is another matter: it waits in the residual.

Example:
    >>> period = {"start": "2026-02-01", "end": "2026-01-01"}
    >>> list(reversed_periods({"provision": {"period": period}}, "Consent"))
    [('Consent.provision.period.end', 'is before its start')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salus.fhir.codings import (
    ACTION_SYSTEM,
    CONFIDENTIALITY_SYSTEM,
    PURPOSE_SYSTEM,
    RESOURCE_TYPE_SYSTEM,
)
from salus.fhir.consent_contradictions import contradictions
from salus.fhir.dates import period_of, period_of_range
from salus.fhir.errors import NotR4
from salus.fhir.invariants import Fault
from salus.fhir.shape import code, objects
from salus.fhir.validation import problems
from salus.terms.classes import RESOURCE_TYPES
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, Confidentiality

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LATER = frozenset(
    """
subject date grantor grantee manager controller regulatoryBasis policyBasis policyText decision
""".split()
)
_STU3 = frozenset(
    "consentingParty actor action securityLabel purpose dataPeriod data except period".split()
)
"""Elements that stand right below Consent in another version of FHIR, and not in R4."""
_UNKNOWN = "is not an element of R4's"
"""So begins what validation says of an element that is kept for the residual."""

_CLOSED: dict[str, tuple[str, frozenset[str], str]] = {
    "purpose": (
        PURPOSE_SYSTEM,
        frozenset(PURPOSES.codes),
        "is not one of HL7's purposes of use; docs/terms.md#purposes has them",
    ),
    "action": (
        ACTION_SYSTEM,
        frozenset(action.value for action in Action),
        f"is not one of HL7's actions: {', '.join(action.value for action in Action)}",
    ),
    "securityLabel": (
        CONFIDENTIALITY_SYSTEM,
        frozenset({*Confidentiality.__members__, *SENSITIVITIES.codes}),
        f"is not one of HL7's levels: {', '.join(Confidentiality.__members__)}",
    ),
    "class": (
        RESOURCE_TYPE_SYSTEM,
        frozenset(RESOURCE_TYPES),
        "is not a resource type of R4",
    ),
}
"""For each element the code system of which every code is known here, and what others are not."""
_CODE_SHOWN = 32


def require_version(consent: Mapping[str, Any]) -> None:
    """Refuse a Consent of another version of FHIR.

    Raises:
        NotR4: it has an element of R5 or later, or of STU3; the first is named.
    """
    provision = consent.get("provision")
    for key in consent:
        if key in _LATER or (key == "provision" and isinstance(provision, list)):
            raise NotR4(found=f"Consent.{key}", version="R5 or later")
        if key in _STU3 or (key == "policyRule" and isinstance(consent[key], str)):
            raise NotR4(found=f"Consent.{key}", version="STU3")


def faults(consent: Mapping[str, Any]) -> Iterator[Fault]:
    """List what is wrong with a Consent, by element: structure, codes, periods, contradictions."""
    for path, what in problems(consent):
        if not what.startswith(_UNKNOWN):
            yield f"Consent.{path}", what
    yield from reversed_periods(consent, "Consent")
    provision = consent.get("provision")
    if isinstance(provision, dict):
        yield from _unknown_codes(provision, "Consent.provision")
    yield from contradictions(consent)


def reversed_periods(node: Any, path: str) -> Iterator[Fault]:
    """List the Periods at any depth that end before they start (R4's invariant per-1)."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from reversed_periods(each, f"{path}[{index}]")
    elif isinstance(node, dict):
        for key, child in node.items():
            if key.lower().endswith("period") and _is_reversed(child):
                yield f"{path}.{key}.end", "is before its start"
            yield from reversed_periods(child, f"{path}.{key}")


def _is_reversed(sides: Any) -> bool:
    if not isinstance(sides, dict) or not {"start", "end"} <= sides.keys():
        return False
    are_dates = period_of(sides["start"]) is not None and period_of(sides["end"]) is not None
    return are_dates and period_of_range(sides) is None


def _unknown_codes(provision: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for element, (closed, known, what) in _CLOSED.items():
        for place, coding in _codings(provision.get(element), f"{path}.{element}"):
            system, name = code(coding) or ("", "")
            if system == closed and name not in known:
                yield f"{place}.code", f"{name[:_CODE_SHOWN]!r} {what}"
    for index, each in enumerate(objects(provision.get("provision"))):
        yield from _unknown_codes(each, f"{path}.provision[{index}]")


def _codings(values: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The Codings of an element, those of its CodeableConcepts among them."""
    for index, each in enumerate(objects(values)):
        here = f"{path}[{index}]"
        if "coding" not in each:
            yield here, each
        for at, inner in enumerate(objects(each.get("coding"))):
            yield f"{here}.coding[{at}]", inner
