"""Anybody who has the receipt of an erasure checks it with a node; forged ones are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.chain import Account, Chain, connect, development_account
from salus.chain.node.answers import RpcFailure
from salus.errors import ChainError
from salus.receipts import ErasureReceipt, Expected, verify_erasure, verify_receipt
from salus.receipts.issue import issue_erasure_receipt
from salus.vault.documents.statements import vouch
from salus.vault.errors import ForgedSignature
from salus_verify import merkle
from salus_verify.assurance import Assurance
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.errors import MalformedReceipt, ReceiptMismatch, ReceiptUnproven
from salus_verify.log import Checkpoint, stream_id
from salus_verify.qr_form import from_compact, to_compact
from salus_verify.verify_erasure import Signing


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture(scope="module")
def receipt(exchange: Exchange) -> ErasureReceipt:
    """Of one record, as whoever was handed the file reads it."""
    erased = exchange.custodian.records.erase(exchange.add(b"note").record_id)
    return ErasureReceipt.from_json(erased.receipt.to_json())


@pytest.fixture
def verifier(chain: Chain) -> Chain:
    """A connection of somebody else's."""
    return Chain(chain.rpc, network=chain.network, deployment=chain.deployment)


def test_anybody_with_a_node_checks_it(
    receipt: ErasureReceipt, exchange: Exchange, verifier: Chain
) -> None:
    found = verify_erasure(receipt, trusting=verifier)
    assert found.proved
    assert found.signing is Signing.CONTROL
    assert found.assurance is Assurance.LOOKED_UP
    assert "that the issuer did what it says" in found.trust
    assert receipt.issuer == exchange.custodian.account.identity
    assert receipt.report.complete
    assert receipt.report.erased_at <= found.not_later_than


def test_offline_it_says_what_was_not_checked(receipt: ErasureReceipt) -> None:
    found = verify_erasure(receipt)
    assert found.signing is Signing.SIGNER
    assert found.missing == ("storage proof", "block hash", "chain id", "control of the issuer")
    with pytest.raises(ReceiptUnproven, match="control of the issuer missing"):
        found.require()


def test_it_names_the_leaf_that_the_record_s_receipt_proves(
    exchange: Exchange, verifier: Chain
) -> None:
    manifest = exchange.add(b"proved and erased")
    kept = exchange.custodian.records.receipt(manifest)
    erased = exchange.custodian.records.erase(manifest.record_id).receipt
    assert [leaf for _, _, leaf in erased.report.versions] == [kept.opening.leaf()]
    assert verify_receipt(kept, document=b"proved and erased", trusting=verifier).proved


def test_it_stands_when_others_were_erased_since(
    receipt: ErasureReceipt, exchange: Exchange, verifier: Chain
) -> None:
    later = exchange.custodian.records.erase(exchange.add(b"another").record_id).receipt
    assert later.checkpoint != receipt.checkpoint
    for each in (receipt, later):
        verify_erasure(each, trusting=verifier).require()


def test_a_changed_report_is_refused(receipt: ErasureReceipt) -> None:
    for changed in (
        replace(receipt.report, shared_keys=receipt.report.shared_keys + 1),
        replace(receipt.report, destroyed=()),
        replace(receipt.report, chain_id=1),
        replace(receipt.report, issuer="0x" + "12" * 20),
    ):
        with pytest.raises(ReceiptMismatch, match="the leaf is not in the checkpoint"):
            verify_erasure(replace(receipt, report=changed))


def test_another_chain_registry_issuer_or_block_is_refused(receipt: ErasureReceipt) -> None:
    for known in (
        Expected(chain_id=1),
        Expected(registry="0x" + "12" * 20),
        Expected(issuer="0x" + "12" * 20),
    ):
        with pytest.raises(ReceiptMismatch, match="was expected"):
            verify_erasure(receipt, expected=known)
    with pytest.raises(ReceiptMismatch, match="whose hash was brought"):
        verify_erasure(receipt, block_hash=bytes(32))


def test_a_node_that_knows_another_block_refuses_whatever_hash_was_brought(
    receipt: ErasureReceipt, verifier: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = verifier.rpc.attempt

    def attempt(method: str, *params: object) -> object:
        answer = ask(method, *params)
        if method == "eth_getBlockByNumber" and params[0] == hex(receipt.block_number):
            answer = {**answer, "hash": "0x" + "12" * 32}
        return answer

    monkeypatch.setattr(verifier.rpc, "attempt", attempt)
    for brought in (None, receipt.block_hash, b"\x12" * 32):
        with pytest.raises(ReceiptMismatch, match="not the one that the node knows"):
            verify_erasure(receipt, block_hash=brought, trusting=verifier)


def test_what_the_node_does_not_know_is_refused(receipt: ErasureReceipt, verifier: Chain) -> None:
    for wrong, why in (
        ({"block_number": 10**6}, "has no block"),
        ({"block_timestamp": receipt.block_timestamp + 1}, "another time"),
        ({"block_hash": bytes(32)}, "not the one"),
        ({"checkpoint": replace(receipt.checkpoint, parent=b"p" * 32)}, "no such checkpoint"),
    ):
        with pytest.raises(ReceiptMismatch, match=why):
            verify_erasure(replace(receipt, **wrong), trusting=verifier)  # type: ignore[arg-type]
    elsewhere = connect("tester")
    with pytest.raises(ReceiptMismatch):
        verify_erasure(receipt, trusting=elsewhere)


def test_a_stranger_s_signature_is_refused(receipt: ErasureReceipt, verifier: Chain) -> None:
    signed = vouch(Account.create(), "erasure", receipt.report.digest, receipt.chain_id)
    forged = replace(receipt, signer=signed.signer, signature=signed.signature)
    with pytest.raises(ForgedSignature):
        verify_erasure(forged, trusting=verifier)
    assert "control of the issuer" in verify_erasure(forged).missing


def test_a_signature_that_no_key_made_says_nothing_offline(receipt: ErasureReceipt) -> None:
    found = verify_erasure(replace(receipt, signature=bytes(65)))
    assert found.signing is Signing.UNCHECKED


def test_nobody_reports_an_erasure_in_another_s_name(
    receipt: ErasureReceipt, exchange: Exchange, verifier: Chain
) -> None:
    """In a log of its own, that is; where the issuer's stands, only who controls it can write."""
    liar = exchange.grantee
    report = replace(receipt.report, record=b"r" * 16)
    liar.anchors.append(ERASURES_STREAM, [report.digest])
    inclusion = liar.anchors.proofs.prove(ERASURES_STREAM, report.digest)
    signed = vouch(liar.account, "erasure", report.digest, report.chain_id)
    forged = issue_erasure_receipt(liar.chain, inclusion, report, signed)
    with pytest.raises(ReceiptMismatch, match="no such checkpoint"):
        verify_erasure(forged, trusting=verifier)


def test_a_rotated_key_leaves_what_it_signed_before(chain: Chain, verifier: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    custodian: Salus = exchange.custodian
    receipt = custodian.records.erase(exchange.add(b"note").record_id).receipt
    custodian.identities.control.rotate(custodian.account.identity, Account.create().identity)
    assert verify_erasure(receipt, trusting=verifier).proved


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text.replace(b"erasure-receipt/v1", b"erasure-receipt/v2"),
        lambda text: text.replace(b'"sharedKeys":0', b'"sharedKeys":0.5'),
        lambda text: text.replace(b'"sharedKeys":0', b'"sharedKeys":0,"more":1'),
        lambda text: text.replace(b'"signer":"0x', b'"signer":"0X'),
        lambda text: text.replace(b'"index"', b'"note":1,"index"'),
        lambda text: text.replace(b'"index"', b'"index":0,"index"'),
    ],
)
def test_refuses_another_form(receipt: ErasureReceipt, spoil) -> None:  # type: ignore[no-untyped-def]
    text = receipt.to_json()
    assert ErasureReceipt.from_json(text) == receipt
    assert spoil(text) != text
    with pytest.raises(MalformedReceipt):
        ErasureReceipt.from_json(spoil(text))


def test_a_code_without_a_storage_proof_is_looked_up(exchange: Exchange, verifier: Chain) -> None:
    made = exchange.custodian.records.receipt(exchange.add(b"on paper"))
    read = from_compact(to_compact(made))
    assert "storage proof" in verify_receipt(read, document=b"on paper").missing
    found = verify_receipt(read, document=b"on paper", trusting=verifier)
    assert (found.assurance, found.proved) == (Assurance.LOOKED_UP, True)
    assert found.trust == "the node that was asked"
    assert verify_receipt(read, trusting=verifier).missing == ("document",)


def test_the_report_must_be_the_one_that_was_proved(exchange: Exchange) -> None:
    erased = exchange.custodian.records.erase(exchange.add(b"note").record_id)
    other = replace(erased.report, shared_keys=7)
    with pytest.raises(ReceiptMismatch, match="not the one whose digest"):
        issue_erasure_receipt(exchange.custodian.chain, erased.inclusion, other, erased.signed)


def test_a_node_that_forgot_the_block_is_named_as_such(
    receipt: ErasureReceipt, verifier: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = verifier.rpc.attempt

    def attempt(method: str, *params: object) -> object:
        if method == "eth_call" and params[1] == hex(receipt.block_number):
            return RpcFailure("missing trie node")
        return ask(method, *params)

    monkeypatch.setattr(verifier.rpc, "attempt", attempt)
    with pytest.raises(ChainError) as caught:
        verify_erasure(receipt, trusting=verifier)
    assert "ask one that keeps old states" in caught.value.__notes__[0]


@pytest.mark.parametrize("number", [2, 99])
def test_a_number_that_was_planted_proves_nothing(
    exchange: Exchange, verifier: Chain, number: int
) -> None:
    """Whoever has the key for a moment anchors where no reader of the stream ever looks."""
    erased = exchange.custodian.records.erase(exchange.add(b"planted").record_id)
    anchors, who = exchange.custodian.anchors, exchange.custodian.account.identity
    name = stream_id(ERASURES_STREAM, number)
    planted = Checkpoint(bytes(32), merkle.leaf_hash(erased.report.digest), 1)
    sent = anchors._extending.send(who, name, Checkpoint.none(), planted, None)
    anchored = AnchoredCheckpoint(who, name, planted, sent.block_number, number=number)
    proof = Inclusion(erased.report.digest, 0, (), anchored)
    shown = issue_erasure_receipt(exchange.custodian.chain, proof, erased.report, erased.signed)
    with pytest.raises(ReceiptMismatch, match="does not stand"):
        verify_erasure(shown, trusting=verifier)
    assert "number of the stream" in verify_erasure(shown).missing
