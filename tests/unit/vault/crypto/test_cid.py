"""Content ids: what IPFS software says of the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.vault.crypto.cid import LEAF_SIZE, ContentIdHasher, content_id, is_content_id

VECTOR_FILE = Path(__file__).parents[3] / "vectors" / "vault" / "cid.json"
VECTORS = json.loads(VECTOR_FILE.read_text())["vectors"]
TAIL = hashlib.shake_256(b"salus cid vector").digest(LEAF_SIZE - 8)


def content(size: int) -> Iterator[bytes]:
    for number, at in enumerate(range(0, size, LEAF_SIZE)):
        yield (number.to_bytes(8, "big") + TAIL)[: size - at]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["size"])
def test_equals_what_ipfs_software_computes(vector: dict[str, object]) -> None:
    assert content_id(content(int(str(vector["size"])))) == vector["cid"]


@given(cuts=st.lists(st.integers(1, 1_500_000), max_size=8))
def test_does_not_depend_on_how_the_bytes_arrive(cuts: list[int]) -> None:
    whole = b"".join(content(2 * LEAF_SIZE + 77))
    hasher = ContentIdHasher()
    rest = whole
    for cut in cuts:
        hasher.update(rest[:cut])
        rest = rest[cut:]
    hasher.update(rest)

    assert hasher.finish() == content_id(io.BytesIO(whole))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["size"])
def test_recognises_a_content_id(vector: dict[str, str]) -> None:
    assert is_content_id(vector["cid"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bafkrei",
        "QmYGy71edxhCAi9BcrxSmovkAJ79K6R3A6C6mRMxH9Tjso",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykU",
        "../../etc/passwd",
        # the last character holds two bits that must be zero
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv",
        # dag-cbor
        "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    ],
)
def test_refuses_what_only_looks_like_a_content_id(text: str) -> None:
    assert not is_content_id(text)
