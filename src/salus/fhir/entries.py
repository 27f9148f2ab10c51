"""What the entries of a Bundle are called, and which of its Patients nobody can tell apart.

A ``fullUrl`` is one resource (bundle.html, bdl-7): where Patients of two ids or two numbers share
one, any of them may be meant, and none is taken for another.

Example:
    >>> patient = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}}
    >>> names_of([patient]).key("urn:uuid:1", is_subject=True)
    'Patient/p'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salus.fhir.patient_references import (
    Names,
    PatientKey,
    Who,
    aliases,
    by_system,
    identifiers,
    own_key,
    type_of,
    unversioned,
)
from salus.fhir.shape import objects


def names_of(entries: Any) -> Names:
    """Read what the entries of a Bundle are called."""
    found = _FoundEntries()
    for entry in objects(entries):
        resource, url = entry.get("resource"), entry.get("fullUrl")
        if isinstance(resource, dict):
            found.add(resource, unversioned(url) if isinstance(url, str) else "")
    return Names(
        resources=found.resources,
        patients={alias: frozenset(keys) for alias, keys in found.patients.items()},
        present=frozenset(found.present),
        numbers={key: by_system(same.numbers) for key, same in found.same.items()},
        doubtful=frozenset(found.doubtful),
    )


@dataclass
class _Same:
    """What the Patients of one key are called; ``common`` is what all with numbers share."""

    urls: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    common: frozenset[str] = frozenset()

    def is_elsewhere(self, url: str) -> bool:
        return bool(url and self.urls) and url not in self.urls

    def has_other(self, numbers: frozenset[str]) -> bool:
        return bool(numbers and self.common) and not self.common & numbers

    def join(self, url: str, numbers: frozenset[str]) -> None:
        self.urls |= {url} if url else set()
        self.numbers |= numbers
        self.common = (self.common & numbers) or self.common or numbers


@dataclass
class _FoundEntries:
    resources: dict[str, PatientKey] = field(default_factory=dict)
    patients: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    present: set[str] = field(default_factory=set)
    same: dict[str, _Same] = field(default_factory=lambda: defaultdict(_Same))
    doubtful: set[str] = field(default_factory=set)

    def add(self, resource: Mapping[str, Any], url: str) -> None:
        kind = str(resource.get("resourceType"))
        self.present.add(f"{kind}/{resource.get('id')}")
        own = own_key(resource, url)
        if own is not None:
            own = self._told_apart(own, frozenset(identifiers(resource)), url)
            for alias in aliases(resource):
                self.patients[alias].add(own)
        if url:
            is_unclear = "Patient" in (kind, type_of(url))
            self._call(url, own or (Who.UNCLEAR if is_unclear else kind))

    def _call(self, url: str, name: PatientKey) -> None:
        """What two resources are called that are not one may be either, and so may each of them."""
        known = self.resources.setdefault(url, name)
        if known != name:
            self.doubtful |= {
                key for key in (known, name) if isinstance(key, str)
            } & self.same.keys()
            self.resources[url] = Who.UNCLEAR

    def _told_apart(self, own: str, numbers: frozenset[str], url: str) -> str:
        """The key of a Patient, which is another than one of the same id that shares nothing."""
        same = self.same[own]
        is_shared = bool(same.common & numbers)
        if not is_shared and own != url and same.is_elsewhere(url):
            return self._told_apart(url, numbers, url)
        if not is_shared and same.has_other(numbers):
            if url not in same.urls and (other := url or min(numbers)) != own:
                return self._told_apart(other, numbers, url)
            self.doubtful.add(own)
        same.join(url, numbers)
        return own
