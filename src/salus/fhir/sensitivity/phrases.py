"""Phrases in a text, whole words in any case; a word that ends in ``*`` may go on.

Example:
    >>> from salus.fhir.sensitivity.words import words_of
    >>> phrases = Phrases([("sickle cell", 1), ("schizo*", 2)])
    >>> [found.value for found in phrases.find(words_of("Schizoaffective; sickle-cell trait"))]
    [2, 1]
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
_BEGINS = 3
"""Letters that a word has at least before its ``*``: words are looked up by them."""


class PhraseAt(NamedTuple, Generic[T]):
    """A phrase in a list of words, from one to before another."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """Phrases, each with a value, to be found all at once.

    Raises:
        ValueError: One has no word, or a ``*`` elsewhere than behind three letters.
    """

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        self._whole: dict[str, list[tuple[list[str], T]]] = defaultdict(list)
        self._begun: dict[str, list[tuple[str, list[str], T]]] = defaultdict(list)
        for phrase, value in rows:
            first, *rest = _parts(phrase)
            if first.endswith("*"):
                self._begun[first[:_BEGINS]].append((first[:-1], rest, value))
            else:
                self._whole[first].append((rest, value))

    def may_begin(self, words: list[str]) -> bool:
        """Whether any word begins a phrase; most texts have none, and are done with."""
        if not self._whole.keys().isdisjoint(words):
            return True
        return not self._begun.keys().isdisjoint([each[:_BEGINS] for each in words])

    def find(self, words: list[str]) -> Iterator[PhraseAt[T]]:
        """Find every phrase, in the order of the words."""
        for at, word in enumerate(words):
            for rest, value in self._whole.get(word, ()):
                if _follow(rest, words, at + 1):
                    yield PhraseAt(at, at + 1 + len(rest), value)
            for begin, rest, value in self._begun.get(word[:_BEGINS], ()):
                if word.startswith(begin) and _follow(rest, words, at + 1):
                    yield PhraseAt(at, at + 1 + len(rest), value)


def _parts(phrase: str) -> list[str]:
    parts = re.findall(r"[a-z0-9]+\*?", phrase.lower())
    if not parts or phrase.count("*") != sum(each.endswith("*") for each in parts):
        raise ValueError(phrase)
    if any(each.endswith("*") and len(each) <= _BEGINS for each in parts):
        raise ValueError(phrase)
    return parts


def _follow(rest: list[str], words: list[str], at: int) -> bool:
    if len(words) < at + len(rest):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(rest, words[at : at + len(rest)], strict=True)
    )
