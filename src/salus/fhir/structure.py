"""The structure of FHIR R4: the elements of each type, how often each may stand, and its types.

Read from ``r4_structure.txt``, which ``scripts/r4_structure.py`` makes of HL7's definitions.

Example:
    >>> slots("Observation")["valueQuantity"]
    Slot(name='value[x]', type='Quantity', is_needed=False, repeats=False, codes=frozenset())
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Slot(NamedTuple):
    """What one key of a JSON object may hold, and whether R4 requires it or fixes its codes."""

    name: str
    type: str
    is_needed: bool
    repeats: bool
    codes: frozenset[str]


@cache
def slots(name: str) -> Mapping[str, Slot]:
    """The keys of a type, those of its base types among them."""
    base, *elements = _sections()[name]
    found = dict(slots(base)) if base != "-" else {}
    for line in elements:
        found |= _of_line(line)
    return found


@cache
def needed(name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The elements that a type requires, each with the keys that it may stand under."""
    forms: dict[str, set[str]] = {}
    for key, slot in slots(name).items():
        if slot.is_needed:
            forms.setdefault(slot.name, set()).add(key)
    return tuple((element, frozenset(keys)) for element, keys in forms.items())


def is_type(name: str) -> bool:
    """Whether a type has elements, or is a primitive."""
    return name in _sections()


@cache
def _sections() -> Mapping[str, list[str]]:
    text = files(__package__).joinpath("r4_structure.txt").read_text("utf-8")
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            found[name].append(line)
        elif not line.startswith("#"):
            name, _, base = line.split()
            found[name] = [base]
    return found


def _of_line(line: str) -> Iterator[tuple[str, Slot]]:
    name, mark, types, *codes = line.split()
    fixed = frozenset(codes[0].split("|")) if codes else frozenset()
    base = name.removesuffix("[x]")
    for each in types.split("|"):
        key = name if base == name else base + each[0].upper() + each[1:]
        yield key, Slot(name, each, mark in "1+", mark in "*+", fixed)
