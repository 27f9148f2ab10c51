"""Errors of reading FHIR, and when each is raised.

::

    InputError
    ├── MalformedJson      the bytes are not JSON as RFC 8259 has it; says where
    ├── DuplicateKey       one object has a key twice, so that readers may differ; says which
    ├── NotFhir            JSON without a resource type that FHIR knows; says what was found
    ├── NotR4              a resource of another version of FHIR than R4
    ├── InvalidSensitivityTable  a table of codes cannot be read; says which line
    ├── InvalidResource    a resource breaks R4's structure; lists where and how
    ├── SeveralPatients    one addition is about more than one patient
    ├── PatientUnclear     a reference may mean any patient; says which
    ├── PatientNotNamed    resources are about a patient and do not name one; says which
    ├── AnotherPatient     an addition is about another patient than its identity stands for
    ├── AnothersRecord     a new version is added under another identity than the record's
    └── ConsentNotUsable   a FHIR Consent says what terms cannot; lists where, by element

Example:
    >>> print(NotFhir(found="no resourceType"))
    not a FHIR resource: no resourceType; give an R4 resource, a Bundle or NDJSON
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class MalformedJson(InputError):
    """The bytes are not strict JSON (RFC 8259, UTF-8, no NaN, limited depth)."""

    def __init__(self, *, reason: str, line: int, column: int) -> None:
        self.reason, self.line, self.column = reason, line, column
        super().__init__(f"not valid JSON at line {line}, column {column}: {reason}; correct it")


class DuplicateKey(InputError):
    """One object names the same key twice, so two readers may see two different records."""

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(f"the key {path} stands twice in one object; remove one of the two")


class NotFhir(InputError):
    """JSON without a FHIR resource type. ``found`` says what stood there instead."""

    def __init__(self, *, found: str) -> None:
        self.found = found
        super().__init__(f"not a FHIR resource: {found}; give an R4 resource, a Bundle or NDJSON")

    def at(self, place: str) -> NotFhir:
        """The same, of what stands at a place of a file."""
        return NotFhir(found=f"{place} is {self.found}")


class NotR4(InputError):
    """A FHIR resource of another version than R4 (4.0.1)."""

    def __init__(self, *, found: str, version: str) -> None:
        self.found, self.version = found, version
        super().__init__(f"{found} belongs to FHIR {version}, not R4 (4.0.1); convert it first")

    def at(self, place: str) -> NotR4:
        """The same, of what stands at a place of a file."""
        return NotR4(found=f"{place} is {self.found}", version=self.version)


class SeveralPatients(InputError):
    """Resources of more than one patient: one's consent would open the other's. None is named."""

    def __init__(self, *, count: int) -> None:
        self.count = count
        super().__init__(
            f"this is about {count} patients: split it, and add each patient's part under that"
            " patient's identity"
        )


class PatientUnclear(InputError):
    """Resources that may be any patient's: of a Group, a search, a patient without an id."""

    def __init__(self, *, places: str) -> None:
        self.places = places
        super().__init__(
            f"it cannot be told whose this is ({places}): refer to one patient there, by id, URL or"
            " identifier"
        )


class PatientNotNamed(InputError):
    """Resources of types that are about a patient, and that name none."""

    def __init__(self, *, places: str) -> None:
        self.places = places
        super().__init__(
            f"no patient is named ({places}): name one there, or say whose they are, with `number=`"
        )


class AnotherPatient(InputError):
    """What was to be added is about somebody else than the identity stands for here."""

    def __init__(self, identity: str, *, expected: Collection[str]) -> None:
        self.identity, self.expected = identity, frozenset(expected)
        numbers = sorted(self.expected)
        known = ", ".join(map(repr, numbers))
        super().__init__(
            f"this is about another patient than {' or '.join(numbers)}, for whom {identity}"
            " stands here: add it under that patient's own identity. If both numbers are one"
            f" patient's, `records.patients.say()` with {known} and the other says so"
        )


class AnothersRecord(InputError):
    """A new version was to be added under another identity than the record's."""

    def __init__(self, record: str, *, identity: str) -> None:
        self.record, self.identity = record, identity
        super().__init__(
            f"record {record} does not lie under {identity}: give the identity that it was added"
            " under, or leave out the record's id to add a new one"
        )


class InvalidSensitivityTable(InputError):
    """A table of sensitive codes and words that cannot be read; nothing was derived with it."""

    def __init__(self, name: str, *, problem: str, line: int | None = None) -> None:
        self.name, self.problem, self.line = name, problem, line
        where = "" if line is None else f", line {line}"
        super().__init__(
            f"{name}{where}: {problem}. docs/terms.md#sensitivity-tables tells the format"
        )


class InvalidResource(InputError):
    """An R4 resource that breaks R4's rules; ``problems`` are ``(path, what)`` pairs, all found."""

    def __init__(self, *, resource: str, problems: Sequence[tuple[str, str]]) -> None:
        self.resource, self.problems = resource, tuple(problems)
        listed = "; ".join(f"{path}: {what}" for path, what in self.problems[:5])
        more = f"; and {len(self.problems) - 5} more" if len(self.problems) > 5 else ""
        super().__init__(
            f"{resource} is not valid R4: {listed}{more}; correct these, or keep it as it came with"
            " `validate=False`"
        )


class ConsentNotUsable(InputError):
    """A FHIR Consent that cannot become terms; ``problems`` are ``(element, why)`` pairs."""

    def __init__(self, *, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(f"{element}: {why}" for element, why in self.problems[:5])
        more = f"; and {len(self.problems) - 5} more" if len(self.problems) > 5 else ""
        super().__init__(f"this FHIR Consent cannot become consent terms: {listed}{more}")
