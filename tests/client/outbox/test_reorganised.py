"""The outbox: what is mined, and taken back by the chain."""

import pytest
from tests.support.killed import ACCOUNT, write, written
from tests.support.waiting import BOTH, left_open, mine

from salus.chain import development_account
from salus.outbox import State

back_ends = BOTH
ME = development_account(ACCOUNT)


@pytest.fixture
def cautious(idle, monkeypatch):
    """A client that closes an act two blocks after its own."""
    monkeypatch.setattr(idle.chain.sender.journal, "confirmations", 2)
    return idle


def test_an_act_is_closed_when_it_is_deep_enough(cautious):
    left_open(cautious, b"deep")
    mine(cautious)
    (entry,) = cautious.outbox.resume()
    assert (entry.state, entry.block_number) == (State.MINED, cautious.chain.block().number)
    mine(cautious)
    (entry,) = cautious.outbox.resume()
    assert entry.state is State.MINED
    mine(cautious)
    assert cautious.outbox.resume() == []
    assert written(cautious.chain).count(b"deep") == 1


def test_what_the_chain_took_back_is_handed_in_again(cautious):
    rpc = cautious.chain.rpc
    before = rpc.request("evm_snapshot")
    left_open(cautious, b"taken back by the chain")
    mine(cautious)
    (entry,) = cautious.outbox.resume()
    assert entry.state is State.MINED
    rpc.request("evm_revert", before)
    assert b"taken back by the chain" not in written(cautious.chain)
    rpc.request("anvil_setNextBlockBaseFeePerGas", "0x1")  # another block than before
    mine(cautious)
    (entry,) = cautious.outbox.resume()
    assert entry.state is State.SENT
    for _ in range(3):
        mine(cautious)
        left = cautious.outbox.resume()
    assert left == []
    assert written(cautious.chain).count(b"taken back by the chain") == 1


def test_an_equal_act_after_one_whose_end_was_seen_is_another_act(me, monkeypatch):
    monkeypatch.setattr(me.chain.sender.journal, "confirmations", 12)
    for value in (b"first", b"second", b"first"):
        write(me.chain, value)
    assert written(me.chain)[-3:] == [b"first", b"second", b"first"]
    assert [entry.state for entry in me.outbox] == [State.MINED] * 3


def test_after_a_reorganisation_two_calls_are_two_acts(me, monkeypatch):
    monkeypatch.setattr(me.chain.sender.journal, "confirmations", 6)
    rpc = me.chain.rpc
    before = rpc.request("evm_snapshot")
    write(me.chain, b"seen")
    rpc.request("evm_revert", before)
    rpc.request("anvil_setNextBlockBaseFeePerGas", "0x1")  # another block than before
    for value in (b"in between", b"seen"):
        write(me.chain, value)
    assert written(me.chain)[-3:] == [b"seen", b"in between", b"seen"]
