"""Two verifiers that share no code say the same of every receipt in the vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import second_verifier

from salus.receipts import Expected, Receipt, verify_receipt
from salus_verify.assurance import Assurance
from salus_verify.errors import MalformedReceipt, ReceiptMismatch

VECTORS = Path(__file__).parents[2] / "vectors" / "receipts"
GOOD = json.loads((VECTORS / "good.json").read_text())
BAD = json.loads((VECTORS / "bad.json").read_text())
DOCUMENT = GOOD["document"].encode()


def written(receipt: dict[str, Any]) -> bytes:
    return json.dumps(receipt).encode()


def block_hash(receipt: dict[str, Any]) -> bytes:
    return bytes.fromhex(receipt["block"]["hash"][2:])


@pytest.mark.parametrize(
    ("name", "assurance"),
    [
        ("anvil", Assurance.STORAGE_PROOF),
        ("hardhat", Assurance.STORAGE_PROOF),
        ("named", Assurance.NAMED),
    ],
)
def test_both_accept_a_good_receipt(name: str, assurance: Assurance) -> None:
    receipt = GOOD["receipts"][name]
    read = Receipt.from_json(written(receipt))
    trusted = block_hash(receipt)

    found = verify_receipt(read, document=DOCUMENT, block_hash=trusted)

    assert (found.assurance, found.document_checked, found.block_trusted) == (assurance, True, True)
    assert found.not_later_than == receipt["block"]["timestamp"]
    assert second_verifier.verify(written(receipt), DOCUMENT, trusted) == assurance.value


@pytest.mark.parametrize("name", BAD["receipts"])
def test_both_refuse_a_receipt_with_one_other_part(name: str) -> None:
    receipt = BAD["receipts"][name]
    trusted = block_hash(GOOD["receipts"]["anvil"])
    with pytest.raises((MalformedReceipt, ReceiptMismatch)):
        verify_receipt(Receipt.from_json(written(receipt)), document=DOCUMENT, block_hash=trusted)
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(written(receipt), DOCUMENT, trusted)


@pytest.mark.parametrize("name", ["anvil", "hardhat"])
def test_both_refuse_another_document_and_another_block(name: str) -> None:
    receipt = GOOD["receipts"][name]
    read = Receipt.from_json(written(receipt))
    for wrong in ({"document": DOCUMENT + b" "}, {"block_hash": bytes(32)}):
        with pytest.raises(ReceiptMismatch):
            verify_receipt(read, **wrong)  # type: ignore[arg-type]
        with pytest.raises(second_verifier.Refused):
            second_verifier.verify(written(receipt), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"chain_id": 1},
        {"registry": "0x" + "12" * 20},
        {"issuer": "0x" + "12" * 20},
    ],
)
def test_refuses_what_is_not_the_verifier_s_chain_registry_or_issuer(wrong: dict[str, Any]) -> None:
    read = Receipt.from_json(written(GOOD["receipts"]["anvil"]))
    known = Expected(chain_id=31337, registry=read.registry.lower(), issuer=read.issuer)
    verify_receipt(read, expected=known)
    with pytest.raises(ReceiptMismatch, match="was expected"):
        verify_receipt(read, expected=Expected(**wrong))


def test_says_what_is_left_to_trust() -> None:
    proven, named = (
        Receipt.from_json(written(GOOD["receipts"][each])) for each in ("anvil", "named")
    )
    assert "is the hash of block" in verify_receipt(proven).trust
    told = Expected(registry=proven.registry)
    trusted = verify_receipt(proven, block_hash=proven.block_hash, expected=told)
    assert trusted.trust == "that the block is of chain 31337"
    assert "look up" in verify_receipt(named).trust
    assert "block's time" in verify_receipt(named).trust


def test_reads_back_what_it_wrote() -> None:
    for receipt in GOOD["receipts"].values():
        read = Receipt.from_json(written(receipt))
        assert Receipt.from_json(read.to_json()) == read
        assert json.loads(read.to_json()) == receipt


def changed(**members: Any) -> bytes:
    return written({**GOOD["receipts"]["anvil"], **members})


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        pytest.param(b"[" * 100_000, id="deep"),
        changed(version=1.0),
        changed(version=True),
        changed(version=2),
        changed(type="other"),
        changed(chainId="31337"),
        changed(chainId=2**53),
        changed(index=-1),
        changed(index=True),
        changed(path={}),
        changed(path=["0x00"]),
        changed(path=["0x" + "00" * 32] * 65),
        changed(issuer="0x12"),
        changed(stream="0x" + "AB" * 32),
        changed(opening=None),
        changed(checkpoint=[]),
        changed(block={"number": 1}),
        changed(storageProof={}),
        changed(storageProof=7),
        changed(storageProof=None, block={**GOOD["receipts"]["anvil"]["block"], "hash": "0x"}),
        pytest.param(changed().decode().encode("utf-16"), id="UTF-16"),
        changed().replace(b'"index"', b'"type": "salus/receipt", "index"', 1),
    ],
)
def test_both_refuse_another_form(document: bytes) -> None:
    with pytest.raises(MalformedReceipt):
        Receipt.from_json(document)
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(document)


def test_the_second_verifier_imports_nothing_of_salus() -> None:
    source = VECTORS / "second_verifier.py"
    code = (
        f"import sys; sys.path.insert(0, {str(VECTORS)!r}); import second_verifier;"
        "sys.exit(any(name.split('.')[0] == 'salus' for name in sys.modules))"
    )
    assert "salus." not in source.read_text().replace("salus/", "")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
