"""R4's invariants of whole resources: of what is contained, of consents, and of Bundles.

Example:
    >>> list(broken_by({"resourceType": "Bundle", "type": "document", "entry": []}))
    [('entry', 'begins with a Composition in a document (bdl-11)')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from salus.fhir.shape import codes, objects

Fault: TypeAlias = tuple[str, str]

_ABOUT_A_PATIENT = {"patient-privacy", "research", "adr", "treatment"}
_HEADS = {"document": ("Composition", "bdl-11"), "message": ("MessageHeader", "bdl-12")}


def broken_by(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Find the elements of a resource, by path, that break an invariant."""
    if "contained" in content:
        yield from _contained(content)
    own = _OF_TYPE.get(content["resourceType"])
    if own is not None:
        yield from own(content)


def _contained(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Invariants dom-2, dom-4 and dom-5, and that a contained resource can be referred to."""
    for index, inner in enumerate(objects(content.get("contained"))):
        here = f"contained[{index}]"
        if "id" not in inner:
            yield f"{here}.id", "is required inside contained"
        if "contained" in inner:
            yield f"{here}.contained", "cannot stand inside contained (dom-2)"
        meta = inner.get("meta")
        for element in ("versionId", "lastUpdated", "security"):
            if isinstance(meta, dict) and element in meta:
                yield f"{here}.meta.{element}", "cannot stand inside contained (dom-4, dom-5)"


def _consent(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Invariants ppc-1 to ppc-5."""
    if "policy" not in content and "policyRule" not in content:
        yield "policyRule", "is required where there is no policy (ppc-1)"
    named = {name for _, name in codes(content.get("scope"))}
    if named & _ABOUT_A_PATIENT and "patient" not in content:
        yield "patient", "is required for this scope (ppc-2 to ppc-5)"


def _bundle(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Invariants bdl-7, bdl-8, bdl-11 and bdl-12: what is in it can be told apart, and its head."""
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(objects(content.get("entry"))):
        url, resource = entry.get("fullUrl"), entry.get("resource")
        if not isinstance(url, str):
            continue
        meta = resource.get("meta") if isinstance(resource, dict) else None
        version = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
        if "/_history/" in url:
            yield f"entry[{index}].fullUrl", "names a version (bdl-8)"
        elif (url, version) in seen and content.get("type") != "history":
            yield f"entry[{index}].fullUrl", "is another entry's too (bdl-7)"
        seen.add((url, version))
    head = _HEADS.get(str(content.get("type")))
    if head is not None and _first_type(content) != head[0]:
        yield "entry", f"begins with a {head[0]} in a {content['type']} ({head[1]})"


def _first_type(content: Mapping[str, Any]) -> str:
    for entry in objects(content.get("entry"))[:1]:
        resource = entry.get("resource")
        return str(resource.get("resourceType")) if isinstance(resource, dict) else ""
    return ""


_OF_TYPE: dict[str, Callable[[Mapping[str, Any]], Iterator[Fault]]] = {
    "Bundle": _bundle,
    "Consent": _consent,
}
