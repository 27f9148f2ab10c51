"""Cheap R4 checks that a JSON schema misses, and HL7's whole schema where its file is at hand.

Example:
    >>> problems({"resourceType": "Observation", "status": "final", "valueString": "a",
    ...     "valueInteger": 1})
    [('code', 'is required'), ('value[x]', 'stands twice: valueInteger, valueString')]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from salus.errors import InvalidResource
from salus.fhir.r4 import resource_type
from salus.fhir.r4_elements import CHOICE_TYPES, CHOICES, REQUIRED
from salus.fhir.shape import codes, objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Problem = tuple[str, str]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(
    r"#[A-Za-z0-9\-.]{0,64}"
    r"|[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?(#[A-Za-z0-9\-.]{1,64})?"
    r"|[A-Z][A-Za-z]+\?\S+"
    r"|[a-zA-Z][a-zA-Z0-9+.\-]*:\S+"
)
_CHOICE = re.compile(rf"({'|'.join(CHOICES)})({'|'.join(sorted(CHOICE_TYPES, reverse=True))})")
_CONSENT_SCOPES_ABOUT_A_PATIENT = {"patient-privacy", "research", "adr", "treatment"}


def validate(content: Mapping[str, Any]) -> None:
    """Refuse a resource that breaks R4's rules.

    Args:
        content: a parsed resource.

    Raises:
        InvalidResource: it has problems; all of them are named.
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    found = problems(content)
    if found:
        raise InvalidResource(resource=resource_type(content), problems=found)


def problems(content: Mapping[str, Any]) -> list[Problem]:
    """List what breaks R4's rules: ids, references, choices, required and empty elements.

    Args:
        content: a parsed resource.

    Returns:
        Pairs of the element's path and what is wrong with it, without values of the record.

    Raises:
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    return [
        *_about_resource(content, ""),
        *_about_contained(content),
        *_about_consent(content),
        *_about_elements(content, ""),
    ]


def _about_resource(content: Mapping[str, Any], path: str) -> Iterator[Problem]:
    name = resource_type(content)
    own_id = content.get("id")
    if own_id is not None and not (isinstance(own_id, str) and _ID.fullmatch(own_id)):
        yield f"{path}id", "is not 1 to 64 letters, digits, hyphens or dots"
    for element in REQUIRED.get(name, ()):
        if not _has(content, element):
            yield f"{path}{element}", "is required"


def _has(content: Mapping[str, Any], element: str) -> bool:
    base = element.removesuffix("[x]")
    keys = [element] if base == element else [base + name for name in CHOICE_TYPES]
    return any(key in content or f"_{key}" in content for key in keys)


def _about_contained(content: Mapping[str, Any]) -> Iterator[Problem]:
    """R4's invariants dom-2, dom-4 and dom-5, and that a contained resource can be referred to."""
    for index, inner in enumerate(objects(content.get("contained"))):
        path = f"contained[{index}]."
        yield from _about_resource(inner, path)
        if "id" not in inner:
            yield f"{path}id", "is required inside contained"
        if "contained" in inner:
            yield f"{path}contained", "cannot stand inside contained (dom-2)"
        meta = inner.get("meta")
        for element in ("versionId", "lastUpdated", "security"):
            if isinstance(meta, dict) and element in meta:
                yield f"{path}meta.{element}", "cannot stand inside contained (dom-4, dom-5)"


def _about_consent(content: Mapping[str, Any]) -> Iterator[Problem]:
    """R4's invariants ppc-1 to ppc-5."""
    if content.get("resourceType") != "Consent":
        return
    if "policy" not in content and "policyRule" not in content:
        yield "policyRule", "is required where there is no policy (ppc-1)"
    named = {name for _, name in codes(content.get("scope"))}
    if named & _CONSENT_SCOPES_ABOUT_A_PATIENT and "patient" not in content:
        yield "patient", "is required for this scope (ppc-2 to ppc-5)"


def _about_elements(content: Mapping[str, Any], path: str) -> Iterator[Problem]:
    local = {str(inner.get("id")) for inner in objects(content.get("contained"))} | {""}
    waiting: list[tuple[Any, str]] = [(content, path)]
    while waiting:
        node, here = waiting.pop()
        if isinstance(node, list):
            waiting += [(child, f"{here}[{index}]") for index, child in enumerate(node)]
            continue
        yield from _about_choices(node, here)
        yield from _about_reference(node, here, local)
        for key, child in node.items():
            below = f"{here}.{key}" if here else key
            if child in (None, "", [], {}):
                yield below, "is empty; leave it out instead"
            # A bundle's entries are resources of their own, with contained ids of their own.
            elif isinstance(child, dict) and "resourceType" in child and here.startswith("entry["):
                yield from ((f"{below}.{inner}", what) for inner, what in problems(child))
            elif isinstance(child, dict) or (isinstance(child, list) and _has_objects(child)):
                waiting.append((child, below))


def _has_objects(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _about_choices(node: Mapping[str, Any], path: str) -> Iterator[Problem]:
    forms: dict[str, list[str]] = {}
    for key, child in node.items():
        choice = None if isinstance(child, list) else _CHOICE.fullmatch(key)
        if choice:
            forms.setdefault(choice[1], []).append(key)
    for base, keys in forms.items():
        if len(keys) > 1:
            yield f"{path}.{base}[x]".lstrip("."), f"stands twice: {', '.join(sorted(keys))}"


def _about_reference(node: Mapping[str, Any], path: str, local: set[str]) -> Iterator[Problem]:
    reference = node.get("reference")
    if not isinstance(reference, str):
        return
    if not _REFERENCE.fullmatch(reference):
        yield f"{path}.reference".lstrip("."), "is not a FHIR reference"
    elif reference.startswith("#") and reference[1:] not in local:
        yield f"{path}.reference".lstrip("."), "points at nothing that is contained (ref-1)"
