"""Whom a provision of a FHIR Consent names: by address, accredited role, reference or identifier.

Example:
    >>> read_actor({"role": concept(PARTICIPATION_SYSTEM, "IRCP"),
    ...     "reference": {"reference": "#contained"}}) is None
    True
"""

from __future__ import annotations

from typing import Any

from salus.fhir.codings import (
    ADDRESS_SYSTEM,
    DID_SYSTEM,
    PARTICIPATION_SYSTEM,
    ROLE_SYSTEM,
    concept,
    is_place,
)
from salus.fhir.modifiers import is_plain, read_codes
from salus.terms.actor import Actor
from salus.terms.errors import InvalidTerms
from salus.terms.vocabulary import ActorKind, Part

PARTS = {
    "PRCP": Part.RECIPIENT,
    "IRCP": Part.RECIPIENT,
    "CST": Part.CUSTODIAN,
    "AUT": Part.AUTHOR,
}
"""HL7's participation types that are parts of a disclosure."""

_AUTHOR_ROLE = concept(PARTICIPATION_SYSTEM, "AUT")
_ACTOR_KINDS = {ADDRESS_SYSTEM: ActorKind.ADDRESS, ROLE_SYSTEM: ActorKind.ROLE}
_PLAIN = {ADDRESS_SYSTEM, ROLE_SYSTEM, DID_SYSTEM}


def read_actor(actor: Any) -> Actor | None:
    """Read a provision's actor; None where it is not surely one that terms can name."""
    if not is_plain(actor, "role", "reference"):
        return None
    match actor:
        case {"role": role, "reference": reference}:
            named = _named(reference)
        case _:
            return None
    parts = {PARTS.get(name) for system, name in read_codes(role) if system == PARTICIPATION_SYSTEM}
    part = parts.pop() if len(parts) == 1 else None
    try:
        return None if part is None or named is None else Actor(part, *named)
    except InvalidTerms:
        return None


def name_of(reference: Any) -> str | None:
    """The name in a Reference, as statements about actors have it; None where it is nobody's."""
    kind, name = _named(reference) or (ActorKind.ROLE, "")
    return None if kind is ActorKind.ROLE else name


def _named(reference: Any) -> tuple[ActorKind, str] | None:
    if not is_plain(reference, "reference", "type", "identifier", "display"):
        return None
    match reference:
        case {"reference": str(place)}:
            # What is contained, or named for one bundle alone, is somebody whom no request can be.
            return (ActorKind.REFERENCE, place) if is_place(place) else None
        case {"identifier": {"value": str(identified)} as named} if "reference" not in reference:
            system = str(named.get("system", ""))
            kind = _ACTOR_KINDS.get(system, ActorKind.REFERENCE)
            return kind, identified if system in _PLAIN else f"{system}|{identified}"
    return None


def read_author(data: Any) -> Actor | None:
    """R4's provision.data names records in several ways; by author is the one that terms have."""
    if not is_plain(data, "meaning", "reference"):
        return None
    match data:
        case {"meaning": "authoredby", "reference": reference}:
            return read_actor({"role": _AUTHOR_ROLE, "reference": reference})
    return None
