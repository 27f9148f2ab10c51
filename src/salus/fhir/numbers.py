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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from salus.fhir.shape import objects
from salus.values import typed

_LITERAL = re.compile(
    r"(?P<base>[a-zA-Z][a-zA-Z0-9+.\-]*://\S*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)


class Unclear(Exception):
    """A reference may stand for any patient, or for several; it never leaves this package."""


@dataclass(frozen=True, slots=True)
@typed
class Names:
    """What the entries of one Bundle are called; ``base`` is where one of them came from.

    Args:
        resources: the key of a Patient, or else the type, by ``fullUrl``.
        patients: the keys of the Bundle's Patients, by ``Patient/id`` and by identifier.
        base: before ``Type/id`` in the entry's own ``fullUrl``.
    """

    resources: Mapping[str, str] = field(default_factory=dict)
    patients: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base: str = ""

    @classmethod
    def of(cls, entries: Any) -> Names:
        """Read what the entries of a Bundle are called."""
        resources: dict[str, str] = {}
        patients: dict[str, frozenset[str]] = {}
        for entry in objects(entries):
            resource, url = entry.get("resource"), _text(entry.get("fullUrl"))
            if not isinstance(resource, dict):
                continue
            own = own_key(resource, url)
            if url:
                resources[url] = own or str(resource.get("resourceType"))
            for alias in _aliases(resource) if own else ():
                patients[alias] = patients.get(alias, frozenset()) | {own or ""}
        return cls(resources, patients)

    def at(self, full_url: Any) -> Names:
        """The same, as an entry sees it."""
        found = _LITERAL.fullmatch(_text(full_url))
        return Names(self.resources, self.patients, (found and found["base"]) or "")

    def key(self, reference: str, *, is_subject: bool) -> str | None:
        """Tell which patient a literal reference stands for.

        Args:
            reference: such as ``Patient/1``, ``https://…/Patient/1`` or ``urn:uuid:…``.
            is_subject: whether a patient must stand there, unless something else does plainly.

        Returns:
            The patient's key; None where it stands for something else.

        Raises:
            Unclear: it may stand for any, or for several.
        """
        if reference in self.resources:
            return _patient_among(self.resources[reference], is_subject=is_subject)
        found = _LITERAL.fullmatch(reference)
        if found is None:
            return self._other(reference, is_subject=is_subject)
        if found["type"] != "Patient":
            return _patient_among(found["type"], is_subject=is_subject)
        short = f"Patient/{found['id']}"
        whole = (found["base"] or self.base) + short
        if whole in self.resources:
            return self.resources[whole]
        return whole if found["base"] else self._relative(short, whole)

    def identified(self, identifier: Mapping[str, Any]) -> str:
        """The key of whoever has an identifier.

        Raises:
            Unclear: it has no value, or several Patients have it.
        """
        alias = identifier_key(identifier)
        if alias is None:
            raise Unclear
        return self.only(alias) or alias

    def _relative(self, short: str, whole: str) -> str:
        own = self.only(short)
        return own if own and (own == short or not self.base) else whole

    def only(self, alias: str) -> str | None:
        """The key of the one Patient of the Bundle that is called this way; None for none."""
        keys = self.patients.get(alias, frozenset())
        if len(keys) > 1:
            raise Unclear
        return next(iter(keys), None)

    def _other(self, reference: str, *, is_subject: bool) -> str | None:
        if (is_subject or reference.startswith("Patient?")) and not re.match(
            r"[a-z][a-zA-Z0-9+.\-]*:", reference
        ):
            raise Unclear
        # What a urn or a foreign address stands for is said elsewhere: it is all there is.
        return reference if is_subject else None


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


def _aliases(patient: Mapping[str, Any]) -> Iterable[str]:
    if isinstance(patient.get("id"), str) and patient["id"]:
        yield f"Patient/{patient['id']}"
    for each in objects(patient.get("identifier")):
        if key := identifier_key(each):
            yield key


def _patient_among(found: str, *, is_subject: bool) -> str | None:
    """A Group stands for several people; any other type for none."""
    if found == "Group" and is_subject:
        raise Unclear
    return None if re.fullmatch(r"[A-Z][A-Za-z]+", found) else found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
