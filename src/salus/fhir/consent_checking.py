"""A FHIR Consent that somebody is to agree to: right by R4, or refused by element, all at once.

`from_fhir` reads whatever may be read, and what is wrong opens nothing. Who signs is told instead.

Example:
    >>> check_consent(b'{"resourceType": "Consent", "status": "active", "subject": {}}')
    Traceback (most recent call last):
    salus.fhir.errors.NotR4: Consent.subject belongs to FHIR R5 or later, not R4 (4.0.1); ...
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from salus.fhir.consent import ConsentReading, from_fhir
from salus.fhir.consent_actors import name_of
from salus.fhir.consent_faults import faults, require_version
from salus.fhir.errors import ConsentNotUsable, NotFhir
from salus.fhir.resource_types import resource_type
from salus.fhir.strict_json import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LONGEST = 1 << 23
"""The most bytes that a Consent may have, with a scanned form in it; 8 MiB."""

_ELEMENT = re.compile(r"(\w+)(?:\[[0-9]+\])?$")
_TAKEN = "`residual=True` takes it as a condition that must be read first"
_UNFIT = {
    "policy": "nobody here knows what this policy adds: read it, and give its uri as `policies=`"
    " where it adds nothing",
    "policyRule": "is neither an opt-in nor an opt-out alone",
    "scope": "is neither patient-privacy, nor research that permits research alone",
    "category": "may limit the Consent as a whole",
    "verification": "is not verified",
    "type": "has a provision whose type R4 leaves to be guessed",
    "actor": "names nobody whom terms can name",
    "class": "is of a kind that terms cannot name",
    "code": "is a condition by clinical code",
    "data": "is a condition by single records",
}
"""What is unfit about an element; what others are, terms cannot say."""


def check_consent(data: bytes, *, policies: Collection[str] = ()) -> ConsentReading:
    """Read an R4 Consent that is to be agreed to.

    Args:
        data: the exact bytes of the Consent.
        policies: as for `from_fhir`.

    Returns:
        The terms, the grantor and what did not fit.

    Raises:
        ConsentNotUsable: it is not valid R4, contradicts itself, has codes that HL7 has not, a
            Period that ends before it starts, or what `from_fhir` refuses; by element, all of it.
        MalformedJson: it is not strict JSON; XML is none.
        DuplicateKey: an object names a key twice.
        NotFhir: it is not a Consent.
        NotR4: it is of another FHIR version.
    """
    if len(data) > LONGEST:
        why = f"has more than {LONGEST} bytes: take what is attached out of it"
        raise ConsentNotUsable(problems=[("Consent", why)])
    consent = parse(data)
    name = resource_type(consent)
    if name != "Consent":
        raise NotFhir(found=f"a {name}, where a Consent is needed")
    require_version(consent)
    found = [*faults(consent)]
    if found:
        raise ConsentNotUsable(problems=found)
    return from_fhir(data, policies=policies)


def why_unfit(reading: ConsentReading) -> list[tuple[str, str]]:
    """What of a Consent does not fit into terms, by element, and why."""
    return [(f"Consent.{path}", f"{_why(path)}; {_TAKEN}") for path in reading.unfit]


def _why(path: str) -> str:
    found = _ELEMENT.search(path)
    return _UNFIT.get(found[1] if found else "", "is not something that terms can say")


def actor_places(data: bytes) -> Iterator[tuple[str, str]]:
    """List the actors of a Consent's provisions: where each stands, and its name."""
    consent: Mapping[str, Any] = parse(data)
    yield from _actors(consent.get("provision", {}), "Consent.provision")


def _actors(provision: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for element in ("actor", "data"):
        for index, each in enumerate(provision.get(element, ())):
            name = name_of(each.get("reference"))
            if name is not None:
                yield f"{path}.{element}[{index}].reference", name
    for index, inner in enumerate(provision.get("provision", ())):
        yield from _actors(inner, f"{path}.provision[{index}]")
