r"""A sensitivity table: what codes and words mean, from a documented text file.

Example:
    >>> table = SensitivityTable.parse("salus sensitivity table 1\nversion mine\n"
    ...     "system urn:example\nsource ours\ncomplete\n7 PSY our code for a psychiatric ward")
    >>> table.of_code("urn:example", "7")[0].reason, table.is_read("urn:example", "8")
    ('our code for a psychiatric ward', True)
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from salus.fhir.normal_forms import plain_code, plain_system
from salus.fhir.sensitivity.code_rows import CodeRows
from salus.fhir.sensitivity.derivation import Confidence, Meaning
from salus.fhir.sensitivity.harmless import is_harmless
from salus.fhir.sensitivity.phrases import Phrases
from salus.fhir.sensitivity.reading import Parsed, parse_table
from salus.fhir.sensitivity.words import is_unreadable, words_of
from salus.primitives.arguments import typed_arguments
from salus.terms.sensitivities import UNCLEAR

_CACHED = 1 << 14
_SHORT = 64
"""Codes up to so many characters are remembered, of systems that a table has rows of."""
_RECURS = 256
"""Texts up to so many characters recur, as displays do; narratives do not."""
_UNREADABLE = Meaning(
    frozenset({UNCLEAR}), "", "words in a script that is not read", Confidence.UNREAD
)
_WORDLESS = re.compile(r"[-\d\s:.,+/()%TZ]*")
"""Numbers, dates and times, of which there are many."""


class _Known(NamedTuple):
    meanings: tuple[Meaning, ...]
    is_read: bool


_UNKNOWN = _Known((), False)


class SensitivityTable:
    """What codes and words say about sensitivity; several tables count together.

    Args:
        version: What it is called in a report.
        systems: The rows of each code system, by all of its names.
        phrases: What words mean.
        exceptions: Phrases in which words mean something else.
    """

    def __init__(self, parsed: Iterable[Parsed]) -> None:
        self._parsed = tuple(parsed)
        self.version = " + ".join(each.version for each in self._parsed)
        self._systems: dict[str, list[CodeRows[Meaning]]] = {}
        for each in self._parsed:
            for name, rows in each.systems.items():
                self._systems.setdefault(name, []).append(rows)
        self._words = [
            (Phrases(each.phrases), Phrases((row, None) for row in each.exceptions))
            for each in self._parsed
        ]
        self._key = secrets.token_bytes(16)
        self._by_digest: dict[bytes, tuple[Meaning, ...]] = {}
        self._remembered = lru_cache(_CACHED)(self._looked_up)

    @classmethod
    @typed_arguments
    def parse(cls, text: str, *, name: str = "the table") -> SensitivityTable:
        """Read a table.

        Args:
            text: As docs/terms.md#sensitivity-tables tells it.
            name: What it is called in an error.

        Returns:
            The table.

        Raises:
            InvalidSensitivityTable: A line is not as the format has it; which.
        """
        return cls([parse_table(text, name=name)])

    def with_(self, other: SensitivityTable) -> SensitivityTable:
        """Both together: what either derives is derived, and no table takes away."""
        kin = {label: more for each in self._parsed for label, more in each.kin.items()}
        return SensitivityTable([*self._parsed, *(each.with_kin(kin) for each in other._parsed)])

    def kin(self, labels: frozenset[str]) -> frozenset[str]:
        """Labels with those that stand with them wherever they are derived."""
        return labels.union(*(each.kin.get(label, ()) for each in self._parsed for label in labels))

    def of_words(self, text: str) -> tuple[Meaning, ...]:
        """What words mean, each meaning once; that they are unclear where they cannot be read."""
        if _WORDLESS.fullmatch(text):
            return ()
        return self._of_text(text) if len(text) > _RECURS else self._of_recurring(text)

    def of_code(self, system: str, code: str) -> tuple[Meaning, ...]:
        """What a code means; nothing where no row has it."""
        return self._code(plain_system(system), code).meanings

    def is_read(self, system: str, code: str) -> bool:
        """Whether it is known what a code means, be it nothing that is sensitive."""
        name = plain_system(system)
        return self._code(name, code).is_read or is_harmless(name, plain_code(code))

    def _code(self, name: str, code: str) -> _Known:
        """No text of a patient is remembered: codes are short, and of systems that are known."""
        if name not in self._systems:
            return _UNKNOWN
        return (self._remembered if len(code) <= _SHORT else self._looked_up)(name, code)

    def _looked_up(self, name: str, code: str) -> _Known:
        rows = self._systems[name]
        meanings = tuple(meaning._replace(found=code) for each in rows for meaning in each.of(code))
        plain = plain_code(code)
        return _Known(meanings, bool(meanings) or any(e.is_complete_for(plain) for e in rows))

    def _of_recurring(self, text: str) -> tuple[Meaning, ...]:
        """Remembered by a keyed digest: no text of a patient stays in memory."""
        said = text.encode("utf-8", "surrogatepass")
        digest = blake2b(said, digest_size=16, key=self._key).digest()
        known = self._by_digest.get(digest)
        if known is None:
            known = self._of_text(text)
            if len(self._by_digest) >= _CACHED:
                self._by_digest.clear()
            self._by_digest[digest] = known
        return known

    def _of_text(self, text: str) -> tuple[Meaning, ...]:
        words = words_of(text)
        found = {
            meaning: said
            for phrases, exceptions in self._words
            for meaning, said in _found(words, phrases, exceptions)
        }
        meanings = [
            meaning._replace(found=said, confidence=Confidence.WEAK)
            for meaning, said in found.items()
        ]
        return (*meanings, _UNREADABLE) if is_unreadable(text) else tuple(meanings)


def _found(
    words: list[str], phrases: Phrases[Meaning], exceptions: Phrases[None]
) -> Iterator[tuple[Meaning, str]]:
    """What one table's phrases mean, but for its own exceptions: no other's takes from them."""
    if not phrases.may_begin(words):
        return
    left = words.copy()
    for start, end, _ in exceptions.find(words):
        left[start:end] = [""] * (end - start)
    for start, end, meaning in phrases.find(left):
        yield meaning, " ".join(left[start:end])
