"""Narrative: the XHTML that R4 allows in a resource (narrative.html; invariants txt-1 and txt-2).

What is not well-formed, has a document type or an entity of its own, scripts, forms, frames, styles
that are not inline, or other attributes than R4 lists, is no narrative: whoever shows it to people
would show, or run, more than the resource says.

Example:
    >>> is_narrative('<div xmlns="http://www.w3.org/1999/xhtml">a finding</div>')
    True
    >>> is_narrative('<div xmlns="http://www.w3.org/1999/xhtml"><script>1</script></div>')
    False
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

_SPACE = "http://www.w3.org/1999/xhtml "
_ELEMENTS = frozenset(
    _SPACE + name
    for name in """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3
    h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr
    tt ul var
    """.split()
)
_ATTRIBUTES = frozenset(
    """
    abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
    charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace
    id lang longdesc name nowrap rel rev rowspan rules scope shape span src start style summary
    tabindex title type valign value vspace width
    """.split()
) | {"http://www.w3.org/XML/1998/namespace lang", "http://www.w3.org/XML/1998/namespace space"}
_DIV = f"{_SPACE}div"


def is_narrative(value: Any) -> bool:
    """Whether a value is one ``div`` of XHTML as R4 allows it, with something to read in it."""
    if not isinstance(value, str):
        return False
    try:
        return _NarrativeParser().read(value)
    except (_NotAllowed, expat.ExpatError, UnicodeEncodeError):
        return False


class _NotAllowed(Exception):
    """Leaves the parser, which has no other way to stop."""


class _NarrativeParser:
    """One pass over one narrative."""

    def __init__(self) -> None:
        self._is_root = True
        self._says_something = False

    def read(self, text: str) -> bool:
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._words
        parser.StartDoctypeDeclHandler = _refuse
        parser.ProcessingInstructionHandler = _refuse
        parser.Parse(text.encode(), True)
        return self._says_something

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ELEMENTS or (self._is_root and name != _DIV):
            raise _NotAllowed
        if not attributes.keys() <= _ATTRIBUTES:
            raise _NotAllowed
        self._is_root = False
        self._says_something |= name.endswith(" img") and "src" in attributes

    def _words(self, text: str) -> None:
        self._says_something = self._says_something or not text.isspace()


def _refuse(*_: Any) -> None:
    raise _NotAllowed
