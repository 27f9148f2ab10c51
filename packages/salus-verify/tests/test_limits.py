"""At each limit a value is read as it was made, and one past it it is not made."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest

from salus_verify import ErasureReceipt, Receipt, address, from_compact, to_compact
from salus_verify.encoding import base64url, from_base64url
from salus_verify.erasure_receipt import Erasure
from salus_verify.errors import InvalidValue, MalformedReceipt
from salus_verify.fields import LONGEST_TEXT, MAX_DOCUMENT_BYTES
from salus_verify.place import LONGEST_NODE, MAX_NODES, StorageProof
from salus_verify.unreached import Unreached, WhyLeft

LONE = "half a pair: \ud800"


@pytest.fixture(scope="module")
def receipt(good: dict[str, Any]) -> Receipt:
    return Receipt.from_json(json.dumps(good["receipts"]["anvil"]))


@pytest.fixture(scope="module")
def erased(erasure: dict[str, Any]) -> ErasureReceipt:
    return ErasureReceipt.from_json(json.dumps(erasure))


def reread(made: ErasureReceipt) -> ErasureReceipt:
    return ErasureReceipt.from_json(made.to_json())


@pytest.mark.parametrize("field", ["signer", "signature"])
def test_a_signature_and_who_signed_have_1_to_8192_bytes(
    erased: ErasureReceipt, field: str
) -> None:
    for size in (1, 8192):
        made = replace(erased, **{field: bytes(size)})  # type: ignore[arg-type]
        assert reread(made) == made
    for size in (0, 8193):
        with pytest.raises(InvalidValue, match=f"{field} must be 1 to 8192 bytes"):
            replace(erased, **{field: bytes(size)})  # type: ignore[arg-type]


def test_a_storage_proof_is_read_up_to_its_limits(receipt: Receipt) -> None:
    nodes = (b"", bytes(LONGEST_NODE), *[b"n"] * (MAX_NODES - 2))
    for proof in (
        StorageProof(bytes(MAX_DOCUMENT_BYTES), nodes, ()),
        StorageProof(b"h", (), nodes),
    ):
        made = replace(receipt, proof=proof)
        assert Receipt.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("header", "nodes"),
    [
        (b"", []),
        (bytes(MAX_DOCUMENT_BYTES + 1), []),
        (b"h", [bytes(LONGEST_NODE + 1)]),
        (b"h", [b"n"] * (MAX_NODES + 1)),
    ],
    ids=["no header", "a long header", "a long node", "many nodes"],
)
def test_a_storage_proof_beyond_them_is_not_made(header: bytes, nodes: list[bytes]) -> None:
    for sides in ((nodes, ()), ((), nodes)):
        with pytest.raises(InvalidValue, match="StorageProof"):
            StorageProof(header, *map(tuple, sides))  # type: ignore[arg-type]


def test_a_report_names_texts_that_a_document_can_hold(erased: ErasureReceipt) -> None:
    longest = "\U0001f600" * LONGEST_TEXT
    left = Unreached(longest, longest, WhyLeft.KEPT)
    report = replace(erased.report, destroyed=((longest, "b"),), unreached=(left,))
    assert Erasure.parse(report.to_bytes()) == report
    for wrong in ("", longest + "x", LONE):
        for pair in ((wrong, "b"), ("s", wrong)):
            with pytest.raises(InvalidValue, match="characters of Unicode"):
                replace(erased.report, destroyed=(pair,))
            with pytest.raises(InvalidValue, match="characters of Unicode"):
                Unreached(*pair, WhyLeft.KEPT)


def test_a_short_form_refuses_what_no_receipt_holds_by_its_own_error(receipt: Receipt) -> None:
    raw = bytearray(from_base64url(to_compact(replace(receipt, chain_id=1))))
    assert raw[1] == 1
    raw[1] = 0
    with pytest.raises(MalformedReceipt, match="chain_id"):
        from_compact(base64url(bytes(raw)))


def test_each_address_of_a_report_is_hashed_once(
    erasure: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, keccak = [], address.keccak

    def counted(data: bytes) -> bytes:
        hashed.append(data)
        return keccak(data)

    monkeypatch.setattr(address, "keccak", counted)
    readers = ["0x" + os.urandom(20).hex() for _ in range(6000)]  # more than are remembered
    document = erasure | {"report": erasure["report"] | {"grantees": readers}}
    read = ErasureReceipt.from_json(json.dumps(document))
    assert [each.lower() for each in read.report.grantees] == readers
    assert len(hashed) <= len(readers) + 10
