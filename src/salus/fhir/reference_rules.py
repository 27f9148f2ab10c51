"""What R4 asks of a reference: its form, that it is not wrong about what is contained, its target.

What a reference points at is known from itself (``Patient/1``), from what is contained beside it,
or from the entry of its Bundle that has that ``fullUrl``; of all else nothing is said.

Example:
    >>> from salus.fhir.structure import slots
    >>> what_is_wrong({"reference": "Device/1"}, slots("Condition")["subject"], Surroundings())
    'points at a Device, and R4 has Group, Patient here'
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from salus.fhir.patient_references import type_of, unversioned
from salus.fhir.shape import objects
from salus.terms.classes import RESOURCE_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from salus.fhir.structure import Slot

_FORM = re.compile(
    r"#[A-Za-z0-9\-.]{0,64}"
    r"|[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?(#[A-Za-z0-9\-.]{1,64})?"
    r"|[A-Z][A-Za-z]+\?\S+"
    r"|[a-zA-Z][a-zA-Z0-9+.\-]*:\S+"
)
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)[/?]")
_KNOWN = frozenset(RESOURCE_TYPES)
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Surroundings(NamedTuple):
    """What references of a resource may point at, each with its type.

    Attributes:
        contained: Ids of what is contained in it, and in each that it is contained in.
        entries: Addresses of the entries of its Bundle.
    """

    contained: Mapping[str, str] = _NOTHING
    entries: Mapping[str, str] = _NOTHING

    def within(self, content: Mapping[str, Any]) -> Surroundings:
        """The same, as what is contained in a resource sees it."""
        own = {str(each.get("id")): _named(each) for each in objects(content.get("contained"))}
        return self._replace(contained={**self.contained, **own})


def surroundings_in_bundle(bundle: Mapping[str, Any]) -> Surroundings:
    """What the entries of a Bundle see of each other."""
    return Surroundings(
        entries={
            unversioned(each["fullUrl"]): _named(each["resource"])
            for each in objects(bundle.get("entry"))
            if isinstance(each.get("fullUrl"), str) and isinstance(each.get("resource"), dict)
        }
    )


def what_is_wrong(node: Mapping[str, Any], slot: Slot, around: Surroundings) -> str:
    """Say what R4 does not allow in a reference; empty where it is sound."""
    reference = node.get("reference")
    if not isinstance(reference, str):
        return _target(_said(node), slot)
    if not _FORM.fullmatch(reference):
        return "is not a FHIR reference"
    if reference.startswith("#"):
        own_id = reference[1:]
        if own_id and own_id not in around.contained:
            return "points at nothing that is contained (ref-1)"
        return _target(around.contained.get(own_id, ""), slot)
    return _target(_pointed_at(reference, around) or _said(node), slot)


def _pointed_at(reference: str, around: Surroundings) -> str:
    relative = _RELATIVE.match(reference)
    if relative is not None:
        return relative[1]
    address = unversioned(reference)
    return around.entries.get(address) or type_of(address)


def _said(node: Mapping[str, Any]) -> str:
    return str(node.get("type", "")).rpartition("/")[2]


def _target(kind: str, slot: Slot) -> str:
    if not slot.targets or kind not in _KNOWN or kind in slot.targets:
        return ""
    return f"points at a {kind}, and R4 has {', '.join(sorted(slot.targets))} here"


def _named(resource: Mapping[str, Any]) -> str:
    return str(resource.get("resourceType", ""))
