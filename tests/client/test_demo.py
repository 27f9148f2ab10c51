"""What the demonstration's verifier believes: its own node, and nothing that a receipt says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from salus import Salus
from salus.demo.health import _prove, check_receipt
from salus.demo.report import Report
from salus.demo.samples import bundle_bytes
from salus.errors import InputError
from salus.receipts import Receipt
from salus.records.added import AddedRecords
from salus.testing.participants import People
from salus.vault.errors import MissingKey
from salus_verify.errors import ReceiptMismatch

SOMEBODY = "0x" + "5a" * 20


@pytest.fixture(scope="module")
def added(team: People) -> AddedRecords:
    return team.hospital.records.add_bundle(bundle_bytes(), patient=SOMEBODY)


def shown(hospital: Salus, added: AddedRecords, **forged: Any) -> tuple[bytes, bytes]:
    """A receipt without storage proof, changed, and its document."""
    record = added.records[0].manifest
    receipt = replace(hospital.records.receipt(record), proof=None, **forged)
    return receipt.to_json(), hospital.records.open(record)


def test_takes_an_honest_receipt(hospital: Salus, added: AddedRecords) -> None:
    receipt, document = shown(hospital, added)
    issuer = hospital.account.identity
    found = check_receipt(hospital.chain, receipt, document=document, issuer=issuer)
    assert found.block_trusted
    assert found.document_checked


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ({"block_hash": b"\x11" * 32}, "block is not the one"),
        ({"registry": SOMEBODY}, "registry"),
        ({"chain_id": 1}, "chain id"),
        ({"issuer": SOMEBODY}, "issuer"),
    ],
)
def test_refuses_what_its_own_node_contradicts(
    hospital: Salus, added: AddedRecords, forged: dict[str, Any], said: str
) -> None:
    receipt, document = shown(hospital, added, **forged)
    issuer = hospital.account.identity
    with pytest.raises(ReceiptMismatch, match=said):
        check_receipt(hospital.chain, receipt, document=document, issuer=issuer)


def test_a_forged_block_fails_the_demonstration(
    hospital: Salus, added: AddedRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = Receipt.from_json(shown(hospital, added, block_hash=b"\x11" * 32)[0])
    monkeypatch.setattr(hospital.records, "receipt", lambda *_: forged)
    with pytest.raises(ReceiptMismatch):
        _prove(Report(listener=lambda step: None), hospital, added)


def test_another_error_is_not_taken_for_the_refusal(
    hospital: Salus, added: AddedRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter([check_receipt])

    def broken(*arguments: Any, **named: Any) -> Any:
        for check in calls:
            return check(*arguments, **named)
        raise MissingKey("the altered document")

    monkeypatch.setattr("salus.demo.health.check_receipt", broken)
    with pytest.raises(MissingKey):
        _prove(Report(listener=lambda step: None), hospital, added)


def test_a_bundle_without_resources_is_refused_before_anything_is_sent() -> None:
    from salus.demo.story import check_bundle

    check_bundle(bundle_bytes())
    with pytest.raises(InputError, match="no resource"):
        check_bundle(b'{"resourceType": "Bundle", "type": "collection", "entry": []}')
