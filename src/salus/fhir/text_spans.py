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
    # Each value is gone over once: an entry's members with it, and nothing behind the entries.
    for key, start in _members(text, _skip_space(text, 0)):
        if key == "entry":
            yield from _in_entries(text, start)
            return


def members(text: str) -> Iterator[tuple[str, int, int]]:
    """Find the members of the object that a text is: key, start and end of the value."""
    for key, start in _members(text, _skip_space(text, 0)):
        yield key, start, _skip_value(text, start)[1]


def top_level_values(text: str) -> Iterator[tuple[int, int]]:
    """Find the values of a text that holds several, one after the other, as NDJSON does."""
    at = _skip_space(text, 0)
    while at < len(text):
        _, end = _skip_value(text, at)
        yield at, end
        at = _skip_space(text, end)


def _in_entries(text: str, at: int) -> Iterator[ResourceSpan]:
    if text[at] != "[":
        return
    index, at = 0, _skip_space(text, at + 1)
    while text[at] != "]":
        if text[at] == "{":
            members, end = _object(text, at)
            for keys, start, until in _resources_of(text, members):
                yield ResourceSpan(index, keys, start, until)
        else:
            end = _skip_value(text, at)[1]
        index, at = index + 1, _after_comma(text, end)


def _resources_of(text: str, members: list[_Member]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    for key, start, end in members:
        if key == "resource":
            yield (key,), start, end
        elif key == "response" and text[start] == "{":
            for name, begin, until in _object(text, start)[0]:
                if name == "outcome":
                    yield (key, name), begin, until


class _Member(NamedTuple):
    key: str
    start: int
    end: int


def _object(text: str, at: int) -> tuple[list[_Member], int]:
    """Where the members of an object stand, and where it ends."""
    found: list[_Member] = []
    at = _skip_space(text, at + 1)
    while text[at] != "}":
        key, behind = _skip_value(text, at)
        start = _skip_space(text, _skip_space(text, behind) + 1)
        found.append(_Member(key, start, _skip_value(text, start)[1]))
        at = _after_comma(text, found[-1].end)
    return found, at + 1


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Yield each key of the object at ``at`` with the start of its value."""
    at = _skip_space(text, at + 1)
    while text[at] != "}":
        key, end = _skip_value(text, at)
        start = _skip_space(text, _skip_space(text, end) + 1)
        yield key, start
        at = _after_comma(text, _skip_value(text, start)[1])


def _after_comma(text: str, at: int) -> int:
    at = _skip_space(text, at)
    return _skip_space(text, at + 1) if text[at] == "," else at


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
