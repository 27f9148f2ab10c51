"""A resource held against the structure of FHIR R4: elements, types, how often, fixed codes.

Example:
    >>> problems({"resourceType": "Observation", "status": "final", "valueString": "a",
    ...     "valueInteger": 1})
    [('value[x]', 'stands twice: valueInteger, valueString'), ('code', 'is required')]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from salus.fhir.errors import InvalidResource, NotFhir, NotR4
from salus.fhir.primitives import is_primitive
from salus.fhir.resource_types import resource_type
from salus.fhir.shape import codes, objects
from salus.fhir.structure import Slot, is_type, needed, slots
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Fault = tuple[str, str]
Ids = tuple[set[str], ...]
"""What is contained, of a resource and of each that it is contained in."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(
    r"#[A-Za-z0-9\-.]{0,64}"
    r"|[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?(#[A-Za-z0-9\-.]{1,64})?"
    r"|[A-Z][A-Za-z]+\?\S+"
    r"|[a-zA-Z][a-zA-Z0-9+.\-]*:\S+"
)
_CONSENT_SCOPES_ABOUT_A_PATIENT = {"patient-privacy", "research", "adr", "treatment"}
_KEY_SHOWN = 64


@typed_arguments
def validate(content: Mapping[str, Any]) -> None:
    """Refuse a resource that breaks R4's rules.

    Args:
        content: a parsed resource.

    Raises:
        InvalidResource: it has problems; all of them are named.
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    require_valid(content)


def require_valid(content: Any, *, place: str = "") -> None:
    """Refuse what breaks R4's rules, as it stands at a place of a file."""
    name = resource_type(content)
    found = [*_about_resource(content, "", ())]
    if found:
        raise InvalidResource(resource=f"{place}, {name}," if place else name, problems=found)


@typed_arguments
def problems(content: Mapping[str, Any]) -> list[Fault]:
    """List what breaks R4's structure and invariants (docs/adr/0157), without values of the record.

    Raises:
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    return [*_about_resource(content, "", ())]


def _about_resource(content: Any, path: str, outer: Ids) -> Iterator[Fault]:
    name = _type_at(content, path)
    contained = {str(inner.get("id")) for inner in objects(content.get("contained"))}
    local = (contained, *outer) if contained else outer
    own_id = content.get("id")
    if own_id is not None and not (isinstance(own_id, str) and _ID.fullmatch(own_id)):
        yield f"{path}id", "is not 1 to 64 letters, digits, hyphens or dots"
    rest = {key: value for key, value in content.items() if key not in ("resourceType", "id")}
    yield from _about_contained(content, path)
    yield from _about_consent(content, path)
    yield from _object(rest, name, path, local)


def _type_at(content: Any, path: str) -> str:
    try:
        return resource_type(content)
    except (NotFhir, NotR4) as error:
        raise (error.at(path.removesuffix(".")) if path else error) from None


def _about_contained(content: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """R4's invariants dom-2, dom-4 and dom-5, and that a contained resource can be referred to."""
    for index, inner in enumerate(objects(content.get("contained"))):
        here = f"{path}contained[{index}]."
        if "id" not in inner:
            yield f"{here}id", "is required inside contained"
        if "contained" in inner:
            yield f"{here}contained", "cannot stand inside contained (dom-2)"
        meta = inner.get("meta")
        for element in ("versionId", "lastUpdated", "security"):
            if isinstance(meta, dict) and element in meta:
                yield f"{here}meta.{element}", "cannot stand inside contained (dom-4, dom-5)"


def _about_consent(content: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """R4's invariants ppc-1 to ppc-5."""
    if content.get("resourceType") != "Consent":
        return
    if "policy" not in content and "policyRule" not in content:
        yield f"{path}policyRule", "is required where there is no policy (ppc-1)"
    named = {name for _, name in codes(content.get("scope"))}
    if named & _CONSENT_SCOPES_ABOUT_A_PATIENT and "patient" not in content:
        yield f"{path}patient", "is required for this scope (ppc-2 to ppc-5)"


def _object(node: Mapping[str, Any], name: str, path: str, local: Ids) -> Iterator[Fault]:
    """One element with elements; ``local`` are the ids that a reference within may point at."""
    known = slots(name)
    for key, value in node.items():
        here, slot = f"{path}{key[:_KEY_SHOWN]}", known.get(key.removeprefix("_"))
        if slot is None or (key.startswith("_") and is_type(slot.type)):
            yield here, f"is not an element of R4's {name}"
        elif key.startswith("_"):
            yield from _beside(value, slot, here, local)
        else:
            yield from _value(value, slot, here, node.get(f"_{key}"), local)
    yield from _twice(node, known, path)
    for element, keys in needed(name):
        if not any(key in node or f"_{key}" in node for key in keys):
            yield f"{path}{element}", "is required"
    if name == "Reference":
        yield from _about_reference(node, path, local)


def _value(value: Any, slot: Slot, path: str, beside: Any, local: Ids) -> Iterator[Fault]:
    if value in (None, "", [], {}):
        yield path, "is empty; leave it out instead"
    elif slot.repeats and not isinstance(value, list):
        yield path, "is a list in R4, with one element or more"
    elif slot.repeats:
        extensions = beside if isinstance(beside, list) else []
        for index, each in enumerate(value):
            stands_in = each is None and extensions[index : index + 1] not in ([], [None])
            if not stands_in:
                yield from _item(each, slot, f"{path}[{index}]", local)
    else:
        yield from _item(value, slot, path, local)


def _item(value: Any, slot: Slot, path: str, local: Ids) -> Iterator[Fault]:
    if value in (None, "", [], {}):
        yield path, "is empty; leave it out instead"
    elif not is_type(slot.type):
        if not is_primitive(slot.type, value):
            yield path, f"is not what R4 calls {slot.type}"
        elif slot.codes and value not in slot.codes:
            yield path, "is not a code that R4 has for it"
    elif not isinstance(value, dict):
        yield path, f"is not an object, as R4's {slot.type} is"
    elif slot.type == "Resource":
        # What is contained may refer to what stands beside it; an entry has a world of its own.
        outer = local if slot.name == "contained" else ()
        yield from _about_resource(value, f"{path}.", outer)
    else:
        yield from _object(value, slot.type, f"{path}.", local)


def _beside(value: Any, slot: Slot, path: str, local: Ids) -> Iterator[Fault]:
    """The extensions of a primitive, which stand under its name after an underscore."""
    items = value if slot.repeats and isinstance(value, list) else [value]
    for index, each in enumerate(items):
        here = f"{path}[{index}]" if slot.repeats else path
        if isinstance(each, dict) and each:
            yield from _object(each, "Element", f"{here}.", local)
        elif each is not None or not slot.repeats:
            yield here, "is not an object with extensions"


def _twice(node: Mapping[str, Any], known: Mapping[str, Slot], path: str) -> Iterator[Fault]:
    forms: dict[str, set[str]] = {}
    for key in node:
        slot = known.get(key.removeprefix("_"))
        if slot is not None and slot.name.endswith("[x]"):
            forms.setdefault(slot.name, set()).add(key.removeprefix("_"))
    for name, keys in forms.items():
        if len(keys) > 1:
            yield f"{path}{name}", f"stands twice: {', '.join(sorted(keys))}"


def _about_reference(node: Mapping[str, Any], path: str, local: Ids) -> Iterator[Fault]:
    reference = node.get("reference")
    if not isinstance(reference, str):
        return
    if not _REFERENCE.fullmatch(reference):
        yield f"{path}reference", "is not a FHIR reference"
    elif reference.startswith("#") and not _is_local(reference[1:], local):
        yield f"{path}reference", "points at nothing that is contained (ref-1)"


def _is_local(own_id: str, local: Ids) -> bool:
    return not own_id or any(own_id in each for each in local)
