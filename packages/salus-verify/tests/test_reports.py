"""A report that no reader takes is not made, and nothing has two encodings."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from salus_verify import ErasureReceipt
from salus_verify.erasure_receipt import Erasure
from salus_verify.errors import InputError, MalformedDocument
from salus_verify.log import stream_id

DIGEST = bytes(32)
SOMEBODY = "0x" + "cd" * 20


@pytest.fixture(scope="module")
def report(erasure: dict[str, Any]) -> Erasure:
    return ErasureReceipt.from_json(json.dumps(erasure)).report


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"chain_id": 0}, "chain_id is not from 1"),
        ({"versions": ()}, "one or more"),
        ({"versions": ((0, DIGEST, DIGEST),)}, "from 1 on"),
        ({"versions": ((2, DIGEST, DIGEST), (1, DIGEST, DIGEST))}, "in order"),
        ({"versions": ((1, DIGEST, DIGEST), (1, DIGEST, DIGEST))}, "there once"),
        ({"versions": ((1, b"short", DIGEST),)}, "32 bytes"),
        ({"grantees": (SOMEBODY, SOMEBODY)}, "grantee is there twice"),
        ({"destroyed": (("s", "b"),), "unreached": (("s", "b", "why"),)}, "blob of it .* twice"),
        ({"destroyed": (("s" * 2049, "b"),)}, "1 to 2048 characters"),
        ({"unreached": (("s", "b", ""),)}, "a reason"),
        ({"unreached": (("s", "b", "r" * ((1 << 20) + 1)),)}, "a reason"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_no_reader_takes_is_not_made(
    report: Erasure, changed: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        dataclasses.replace(report, **changed)


def test_a_document_that_names_a_blob_twice_is_refused(report: Erasure) -> None:
    once = dataclasses.replace(report, destroyed=(("s", "b"), ("s", "c")), unreached=())
    twice = once.to_bytes().replace(b'{"blob":"c"', b'{"blob":"b"')
    with pytest.raises(MalformedDocument, match="twice"):
        Erasure.parse(twice)


def test_a_reason_names_all_the_versions_that_a_bucket_keeps(report: Erasure) -> None:
    ids = " ".join(f"{each:064x}" for each in range(1_000))
    full = dataclasses.replace(report, destroyed=(), unreached=(("s3://b", "blobs/x", ids),))
    assert Erasure.parse(full.to_bytes()) == full


@pytest.mark.parametrize("number", [0, -1])
def test_a_stream_s_number_is_one_or_more(number: int) -> None:
    with pytest.raises(InputError, match="1 or more"):
        stream_id("records", number)


def test_a_stream_s_label_is_text() -> None:
    with pytest.raises(InputError, match="not Unicode"):
        stream_id("\ud800")
