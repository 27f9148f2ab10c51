"""Transactions that are replaced, dropped, or in conflict with another one."""

import pytest

from salus.chain import connect, development_account
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import (
    NonceConflict,
    TransactionDropped,
    TransactionPending,
    TransactionReplaced,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("hurry")]
SEND = "eth_sendRawTransaction"


@pytest.fixture(scope="module")
def idle(start_anvil):
    """A node that mines only when asked to."""
    return start_anvil("--no-mining")


def test_a_replaced_transaction_is_named(idle):
    payer = development_account(2)
    with connect("anvil", url=idle, timeout=0.5) as chain:
        with pytest.raises(TransactionPending) as caught:
            chain.sender.send(TransactionRequest(payer.address, b"", value=5), payer)
        lost = caught.value.transaction
        chain.rpc.request("anvil_dropTransaction", lost)
        with pytest.raises(TransactionDropped):
            chain.wait(lost, timeout=0.2)
        with pytest.raises(TransactionPending) as caught:
            chain.sender.send(TransactionRequest(payer.address, b"", value=6), payer)
        chain.rpc.request("evm_mine")
        assert chain.wait(caught.value.transaction, timeout=300).block_number
        with pytest.raises(TransactionReplaced) as replaced:
            chain.wait(lost, timeout=300)
        assert (replaced.value.address, replaced.value.nonce) == (payer.address, 0)


def test_a_transaction_that_nobody_knows_was_dropped(through):
    with pytest.raises(TransactionDropped):
        through.wait("0x" + "12" * 32, timeout=0.2)


def test_a_conflict_of_nonces_is_said_only_after_the_node_was_asked(idle, monkeypatch):
    payer = development_account(3)
    with connect("anvil", url=idle, timeout=0.5) as chain:
        with pytest.raises(TransactionPending):
            chain.sender.send(TransactionRequest(payer.address, b"", value=5), payer)
        monkeypatch.setattr(chain.sender._nonces, "_ask", lambda _: 0)
        asked = []
        ask = chain.rpc.attempt
        monkeypatch.setattr(chain.rpc, "attempt", lambda *a: (asked.append(a[0]), ask(*a))[1])
        with pytest.raises(NonceConflict):
            chain.sender.send(TransactionRequest(payer.address, b"", value=6), payer)
        assert asked[asked.index(SEND) :].count("eth_getTransactionByHash") >= 1
