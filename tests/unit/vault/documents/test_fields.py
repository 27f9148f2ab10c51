"""Documents are read strictly: one meaning, one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import InputError
from salus.primitives.address import checked_address, lower_case
from salus.vault.errors import MalformedManifest
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.fields import MAX_DOCUMENT_BYTES, Fields


def parse(data: bytes) -> Fields:
    return Fields.parse(data, kind="t/v1", error=MalformedManifest)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'"t/v1"',
        b"null",
        b"{",
        b"[" * 100_000,
        b"{}",
        b'{"type":"t/v2"}',
        b'{"type":7}',
        b'{"type":"t/v1","type":"t/v1"}',
        b'{"a":1,"a":2,"type":"t/v1"}',
        b'{"type":"t/v1","a":1}',
        b'{"type": "t/v1"}',
        b'{"type":"t/v1"}\n',
        b'{"a":1.0,"type":"t/v1"}',
        b'{"a":NaN,"type":"t/v1"}',
        b'{"a":1e400,"type":"t/v1"}',
        b'{"a":12345678901234567890,"type":"t/v1"}',
        b'{"a":"\\u0041","type":"t/v1"}',
        b'{"a":"\\ud800","type":"t/v1"}',
        b" " * (MAX_DOCUMENT_BYTES + 1),
    ],
    ids=range(22),
)
def test_refuses_what_is_not_canonical_json_of_its_type(data: bytes) -> None:
    with pytest.raises(MalformedManifest):
        parse(data)


@given(data=st.binary(max_size=60))
def test_refuses_garbage_by_name(data: bytes) -> None:
    with pytest.raises(MalformedManifest):
        parse(data)


def fields(**values: object) -> Fields:
    return parse(canonical({"type": "t/v1", **values}))


@pytest.mark.parametrize("value", [None, 7, "", [], "x" * 2049])
def test_refuses_what_is_no_text(value: object) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).text("a")


@pytest.mark.parametrize("value", [None, "7", 7.5, True, -1, 11])
def test_refuses_what_is_no_integer_in_range(value: object) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).integer("a", maximum=10)


@pytest.mark.parametrize("value", ["A", "AB", "AA==", "+/+/", "A A", "ab\n", "é"])
def test_refuses_other_spellings_of_base64url(value: str) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).data("a")


@pytest.mark.parametrize("value", ["00", "0x", "0x0", "0xAB", "0xzz", "0x00 "])
def test_refuses_other_spellings_of_hexadecimal(value: str) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).hexadecimal("a", size=None)


@given(data=st.binary(min_size=1, max_size=50))
def test_bytes_survive_both_encodings(data: bytes) -> None:
    read = fields(a=base64url(data), b=hex0x(data))
    assert read.data("a", size=len(data)) == data
    assert read.hexadecimal("b", size=len(data), longest=50) == data


def test_refuses_a_missing_and_a_surplus_field() -> None:
    with pytest.raises(MalformedManifest, match="'a' is missing"):
        fields().text("a")
    with pytest.raises(MalformedManifest, match="'z' is not a field"):
        fields(z=1).end()


@pytest.mark.parametrize("value", [None, "x", [1], ["a"] * 65, [""]])
def test_refuses_what_is_no_list_of_texts(value: object) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).texts("a")


@pytest.mark.parametrize("value", [None, {}, [1], [{}] * 3])
def test_refuses_what_is_no_list_of_objects(value: object) -> None:
    with pytest.raises(MalformedManifest):
        fields(a=value).objects("a", most=2)


def test_an_identity_has_one_spelling() -> None:
    assert lower_case(checked_address("0x" + "AB" * 20)) == "0x" + "ab" * 20
    for bad in ("", "0x", "ab" * 20, "0x" + "ab" * 21, "0x" + "zz" * 20):
        with pytest.raises(InputError):
            checked_address(bad)
