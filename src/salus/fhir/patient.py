"""Whose a resource is, by R4's patient compartment, with all that is contained or wrapped in it.

Example:
    >>> found = patients_of({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/4"}})
    >>> sorted(found.named), found.is_clear
    (['Patient/4'], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from salus.fhir.compartment import ACTING, COMPARTMENT, OF_ITS_SUBJECT, TAKING_PART
from salus.fhir.patient_references import Names, PatientKey, Who, identifier_key, is_another
from salus.fhir.tree import ResourcePlace, places
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Patients:
    """The patients of a resource, by ``Patient/1``, whole URL, ``system|value``, or ``urn:``."""

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
    """Find whose a resource is; an entry's ``fullUrl`` is empty where it has none."""
    return patients_in(places(content, names, url=full_url))


def patients_in(tree: Iterable[ResourcePlace]) -> Patients:
    """Find whose a resource is that was walked already."""
    named: set[str] = set()
    unclear: list[str] = []
    is_silent = False
    for place in tree:
        found = [*_found(place)]
        named |= {each.key for each in found if isinstance(each.key, str)}
        unclear += [each.path for each in found if each.key is Who.UNCLEAR]
        if _names_nobody(place, found):
            is_silent |= not place.is_within
            # The id of what is contained is local, and says nothing of whom it stands for.
            if place.is_within and _is_patient(place):
                unclear.append(f"{place.path}identifier")
    return Patients(frozenset(named), tuple(unclear), is_silent)


class _FoundPatients(NamedTuple):
    key: PatientKey
    path: str


def _found(place: ResourcePlace) -> Iterator[_FoundPatients]:
    if _is_patient(place):
        yield from _itself(place)
    if place.resource_type not in COMPARTMENT:
        yield from _anywhere(place)
    elif _has_subject(place):
        yield from _of_its_subject(place)
    else:
        yield from _of_those_in_it(place)


def _names_nobody(place: ResourcePlace, found: list[_FoundPatients]) -> bool:
    """Of a type that is about a patient, or about something of a patient's, and says not whose."""
    keys = {each.key for each in found}
    if any(isinstance(each, str) for each in keys) or Who.UNCLEAR in keys:
        return False
    is_about_one = place.resource_type in COMPARTMENT
    return Who.ELSEWHERE in keys or _is_patient(place) or (is_about_one and not keys)


def _itself(place: ResourcePlace) -> Iterator[_FoundPatients]:
    content = {**place.content, "id": None} if place.is_within else place.content
    own = place.names.of_entry(content, place.url)
    if own is not None:
        yield _FoundPatients(own, f"{place.path}id")


def _of_its_subject(place: ResourcePlace) -> Iterator[_FoundPatients]:
    """Who else takes part counts where it is a patient, and is nobody where that is not said."""
    for key, path, is_subject in _in_compartment(place):
        if is_subject or isinstance(key, str) or key is Who.UNCLEAR:
            yield _FoundPatients(key, path)


def _of_those_in_it(place: ResourcePlace) -> Iterator[_FoundPatients]:
    """No element says whom it is about: who takes part beside a patient may be another one."""
    found = [*_in_compartment(place)]
    is_told = any(isinstance(key, str) for key, *_ in found)
    for key, path, _ in found:
        is_perhaps = key is Who.PERHAPS
        yield _FoundPatients(_taking_part(path, is_told=is_told) if is_perhaps else key, path)


def _taking_part(path: str, *, is_told: bool) -> Who:
    element = path.rpartition(".")[2].partition("[")[0]
    if element in ACTING:
        return Who.NOBODY
    return Who.UNCLEAR if is_told and element in TAKING_PART else Who.ELSEWHERE


def _in_compartment(place: ResourcePlace) -> Iterator[tuple[PatientKey, str, bool]]:
    for steps in COMPARTMENT[place.resource_type]:
        is_subject = steps[-1] in OF_ITS_SUBJECT
        for value, path in _at(place.content, steps, place.path):
            key = _key(value, place, is_subject=is_subject)
            if key is not None:
                yield key, path, is_subject


def _anywhere(place: ResourcePlace) -> Iterator[_FoundPatients]:
    """R4 puts the other types in no compartment; where one names a Patient, that one counts."""
    for element in place.elements:
        node = element.node
        if isinstance(node.get("reference"), str) or isinstance(node.get("identifier"), dict):
            key = _key(node, place, is_subject=element.key in OF_ITS_SUBJECT)
            if key is not None and key is not Who.PERHAPS:
                yield _FoundPatients(key, element.path)


def _at(node: Any, steps: tuple[str, ...], path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _at(each, steps, f"{path}[{index}]")
    elif not steps:
        yield node, path
    elif isinstance(node, dict) and steps[0] in node:
        dot = "." if path and not path.endswith(".") else ""
        yield from _at(node[steps[0]], steps[1:], f"{path}{dot}{steps[0]}")


def _key(value: Any, place: ResourcePlace, *, is_subject: bool) -> PatientKey | None:
    """What a Reference stands for; None where it names nothing."""
    kind = _declared(value)
    is_subject = is_subject or kind == "Patient"
    match value:
        case {"reference": str(reference)}:
            key = _as_declared(_literal(reference, place, is_subject=is_subject), kind)
            return Who.UNCLEAR if _is_contradicted(value, key, place) else key
        case {"identifier": dict(identifier)} if "reference" not in value:
            return _identified(identifier, kind, place, is_subject=is_subject)
        case dict() if "reference" not in value and "identifier" not in value:
            return None
    return Who.UNCLEAR


def _declared(value: Any) -> str | None:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind.rpartition("/")[2] if isinstance(kind, str) else None


def _literal(reference: str, place: ResourcePlace, *, is_subject: bool) -> PatientKey:
    if reference.startswith("#"):
        return _local(reference[1:], place, is_subject=is_subject)
    return place.names.key(reference, is_subject=is_subject)


def _is_contradicted(value: Mapping[str, Any], key: PatientKey, place: ResourcePlace) -> bool:
    """Whether the identifier beside a reference is another patient's."""
    reference, number = value["reference"], identifier_key(value.get("identifier"))
    if reference.startswith("#"):
        return number is not None and is_another(number, place.local.get(reference[1:], {}))
    return number is not None and place.names.contradicts(number, key)


def _as_declared(key: PatientKey, kind: str | None) -> PatientKey:
    """What says that it is a patient, and is not, may be either."""
    if kind == "Patient" and key in (Who.NOBODY, Who.ELSEWHERE):
        return Who.UNCLEAR
    return Who.NOBODY if key is Who.PERHAPS and kind is not None else key


def _identified(
    identifier: Mapping[str, Any], kind: str | None, place: ResourcePlace, *, is_subject: bool
) -> PatientKey:
    if kind in ("Group", "Person", "RelatedPerson"):
        return Who.UNCLEAR
    if kind not in (None, "Patient"):
        return Who.NOBODY
    return place.names.identified(identifier) if is_subject else Who.PERHAPS


def _local(own_id: str, place: ResourcePlace, *, is_subject: bool) -> PatientKey:
    """What is contained is looked at by itself; what is not there may be anybody."""
    container = place.container or {}
    is_of_patient = container.get("resourceType") == "Patient"
    is_there = own_id in place.local if own_id else is_of_patient
    if is_there:
        return Who.NOBODY
    return Who.UNCLEAR if is_subject else Who.PERHAPS


def _has_subject(place: ResourcePlace) -> bool:
    return any(steps[-1] in OF_ITS_SUBJECT for steps in COMPARTMENT[place.resource_type])


def _is_patient(place: ResourcePlace) -> bool:
    return place.resource_type == "Patient"
