"""What is wrong with an EPCIS document, problem by problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salus.errors import InputError
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Problem:
    """One thing wrong in an EPCIS document: where (a path of field names) and what."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class InvalidEpcis(InputError):
    """An EPCIS document or event breaks the standard; ``problems`` holds every finding."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        tail = f" (and {more} more)" if more else ""
        super().__init__(f"not valid EPCIS 2.0: {self.problems[0]}{tail}")


class UnsafeXml(InputError):
    """An XML document declares a DTD or entities, which EPCIS never needs."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"refused XML: {reason}; send the document without a DTD")
