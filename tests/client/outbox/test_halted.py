"""A chain that halts, as consortium chains do: acts wait, nothing is repaired, then it goes on."""

from __future__ import annotations

import time

import pytest
from tests.support.killed import ACCOUNT, NAME, write, written
from tests.support.waiting import BOTH, left_open, mine

from salus import Salus
from salus.chain import development_account
from salus.errors import SalusError
from salus.outbox import State

back_ends = BOTH
ME = development_account(ACCOUNT)
ALARM = 600


def at_rest(me: Salus) -> int:
    """Seconds since the last block."""
    return int(time.time()) - me.chain.block().timestamp


def test_acts_wait_while_it_rests_and_happen_once_when_it_goes_on(idle: Salus) -> None:
    mine(idle)
    height = idle.chain.block().number
    entry = left_open(idle, b"while it rests")
    before = idle.chain.sender.posted
    for _ in range(3):
        assert [each.id for each in idle.outbox.resume()] == [entry.id]
        with pytest.raises(SalusError):
            write(idle.chain, b"while it rests")  # the same act: it is taken up, and waits
    assert idle.chain.block().number == height
    (waiting,) = idle.outbox
    assert (waiting.id, waiting.state) == (entry.id, State.SENT)
    assert waiting.transactions == entry.transactions, "nothing was replaced"
    assert idle.chain.sender.posted > before, "it was handed in again, and is known"
    assert idle.outbox.alarms(older=0) == [waiting]
    assert idle.outbox.alarms(older=ALARM) == []
    mine(idle)
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(b"while it rests") == 1
    assert idle.chain.block().number == height + 1


def test_many_acts_wait_in_their_order(idle: Salus) -> None:
    registry = idle.chain.contract("IdentityRegistry")
    values = [b"waits %d" % number for number in range(5)]
    calls = [registry.prepare("setAttribute", ME.identity, NAME, each, 60) for each in values]
    outcomes = idle.chain.sender.send_many([each.request for each in calls], ME)
    assert all(isinstance(each, SalusError) for each in outcomes)
    left = [each.id for each in idle.outbox.resume()]
    assert [each.id for each in idle.outbox] == left
    mine(idle)
    assert idle.outbox.resume() == []
    assert [each for each in written(idle.chain) if each in values] == values
