"""What a reference to a patient stands for: one key for each, within one Bundle.

A reference is the whole URL (R4, references.html#literal): ``Patient/1`` of two servers is two
patients. A Bundle says what its own references stand for (bundle.html#references).

Example:
    >>> patient = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}}
    >>> Names.of([patient]).key("urn:uuid:1", is_subject=True)
    'Patient/p'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from salus.fhir.compartment import COMPARTMENT
from salus.fhir.shape import objects

_LITERAL = re.compile(
    r"(?P<base>[a-zA-Z][a-zA-Z0-9+.\-]*://\S*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
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


Key: TypeAlias = str | Who
"""A patient's key, or what else a reference stands for."""


class Names(NamedTuple):
    """What the entries of one Bundle are called; ``base`` is where one of them came from.

    Args:
        resources: the key of a Patient, or else the type, by ``fullUrl``.
        patients: the keys of the Bundle's Patients, by ``Patient/id`` and by identifier.
        present: ``Type/id`` of all that is in it.
        base: before ``Type/id`` in the entry's own ``fullUrl``.
    """

    resources: Mapping[str, str] = _NONE
    patients: Mapping[str, frozenset[str]] = _NONE
    present: frozenset[str] = frozenset()
    base: str = ""

    @classmethod
    def of(cls, entries: Any) -> Names:
        """Read what the entries of a Bundle are called."""
        resources: dict[str, str] = {}
        patients: dict[str, frozenset[str]] = {}
        present: set[str] = set()
        seen: dict[str, list[_Seen]] = {}
        for entry in objects(entries):
            resource, url = entry.get("resource"), _text(entry.get("fullUrl"))
            if not isinstance(resource, dict):
                continue
            kind = str(resource.get("resourceType"))
            present.add(f"{kind}/{resource.get('id')}")
            own = _own_among(seen, resource, url)
            if url:
                resources[url] = own or kind
            for alias in _aliases(resource) if own else ():
                patients[alias] = patients.get(alias, frozenset()) | {own or ""}
        return cls(resources, patients, frozenset(present))

    def at(self, full_url: Any) -> Names:
        """The same, as an entry sees it."""
        found = _LITERAL.fullmatch(_text(full_url))
        return self._replace(base=(found and found["base"]) or "")

    def key(self, reference: str, *, is_subject: bool) -> Key:
        """Tell which patient a literal reference stands for.

        Args:
            reference: such as ``Patient/1``, ``https://…/Patient/1`` or ``urn:uuid:…``.
            is_subject: whether a patient must stand there, unless something else does plainly.

        Returns:
            The patient's key, or what else it stands for.
        """
        if reference in self.resources:
            found = self.resources[reference]
            return self._typed(found, is_subject, at_hand=True) if _is_type(found) else found
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

    def identified(self, identifier: Any) -> Key:
        """The key of whoever has an identifier: unclear without a value, or where several do."""
        alias = identifier_key(identifier)
        return Who.UNCLEAR if alias is None else self.only(alias) or alias

    def only(self, alias: str) -> Key | None:
        """The key of the one Patient of the Bundle that is called this way; None for none."""
        keys = self.patients.get(alias, frozenset())
        return Who.UNCLEAR if len(keys) > 1 else next(iter(keys), None)

    def _relative(self, short: str, whole: str) -> Key:
        own = self.only(short)
        return own if own and (own in (short, Who.UNCLEAR) or not self.base) else whole

    def _typed(self, kind: str, is_subject: bool, *, at_hand: bool) -> Key:
        """A Group stands for several people; another human is looked at where it is at hand."""
        if is_subject and (kind == "Group" or (kind in _HUMANS and not at_hand)):
            return Who.UNCLEAR
        return Who.ELSEWHERE if kind in _OF_PATIENTS and not at_hand else Who.NOBODY


_HUMANS = frozenset({"RelatedPerson", "Person"})
_OF_PATIENTS = frozenset(COMPARTMENT) - {"Group", "Schedule", *_HUMANS}
"""Types whose resources are some patient's. Schedules are mostly those of rooms and staff."""


def _unresolved(reference: str, *, is_subject: bool) -> Key:
    kind = _CONDITIONAL.match(reference)
    if kind and kind[1].lower() != "patient" and not is_subject:
        return Who.NOBODY
    if kind or (is_subject and not _ABSOLUTE.match(reference)):
        return Who.UNCLEAR
    # What a urn or a foreign address stands for is said elsewhere: it is all there is.
    return reference if is_subject else Who.PERHAPS


class _Seen(NamedTuple):
    url: str
    identifiers: frozenset[str]

    def is_another(self, other: _Seen) -> bool:
        """Two Patients of one id are two where nothing but the id says that they are one."""
        if self.identifiers & other.identifiers:
            return False
        if self.url and other.url:
            return self.url != other.url
        return bool(self.identifiers and other.identifiers)


def _own_among(seen: dict[str, list[_Seen]], resource: Mapping[str, Any], url: str) -> str | None:
    """The key of a Patient, which is another than those of the same id that were seen before."""
    own = own_key(resource, url)
    if own is None:
        return None
    this = _Seen(url, frozenset(_identifiers(resource)))
    same_id = seen.setdefault(own, [])
    is_another = any(this.is_another(each) for each in same_id)
    same_id.append(this)
    return url or min(this.identifiers) if is_another else own


def own_key(resource: Mapping[str, Any], full_url: str = "") -> str | None:
    """The key of a Patient: where it lives, else its id, an identifier, or its name in the Bundle.

    Args:
        resource: any resource.
        full_url: its entry's; empty where it has none.

    Returns:
        The key; None where it is no Patient, or nothing tells it from another one.
    """
    if resource.get("resourceType") != "Patient":
        return None
    found = _LITERAL.fullmatch(full_url)
    if found and found["base"] and found["type"] == "Patient":
        return f"{found['base']}Patient/{found['id']}"
    return next(iter(_aliases(resource)), None) or full_url or None


def identifier_key(identifier: Any) -> str | None:
    """``system|value`` of an Identifier; None where it has no value."""
    match identifier:
        case {"value": str(value)} if value:
            return f"{_text(identifier.get('system'))}|{value}"
    return None


def _aliases(patient: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(patient.get("id"), str) and patient["id"]:
        yield f"Patient/{patient['id']}"
    yield from _identifiers(patient)


def _identifiers(patient: Mapping[str, Any]) -> Iterator[str]:
    for each in objects(patient.get("identifier")):
        if key := identifier_key(each):
            yield key


def _is_type(found: str) -> bool:
    return _TYPE.fullmatch(found) is not None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
