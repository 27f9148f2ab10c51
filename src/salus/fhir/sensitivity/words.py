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
_ENTITY = re.compile(
    r"&(?:#(?:0*([0-9]{1,7})|[xX]0*([0-9A-Fa-f]{1,6}));?|[A-Za-z][A-Za-z0-9]{1,31};|shy)"
)
_TAG = re.compile(r"<([/!?]?)([A-Za-z-]*+)([^<>]*+)>")
"""Possessive: what does not end in ``>`` is looked at once."""
_BETWEEN_WORDS = frozenset(
    " address article aside blockquote body br button caption center col dd details dialog dir div"
    " dl dt fieldset figcaption figure footer form frame frameset h1 h head header hr html iframe"
    " img input legend li link main menu meta nav noscript object ol optgroup option p pre script"
    " section select style summary table tbody td template textarea tfoot th thead title tr ul"
    " video".split(" ")
)
"""Tags that part words on the screen, and no name at all; all others stand within words."""
_WITHIN_WORDS = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q ruby s"
    " samp small span strike strong sub sup time tt u var wbr".split()
)
_BROKEN = re.compile("[-\u2010\u00ad]\\s+(?=[^\\W\\d_])")
"""A hyphen at the end of a line, where letters go on."""
_LOOK_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u03bf\u0131\u00f8\u0142\u0111",
    "aeopcxyijsdhoiold",
)
_NOT_ENGLISH = str.maketrans(
    {"\u00df": "ss", "\u00e6": "ae", "\u0153": "oe", "\u00f0": "d", "\u00fe": "th", "\u0127": "h"}
    | {"\u014b": "n", "\u0167": "t", "\u0259": "e"}
    | dict.fromkeys("\u02bb\u02bc\u02be\u02bf", "'")
)
"""Letters of languages that are written in Latin ones."""
_TURNED = re.compile("[\u202d\u202e]|<bdo\\b|bidi-override", re.IGNORECASE)
_OTHER_SCRIPT = re.compile(
    r"[^\W\d_a-z]{2}|[a-z][^\W\d_a-z][a-z]|(?<![a-z])[^\W\d_a-z\u03bc](?=[a-z]{4})|(?<=[a-z]{4})[^\W\d_a-z]"
)
"""Two letters of another script, or one within a Latin word or beside four of its letters: shorter
are units and names, as of interferons."""


def words_of(text: str) -> list[str]:
    """Cut a text into words in lower case; what a line's end cuts apart stands whole behind it."""
    shown = _shown(text)
    words = _WORD.findall(_plain(shown))
    whole = _BROKEN.sub("", shown)
    return words if whole == shown else [*words, "", *_WORD.findall(_plain(whole))]


def is_unreadable(text: str) -> bool:
    """Whether it has words in a script that is not read, or turns the order of its letters."""
    if text.isascii() and "&" not in text and "<" not in text:
        return False
    if _TURNED.search(_unescaped(text)):
        return True
    return _OTHER_SCRIPT.search(_plain(_shown(text))) is not None


def letters_of(text: str) -> str:
    """All letters and digits of a text in one, to compare a code with the words beside it."""
    return "".join(_WORD.findall(_plain(_shown(text))))


def says(letters: str, code: str) -> bool:
    """Whether the letters of a text tell what a code means: one is a letter, and no code again."""
    return _LETTER.search(letters) is not None and letters != letters_of(code)


def _plain(shown: str) -> str:
    plain = visible(shown).lower()
    return plain if plain.isascii() else plain.translate(_LOOK_ALIKE).translate(_NOT_ENGLISH)


def _shown(text: str) -> str:
    """A text without entities and tags; what stands in them is read behind it."""
    text = _unescaped(text)
    if "<" not in text:
        return text
    text, comments = _without_comments(text)
    # What stands in the tags is read too: titles, and what a picture shows.
    insides = [_inside(each) for each in _TAG.finditer(text)]
    return " ".join([_TAG.sub(_instead, text), *insides, *comments])


def _without_comments(text: str) -> tuple[str, list[str]]:
    first, *others = text.split("<!--")
    comments, rest = [], [first]
    for each in others:
        comment, _, behind = each.partition("-->")
        comments.append(comment)
        rest.append(behind)
    return "".join(rest), comments


def _unescaped(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    decimal, hexadecimal = entity.groups()
    if decimal or hexadecimal:
        return html.unescape(f"&#{decimal};" if decimal else f"&#x{hexadecimal};")
    return html.unescape(entity[0])


def _inside(tag: re.Match[str]) -> str:
    """What only looks like a tag may be words."""
    name = tag[2].lower()
    return tag[3] if name in _BETWEEN_WORDS or name in _WITHIN_WORDS else tag[2] + tag[3]


def _instead(tag: re.Match[str]) -> str:
    return " " if tag[2].lower() in _BETWEEN_WORDS else ""
