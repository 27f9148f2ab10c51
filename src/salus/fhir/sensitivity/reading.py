r"""Reading a sensitivity table from its text: line by line, each fault with its line.

Example:
    >>> parse_table("salus sensitivity table 1\nversion 3", name="mine").version
    '3'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from salus.fhir.errors import InvalidSensitivityTable
from salus.fhir.normal_forms import plain_system
from salus.fhir.sensitivity.code_rows import CodeRows
from salus.fhir.sensitivity.derivation import Confidence, Meaning
from salus.fhir.sensitivity.phrases import Phrases
from salus.terms.sensitivities import SENSITIVITIES

HEAD = "salus sensitivity table 1"
_FLAGS = ("complete", "prefixes")
_FORM = "form "
_ROW = 'a row is "CODE LABEL reason", as in "F20..F29 PSY psychotic disorder"'
Kin = Mapping[str, frozenset[str]]


class TableRow(NamedTuple):
    """One row as it was written; labels still without their kin."""

    names: tuple[str, ...]
    codes: str
    meaning: Meaning


class Parsed(NamedTuple):
    """What one file says."""

    version: str
    rows: tuple[TableRow, ...]
    flags: Mapping[tuple[str, ...], frozenset[str]]
    words: tuple[tuple[str, Meaning], ...]
    exceptions: tuple[str, ...]
    kin: Kin

    @property
    def systems(self) -> dict[str, CodeRows[Meaning]]:
        """The rows of each system, by each of its names."""
        found = {
            names: CodeRows[Meaning](
                prefixes="prefixes" in flags,
                complete="complete" in flags,
                forms=_forms(flags),
            )
            for names, flags in self.flags.items()
        }
        for row in self.rows:
            found[row.names].add(row.codes, self._with_kin(row.meaning))
        return {name: rows for names, rows in found.items() for name in names}

    @property
    def phrases(self) -> list[tuple[str, Meaning]]:
        """What words mean."""
        return [(phrase, self._with_kin(meaning)) for phrase, meaning in self.words]

    def with_kin(self, kin: Kin) -> Parsed:
        """The same file, its labels with the kin that another one names, too."""
        both = {
            label: self.kin.get(label, frozenset()) | kin.get(label, frozenset())
            for label in {*self.kin, *kin}
        }
        return self._replace(kin=both)

    def _with_kin(self, meaning: Meaning) -> Meaning:
        own = meaning.sensitivities
        return meaning._replace(sensitivities=own.union(*(self.kin.get(e, ()) for e in own)))


def _forms(flags: Iterable[str]) -> list[str]:
    return [form for each in flags if each.startswith(_FORM) for form in each.split()[1:]]


@dataclass
class _TableLines:
    name: str
    line: int = 0
    version: str = ""
    names: tuple[str, ...] = ()
    has_source: bool = True
    in_words: bool = False
    rows: list[TableRow] = field(default_factory=list)
    flags: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    words: list[tuple[str, Meaning]] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    kin: dict[str, frozenset[str]] = field(default_factory=dict)

    def take(self, text: str) -> None:
        first, _, rest = text.partition(" ")
        rest = rest.strip()
        if text == "words":
            self._end_system()
            self.names, self.in_words = (), True
        elif first == "system":
            self._begin(tuple(rest.split()))
        elif self.in_words:
            self._phrases(text)
        elif first == "version" and not self.version:
            self.version = rest or self._refuse("the version is missing")
        elif first == "kin":
            label, *more = rest.split() or [""]
            self.kin[self._label(label)] = frozenset(map(self._label, more))
        elif not self.names:
            self._refuse('a row stands before any "system" line, which names its code system')
        elif first == "source":
            self.has_source = bool(rest)
        elif text in _FLAGS or text.startswith(_FORM):
            self._flag(text)
        else:
            self._row(first, rest)

    def _begin(self, names: tuple[str, ...]) -> None:
        self._end_system()
        self.names = tuple(map(plain_system, names)) or self._refuse(
            '"system" names no code system, by its URL'
        )
        if known := {each for one in self.flags for each in one} & {*self.names}:
            self._refuse(f"the system {min(known)} stands twice; put its rows together")
        self.flags[self.names], self.has_source, self.in_words = set(), False, False

    def _end_system(self) -> None:
        if not self.has_source:
            self._refuse(
                f"nothing says where the codes of {self.names[0]} are from: add a line"
                ' "source …" with their source and licence'
            )
        is_complete = "complete" in self.flags.get(self.names, ())
        if is_complete and not any(row.names == self.names for row in reversed(self.rows)):
            self._refuse(f'"complete" says that all codes of {self.names[0]} are known: add rows')

    def _flag(self, text: str) -> None:
        if any(row.names == self.names for row in self.rows):
            self._refuse(f'"{text}" must stand before the rows of its system')
        self.flags[self.names].add(text)

    def _row(self, codes: str, rest: str) -> None:
        labels, _, reason = rest.partition(" ")
        if not labels or not reason.strip():
            self._refuse(_ROW)
        weak = labels.endswith("?")
        confidence = Confidence.WEAK if weak else Confidence.STRONG
        named = frozenset(map(self._label, labels.removesuffix("?").split("+")))
        try:
            CodeRows[None](prefixes="prefixes" in self.flags[self.names]).add(codes, None)
        except ValueError:
            self._refuse(f"{codes} is not a range: write the first and the last, of one length")
        self.rows.append(
            TableRow(self.names, codes, Meaning(named, "", reason.strip(), confidence))
        )

    def _phrases(self, text: str) -> None:
        head, colon, rest = text.partition(":")
        phrases = [each.strip() for each in rest.split(";") if each.strip()]
        if not colon or not phrases:
            self._refuse('words are "LABEL: a phrase; another", or "except: a phrase; another"')
        try:
            Phrases((each, None) for each in phrases)
        except ValueError as error:
            self._refuse(
                f'{error} is not a phrase: words of letters, "*" only behind three or more'
            )
        if head.strip() == "except":
            self.exceptions += phrases
            return
        named = frozenset(map(self._label, head.strip().split("+")))
        meaning = Meaning(named, "", "words", Confidence.WEAK)
        self.words += [(each, meaning) for each in phrases]

    def _label(self, text: str) -> str:
        if text not in SENSITIVITIES:
            self._refuse(f"{text!r} is not a sensitivity; docs/terms.md lists them")
        return text

    def _refuse(self, problem: str) -> NoReturn:
        raise InvalidSensitivityTable(self.name, line=self.line, problem=problem)


def parse_table(text: str, *, name: str) -> Parsed:
    """Read one table.

    Raises:
        InvalidSensitivityTable: A line is not as the format has it; which.
    """
    lines = _TableLines(name)
    given = text.removeprefix("\ufeff").splitlines() or [""]
    lines.line = 1
    if given[0].strip() != HEAD:
        lines._refuse(f'the first line must be "{HEAD}"')
    for lines.line, line in enumerate(given[1:], start=2):
        if line.strip() and not line.lstrip().startswith("#"):
            lines.take(line.strip())
    lines._end_system()
    if not lines.version:
        lines._refuse('a line "version …" is missing: results name it')
    return Parsed(
        version=lines.version,
        rows=tuple(lines.rows),
        flags={names: frozenset(flags) for names, flags in lines.flags.items()},
        words=tuple(lines.words),
        exceptions=tuple(lines.exceptions),
        kin=lines.kin,
    )
