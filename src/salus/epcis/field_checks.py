"""Checks of single values; each yields the problems that it finds, with their path.

Example:
    >>> [str(problem) for problem in word(frozenset({"shipping"}))("sending", "bizStep", {})]
    ["bizStep: 'sending' is neither a term of the standard nor a URI"]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.hash_numbers import time_text
from salus.epcis.nodes import CBV, check_depth
from salus.primitives.values import typed

Problems: TypeAlias = Iterator[Problem]
Prefixes: TypeAlias = Mapping[str, str]
FieldCheck: TypeAlias = Callable[[object, str, Prefixes], Problems]

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+._-]*:\S+")
_FORBIDDEN_TERMS = ("urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/")


def uri(value: object, path: str, _: Prefixes) -> Problems:
    """Accept a URI or a CURIE; a prefix that is not declared cannot be told from a scheme."""
    if not isinstance(value, str) or not _URI.fullmatch(value):
        yield Problem(path, f"{_shown(value)} is not a URI")


def word(terms: frozenset[str], stem: str = "") -> FieldCheck:
    """Accept a bare term of the standard, or a URI of somebody else's vocabulary."""

    def check(value: object, path: str, _: Prefixes) -> Problems:
        if isinstance(value, str) and value in terms:
            return
        if not isinstance(value, str) or not _URI.fullmatch(value):
            yield Problem(path, f"{_shown(value)} is neither a term of the standard nor a URI")
        elif value.startswith(_FORBIDDEN_TERMS):
            yield Problem(path, f"{value!r} must be written as a bare term in JSON")
        elif stem and value.startswith(CBV + stem) and value[len(CBV + stem) :] not in terms:
            yield Problem(path, f"{value!r} is not a term of the standard")

    return check


def moment(value: object, path: str, _: Prefixes) -> Problems:
    """Accept an ``xsd:dateTimeStamp``."""
    try:
        time_text(str(value), path)
    except InvalidEpcis as error:
        yield from error.problems


def number(value: object, path: str, _: Prefixes) -> Problems:
    """Accept a finite JSON number."""
    number = value if isinstance(value, int | float | Decimal) else None
    if number is None or isinstance(value, bool) or not Decimal(number).is_finite():
        yield Problem(path, f"{_shown(value)} is not a number")


def anything(value: object, path: str, prefixes: Prefixes) -> Problems:
    """Accept any value, where the standard leaves the form open or another check looks."""
    return iter(())


def boolean(value: object, path: str, _: Prefixes) -> Problems:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield Problem(path, f"{_shown(value)} is neither true nor false")


def text(pattern: str, expected: str) -> FieldCheck:
    """Accept a string that matches a pattern whole."""
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: object, path: str, _: Prefixes) -> Problems:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield Problem(path, f"{_shown(value)} is not {expected}")

    return check


def items(check: FieldCheck, *, at_least: int = 0, distinct: bool = False) -> FieldCheck:
    """Accept a list whose items all pass."""

    def check_all(value: object, path: str, prefixes: Prefixes) -> Problems:
        if not isinstance(value, list):
            yield Problem(path, "is not a list")
            return
        if len(value) < at_least:
            yield Problem(path, f"needs at least {at_least} item")
        for position, item in enumerate(value):
            yield from check(item, f"{path}[{position}]", prefixes)
        if distinct and len(value) != len({repr(item) for item in value}):
            yield Problem(path, "holds an item twice")

    return check_all


def either(one: FieldCheck, other: FieldCheck) -> FieldCheck:
    """Accept a value, or a list of them."""

    def check(value: object, path: str, prefixes: Prefixes) -> Problems:
        yield from (other if isinstance(value, list) else one)(value, path, prefixes)

    return check


@dataclass(frozen=True, slots=True)
@typed
class ObjectRule:
    """An object: its fields, which of them it needs, and whether it takes extensions."""

    fields: Mapping[str, FieldCheck] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    extensible: bool = False

    def __call__(self, value: object, path: str, prefixes: Prefixes) -> Problems:
        """FieldCheck an object."""
        if not isinstance(value, Mapping):
            yield Problem(path, "is not an object")
            return
        for name in self.required:
            if name not in value:
                yield Problem(f"{path}.{name}", "is missing")
        for name, member in value.items():
            if name in self.fields:
                yield from self.fields[name](member, f"{path}.{name}", prefixes)
            elif not self.extensible:
                yield Problem(f"{path}.{name}", "is not a field of the standard here")
            else:
                yield from _extension(name, member, path, prefixes=prefixes)


def _extension(
    name: str, value: object, path: str, *, prefixes: Prefixes, depth: int = 1
) -> Problems:
    here = f"{path}.{name}"
    check_depth(depth, here)
    if ":" not in name:
        if depth == 1:
            yield Problem(here, "is not of the standard, and an extension needs a namespace")
    elif "://" not in name and name.partition(":")[0] not in {*prefixes, "urn"}:
        yield Problem(here, f"the prefix {name.partition(':')[0]!r} is not declared in @context")
    members = value if isinstance(value, list) else [value]
    for member in members:
        if isinstance(member, Mapping):
            for inner, content in member.items():
                yield from _extension(inner, content, here, prefixes=prefixes, depth=depth + 1)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
