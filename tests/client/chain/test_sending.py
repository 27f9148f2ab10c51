"""Sending on every node: simulate, pay, wait, and name what went wrong."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from salus.chain import Account, Chain, connect, development_account
from salus.chain.errors import ArgumentsInvalid, ChainUnreachable
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import (
    BatchIncomplete,
    InsufficientFunds,
    NonceConflict,
    TransactionPending,
    TransactionUnknown,
)
from salus.contracts.anchors.errors import HeadMoved
from salus.contracts.anchors.events import Anchored
from salus.contracts.identities.errors import IdentityZeroOwner
from salus.contracts.identities.events import DIDAttributeChanged
from salus.contracts.reverts import OutOfGas, RevertedWithoutReason
from salus.contracts.signed_acts import NotController

NAME = b"did/svc/Inbox".ljust(32, b"\0")
NOBODY = "0x" + "0" * 40
NO_CHECKPOINT = (bytes(32), bytes(32), 0)


def write(chain, account, **options):
    registry = chain.contract("IdentityRegistry")
    return registry.send(
        "setAttribute", account.identity, NAME, b"value", 3600, account=account, **options
    )


def test_a_write_returns_its_transaction_with_its_events(chain, patient):
    sent = write(chain, patient)
    (event,) = sent.events
    assert isinstance(event, DIDAttributeChanged)
    assert (event.identity, event.name, event.value) == (patient.identity, NAME, b"value")
    assert event.block_number == sent.block_number == chain.block().number
    assert event.transaction_hash == sent.hash
    assert 21_000 < sent.gas_used < 100_000
    assert sent.effective_gas_price > 0


def test_a_refusal_is_named_before_anything_is_sent(chain, patient):
    before = chain.balance(patient.address)
    registry = chain.contract("IdentityRegistry")
    with pytest.raises(IdentityZeroOwner) as caught:
        registry.send("changeOwner", patient.identity, NOBODY, account=patient)
    assert caught.value.identity == patient.identity
    assert chain.balance(patient.address) == before


def test_a_refusal_of_a_mined_transaction_is_named_all_the_same(chain, patient):
    before = chain.balance(patient.address)
    registry = chain.contract("IdentityRegistry")
    with pytest.raises(IdentityZeroOwner) as caught:
        registry.send("changeOwner", patient.identity, NOBODY, account=patient, gas=200_000)
    assert caught.value.identity == patient.identity
    assert "transaction 0x" in caught.value.__notes__[0]
    assert chain.balance(patient.address) < before


def test_a_call_that_reverts_is_named(chain, patient, stranger):
    with pytest.raises(NotController) as caught:
        chain.contract("AnchorRegistry").call(
            "anchor",
            patient.identity,
            NAME,
            NO_CHECKPOINT,
            1,
            b"\1" * 32,
            sender=stranger.address,
        )
    assert (caught.value.identity, caught.value.actor) == (patient.identity, stranger.identity)


def test_an_error_brings_its_values(chain, patient):
    anchors = chain.contract("AnchorRegistry")
    anchor = ("anchor", patient.identity, NAME)
    sent = anchors.send(*anchor, NO_CHECKPOINT, 1, b"\1" * 32, account=patient)
    (event,) = sent.events
    assert isinstance(event, Anchored)
    with pytest.raises(HeadMoved) as caught:
        anchors.send(*anchor, NO_CHECKPOINT, 2, b"\2" * 32, account=patient)
    assert caught.value.head == event.checkpoint_id == anchors.call("headOf", *anchor[1:])


def test_too_little_gas_is_named(chain, patient):
    with pytest.raises(OutOfGas) as caught:
        write(chain, patient, gas=30_000)
    assert caught.value.gas_limit == 30_000


def test_an_account_without_coin_is_told_so(chain):
    with pytest.raises(InsufficientFunds) as caught:
        write(chain, poor := Account.create())
    assert caught.value.address == poor.address


def test_an_account_without_coin_is_told_so_when_gas_is_given(chain):
    with pytest.raises(InsufficientFunds):
        write(chain, Account.create(), gas=100_000)


def test_something_that_is_no_contract_of_ours_fails_without_a_reason(chain, patient):
    target = chain.contract("AnchorRegistry").address
    with pytest.raises(RevertedWithoutReason) as caught:
        chain.sender.send(TransactionRequest(target, b"\xde\xad\xbe\xef"), patient)
    assert caught.value.target == target


def test_many_calls_go_out_at_once_and_come_back_in_order(chain, patient):
    registry = chain.contract("IdentityRegistry")
    calls = [
        registry.prepare("setAttribute", patient.identity, NAME, bytes([i]), 3600)
        for i in range(12)
    ]
    sent = chain.send_many(calls, account=patient)
    assert [each.events[0].value for each in sent] == [bytes([i]) for i in range(12)]


def test_a_batch_with_a_refusal_is_not_sent_at_all(chain, patient):
    registry = chain.contract("IdentityRegistry")
    good = registry.prepare("setAttribute", patient.identity, NAME, b"", 3600)
    bad = registry.prepare("changeOwner", patient.identity, NOBODY)
    before = chain.balance(patient.address)
    with pytest.raises(IdentityZeroOwner) as caught:
        chain.send_many([good, bad, good], account=patient)
    assert caught.value.__notes__ == ["call 1 of 3; none was sent"]
    assert chain.balance(patient.address) == before


def test_a_batch_that_fails_in_part_brings_all_outcomes(chain, patient):
    registry = chain.contract("IdentityRegistry")
    good = registry.prepare("setAttribute", patient.identity, NAME, b"", 3600, gas=100_000)
    bad = registry.prepare("changeOwner", patient.identity, NOBODY, gas=100_000)
    with pytest.raises(BatchIncomplete) as caught:
        chain.send_many([good, bad, good], account=patient)
    first, second, third = caught.value.outcomes
    assert isinstance(second, IdentityZeroOwner)
    assert first.events[0].identity == third.events[0].identity == patient.identity
    assert caught.value.exit_code == 3


def test_threads_share_an_account_without_losing_a_nonce(chain, patient):
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: write(chain, patient), range(8)))
    assert len({each.hash for each in sent}) == 8


def test_a_failure_leaves_no_gap_behind(chain, patient):
    write(chain, patient)
    with pytest.raises(IdentityZeroOwner):
        chain.contract("IdentityRegistry").send(
            "changeOwner", patient.identity, NOBODY, account=patient
        )
    with pytest.raises(OutOfGas):
        write(chain, patient, gas=30_000)
    assert write(chain, patient).events


def test_another_process_may_use_the_same_account_in_between(chain, patient):
    write(chain, patient)
    elsewhere = Chain(chain.rpc, network="elsewhere", deployment=chain.deployment)
    write(elsewhere, patient)
    assert write(chain, patient).events


def test_wrong_arguments_are_refused_before_the_node_is_asked(chain, patient):
    registry = chain.contract("IdentityRegistry")
    for arguments in ((), (patient.identity, "not an address"), (patient.identity, 5, 6)):
        with pytest.raises(ArgumentsInvalid):
            registry.send("changeOwner", *arguments, account=patient)
    with pytest.raises(ArgumentsInvalid):
        registry.call("noSuchFunction")


@pytest.fixture(scope="module")
def idle_anvil(start_anvil):
    """A node that mines only when asked to."""
    return start_anvil("--no-mining")


def test_a_transaction_that_is_not_mined_in_time_is_neither_lost_nor_replaced(idle_anvil):
    payer = development_account(0)
    with connect("anvil", url=idle_anvil, timeout=1) as chain:
        with pytest.raises(TransactionPending) as caught:
            chain.sender.send(TransactionRequest(payer.address, b""), payer)
        chain.rpc.request("evm_mine")
        assert chain.wait(caught.value.transaction, timeout=300).block_number == 1


def test_a_node_that_dies_leaves_the_hash_of_what_was_sent(start_anvil):
    payer = development_account(0)
    with connect(start_anvil("--no-mining"), timeout=20) as chain:
        attempt = chain.rpc.attempt

        def dying(method, *params):
            if method == "eth_getTransactionReceipt":
                raise ChainUnreachable(url=chain.rpc.url, reason="connection refused")
            return attempt(method, *params)

        chain.rpc.attempt = dying
        with pytest.raises(ChainUnreachable) as caught:
            chain.sender.send(TransactionRequest(payer.address, b""), payer)
        assert isinstance(caught.value, TransactionUnknown)
        assert caught.value.transaction in str(caught.value)


def test_a_nonce_that_another_transaction_took_is_a_conflict(idle_anvil, monkeypatch):
    payer = development_account(1)
    with connect("anvil", url=idle_anvil, timeout=1) as chain:
        with pytest.raises(TransactionPending):
            chain.sender.send(TransactionRequest(payer.address, b"", value=5), payer)
        monkeypatch.setattr(chain.sender._nonces, "_ask", lambda _: 0)
        with pytest.raises(NonceConflict) as caught:
            chain.sender.send(TransactionRequest(payer.address, b"", value=6), payer)
        assert caught.value.nonce == 0


def test_a_chain_from_before_eip_1559_is_paid_by_gas_price(start_anvil):
    payer = development_account(0)
    with connect(start_anvil("--hardfork", "berlin")) as chain:
        receipt = chain.sender.send(TransactionRequest(payer.address, b""), payer)
        raw = chain.rpc.request("eth_getTransactionByHash", receipt.hash)
        assert (raw["type"], "maxFeePerGas" in raw) == ("0x0", False)
