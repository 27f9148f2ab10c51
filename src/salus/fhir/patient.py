"""Whose a resource is, by R4's patient compartment, with all that is contained or wrapped in it.

Example:
    >>> found = patients_of({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/4"}})
    >>> sorted(found.named), found.is_clear
    (['Patient/4'], True)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salus.fhir.compartment import COMPARTMENT, OF_ITS_SUBJECT
from salus.fhir.numbers import Names, Unclear, own_key
from salus.fhir.shape import objects
from salus.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Patients:
    """The patients that a resource is about.

    Args:
        named: one key for each: ``Patient/1``, a whole URL, ``system|value``, or a ``urn:``.
        unclear: paths of what may be any patient, or several: a Group, a search, no id.
        is_silent: it is of a type that is about a patient, and names nobody.
    """

    named: frozenset[str] = frozenset()
    unclear: tuple[str, ...] = ()
    is_silent: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether it is about one patient, or surely about none."""
        return len(self.named) < 2 and not self.unclear and not self.is_silent


def patients_of(
    content: Mapping[str, Any], names: Names | None = None, *, full_url: str = ""
) -> Patients:
    """Find whose a resource is.

    Args:
        content: a parsed R4 resource.
        names: what the entries of its Bundle are called.
        full_url: its entry's ``fullUrl``; empty where it has none.

    Returns:
        All the patients that it, what it contains, and what it wraps are about.
    """
    names = names or Names()
    found = list(_found(content, names.at(full_url), full_url, ""))
    named = frozenset(key for key, _ in found if key)
    unclear = tuple(path for key, path in found if key is None and path)
    return Patients(named, unclear, any(not key and not path for key, path in found))


_Found = tuple[str | None, str]
"""A patient's key, or the path of what is unclear; neither: it is about one, and names nobody."""
_SILENT: _Found = (None, "")
_NOBODY: _Found = ("", "nobody")


def _found(content: Mapping[str, Any], names: Names, url: str, path: str) -> Iterator[_Found]:
    name = content.get("resourceType")
    yield from _contained(content, names, path)
    if name == "Bundle":
        yield from _entries(content, path)
    elif name == "Parameters":
        yield from _parameters(content, names, path)
    elif name == "Patient":
        own = own_key(content, url)
        yield _canonical(own, names, path) if own else _SILENT
        yield from _of_compartment(content, "Patient", names, path)
    elif name in COMPARTMENT:
        yield from _of_compartment(content, str(name), names, path) or [_SILENT]
    else:
        yield from _anywhere(content, content, names, path)


def _contained(content: Mapping[str, Any], names: Names, path: str) -> Iterator[_Found]:
    for index, inner in enumerate(objects(content.get("contained"))):
        here = f"{path}contained[{index}]."
        # Its id is local, and so says nothing of whom it stands for.
        is_patient = inner.get("resourceType") == "Patient"
        found = _found({**inner, "id": None} if is_patient else inner, names, "", here)
        for each in found:
            if each != _SILENT:
                yield each
            elif is_patient:
                yield None, f"{here}identifier"


def _entries(bundle: Mapping[str, Any], path: str) -> Iterator[_Found]:
    names = Names.of(bundle.get("entry"))
    for index, entry in enumerate(objects(bundle.get("entry"))):
        inner, url = entry.get("resource"), entry.get("fullUrl")
        if isinstance(inner, dict):
            here = f"{path}entry[{index}].resource."
            yield from _found(inner, names.at(url), url if isinstance(url, str) else "", here)


def _parameters(content: Mapping[str, Any], names: Names, path: str) -> Iterator[_Found]:
    for part in ("parameter", "part"):
        for index, each in enumerate(objects(content.get(part))):
            here = f"{path}{part}[{index}]."
            if isinstance(each.get("resource"), dict):
                yield from _found(each["resource"], names, "", f"{here}resource.")
            yield from _parameters(each, names, here)
            rest = {key: value for key, value in each.items() if key not in ("resource", "part")}
            yield from _anywhere(rest, content, names, here)


def _canonical(own: str, names: Names, path: str) -> _Found:
    try:
        return names.only(own) or own, path
    except Unclear:
        return None, f"{path}id"


def _of_compartment(content: Mapping[str, Any], name: str, names: Names, path: str) -> list[_Found]:
    """Who is named; nobody else counts where the element of its subject says nothing."""
    subjects: list[_Found] = []
    others: list[_Found] = []
    for steps in COMPARTMENT[name]:
        is_subject = steps[-1] in OF_ITS_SUBJECT
        for reference, here in _at(content, steps, path):
            found = _referred(reference, content, names, here, is_subject=is_subject)
            (subjects if is_subject else others).extend(found)
    if any(steps[-1] in OF_ITS_SUBJECT for steps in COMPARTMENT[name]):
        others = [each for each in others if each != _NOBODY]
    return subjects + others


def _at(node: Any, steps: tuple[str, ...], path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _at(each, steps, f"{path}[{index}]")
    elif not steps:
        yield node, path
    elif isinstance(node, dict) and steps[0] in node:
        dot = "." if path and not path.endswith(".") else ""
        yield from _at(node[steps[0]], steps[1:], f"{path}{dot}{steps[0]}")


def _anywhere(node: Any, whole: Mapping[str, Any], names: Names, path: str) -> Iterator[_Found]:
    """R4 puts the other types in no compartment; where one names a Patient, that one counts."""
    waiting: list[tuple[Any, str, bool]] = [(node, path.removesuffix("."), False)]
    while waiting:
        each, here, is_subject = waiting.pop()
        if isinstance(each, list):
            waiting += [(child, f"{here}[{at}]", is_subject) for at, child in enumerate(each)]
        elif isinstance(each, dict):
            if isinstance(each.get("reference"), str | dict) or "identifier" in each:
                yield from _referred(each, whole, names, here, is_subject=is_subject)
            waiting += [
                (child, f"{here}.{key}".lstrip("."), key in OF_ITS_SUBJECT)
                for key, child in each.items()
                if key != "contained"
            ]


def _referred(
    value: Any, content: Mapping[str, Any], names: Names, path: str, *, is_subject: bool
) -> Iterator[_Found]:
    try:
        key = _key(value, content, names, is_subject=is_subject)
    except Unclear:
        yield None, path
        return
    if key is not None:
        yield (key, path) if key else _NOBODY


def _key(value: Any, content: Mapping[str, Any], names: Names, *, is_subject: bool) -> str | None:
    """A patient's key; empty for somebody or something else; None where nothing is named."""
    match value:
        case {"reference": str(reference)} if reference.startswith("#"):
            return _local(reference[1:], content, is_subject=is_subject)
        case {"reference": str(reference)}:
            return names.key(reference, is_subject=is_subject) or ""
        case {"identifier": dict(identifier)}:
            kind = value.get("type")
            if kind == "Group":
                raise Unclear
            is_patient = kind == "Patient" or (kind is None and is_subject)
            return names.identified(identifier) if is_patient else ""
        case dict():
            return None
    raise Unclear


def _local(own_id: str, content: Mapping[str, Any], *, is_subject: bool) -> str:
    """What is contained is looked at by itself; what is not there may be anybody."""
    is_there = not own_id or any(
        each.get("id") == own_id for each in objects(content.get("contained"))
    )
    if is_subject and not is_there:
        raise Unclear
    return ""
