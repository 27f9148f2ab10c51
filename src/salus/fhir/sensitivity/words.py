"""A text as the words that its reader sees: without accents, markup, entities, and what is hidden.

Example:
    >>> words_of("<p>Schi&shy;zo<b>affective</b> d\u00e9pression</p>")[:2]
    ['schizoaffective', 'depression']
"""

from __future__ import annotations

import html
import re

from salus.fhir.normal_forms import visible

_WORD = re.compile(r"[a-z0-9]+")
_LETTER = re.compile("[a-z]")
_ENTITY = re.compile(r"&(?:#[0-9A-Fa-fxX]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_TAG = re.compile(r"<([/!?]?)([A-Za-z-]*+)([^<>]*+)>")
"""Possessive: what does not end in ``>`` is looked at once."""
_WITHIN_WORDS = frozenset("a b big em font i mark s small span strong sub sup u wbr".split())
_LOOK_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u03bf\u0131\u00f8\u0142\u0111",
    "aeopcxyijsdhoiold",
)
_TURNED = re.compile("[\u202d\u202e]")
_OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z]{2}")


def words_of(text: str) -> list[str]:
    """Cut a text into words in lower case."""
    return _WORD.findall(_plain(text))


def is_unreadable(text: str) -> bool:
    """Whether it has words in a script that is not read, or turns the order of its letters."""
    if text.isascii() and "&" not in text:
        return False
    return bool(_TURNED.search(_unescaped(text)) or _OTHER_SCRIPT.search(_plain(text)))


def letters_of(text: str) -> str:
    """All letters and digits of a text in one, to compare a code with the words beside it."""
    return "".join(words_of(text))


def says(letters: str, code: str) -> bool:
    """Whether the letters of a text tell what a code means: one is a letter, and no code again."""
    return _LETTER.search(letters) is not None and letters != letters_of(code)


def _plain(text: str) -> str:
    text = _unescaped(text)
    if "<" in text:
        # What stands in the tags is read too: titles, and what a picture shows.
        insides = [each[2] for each in _TAG.findall(text)]
        text = " ".join([_TAG.sub(_instead, text), *insides])
    return visible(text).lower().translate(_LOOK_ALIKE)


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _instead(tag: re.Match[str]) -> str:
    return "" if tag[2].lower() in _WITHIN_WORDS else " "
