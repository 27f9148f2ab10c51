"""What an issuer says of a record beside its bytes, so that its readers' software can decide by it.

Example:
    >>> from salus.vault.documents.facts import RecordFacts
    >>> scan = RecordFacts(resource_class="ImagingStudy", sensitivities=frozenset({"PSY"}))
    >>> RecordFacts.parse(scan.to_bytes()) == scan
    True
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from salus.primitives.values import refuse, typed
from salus.vault.documents.compartments import LONGEST, MOST_LABELS, Compartment, stricter
from salus.vault.errors import MalformedParcel
from salus_verify.encoding import canonical
from salus_verify.fields import MAX_INTEGER, Fields, is_text

Span: TypeAlias = tuple[int | None, int | None]
"""The first second inside and the first after, since 1970 (UTC); None where it is not known."""
ANY_TIME: Span = (None, None)
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The first second of the year 1, after which a span begins, and the last of the year 9999."""


def span_problem(when: Span) -> str | None:
    """What keeps a span from being one that terms can be decided by; None where nothing does."""
    start, end = when
    if any(side is not None and not EARLIEST < side <= LATEST for side in when):
        return "and end must lie in the years 1 to 9999"
    if start is not None and end is not None and start >= end:
        return "must be before end"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class RecordFacts:
    """What consent terms look at in a record, as its issuer keeps it.

    Attributes:
        start: The first second that it is about, since 1970 (UTC); None where it does not say.
        end: The first second after, likewise.
    """

    resource_class: str
    sensitivities: frozenset[str] = frozenset()
    confidentiality: str = "N"
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        texts = (self.resource_class, self.confidentiality, *self.sensitivities)
        if not all(is_text(text, LONGEST) for text in texts):
            limit = f"{LONGEST} characters of Unicode"
            yield "resource_class", f"and labels must be texts of 1 to {limit}"
        if len(self.sensitivities) > MOST_LABELS:
            yield "sensitivities", f"must be at most {MOST_LABELS}"
        if problem := span_problem(self.when):
            yield "start", problem

    @classmethod
    def within(cls, compartment: Compartment, when: Span) -> RecordFacts:
        """The facts of one's own record: its compartment's labels, and its time."""
        start, end = when
        return cls(
            resource_class=compartment.resource_class,
            sensitivities=compartment.sensitivities,
            confidentiality=compartment.confidentiality,
            start=start,
            end=end,
        )

    @property
    def when(self) -> Span:
        """When it is about."""
        return self.start, self.end

    def beside(self, before: RecordFacts) -> RecordFacts | None:
        """Take a later word of the same issuer beside its earlier one: labels only grow.

        Returns:
            Both together; None where it speaks of another class or time, or where both have more
            labels than facts can.
        """
        labels = before.sensitivities | self.sensitivities
        same = (self.resource_class, self.start, self.end)
        if same != (before.resource_class, *before.when) or len(labels) > MOST_LABELS:
            return None
        stricter_one = stricter(before.confidentiality, self.confidentiality)
        return replace(before, sensitivities=labels, confidentiality=stricter_one)

    def to_json(self) -> dict[str, Any]:
        """The facts as a part of a document."""
        values: dict[str, Any] = {
            "resourceClass": self.resource_class,
            "sensitivities": sorted(self.sensitivities),
            "confidentiality": self.confidentiality,
        }
        sides = {"start": self.start, "end": self.end}
        return values | {name: side for name, side in sides.items() if side is not None}

    @classmethod
    def read(cls, fields: Fields) -> RecordFacts:
        """Read facts that are a part of a document.

        Raises:
            MalformedDocument: They do not follow the format.
        """
        codes = fields.texts("sensitivities", longest=LONGEST)
        if list(codes) != sorted(set(codes)):
            fields.fail("its sensitivities are not each there once, in alphabetical order")
        with fields.refusing():
            facts = cls(
                resource_class=fields.text("resourceClass", longest=LONGEST),
                sensitivities=frozenset(codes),
                confidentiality=fields.text("confidentiality", longest=LONGEST),
                start=_side(fields, "start"),
                end=_side(fields, "end"),
            )
        fields.end()
        return facts

    def to_bytes(self) -> bytes:
        """The facts as a key database keeps them, encrypted."""
        return canonical(self.to_json())

    @classmethod
    def parse(cls, data: bytes) -> RecordFacts:
        """Read what :meth:`to_bytes` wrote."""
        values: Mapping[str, Any] = json.loads(data)
        return cls.read(Fields(dict(values), MalformedParcel))


def _side(fields: Fields, name: str) -> int | None:
    return fields.integer(name, minimum=-MAX_INTEGER) if fields.has(name) else None
