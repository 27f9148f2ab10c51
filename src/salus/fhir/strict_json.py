"""Strict JSON (RFC 8259): what two readers could read differently is refused.

Refused are duplicate keys, NaN and Infinity, invalid UTF-8, lone surrogates, and nesting beyond
``MAX_DEPTH``. A byte order mark at the start is passed over. Numbers with a point keep their digits
as ``Decimal``.

Example:
    >>> parse(b'{"value": 12500.00}')
    {'value': Decimal('12500.00')}
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any

from salus.fhir.errors import DuplicateKey, MalformedJson
from salus.fhir.shape import below
from salus.primitives.arguments import typed_arguments
from salus_verify.json_reader import MAX_DEPTH, is_xml, text_of

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING = r'"(?:[^"\\]|\\.)*"'
_CONSTANT = re.compile(rf"{_STRING}|(?P<here>NaN|-?Infinity)")
_NUMBER = re.compile(
    rf"{_STRING}|(?P<here>-?[0-9]{{4300,}}+(?![.eE])|-?[0-9.]++[eE][+-]?[0-9]{{10,}})|[-+0-9.eE]++"
)
"""Other numbers are passed over whole, so that no digit is looked at twice."""


@typed_arguments
def parse(data: bytes) -> Any:
    """Parse strict JSON in UTF-8; fractions come as ``Decimal``. Errors name the line or the path.

    Raises:
        MalformedJson: it is not strict JSON; the error has line and column.
        DuplicateKey: an object names a key twice; the error has its path.
    """
    return parse_text(decode_text(data))


def parse_text(text: str) -> Any:
    """Parse strict JSON that `decode_text` decoded.

    Raises:
        MalformedJson: it is not strict JSON; the error has line and column.
        DuplicateKey: an object names a key twice; the error has its path.
    """
    repeats: list[tuple[dict[str, Any], str]] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) != len(pairs):
            times = Counter(name for name, _ in pairs)
            repeats.append((built, next(name for name in built if times[name] > 1)))
        return built

    value = _decode(text, build)
    _refuse_lone_surrogates(text)
    if repeats:
        raise DuplicateKey(path=_path_to_first(value, repeats))
    return value


def decode_text(data: bytes) -> str:
    """Decode UTF-8 strictly; encoding the result again gives the same bytes, but for a mark before.

    Raises:
        MalformedJson: it is XML, not UTF-8, or nests too deep for any recursive reader to be let
            near it.
    """
    try:
        return text_of(data)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        raise _malformed("it is not valid UTF-8 here", before, len(before)) from None
    except ValueError as error:
        told = "this is XML, and FHIR is read as JSON" if is_xml(data) else str(error)
        raise MalformedJson(reason=told, line=1, column=1) from None


def _decode(text: str, build: Any) -> Any:
    try:
        return JSONDecoder(
            object_pairs_hook=build, parse_float=Decimal, parse_constant=_refuse_constant
        ).decode(text)
    except JSONDecodeError as error:
        raise MalformedJson(reason=error.msg, line=error.lineno, column=error.colno) from None
    except RecursionError:
        reason = f"it nests deeper than {MAX_DEPTH} levels"
        raise MalformedJson(reason=reason, line=1, column=1) from None
    except _NotANumber:
        raise _malformed("NaN and Infinity are not JSON", text, _find(_CONSTANT, text)) from None
    except (ValueError, ArithmeticError):
        raise _malformed("a number is out of range", text, _find(_NUMBER, text)) from None


class _NotANumber(Exception):
    """Leaves the decoder, whose hook does not know where it is."""


def _refuse_constant(_: str) -> Any:
    raise _NotANumber


def _refuse_lone_surrogates(text: str) -> None:
    if not _SURROGATE.search(text):
        return
    expected_at = None
    for escape in _ESCAPE.finditer(text):
        unit = int(escape[1] or "0", 16)
        is_second = 0xDC00 <= unit <= 0xDFFF
        if is_second != (expected_at == escape.start()):
            raise _malformed("half of a surrogate pair is missing", text, escape.start())
        expected_at = escape.end() if 0xD800 <= unit <= 0xDBFF else None
    if expected_at is not None:
        raise _malformed("half of a surrogate pair is missing", text, expected_at)


def _find(pattern: re.Pattern[str], text: str) -> int:
    hits = (match.start() for match in pattern.finditer(text) if match["here"])
    return next(hits, 0)


def _malformed(reason: str, text: str, position: int) -> MalformedJson:
    line_start = text.rfind("\n", 0, position) + 1
    line = text.count("\n", 0, position) + 1
    return MalformedJson(reason=reason, line=line, column=position - line_start + 1)


def _path_to_first(value: Any, repeats: list[tuple[dict[str, Any], str]]) -> str:
    """The outermost repeat is always still in the tree; an inner one may have been overwritten."""
    keys = {id(built): key for built, key in repeats}
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        node, path = waiting.pop()
        if id(node) in keys:
            return below(path, f".{keys[id(node)]}").lstrip(".")
        waiting += _children(node, path)
    raise AssertionError("a repeated key was seen, so its object is in the tree")


def _children(node: Any, path: str) -> list[tuple[Any, str]]:
    if isinstance(node, dict):
        return [(child, below(path, f".{key}")) for key, child in node.items()]
    if isinstance(node, list):
        return [(child, below(path, f"[{index}]")) for index, child in enumerate(node)]
    return []
