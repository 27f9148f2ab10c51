"""JSON that two readers could read differently is refused, with the place."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.fhir.errors import DuplicateKey, MalformedJson
from salus.fhir.strict_json import parse
from salus.fhir.text_spans import entry_resources, top_level_values
from salus_verify.json_reader import MAX_DEPTH

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 1]), st.booleans())
def test_reads_what_the_standard_library_writes(
    value: Any, indent: int | None, as_ascii: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=as_ascii)
    assert parse(text.encode()) == value


def test_keeps_every_digit_of_a_decimal() -> None:
    assert str(parse(b"[12500.00, 1E400]")[0]) == "12500.00"
    assert parse(b"1E400") == Decimal("1E400")


@pytest.mark.parametrize(
    ("data", "line", "column", "reason"),
    [
        (b'{"a": 1,\n "b" 2}', 2, 6, "':' delimiter"),
        (b"", 1, 1, "Expecting value"),
        (b"[1] [2]", 1, 5, "Extra data"),
        (b"[1,\n  NaN]", 2, 3, "NaN"),
        (b'["NaN", -Infinity]', 1, 9, "Infinity"),
        (b'["a",\n"\xff"]', 2, 2, "UTF-8"),
        (b"\n <Bundle/>", 1, 1, "this is XML, and FHIR is read as JSON"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", 1, 1, "this is XML, and FHIR is read as JSON"),
        (b'"\\ud800"', 1, 8, "surrogate"),
        (b'"\\udc00"', 1, 2, "surrogate"),
        (b'"\\ud800\\ud800\\udc00"', 1, 8, "surrogate"),
        (b'"\\ud800x"', 1, 8, "surrogate"),
        (b"[" + b"9" * 5000 + b"]", 1, 2, "out of range"),
        (b"[1e99999999999999999999]", 1, 2, "out of range"),
        (b'"a\nb"', 1, 3, "control character"),
        (b"[" * 100_000, 1, 1, "deeper"),
    ],
)
def test_says_what_is_wrong_and_where(data: bytes, line: int, column: int, reason: str) -> None:
    with pytest.raises(MalformedJson, match=reason) as caught:
        parse(data)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_reads_escaped_pairs_and_backslashes_before_what_looks_like_one() -> None:
    assert parse(b'"\\ud83d\\ude00 \\\\ud800"') == "\U0001f600 \\ud800"


def test_nests_as_deep_as_allowed_and_no_deeper() -> None:
    parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(MalformedJson, match="deeper than 100"):
        parse(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"entry": [{}, {"resource": {"id": "1", "b": [], "id": "2"}}]}', "entry[1].resource.id"),
        ('[[], {"x": {"y": 1, "\\u0079": 2}}]', "[1].x.y"),
        ('{"a": {"b": 1, "b": 2}, "a": 3}', "a"),
    ],
)
def test_names_the_path_of_a_key_that_stands_twice(text: str, path: str) -> None:
    with pytest.raises(DuplicateKey) as caught:
        parse(text.encode())
    assert caught.value.path == path


@given(st.lists(values, max_size=4), st.sampled_from([None, 1]), st.booleans())
def test_cuts_out_exactly_what_was_written(
    inner: list[Any], indent: int | None, with_spaces: bool
) -> None:
    pieces = [json.dumps(value, indent=indent, ensure_ascii=False) for value in inner]
    space = " \r\n\t" if with_spaces else ""
    entries = f"{space},{space}".join(
        f'{{"fullUrl": "{{\\"resource\\": 0}}", "resource"{space}:{space}{piece}{space}}}'
        for piece in pieces
    )
    text = f'{space}{{"a": [{{"resource": 1}}], "entry":{space}[{space}{entries}{space}]}}'
    assert [text[each.start : each.end] for each in entry_resources(text)] == pieces


def test_passes_over_entries_without_a_resource() -> None:
    text = '{"entry": [{"request": {"resource": 1}}, 5, {"resource": 2}], "x": {}}'
    assert [(each.entry, text[each.start : each.end]) for each in entry_resources(text)] == [
        (2, "2")
    ]
    assert list(entry_resources('{"entry": {"resource": 1}}')) == []


def test_finds_the_values_of_a_file_of_lines() -> None:
    text = ' {"a": 1}\n{"b": 2}\n\n'
    assert [text[start:end] for start, end in top_level_values(text)] == ['{"a": 1}', '{"b": 2}']
