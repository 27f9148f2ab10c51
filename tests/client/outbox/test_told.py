"""Who was told an act's end has seen it, numbers are given once, and looking changes nothing."""

from __future__ import annotations

import fcntl
import os

import pytest
from tests.support.killed import ACCOUNT, write, written
from tests.support.waiting import left_open, mine

from salus.chain import development_account
from salus.chain.sending.errors import TransactionPending
from salus.errors import ContractError
from salus.outbox.errors import OutboxUnavailable
from salus.outbox.holders import Holders

ME = development_account(ACCOUNT)


def test_an_equal_act_after_a_wait_by_hash_is_another_one(idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender.journal, "confirmations", 6)
    entry = left_open(idle, b"waited for by its hash")
    mine(idle)
    idle.chain.wait(entry.transactions[0])
    with pytest.raises(TransactionPending):
        write(idle.chain, b"waited for by its hash")
    mine(idle)
    assert written(idle.chain).count(b"waited for by its hash") == 2


def test_a_call_that_failed_is_sent_again_once_it_was_told(me, monkeypatch):
    monkeypatch.setattr(me.chain.sender.journal, "confirmations", 6)
    registry = me.chain.contract("IdentityRegistry")
    request = registry.prepare("changeOwner", ME.identity, "0x" + "0" * 40, gas=120_000).request
    posted = []
    for _ in range(2):
        before = me.chain.sender.posted
        with pytest.raises(ContractError):
            me.chain.sender.send(request, ME)
        posted.append(me.chain.sender.posted - before)
    assert posted == [1, 1]


def test_a_number_is_never_given_again(idle):
    first = left_open(idle, b"done and forgotten")
    mine(idle)
    assert idle.outbox.resume() == []
    second = left_open(idle, b"another act")
    assert second.id > first.id
    mine(idle)
    idle.outbox.resume()


def test_an_outbox_is_not_put_aside_under_a_call_that_wrote_its_row_a_moment_ago(me, monkeypatch):
    write(me.chain, b"before")
    journal = me.chain.sender.journal
    let_go = journal.file.let_go
    monkeypatch.setattr(
        journal.file, "let_go", lambda: (let_go(), journal.under_way.add(7, ["0x7"]))
    )
    with pytest.raises(OutboxUnavailable, match="under way"):
        me.outbox.put_aside()
    assert journal.file.file.exists()
    journal.under_way.remove(7)


def test_a_process_that_ended_does_not_live_while_another_looks_at_it(tmp_path):
    file = tmp_path / "outbox.sqlite"
    ended = tmp_path / "outbox.sqlite.0123456789abcdef.lock"
    ended.touch()
    with ended.open("r+b") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not Holders(file).lives("0123456789abcdef")
    living = tmp_path / "outbox.sqlite.fedcba9876543210.lock"
    descriptor = os.open(living, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert Holders(file).lives("fedcba9876543210")
    os.close(descriptor)
