"""Rows of codes: one, a range, or a pattern; of some systems with all that are below them.

Example:
    >>> rows = CodeRows(prefixes=True)
    >>> rows.add("F20..F29", "psychotic")
    >>> rows.of("F20.0"), rows.of("F30")
    (['psychotic'], [])
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

from salus.fhir.normal_forms import plain_code

T = TypeVar("T")
_ANY_FORM = re.compile(r"[\x21-\x7e]+")
_PLACES = {"@": "[A-Z]", "#": "[0-9]", "*": "[A-Z0-9]"}


def _form(text: str) -> re.Pattern[str]:
    return re.compile("".join(_PLACES.get(each, re.escape(each)) for each in text))


class CodeRows(Generic[T]):
    """What one code system's codes mean."""

    def __init__(
        self, *, prefixes: bool = False, complete: bool = False, forms: Iterable[str] = ()
    ) -> None:
        self.prefixes, self.complete = prefixes, complete
        self._forms = tuple(map(_form, forms)) or (_ANY_FORM,)
        self._exact: dict[str, list[T]] = {}
        self._ranges: list[tuple[str, str, T]] = []
        self._patterns: list[tuple[re.Pattern[str], T]] = []

    def add(self, codes: str, value: T) -> None:
        """Add a row.

        Raises:
            ValueError: It is a range that ends before it starts, or of two lengths.
        """
        first, is_range, last = codes.partition("..")
        first, last = self._plain(first), self._plain(last if is_range else first)
        if not first or len(first) != len(last) or last < first:
            raise ValueError(codes)
        if "?" in codes and self.prefixes:
            pattern = "".join("." if each == "?" else re.escape(each) for each in first)
            self._patterns.append((re.compile(pattern), value))
        elif is_range or self.prefixes:
            self._ranges.append((first, last, value))
        else:
            self._exact.setdefault(first, []).append(value)

    def is_complete_for(self, code: str) -> bool:
        """Whether a code without a row is known to mean nothing here; what is no code is not."""
        plain = self._plain(code)
        return self.complete and any(each.fullmatch(plain) for each in self._forms)

    def of(self, code: str) -> list[T]:
        """What a code means; nothing where no row has it."""
        plain = self._plain(code)
        found = [
            value for first, last, value in self._ranges if first <= self._cut(plain, first) <= last
        ]
        found += [value for pattern, value in self._patterns if pattern.match(plain)]
        return [*self._exact.get(plain, ()), *found]

    def _cut(self, code: str, first: str) -> str:
        """What is compared: codes below one begin like it, and no shorter one lies in a range."""
        if len(code) < len(first) or (len(code) > len(first) and not self.prefixes):
            return ""
        return code[: len(first)]

    def _plain(self, code: str) -> str:
        code = plain_code(code)
        return code.replace(".", "").upper() if self.prefixes else code
