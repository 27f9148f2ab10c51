"""The outbox: what is closed, refused, equal, named, and late."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.support.killed import ACCOUNT, write, written
from tests.support.waiting import BOTH, left_open, mine

import salus
from salus.chain import SoftwarePasskey, development_account
from salus.chain.errors import NodeRefused
from salus.chain.node.answers import RpcFailure
from salus.chain.sending.errors import (
    InsufficientFunds,
    TransactionPending,
    TransactionRefused,
)
from salus.contracts.identities.errors import IdentityZeroOwner
from salus.errors import InputError
from salus.outbox import State
from salus.outbox.errors import EntryDiffers
from salus.outbox.opening import open_journal

back_ends = BOTH
ME = development_account(ACCOUNT)
NOBODY = "0x" + "0" * 40


def test_an_act_that_is_done_leaves_nothing_behind(me):
    write(me.chain, b"done")
    assert list(me.outbox) == []


def test_a_refusal_before_anything_is_sent_leaves_nothing_behind(me):
    registry = me.chain.contract("IdentityRegistry")
    with pytest.raises(IdentityZeroOwner):
        registry.send("changeOwner", ME.identity, NOBODY, account=ME)
    assert list(me.outbox) == []


def test_what_is_mined_and_fails_is_kept_until_it_is_forgotten(me):
    registry = me.chain.contract("IdentityRegistry")
    with pytest.raises(IdentityZeroOwner):
        registry.send("changeOwner", ME.identity, NOBODY, account=ME, gas=200_000)
    (entry,) = me.outbox
    assert (entry.state, entry.live) == (State.FAILED, False)
    assert entry.error is not None
    assert me.outbox.alarms(older=3600) == [entry]
    me.outbox.forget(entry.id)
    assert list(me.outbox) == []


def test_what_a_node_refused_is_sent_again_with_the_same_bytes(idle, monkeypatch):
    attempt = idle.chain.rpc.attempt

    def refusing(method, *params):
        if method == "eth_sendRawTransaction":
            return RpcFailure("not on the list of senders")
        return attempt(method, *params)

    with monkeypatch.context() as patch:
        patch.setattr(idle.chain.rpc, "attempt", refusing)
        with pytest.raises(TransactionRefused):
            write(idle.chain, b"refused")
    (entry,) = idle.outbox
    assert (entry.state, entry.live) == (State.REFUSED, False)
    assert left_open(idle, b"refused").transactions == entry.transactions
    mine(idle)
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(b"refused") == 1


def test_equal_acts_of_live_calls_are_several_acts(open_client):
    clients = [open_client() for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: write(clients[i % 3].chain, b"equal"), range(12)))
    assert written(clients[0].chain).count(b"equal") == 12
    assert list(clients[0].outbox) == []


def test_many_at_once_are_written_down_and_closed(me):
    registry = me.chain.contract("IdentityRegistry")
    name = b"did/svc/Inbox".ljust(32, b"\0")
    calls = [
        registry.prepare("setAttribute", ME.identity, name, b"many %d" % i, 60) for i in range(12)
    ]
    with me.outbox.once("many"):
        first = me.chain.send_many(calls, account=ME)
    with me.outbox.once("many"):
        again = me.chain.send_many(calls, account=ME)
    assert [each.hash for each in again] == [each.hash for each in first]
    assert [each for each in written(me.chain) if each.startswith(b"many")] == [
        b"many %d" % i for i in range(12)
    ]


def test_another_act_under_a_used_name_is_refused(me):
    with me.outbox.once("invoice 7"):
        write(me.chain, b"seven")
    with me.outbox.once("invoice 7"), pytest.raises(EntryDiffers):
        write(me.chain, b"eight")
    assert b"eight" not in written(me.chain)
    (entry,) = me.outbox
    me.outbox.forget(entry.id)
    with me.outbox.once("invoice 7"):
        write(me.chain, b"eight")
    assert b"eight" in written(me.chain)


def test_a_name_outlives_the_client(open_client, me):
    with me.outbox.once("day 1"):
        write(me.chain, b"day")
    with open_client().outbox.once("day 1"):
        write(me.chain, b"day")
    assert written(me.chain).count(b"day") == 1


def test_an_act_that_was_not_mined_in_time_is_not_sent_again(idle):
    left_open(idle, b"late")
    with pytest.raises(TransactionPending):
        write(idle.chain, b"late")
    (entry,) = idle.outbox
    assert entry.error is not None
    mine(idle)
    write(idle.chain, b"late")
    assert written(idle.chain).count(b"late") == 1
    assert list(idle.outbox) == []


def test_a_client_without_a_place_has_nothing_once(node, monkeypatch, tmp_path):
    for name, value in node.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with salus.connect("anvil", account=ME) as client, pytest.raises(InputError, match="state="):
        client.outbox.once("day 1")


def test_a_node_without_its_first_block_names_a_public_chain_as_every_other(idle, monkeypatch):
    asked = idle.chain.rpc.request
    monkeypatch.setattr(idle.chain, "is_local", False)
    named = open_journal(idle.chain, "memory:", confirmations=0).chain

    def pruned(method, *params):
        if method == "eth_getBlockByNumber" and params[0] == "0x0":
            raise NodeRefused(url="pruned", reason="4444: pruned history unavailable")
        return asked(method, *params)

    monkeypatch.setattr(idle.chain.rpc, "request", pruned)
    assert open_journal(idle.chain, "memory:", confirmations=0).chain == named


@pytest.mark.parametrize("confirmations", [0, 6])
def test_what_was_refused_and_mined_all_the_same_is_not_done_again(me, monkeypatch, confirmations):
    monkeypatch.setattr(me.chain.sender.journal, "confirmations", confirmations)
    value, posting = b"refused, and mined: %d" % confirmations, me.chain.sender._posting
    post, refusal = posting.post, InsufficientFunds(address=ME.address, balance=1)
    with monkeypatch.context() as odd:
        odd.setattr(posting, "post", lambda one: (post(one), refusal)[1])
        with pytest.raises(InsufficientFunds):
            write(me.chain, value)
    assert [entry.state for entry in me.outbox] == [State.REFUSED]
    write(me.chain, value)
    assert written(me.chain).count(value) == 1
    assert [entry.state for entry in me.outbox] == [State.MINED] * bool(confirmations)
    write(me.chain, value)
    assert written(me.chain).count(value) == 2


def test_an_act_that_was_waited_for_twice_is_done_and_the_next_is_another(idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender.journal, "confirmations", 6)
    left_open(idle, b"waited for twice")
    mine(idle)
    write(idle.chain, b"waited for twice")
    with pytest.raises(TransactionPending):
        write(idle.chain, b"waited for twice")
    mine(idle)
    assert written(idle.chain).count(b"waited for twice") == 2


def test_what_was_refused_is_forgotten_when_it_is_sent_anew(me, monkeypatch):
    refusal = InsufficientFunds(address=ME.address, balance=1)
    with monkeypatch.context() as refusing:
        refusing.setattr(me.chain.sender._posting, "post", lambda _: refusal)
        for _ in range(2):
            with pytest.raises(InsufficientFunds):
                write(me.chain, b"refused at first")
    assert [entry.state for entry in me.outbox] == [State.REFUSED]
    write(me.chain, b"refused at first")
    assert list(me.outbox) == []
    assert written(me.chain).count(b"refused at first") == 1


def test_what_a_passkey_signed_is_kept_and_done_once(me):
    patient = me.passkey(SoftwarePasskey.create())
    consent = me.consents.propose(patient, me, salus.Terms.permit("TREAT"))
    signed = me.consents.sign(consent, by=patient)
    ended = me.consents.revocations.sign(patient.identity, consent.id, by=patient)
    done = []
    for _ in range(2):
        with me.outbox.once("granted"):
            done.append(me.consents.register(signed).hash)
        with me.outbox.once("ended"):
            done.append(me.consents.revocations.submit(ended).hash)
    assert done[:2] == done[2:]
    again = me.consents.propose(patient, me, salus.Terms.permit("TREAT"))
    with me.outbox.once("by passkey"):
        me.consents.grant(again, by=patient)
    with me.outbox.once("by passkey"), pytest.raises(EntryDiffers, match=r"consents\.register"):
        me.consents.grant(again, by=patient)
