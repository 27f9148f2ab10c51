"""Many transactions at once: over several connections, and read back by block."""

import pytest

from salus.chain import connect, deploy, development_account
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import BatchIncomplete

NAME = b"did/svc/Inbox".ljust(32, b"\0")
MANY = 600
RECEIPT, RECEIPTS = "eth_getTransactionReceipt", "eth_getBlockReceipts"


@pytest.fixture(scope="module")
def steady(start_anvil):
    """A chain whose node keeps transactions waiting, and mines them each second."""
    with connect("anvil", url=start_anvil("--block-time", "1", "--gas-limit", "300000000")) as it:
        deploy(it, development_account(9), path=None)
        yield it


def calls(chain, account, count):
    registry = chain.contract("IdentityRegistry")
    return [
        registry.prepare("setAttribute", account.identity, NAME, b"%d" % i, 3600, gas=120_000)
        for i in range(count)
    ]


def asked_of(chain, monkeypatch):
    asked, attempt = [], chain.rpc.attempt
    monkeypatch.setattr(chain.rpc, "attempt", lambda *a: (asked.append(a[0]), attempt(*a))[1])
    return asked


def test_hundreds_are_mined_in_order_and_read_back_by_block(steady, monkeypatch):
    account = development_account(1)
    asked = asked_of(steady, monkeypatch)
    sent = steady.send_many(calls(steady, account, MANY), account=account)
    assert [each.events[0].value for each in sent] == [b"%d" % i for i in range(MANY)]
    assert asked.count(RECEIPTS) >= 1
    assert RECEIPT not in asked


def test_a_node_without_receipts_by_block_is_asked_for_each(steady, monkeypatch):
    account, attempt = development_account(2), steady.rpc.attempt

    def attempted(method, *params):
        return attempt("eth_noSuchMethod" if method == RECEIPTS else method, *params)

    monkeypatch.setattr(steady.rpc, "attempt", attempted)
    sent = steady.send_many(calls(steady, account, 20), account=account)
    assert [each.events[0].value for each in sent] == [b"%d" % i for i in range(20)]


def test_a_node_that_is_silent_about_blocks_is_asked_for_each(steady, monkeypatch):
    account, attempt = development_account(3), steady.rpc.attempt

    def attempted(method, *params):
        if method == RECEIPTS:
            raise ChainUnreachable(url=steady.rpc.url, reason="connection refused")
        return attempt(method, *params)

    monkeypatch.setattr(steady.rpc, "attempt", attempted)
    assert len(steady.send_many(calls(steady, account, 20), account=account)) == 20


def test_one_that_reverts_is_named_among_many(steady):
    account = development_account(4)
    many = calls(steady, account, 20)
    many[7] = steady.contract("IdentityRegistry").prepare(
        "changeOwner", account.identity, "0x" + "0" * 40, gas=120_000
    )
    with pytest.raises(BatchIncomplete) as caught:
        steady.send_many(many, account=account)
    failed = [i for i, each in enumerate(caught.value.outcomes) if isinstance(each, Exception)]
    assert failed == [7]


def test_after_a_node_was_silent_about_many_the_account_goes_on(steady, monkeypatch):
    """Its nonces count as under way no longer, though none of their ends was seen."""
    account, attempt = development_account(5), steady.rpc.attempt
    silent = {RECEIPT, RECEIPTS, "eth_blockNumber", "eth_getTransactionByHash"}

    def attempted(method, *params):
        if method in silent and posted:
            raise ChainUnreachable(url=steady.rpc.url, reason="no answer")
        return attempt(method, *params)

    posted, post = [], steady.sender.pipeline.post
    with monkeypatch.context() as patch:
        patch.setattr(steady.rpc, "attempt", attempted)
        patch.setattr(
            steady.sender.pipeline, "post", lambda *a, **b: (post(*a, **b), posted.append(1))[0]
        )
        with pytest.raises(BatchIncomplete):
            steady.send_many(calls(steady, account, 9), account=account)
    assert steady.sender._nonces._pending[account.address] == 0
    assert len(steady.send_many(calls(steady, account, 2), account=account)) == 2
