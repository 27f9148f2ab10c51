r"""Element strings, bracket text and Digital Links, taken apart.

biip knows every application identifier; it is loaded when the first code is read.

Example:
    >>> list(elements_of("(01)09506000134352(10)AB-12"))
    [('01', '09506000134352'), ('10', 'AB-12')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString

from salus.gs1.errors import MalformedElementString

FNC1 = "\x1d"

_SYMBOLOGY = re.compile(r"\](?:d2|C1|Q3|e0|J1)")
_BRACKETS = re.compile(r"\(([0-9]{2,4})\)")
# biip takes the century from the clock; dates are read by parse_date, which can be told the day.
_CONFIG = ParseConfig(gs1_element_strings_verify_date=False)


def elements_of(text: str) -> Iterator[tuple[str, str]]:
    """Application identifiers and their values, in the order of the code."""
    try:
        if text.lower().startswith(("https://", "http://")):
            yield from _read_link(text)
        elif text.startswith("("):
            yield from _read_brackets(text)
        else:
            yield from _read_payload(text)
    except ParseError as error:
        raise MalformedElementString(payload=text, reason=str(error)) from error


def _read_link(text: str) -> Iterator[tuple[str, str]]:
    query = [key for key, _ in parse_qsl(urlsplit(text).query)]
    if repeated := next((key for key in query if query.count(key) > 1), None):
        raise MalformedElementString(payload=text, reason=f"({repeated}) stands twice in the query")
    for element in GS1DigitalLinkURI.parse(text, config=_CONFIG).element_strings:
        yield element.ai.ai, element.value


def _read_brackets(text: str) -> Iterator[tuple[str, str]]:
    parts = _BRACKETS.split(text)
    if parts[0]:
        raise MalformedElementString(payload=text, reason="it must start with an (identifier)")
    for ai, value in zip(parts[1::2], parts[2::2], strict=True):
        element = GS1ElementString.parse(ai + value.strip(), config=_CONFIG)
        if element.ai.ai != ai:
            raise MalformedElementString(payload=text, reason=f"({ai}) is not an identifier")
        yield ai, element.value


def _read_payload(text: str) -> Iterator[tuple[str, str]]:
    rest = _SYMBOLOGY.sub("", text, count=1) if text.startswith("]") else text
    rest = rest.lstrip(FNC1)
    while rest:
        element = GS1ElementString.extract(rest, config=_CONFIG)
        rest = rest[len(element) :]
        if rest and element.ai.separator_required and not rest.startswith(FNC1):
            raise MalformedElementString(
                payload=text,
                reason=f"({element.ai.ai}) runs on after {element.value!r}: "
                "it is too long, holds a forbidden character, or lacks FNC1 behind it",
            )
        yield element.ai.ai, element.value
        rest = rest.lstrip(FNC1)


def needs_separator(ai: str) -> bool:
    """Whether another field may only follow behind FNC1."""
    return GS1ApplicationIdentifier.extract(ai).separator_required
