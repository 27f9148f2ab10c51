"""The outbox: calls of one name at one moment, and what fails while an act is waited for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.support.killed import ACCOUNT, NAME, write, written
from tests.support.waiting import mine, polled

from salus.chain import development_account
from salus.chain.sending.errors import TransactionUnknown
from salus.outbox.errors import OutboxUnavailable

ME = development_account(ACCOUNT)


def test_calls_of_one_name_at_one_moment_have_one_act(open_client):
    clients = [open_client(), open_client()]
    start = Barrier(4)

    def write_once(client):
        start.wait()
        with client.outbox.once("the same moment"):
            return write(client.chain, b"at one moment")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_once, clients * 2))
    assert written(clients[0].chain).count(b"at one moment") == 1


@pytest.mark.parametrize("others", [1, 12])
def test_who_meets_a_name_that_was_bound_meanwhile_has_that_acts_outcome(
    open_client, me, monkeypatch, others
):
    registry = me.chain.contract("IdentityRegistry")
    values = [b"met %d of %d" % (i, others) for i in range(others)]
    calls = [registry.prepare("setAttribute", ME.identity, NAME, each, 60) for each in values]
    journal, other = me.chain.sender.journal, open_client()
    look = journal.find

    def find(requests, sender):
        found = look(requests, sender)
        monkeypatch.setattr(journal, "find", look)
        with other.outbox.once(f"met by {others}"):
            other.chain.send_many(calls, account=ME)
        return found

    monkeypatch.setattr(journal, "find", find)
    with me.outbox.once(f"met by {others}"):
        sent = me.chain.send_many(calls, account=ME)
    assert len(sent) == others
    assert [each for each in written(me.chain) if each in values] == values
    assert me.outbox.check().is_sound


def test_a_file_that_is_lost_while_an_act_is_waited_for_hides_no_outcome(
    me, open_client, monkeypatch, caplog
):
    post, file = me.chain.sender._posting.post, me.chain.sender.journal.file.file

    def lose(one):
        problem = post(one)
        file.rename(file.with_name("lost"))
        return problem

    with monkeypatch.context() as losing:
        losing.setattr(me.chain.sender._posting, "post", lose)
        write(me.chain, b"its note is lost")
    assert written(me.chain).count(b"its note is lost") == 1
    assert "not written down" in caplog.text
    with pytest.raises(OutboxUnavailable, match="connect anew"):
        write(me.chain, b"no note, no act")
    assert b"no note, no act" not in written(me.chain)


def test_a_client_that_is_closed_while_it_waits_has_its_outcome(me, monkeypatch):
    post = me.chain.sender._posting.post

    def close(one):
        problem = post(one)
        me.chain.sender.journal.close()
        return problem

    monkeypatch.setattr(me.chain.sender._posting, "post", close)
    write(me.chain, b"closed meanwhile")
    assert written(me.chain).count(b"closed meanwhile") == 1
    with pytest.raises(OutboxUnavailable) as closed:
        list(me.outbox)
    assert str(closed.value).endswith("it was closed: connect anew")


def test_who_waits_and_cannot_learn_what_replaced_an_act_is_told_not_to_send_again(
    idle, open_idle, monkeypatch
):
    monkeypatch.setattr(idle.chain.sender._watcher, "_timeout", 30)
    other = open_idle()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write, idle.chain, b"replaced and unreadable")
        entry = next(each for _ in polled() for each in other.outbox if each.live)
        idle.chain.sender.journal.file.close()
        other.outbox.hasten(entry.id)
        mine(other)
        with pytest.raises(TransactionUnknown):
            waiting.result(timeout=60)
    other.outbox.resume()
    assert written(other.chain).count(b"replaced and unreadable") == 1
