"""A report that no reader takes is not made, and nothing has two encodings."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from salus_verify import ErasureReceipt
from salus_verify.encoding import canonical
from salus_verify.erasure_receipt import Erasure
from salus_verify.errors import InputError, InvalidValue, MalformedDocument
from salus_verify.log import stream_id
from salus_verify.unreached import Unreached, WhyLeft

DIGEST = bytes(32)
SOMEBODY = "0x" + "cd" * 20
KEPT = Unreached("s", "b", WhyLeft.KEPT)


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
        ({"grantees": (SOMEBODY, SOMEBODY)}, "each there once"),
        ({"destroyed": (("s", "b"),), "unreached": (KEPT,)}, "each blob of a storage once"),
        ({"destroyed": (("s" * 2049, "b"),)}, "1 to 2048 characters"),
        ({"unreached": (("s", "b", "why"),)}, "unreached must hold Unreached"),
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
    with pytest.raises(MalformedDocument, match="each blob of a storage once"):
        Erasure.parse(twice)


def test_all_the_versions_that_a_bucket_keeps_are_named(report: Erasure) -> None:
    ids = tuple(f"{each:064x}" for each in range(1_000))
    left = Unreached("s3://b", "blobs/x", WhyLeft.VERSIONS, ids)
    full = dataclasses.replace(report, destroyed=(), unreached=(left,))
    assert Erasure.parse(full.to_bytes()) == full


@pytest.mark.parametrize(
    ("reason", "versions"),
    [
        (WhyLeft.KEPT, ("v1",)),
        (WhyLeft.VERSIONS, ()),
        (WhyLeft.VERSIONS, ("b", "a")),
        (WhyLeft.VERSIONS, ("a", "a")),
        (WhyLeft.VERSIONS, ("",)),
        (WhyLeft.VERSIONS, ("a b",)),
        (WhyLeft.VERSIONS, ("a" * 1025,)),
        (WhyLeft.VERSIONS, ("\udc80",)),
    ],
)
def test_versions_are_ids_in_order_and_of_one_reason(
    reason: WhyLeft, versions: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidValue, match="versions"):
        Unreached("s", "b", reason, versions)


def test_a_reason_that_the_format_does_not_know_is_refused(report: Erasure) -> None:
    known = dataclasses.replace(report, destroyed=(), unreached=(KEPT,))
    other = known.to_bytes().replace(b'"reason":"kept"', b'"reason":"lost"')
    with pytest.raises(MalformedDocument, match="reason is none of this format"):
        Erasure.parse(other)


def test_each_reason_has_words() -> None:
    for reason in WhyLeft:
        versions = ("v",) if reason is WhyLeft.VERSIONS else ()
        assert len(Unreached("s", "b", reason, versions).words.split()) >= 3


@pytest.mark.parametrize("number", [0, -1])
def test_a_stream_s_number_is_one_or_more(number: int) -> None:
    with pytest.raises(InputError, match="1 or more"):
        stream_id("records", number)


def test_what_no_document_can_hold_is_refused_wherever_it_stands() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    for each in ("\ud800", {"\ud800": 1}, {"a": {"\udfff": "\udfff"}}, deep):
        with pytest.raises(InputError, match="no document can hold"):
            canonical(each)


def test_a_stream_s_label_is_text() -> None:
    with pytest.raises(InputError, match="not Unicode"):
        stream_id("\ud800")
