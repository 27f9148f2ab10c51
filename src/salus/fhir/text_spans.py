"""Where the resources of a bundle stand in its text, so that their exact bytes can be cut out.

A digest is over the bytes received. Writing a parsed resource out again would change them (spaces,
the order of keys, ``12500.00``), so an entry's resource is sliced, never serialised.

Example:
    >>> text = '{"entry": [{"fullUrl": "urn:1", "resource": {"id" : "a"}}]}'
    >>> [text[each.start : each.end] for each in entry_resources(text)]
    ['{"id" : "a"}']
"""

from __future__ import annotations

import re
from json import JSONDecoder
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\n\r]*")
_skip_value = JSONDecoder().raw_decode


class ResourceSpan(NamedTuple):
    """Where a resource of a bundle stands: in which entry, under which keys, and in the text."""

    entry: int
    keys: tuple[str, ...]
    start: int
    end: int


def entry_resources(text: str) -> Iterator[ResourceSpan]:
    """Find ``entry[i].resource`` and ``entry[i].response.outcome`` of a bundle."""
    for key, start in _members(text, _skip_space(text, 0)):
        if key == "entry" and text[start] == "[":
            for index, entry in enumerate(_elements(text, start)):
                for keys, start, end in _resources_of(text, entry, ("resource", "response")):
                    yield ResourceSpan(index, keys, start, end)


def top_level_values(text: str) -> Iterator[tuple[int, int]]:
    """Find the values of a text that holds several, one after the other, as NDJSON does."""
    at = _skip_space(text, 0)
    while at < len(text):
        _, end = _skip_value(text, at)
        yield at, end
        at = _skip_space(text, end)


def _resources_of(
    text: str, at: int, wanted: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    if text[at] != "{":
        return
    for key, start in _members(text, at):
        if key == "response" and key in wanted:
            for _, begin, end in _resources_of(text, start, ("outcome",)):
                yield ("response", "outcome"), begin, end
        elif key in wanted:
            yield (key,), start, _skip_value(text, start)[1]


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Yield each key of the object at ``at`` with the start of its value."""
    at = _skip_space(text, at + 1)
    while text[at] != "}":
        key, end = _skip_value(text, at)
        start = _skip_space(text, _skip_space(text, end) + 1)
        yield key, start
        _, end = _skip_value(text, start)
        at = _after_comma(text, end)


def _elements(text: str, at: int) -> Iterator[int]:
    """Yield the start of each element of the array at ``at``."""
    at = _skip_space(text, at + 1)
    while text[at] != "]":
        yield at
        _, end = _skip_value(text, at)
        at = _after_comma(text, end)


def _after_comma(text: str, at: int) -> int:
    at = _skip_space(text, at)
    return _skip_space(text, at + 1) if text[at] == "," else at


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
