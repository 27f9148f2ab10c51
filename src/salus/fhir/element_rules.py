"""What R4 asks of each key of a type, put together once so that a walk asks no more than it must.

Example:
    >>> rules_of("Patient").keys["gender"].fits("male"), rules_of("Patient").keys["gender"].repeats
    (True, False)
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from salus.fhir.primitives import CHECKS, Check, one_of
from salus.fhir.structure import Slot, choices, is_type, needed, slots
from salus.terms.classes import RESOURCE_TYPES


class KeyRule(NamedTuple):
    """What one key may hold: ``fits`` is the check of a primitive, None where it is an object."""

    slot: Slot
    fits: Check | None
    repeats: bool
    type: str


class TypeRules(NamedTuple):
    """What a type asks of an object.

    Attributes:
        keys: What each key may hold.
        beside: Its primitives again, under the keys that their extensions have.
        needed: Elements that it requires, each with the keys that it may stand under.
        choices: Elements of which one form may stand, each with its keys.
    """

    name: str
    keys: dict[str, KeyRule]
    beside: dict[str, KeyRule]
    needed: tuple[tuple[str, frozenset[str]], ...]
    choices: tuple[tuple[str, frozenset[str]], ...]


@cache
def rules_of(name: str) -> TypeRules:
    """Put together what a type asks; a resource's id has a form that an element's has not."""
    keys = {key: _of_slot(slot) for key, slot in slots(name).items()}
    if name in RESOURCE_TYPES:
        keys["id"] = keys["id"]._replace(fits=CHECKS["id"], type="id")
    beside = {f"_{key}": each for key, each in keys.items() if each.fits is not None}
    return TypeRules(name, keys, beside, needed(name), choices(name))


def _of_slot(slot: Slot) -> KeyRule:
    if is_type(slot.type):
        return KeyRule(slot, None, slot.repeats, slot.type)
    fits = one_of(slot.codes) if slot.codes else CHECKS[slot.type]
    return KeyRule(slot, fits, slot.repeats, slot.type)
