"""The one reader of JSON that came from outside; how deep it nests is known before it is parsed.

Python's parser is recursive. Its guard is the recursion limit, which libraries in the same process
raise (some to 100,000): past what the C stack holds, hostile nesting then ends the process.

Example:
    >>> from salus_verify.json_reader import nesting
    >>> nesting(b'{"a": ["[[[", {}]}'), nesting(b"[" * 100_000)
    (3, 100000)
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from itertools import accumulate
from typing import Any, NoReturn

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
MAX_DEPTH = 100
"""No document of ours nests this deep, nor any FHIR resource or EPCIS event seen."""

_MARKS = {
    BOM_UTF32_LE: "utf-32-le",
    BOM_UTF32_BE: "utf-32-be",
    BOM_UTF16_LE: "utf-16-le",
    BOM_UTF16_BE: "utf-16-be",
}
_ZEROS = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True): "utf-16-le",
    (True, False): "utf-16-be",
}
"""How a text begins whose first two characters are ASCII, as those of JSON and XML are."""

_LOOK = 4096
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))
_STEP = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)


def nesting(data: bytes) -> int:
    """The most arrays and objects open at once, without recursion; brackets in strings are not."""
    # Without escapes a string is two quotes in a row once all others are gone, unless it holds
    # brackets: then an odd number is in a row before the first of these, and one stays.
    brackets = data.translate(None, _OTHERS).replace(b'""', b"")
    if b"\\" in data or b'"' in brackets:
        brackets = _STRING.sub(b"", data).translate(None, _OTHERS)  # ten times slower
    return max(accumulate((_STEP[mark] for mark in brackets), initial=0))


def without_mark(data: bytes) -> bytes:
    """Leave out a UTF-8 byte order mark: it belongs to the file, not to what stands in it."""
    return data.removeprefix(BOM_UTF8)


def wide_encoding(data: bytes) -> str:
    """The codec of a text in UTF-16 or UTF-32, marked or not; empty where it is neither."""
    begins = tuple(byte == 0 for byte in data[:4])
    marked = (name for mark, name in _MARKS.items() if data.startswith(mark))
    return next(marked, _ZEROS.get(begins) or _ZEROS.get(begins[:2]) or "")


def why_not_utf8(data: bytes) -> str:
    """What a text in UTF-16 or UTF-32 is, and what to do; empty where it is neither."""
    name = wide_encoding(data)
    return name and f"it is in {name[:6].upper()}, and text is read in UTF-8: save it as UTF-8"


def is_xml(data: bytes) -> bool:
    """Whether a text begins as XML does, and no JSON can."""
    return without_mark(data[:_LOOK]).lstrip(b" \t\r\n").startswith(b"<")


class Unreadable(ValueError):
    """Text that is let near no parser; says why, and nothing of the text."""


class RepeatedMember(ValueError):
    """One object names a member twice, so two readers may see two documents; its argument is it."""

    def __str__(self) -> str:
        return "a member occurs twice"


def once_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a member twice; a hook of :func:`load`."""
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise RepeatedMember(name)
        found[name] = value
    return found


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity; a hook of :func:`load`."""
    raise ValueError(f"{name} is not a number in JSON")


def text_of(data: bytes, *, deepest: int = MAX_DEPTH) -> str:
    """Decode what may be let near a parser; a byte order mark is left out.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
        Unreadable: It is in another encoding or XML, or nests deeper than ``deepest`` levels.
    """
    if wide := why_not_utf8(data):
        raise Unreadable(wide)
    if is_xml(data):
        raise Unreadable("it is XML")
    if nesting(data) > deepest:
        raise Unreadable(f"it nests deeper than {deepest} levels")
    return without_mark(data).decode()


def load(data: bytes | str, *, deepest: int = MAX_DEPTH, **hooks: Any) -> Any:
    """Parse JSON in UTF-8 (RFC 8259, section 8.1) that came from outside; hooks as ``json.loads``.

    Raises:
        ValueError: It is not JSON in UTF-8, or nests deeper than ``deepest`` levels.
    """
    # Measured and parsed must be the same text: given bytes, json.loads would guess UTF-16 too.
    raw = data.encode(errors="replace") if isinstance(data, str) else data
    try:
        return json.loads(text_of(raw, deepest=deepest), **hooks)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8: save it as UTF-8") from None
