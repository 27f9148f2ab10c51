"""What a node serves for a receipt is of one block, or it is no proof."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from salus.chain.node.answers import RpcFailure
from salus.receipts.storage_proofs import _HEADER, _NUMBERS, encode_header, fetch
from salus_verify import Receipt, rlp
from salus_verify.encoding import hex0x, keccak
from salus_verify.errors import ReceiptMismatch
from salus_verify.place import StorageProof
from salus_verify.storage_proof import slot_of

GOOD = Path(__file__).parents[2] / "vectors" / "receipts" / "good.json"
REFUSED = RpcFailure(message="method not found")


@pytest.fixture(scope="module")
def receipt() -> Receipt:
    return Receipt.from_json(json.dumps(json.loads(GOOD.read_text())["receipts"]["anvil"]))


class Serving:
    """A node that serves one block, and the proof of a receipt."""

    def __init__(self, receipt: Receipt, **more: Any) -> None:
        assert receipt.proof is not None
        items = rlp.decode(receipt.proof.header)
        assert isinstance(items, list)
        block = {name: _said(name, bytes(item)) for name, item in zip(_HEADER, items, strict=False)}  # type: ignore[arg-type]
        self.answers: dict[str, Any] = {
            "eth_getBlockByNumber": {**block, "hash": hex0x(receipt.block_hash), **more},
            "eth_getProof": {
                "accountProof": list(map(hex0x, receipt.proof.account)),
                "storageProof": [{"proof": list(map(hex0x, receipt.proof.storage))}],
            },
        }

    def attempt(self, method: str, *params: Any) -> Any:
        return self.answers.get(method, REFUSED)


def _said(name: str, item: bytes) -> str:
    return hex(int.from_bytes(item, "big")) if name in _NUMBERS else hex0x(item)


def fetched(
    node: Serving, receipt: Receipt, block_hash: bytes | None = None
) -> StorageProof | None:
    return fetch(
        node,  # type: ignore[arg-type]
        receipt.registry,
        slot_of(receipt.issuer, receipt.stream),
        value=receipt.checkpoint.id,
        number=receipt.block_number,
        block_hash=block_hash or receipt.block_hash,
    )


def of_a_later_fork(block: Mapping[str, Any], *items: bytes) -> bytes:
    """A header with members that come after those that are known."""
    known = rlp.decode(encode_header(block))
    assert isinstance(known, list)
    return rlp.encode([*known, *items])


def test_serves_a_proof(receipt: Receipt) -> None:
    assert fetched(Serving(receipt), receipt) == receipt.proof


def test_what_a_fork_will_bring_may_be_null(receipt: Receipt) -> None:
    absent = dict.fromkeys(("blockAccessListHash", "slotNumber"))
    assert fetched(Serving(receipt, **absent), receipt) == receipt.proof


def test_headers_of_the_amsterdam_fork_have_two_members_more(receipt: Receipt) -> None:
    """EIP-7928 and EIP-7843."""
    node = Serving(receipt, blockAccessListHash="0x" + "ab" * 32, slotNumber=hex(12345))
    block = node.answers["eth_getBlockByNumber"]
    header = encode_header(block)
    plain = {name: said for name, said in block.items() if name not in _HEADER[-2:]}
    assert header == of_a_later_fork(plain, b"\xab" * 32, (12345).to_bytes(2, "big"))
    block["hash"] = hex0x(keccak(header))
    proof = fetched(node, receipt, keccak(header))
    assert proof is not None
    assert proof.header == header


def test_a_header_that_nobody_knows_yet_is_taken_as_the_node_has_it(
    receipt: Receipt, caplog: pytest.LogCaptureFixture
) -> None:
    node = Serving(receipt)
    header = of_a_later_fork(node.answers["eth_getBlockByNumber"], b"x" * 32, b"y" * 32, b"z" * 32)
    node.answers["eth_getBlockByNumber"]["hash"] = hex0x(keccak(header))
    with caplog.at_level(logging.WARNING):
        assert fetched(node, receipt, keccak(header)) is None
    assert "no header that gives the hash" in caplog.text
    node.answers["debug_getRawHeader"] = hex0x(header)
    proof = fetched(node, receipt, keccak(header))
    assert proof is not None
    assert proof.header == header


def test_a_block_that_was_replaced_meanwhile_proves_nothing(receipt: Receipt) -> None:
    with pytest.raises(ReceiptMismatch, match="replaced"):
        fetched(Serving(receipt), receipt, b"o" * 32)


def test_a_proof_of_another_block_s_state_is_refused(receipt: Receipt) -> None:
    node = Serving(receipt)
    proof = node.answers["eth_getProof"]
    proof["accountProof"] = proof["accountProof"][1:]
    with pytest.raises(ReceiptMismatch):
        fetched(node, receipt)


def test_a_node_without_proofs_gives_none(receipt: Receipt) -> None:
    node = Serving(receipt)
    del node.answers["eth_getProof"]
    assert fetched(node, receipt) is None
