"""The structure of FHIR R4: the elements of each type, how often each may stand, and its types.

Read from ``r4_structure.txt``, which ``scripts/r4_structure.py`` makes of HL7's definitions.

Example:
    >>> slots("Observation")["valueQuantity"].type, slots("Observation")["valueQuantity"].name
    ('Quantity', 'value[x]')
    >>> sorted(slots("Observation")["subject"].targets)
    ['Device', 'Group', 'Location', 'Patient']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_TYPE = re.compile(r"(?P<name>[^(|]+)(?:\((?P<targets>[^)]+)\))?")


class Slot(NamedTuple):
    """What one key of a JSON object may hold.

    Attributes:
        name: The element, such as ``value[x]``.
        type: The type of its values.
        is_needed: Whether R4 requires it.
        repeats: Whether it is a list.
        codes: The codes that R4 fixes; none where it fixes none.
        targets: The resource types that a reference may point at; none where R4 names none.
    """

    name: str
    type: str
    is_needed: bool
    repeats: bool
    codes: frozenset[str]
    targets: frozenset[str]


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
    return tuple(each for each in _forms(name) if slots(name)[min(each[1])].is_needed)


@cache
def choices(name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The elements of which a type has one form at most, each with its keys."""
    return tuple(each for each in _forms(name) if each[0].endswith("[x]"))


def is_type(name: str) -> bool:
    """Whether a type has elements, or is a primitive."""
    return name in _sections()


def _forms(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    keys: dict[str, set[str]] = {}
    for key, slot in slots(name).items():
        keys.setdefault(slot.name, set()).add(key)
    return ((element, frozenset(found)) for element, found in keys.items())


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
    for each in _TYPE.finditer(types):
        kind = each["name"]
        key = name if base == name else base + kind[0].upper() + kind[1:]
        targets = frozenset(each["targets"].split(",")) if each["targets"] else frozenset()
        yield key, Slot(name, kind, mark in "1+", mark in "*+", fixed, targets)
