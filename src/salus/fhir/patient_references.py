"""What a reference to a patient stands for: one key for each, within one Bundle.

A reference is the whole URL (R4, references.html#literal): ``Patient/1`` of two servers is two
patients. A Bundle says what its own references stand for (bundle.html#references).

Example:
    >>> Names(base="https://h.example/").key("Patient/1", is_subject=True)
    'https://h.example/Patient/1'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from salus.fhir.compartment import COMPARTMENT
from salus.fhir.shape import objects

_LITERAL = re.compile(
    r"(?P<base>[a-zA-Z][a-zA-Z0-9+.\-]*://\S*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_VERSION = re.compile(r"/_history/[A-Za-z0-9\-.]{1,64}\Z")
_UUID = re.compile(r"urn:uuid:[0-9a-f-]{36}", re.IGNORECASE | re.ASCII)
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_CONDITIONAL = re.compile(r"([A-Za-z]+)\?")
_ABSOLUTE = re.compile(r"[a-z][a-zA-Z0-9+.\-]*:")
_NONE: Mapping[str, Any] = MappingProxyType({})


class Who(Enum):
    """What stands for no patient that can be named."""

    NOBODY = "surely no patient"
    ELSEWHERE = "a resource that is some patient's, and is not at hand"
    PERHAPS = "somebody who may be a patient, or may be not"
    UNCLEAR = "any patient, or several"


PatientKey: TypeAlias = str | Who
"""A patient's key, or what else a reference stands for."""
Numbers: TypeAlias = Mapping[str, frozenset[str]]
"""Somebody's identifiers, each as ``system|value``, by system."""


class Names(NamedTuple):
    """What the entries of one Bundle are called; ``base`` is where one of them came from."""

    resources: Mapping[str, PatientKey] = _NONE
    patients: Mapping[str, frozenset[str]] = _NONE
    present: frozenset[str] = frozenset()
    base: str = ""
    numbers: Mapping[str, Numbers] = _NONE
    doubtful: frozenset[str] = frozenset()

    def at(self, full_url: Any) -> Names:
        """The same, as an entry sees it."""
        found = _LITERAL.fullmatch(_text(full_url))
        return self._replace(base=(found and found["base"]) or "")

    def key(self, reference: str, *, is_subject: bool) -> PatientKey:
        """Return the key of the patient that ``Patient/1``, a URL or ``urn:uuid:…`` stands for."""
        reference = spelt(reference)
        found = self.resources.get(reference) or self._literal(reference, is_subject=is_subject)
        if isinstance(found, str) and _is_type(found):
            found = self._typed(found, is_subject, at_hand=True)
        return Who.UNCLEAR if found in self.doubtful else found

    def of_entry(self, content: Mapping[str, Any], full_url: str) -> PatientKey | None:
        """The key of a Patient that is an entry; None where nothing tells it from another one."""
        own = self.resources.get(unversioned(full_url)) or own_key(content, spelt(full_url))
        if not isinstance(own, str):
            return own
        return Who.UNCLEAR if own in self.doubtful else self.only(own) or own

    def contradicts(self, number: str, key: PatientKey) -> bool:
        """Return whether ``system|value`` is not that of whom a reference beside it names."""
        known = self.numbers.get(key, _NONE) if isinstance(key, str) else _NONE
        return self.only(number) not in (None, key) or is_another(number, known)

    def identified(self, identifier: Any) -> PatientKey:
        """The key of whoever has an identifier: unclear without a value, or where several do."""
        alias = identifier_key(identifier)
        return Who.UNCLEAR if alias is None else self.only(alias) or alias

    def only(self, alias: str) -> PatientKey | None:
        """The key of the one Patient of the Bundle that is called this way; None for none."""
        keys = self.patients.get(alias, frozenset())
        is_unclear = len(keys) > 1 or not self.doubtful.isdisjoint(keys)
        return Who.UNCLEAR if is_unclear else next(iter(keys), None)

    def _literal(self, reference: str, *, is_subject: bool) -> PatientKey:
        literal = _LITERAL.fullmatch(reference)
        if literal is None:
            return _unresolved(reference, is_subject=is_subject)
        short = f"{literal['type']}/{literal['id']}"
        whole = (literal["base"] or self.base) + short
        if literal["type"] != "Patient":
            at_hand = whole in self.resources or (not literal["base"] and short in self.present)
            return self._typed(literal["type"], is_subject, at_hand=at_hand)
        if whole in self.resources:
            return self.resources[whole]
        return whole if literal["base"] else self._relative(short, whole)

    def _relative(self, short: str, whole: str) -> PatientKey:
        own = self.only(short)
        return own if own and (own in (short, Who.UNCLEAR) or not self.base) else whole

    def _typed(self, kind: str, is_subject: bool, *, at_hand: bool) -> PatientKey:
        """A Group stands for several people; another human is looked at where it is at hand."""
        if is_subject and (kind == "Group" or (kind in _HUMANS and not at_hand)):
            return Who.UNCLEAR
        return Who.ELSEWHERE if kind in _OF_PATIENTS and not at_hand else Who.NOBODY


_HUMANS = frozenset({"RelatedPerson", "Person"})
_OF_PATIENTS = frozenset(COMPARTMENT) - {"Group", "Schedule", *_HUMANS}
"""Types whose resources are some patient's. Schedules are mostly those of rooms and staff."""


def _unresolved(reference: str, *, is_subject: bool) -> PatientKey:
    kind = _CONDITIONAL.match(reference)
    if kind and kind[1].lower() != "patient" and not is_subject:
        return Who.NOBODY
    if kind or (is_subject and not _ABSOLUTE.match(reference)):
        return Who.UNCLEAR
    # What a urn or a foreign address stands for is said elsewhere: it is all there is.
    return reference if is_subject else Who.PERHAPS


def own_key(resource: Mapping[str, Any], full_url: str = "") -> str | None:
    """The key of a Patient: where it lives, else its id, an identifier, or its name in the Bundle.

    None where it is not a Patient, or nothing distinguishes it from another one.
    """
    if resource.get("resourceType") != "Patient":
        return None
    found = _LITERAL.fullmatch(full_url)
    if found and found["base"] and found["type"] == "Patient":
        return f"{found['base']}Patient/{found['id']}"
    return next(aliases(resource), None) or (None if _is_type(full_url) else full_url or None)


def identifier_key(identifier: Any) -> str | None:
    """``system|value`` of an Identifier; None where it has no value."""
    match identifier:
        case {"value": str(value)} if value:
            return f"{_text(identifier.get('system'))}|{value}"
    return None


def by_system(found: Iterable[str]) -> Numbers:
    """Sort identifiers by their systems."""
    sorted_out: dict[str, set[str]] = {}
    for each in found:
        sorted_out.setdefault(_system(each), set()).add(each)
    return {system: frozenset(numbers) for system, numbers in sorted_out.items()}


def is_another(number: str, known: Numbers) -> bool:
    """Return whether somebody has another number in the same system, and not this one."""
    same_system = known.get(_system(number))
    return same_system is not None and number not in same_system


def _system(number: str) -> str:
    return number.rpartition("|")[0]


def type_of(url: str) -> str:
    """The type that an address names; empty where it names none."""
    found = _LITERAL.fullmatch(url)
    return found["type"] if found else ""


def unversioned(url: str) -> str:
    """The address of a resource, whichever of its versions one names."""
    return _VERSION.sub("", spelt(url))


def absolute(reference: str, *, seen_from: str) -> str:
    """The address that a reference means in the resource at an address, without a version.

    A relative one is one of the same server (R4, bundle.html#references), where that is known.
    """
    literal, own = _LITERAL.fullmatch(reference), _LITERAL.fullmatch(seen_from)
    is_relative = literal is not None and not literal["base"]
    base = own["base"] if is_relative and own is not None and own["base"] else ""
    return unversioned(base + reference)


def spelt(url: str) -> str:
    """The spelling of a UUID that FHIR asks for; on input its case does not count (RFC 9562)."""
    return url.lower() if _UUID.fullmatch(url) else url


def aliases(patient: Mapping[str, Any]) -> Iterator[str]:
    """What a Patient is called: by its id, then by each of its identifiers."""
    if isinstance(patient.get("id"), str) and patient["id"]:
        yield f"Patient/{patient['id']}"
    yield from identifiers(patient)


def identifiers(patient: Mapping[str, Any]) -> Iterator[str]:
    """``system|value`` of each identifier that has a value."""
    for each in objects(patient.get("identifier")):
        if key := identifier_key(each):
            yield key


def _is_type(found: str) -> bool:
    return _TYPE.fullmatch(found) is not None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
