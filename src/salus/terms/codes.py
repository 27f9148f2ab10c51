"""Append-only code tables: a code's position is its bit, and a parent covers its children.

Example:
    >>> table = CodeTable("colours", "urn:example", (Code("red", None, "red"),
    ...     Code("pink", "red", "pale red")))
    >>> table.to_mask(frozenset({"pink"})), table.covers(frozenset({"red"}), "pink")
    (2, True)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from salus.terms.errors import MalformedTerms, UnknownCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class Code(NamedTuple):
    """One row: the code, the code that includes it, and the words for people."""

    code: str
    parent: str | None
    display: str


class CodeTable:
    """A numbered table of codes, in bit order, each of them within its parent."""

    __slots__ = ("_bits", "_codes", "_within", "name", "system")

    def __init__(self, name: str, system: str, codes: tuple[Code, ...]) -> None:
        self.name, self.system = name, system
        self._codes = codes
        self._bits = {row.code: bit for bit, row in enumerate(codes)}
        self._within: dict[str, list[str]] = {row.code: [] for row in codes}
        for row in codes:
            for above in self.including(row.code):
                self._within[above].append(row.code)

    def __contains__(self, code: object) -> bool:
        return code in self._bits

    def __len__(self) -> int:
        return len(self._codes)

    def __repr__(self) -> str:
        return f"CodeTable({self.name}, {len(self)} codes)"

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code, in bit order."""
        return tuple(row.code for row in self._codes)

    def bit(self, code: str) -> int:
        """Return a code's bit number."""
        try:
            return self._bits[code]
        except KeyError:
            raise UnknownCode(table=self.name, code=code) from None

    def display(self, code: str) -> str:
        """Return a code's words.

        Raises:
            UnknownCode: the table does not have it.
        """
        return self._codes[self.bit(code)].display

    def including(self, code: str) -> tuple[str, ...]:
        """A code and those that include it, the widest last.

        Raises:
            UnknownCode: the table does not have it.
        """
        row = self._codes[self.bit(code)]
        return (code,) if row.parent is None else (code, *self.including(row.parent))

    def within(self, code: str) -> Sequence[str]:
        """A code and those that it includes."""
        return self._within[code]

    def covers(self, granted: frozenset[str], code: str) -> bool:
        """Return whether a code, or one that includes it, is among those granted.

        Raises:
            UnknownCode: the table does not have ``code``.
        """
        return any(each in granted for each in self.including(code))

    def overlaps(self, named: frozenset[str], code: str) -> bool:
        """Return whether a code may mean one of those named: it is covered, or it includes one.

        Raises:
            UnknownCode: the table does not have ``code``.
        """
        return self.covers(named, code) or any(
            self.covers(frozenset({code}), narrower) for narrower in named
        )

    def to_mask(self, codes: frozenset[str]) -> int:
        """Turn codes into a bit mask.

        Raises:
            UnknownCode: the table does not have one of them.
        """
        return sum(1 << self.bit(code) for code in codes)

    def from_mask(self, mask: int) -> frozenset[str]:
        """Turn a bit mask into codes."""
        if mask >> len(self):
            raise MalformedTerms(reason=f"a bit beyond the {len(self)} codes of {self.name} is set")
        return frozenset(row.code for bit, row in enumerate(self._codes) if mask >> bit & 1)
