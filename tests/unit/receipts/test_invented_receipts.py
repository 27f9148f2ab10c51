"""What fits together proves nothing: somebody must vouch for block, chain and registry."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import second_verifier
from tests.support.invented import CHAIN, DOCUMENT, ISSUER, invented_receipt

from salus.chain.deployments.file import DeployedContract, Deployment
from salus.receipts import Expected, Receipt, known_registry, verify_receipt
from salus.receipts.anchor_registry import registry_of
from salus.receipts.page import to_page
from salus_verify.address import checked_address
from salus_verify.encoding import base64url, canonical, from_base64url, varint
from salus_verify.errors import MalformedReceipt, ReceiptMismatch, ReceiptUnproven
from salus_verify.place import LAST_SECOND
from salus_verify.qr_form import from_compact, to_compact

THEIRS = checked_address("0x" + "bb" * 20)
VECTORS = Path(__file__).parents[2] / "vectors" / "receipts"
GOOD = json.loads((VECTORS / "good.json").read_text())


def test_a_receipt_made_of_nothing_is_not_proved() -> None:
    found = verify_receipt(invented_receipt(registry=THEIRS), document=DOCUMENT)
    assert not found.proved
    assert found.missing == ("block hash", "chain id", "registry")
    assert THEIRS in found.trust
    with pytest.raises(ReceiptUnproven, match="block hash, chain id, registry missing"):
        found.require()


def test_naming_our_registry_is_not_enough() -> None:
    receipt = invented_receipt(registry=known_registry())
    known = Expected(chain_id=CHAIN, issuer=ISSUER)
    found = verify_receipt(receipt, document=DOCUMENT, expected=known)
    assert found.missing == ("block hash",)


def test_the_hash_of_a_block_does_not_vouch_for_a_registry_in_it() -> None:
    receipt = invented_receipt(registry=THEIRS)
    known = Expected(chain_id=CHAIN)
    found = verify_receipt(
        receipt, document=DOCUMENT, block_hash=receipt.block_hash, expected=known
    )
    assert found.missing == ("registry",)


@pytest.mark.parametrize("name", ["anvil", "hardhat", "named"])
def test_both_verifiers_miss_the_same_whatever_was_brought(name: str) -> None:
    written = json.dumps(GOOD["receipts"][name]).encode()
    receipt = Receipt.from_json(written)
    whole: dict[str, Any] = {
        "document": GOOD["document"].encode(),
        "block_hash": receipt.block_hash,
        "chain_id": receipt.chain_id,
        "registry": bytes.fromhex(receipt.registry[2:]),
    }
    for count in range(len(whole) + 1):
        for names in itertools.combinations(whole, count):
            given = {each: whole[each] for each in names}
            theirs = set(second_verifier.missing(written, **given))
            ours = verify_receipt(
                receipt,
                document=given.get("document"),
                block_hash=given.get("block_hash"),
                expected=Expected(
                    chain_id=given.get("chain_id"),
                    registry=receipt.registry if "registry" in given else None,
                ),
            )
            # Ours knows the registry of this release; the other one has to be told.
            known = {"registry"} if receipt.registry == known_registry() else set()
            assert set(ours.missing) == theirs - known
            assert ("registry" in theirs) == ("registry" not in given)


def test_both_refuse_another_chain_and_another_registry() -> None:
    written = json.dumps(GOOD["receipts"]["anvil"]).encode()
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(written, chain_id=1)
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(written, registry=b"r" * 20)
    with pytest.raises(ReceiptMismatch, match="chain id is 31337, and 1 was expected"):
        verify_receipt(Receipt.from_json(written), expected=Expected(chain_id=1))


def test_a_registry_of_one_s_own_is_good_when_it_was_told() -> None:
    receipt = invented_receipt(registry=THEIRS)
    known = Expected(chain_id=CHAIN, registry=THEIRS.lower())
    found = verify_receipt(
        receipt, document=DOCUMENT, block_hash=receipt.block_hash, expected=known
    )
    found.require()
    assert found.proved


def test_no_time_is_after_the_last_year_that_calendars_write() -> None:
    last = invented_receipt(registry=THEIRS, timestamp=LAST_SECOND)
    written = json.loads(last.to_json())
    written["block"]["timestamp"] += 1
    later = canonical(written)
    assert "31 December 9999" in to_page(Receipt.from_json(last.to_json()))
    with pytest.raises(MalformedReceipt, match="year 9999"):
        Receipt.from_json(later)
    raw = from_base64url(to_compact(last))
    short = raw.replace(varint(LAST_SECOND), varint(LAST_SECOND + 1))
    with pytest.raises(MalformedReceipt, match="year 9999"):
        from_compact(base64url(short))
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(later)


@pytest.mark.parametrize("part", ["account", "storage"])
def test_both_take_64_nodes_and_refuse_65(part: str) -> None:
    receipt = invented_receipt(registry=THEIRS)
    assert receipt.proof is not None
    nodes = getattr(receipt.proof, part)

    def padded(count: int) -> bytes:
        written = json.loads(receipt.to_json())
        written["storageProof"][part] += ["0xc0"] * (count - len(nodes))
        return canonical(written)

    verify_receipt(Receipt.from_json(padded(64)))
    assert second_verifier.verify(padded(64)) == "storage proof"
    with pytest.raises(MalformedReceipt, match="at most 64"):
        Receipt.from_json(padded(65))
    with pytest.raises(second_verifier.Refused):
        second_verifier.verify(padded(65))


def deployment(anchors: str, identities: str, *, generation: int) -> Deployment:
    def placed(address: str, of: int) -> DeployedContract:
        return DeployedContract(address, (), None, "0x", "0x", of)

    contracts = {
        "AnchorRegistry": placed(anchors, generation),
        "IdentityRegistry": placed(identities, 1),
    }
    return Deployment(CHAIN, "0x", contracts)


def test_a_deployment_file_names_a_generation_and_no_other_address() -> None:
    second = known_registry(2)
    assert second != known_registry() != known_registry(2, identities=2)
    assert registry_of(deployment(second, THEIRS, generation=2)) == second
    assert registry_of(deployment(THEIRS, THEIRS, generation=2)) is None
    assert registry_of(Deployment(CHAIN, "0x", {})) is None
