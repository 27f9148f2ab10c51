"""Hostile nesting is refused by every reader, and ends no process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus_verify import json_reader
from salus_verify.json_reader import load, nesting

READERS = {
    "a FHIR bundle": "from salus.fhir.bundle import resources; list(resources(DEEP))",
    "a receipt": "from salus.receipts import Receipt; Receipt.from_json(DEEP)",
    "a consent": "from salus.consents.documents import SignedConsent as C; C.from_json(DEEP)",
    "a revocation": (
        "from salus.consents.revocations import SignedRevocation as R; R.from_json(DEEP)"
    ),
    "a lot manifest": "from salus.drugs.documents import LotManifest; LotManifest.from_json(DEEP)",
    "a pack opening": "from salus.drugs.documents import PackOpening; PackOpening.from_json(DEEP)",
    "a consignment": (
        "from salus.drugs.documents.consignment import Consignment as C; C.from_json(DEEP)"
    ),
    "an EPCIS document": "from salus.epcis import read_document; read_document(DEEP)",
    "a key document": "from salus.vault import KeyDocument; KeyDocument.parse(DEEP, digest=None)",
}

SHAPES = {
    "arrays": "b'[' * 90_000",
    "objects": "b'{\"a\":' * 90_000",
    # in UTF-16, one character of a string is the byte of a quote: the rest looks like a string
    "arrays in UTF-16": "('{\"a\":\"\\u2200\",\"b\":' + '[' * 90_000).encode('utf-16')",
    "arrays in UTF-32": "('{\"a\":\"\\u2200\",\"b\":' + '[' * 90_000).encode('utf-32')",
}

PROGRAM = """
import sys
sys.setrecursionlimit(100_000)  # as chain libraries do
DEEP = %s
from salus.errors import InputError
try:
    %s
except InputError:
    sys.exit(0)
sys.exit(1)
"""


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_refuses_hostile_nesting(reader: str, shape: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM % (shape, reader)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-500:] or f"ended by {-done.returncode}"


def test_takes_a_byte_order_mark_and_no_other_encoding() -> None:
    text = '{"a": "Ångström"}'
    assert load(text.encode("utf-8-sig")) == load(text.encode()) == load(text)
    for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1"):
        with pytest.raises(ValueError, match="save it as UTF-8"):
            load(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b'{"a": ["", "x", {}], "b": "0x12"}', 3),
        (b'["[[[", "]]]", ["}"]]', 2),
        (b'["a[", "[b", ""]', 1),
        (b'["","[","",["]"]]', 2),
        (b'["\\"[[", ["\\\\"]]', 2),
        (b'"[[[', 0),
        (b'[["a', 2),
        (b"", 0),
    ],
)
def test_brackets_in_strings_are_not_counted(text: bytes, deep: int) -> None:
    assert nesting(text) == deep


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b'"', b"[", b"]", b"{", b"}", b"\\", b"a", b","]), max_size=14))
def test_the_fast_count_is_the_slow_one(parts: list[bytes]) -> None:
    text = b"".join(parts)
    slow = deepest(json_reader._STRING.sub(b"", text))
    # Of text that ends within a string there is no JSON: the parser refuses it at any depth.
    assert nesting(text) == slow


def deepest(brackets: bytes) -> int:
    """The same, counted one by one."""
    most = depth = 0
    for mark in brackets:
        depth += (mark in b"[{") - (mark in b"]}")
        most = max(most, depth)
    return most
