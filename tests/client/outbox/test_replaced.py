"""The outbox: what is replaced at a higher price, withdrawn, dropped, or overtaken."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.support.killed import ACCOUNT, write, written
from tests.support.waiting import BOTH, left_open, mine, polled

import salus
from salus.chain import connect, development_account
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import (
    ActWithdrawn,
    InsufficientFunds,
    TransactionPending,
    TransactionReplaced,
)
from salus.errors import InputError
from salus.outbox import State
from salus.outbox.errors import EntryUnknown
from salus_verify.encoding import hex0x

back_ends = BOTH
ME = development_account(ACCOUNT)


def write_mined(client, value):
    client.chain.rpc.request("evm_setAutomine", True)
    try:
        write(client.chain, value)
    finally:
        client.chain.rpc.request("evm_setAutomine", False)


def test_a_dropped_transaction_is_handed_in_again(idle):
    entry = left_open(idle, b"dropped")
    idle.chain.rpc.request("anvil_dropTransaction", entry.transactions[0])
    assert [each.id for each in idle.outbox.resume()] == [entry.id]
    mine(idle)
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(b"dropped") == 1


def test_a_higher_price_replaces_and_never_doubles(idle):
    entry = left_open(idle, b"hastened")
    second = idle.outbox.hasten(entry.id)
    third = idle.outbox.hasten(entry.id)
    (entry,) = idle.outbox
    assert entry.transactions[1:] == (second, third)
    mine(idle)
    assert idle.chain.wait(third).hash == third
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(b"hastened") == 1


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_the_first_one_may_be_mined_all_the_same(idle, verb):
    value = f"{verb}, and the first was faster".encode()
    entry = left_open(idle, value)
    (first,) = idle.chain.sender.journal.left(entry.id).attempts
    second = getattr(idle.outbox, verb)(entry.id)
    idle.chain.rpc.request("anvil_dropTransaction", second)
    idle.chain.rpc.request("eth_sendRawTransaction", hex0x(first.signed.raw))
    mine(idle)
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(value) == 1
    assert list(idle.outbox) == []


def test_who_waits_for_what_was_hastened_gets_the_faster_one(idle, monkeypatch):
    entry = left_open(idle, b"waited for")
    idle.outbox.hasten(entry.id)
    mine(idle)
    write(idle.chain, b"waited for")
    assert written(idle.chain).count(b"waited for") == 1
    assert list(idle.outbox) == []


def test_a_withdrawn_act_never_happens(idle):
    entry = left_open(idle, b"withdrawn")
    idle.outbox.withdraw(entry.id)
    mine(idle)
    (entry,) = idle.outbox.resume()
    assert entry.state is State.WITHDRAWN
    assert b"withdrawn" not in written(idle.chain)
    with pytest.raises(EntryUnknown, match="withdrawn"):
        idle.outbox.hasten(entry.id)


def test_who_waits_for_a_withdrawn_act_is_told(idle):
    entry = left_open(idle, b"taken back")
    idle.outbox.withdraw(entry.id)
    mine(idle)
    with pytest.raises(ActWithdrawn):
        write(idle.chain, b"taken back")
    assert b"taken back" not in written(idle.chain)


def test_the_same_call_after_a_withdrawal_was_told_sends_it_anew(idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender.journal, "confirmations", 6)
    entry = left_open(idle, b"wanted after all")
    idle.outbox.withdraw(entry.id)
    mine(idle)
    with pytest.raises(ActWithdrawn, match="sends it anew"):
        write(idle.chain, b"wanted after all")
    write_mined(idle, b"wanted after all")
    assert written(idle.chain).count(b"wanted after all") == 1
    assert idle.outbox.alarms(older=3600) == []


def test_a_call_that_waits_while_its_act_is_withdrawn_is_told(idle, open_idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender._watcher, "_timeout", 30)
    other = open_idle()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write, idle.chain, b"taken back while waiting")
        entry = next(each for _ in polled() for each in other.outbox if each.live)
        other.outbox.withdraw(entry.id)
        mine(other)
        with pytest.raises(ActWithdrawn):
            waiting.result(timeout=60)
    assert b"taken back while waiting" not in written(idle.chain)
    write_mined(idle, b"taken back while waiting")
    assert written(idle.chain).count(b"taken back while waiting") == 1


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_who_replaces_an_act_twice_at_once_spoils_nothing(idle, open_idle, verb):
    entry = left_open(idle, verb.encode())
    start = Barrier(2)

    def replace(client):
        start.wait()
        return getattr(client.outbox, verb)(entry.id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(replace, [idle, open_idle()]))
    mine(idle)
    idle.outbox.resume()
    checked = idle.outbox.check()
    assert (checked.damage, checked.forged) == (None, {})
    assert all(each.state is State.WITHDRAWN for each in idle.outbox)


def test_the_first_hash_of_a_hastened_act_has_its_outcome(idle):
    entry = left_open(idle, b"asked for by its first hash")
    second = idle.outbox.hasten(entry.id)
    mine(idle)
    mined = idle.chain.wait(entry.transactions[0])
    assert mined.hash == second
    assert b"asked for by its first hash" in written(idle.chain)


def test_the_first_hash_of_a_withdrawn_act_was_replaced(idle):
    entry = left_open(idle, b"asked for after it was withdrawn")
    idle.outbox.withdraw(entry.id)
    mine(idle)
    with pytest.raises(TransactionReplaced):
        idle.chain.wait(entry.transactions[0])


def test_what_another_program_overtook_is_sent_anew(idle, idle_node):
    entry = left_open(idle, b"overtaken")
    idle.chain.rpc.request("anvil_dropTransaction", entry.transactions[0])
    url, other = idle_node["SALUS_RPC_URL"], TransactionRequest(ME.address, b"", value=1)
    with connect("anvil", url=url, timeout=0.1) as elsewhere, pytest.raises(TransactionPending):
        elsewhere.sender.send(other, ME)
    mine(idle)
    (entry,) = idle.outbox.resume()
    assert (entry.state, entry.live) == (State.SENT, False)
    mine(idle)
    assert idle.outbox.resume() == []
    assert written(idle.chain).count(b"overtaken") == 1


def test_only_the_account_that_signed_can_replace(idle, idle_node, tmp_path):
    entry = left_open(idle, b"mine")
    other = salus.connect("anvil", state=tmp_path, account=development_account(5))
    with other, pytest.raises(InputError, match="only that account"):
        other.outbox.withdraw(entry.id)
    mine(idle)
    assert idle.outbox.resume() == []


def test_a_replacement_that_is_refused_leaves_the_first_one_under_way(idle, monkeypatch):
    entry = left_open(idle, b"under way")
    posting = idle.chain.sender._posting
    refusal = InsufficientFunds(address=ME.address, balance=1)
    with monkeypatch.context() as refusing:
        refusing.setattr(posting, "post", lambda _: refusal)
        with pytest.raises(InsufficientFunds):
            idle.outbox.hasten(entry.id)
        with pytest.raises(InsufficientFunds):
            write(idle.chain, b"under way")
    (entry,) = idle.outbox
    assert entry.state is State.SENT
    mine(idle)
    write(idle.chain, b"under way")
    assert written(idle.chain).count(b"under way") == 1
    assert list(idle.outbox) == []


@pytest.fixture
def refused(idle, monkeypatch):
    """An act that the node lost, and whose replacement by a verb it refuses."""

    def make(verb):
        entry = left_open(idle, b"kept to after a refused " + verb.encode())
        refusal = InsufficientFunds(address=ME.address, balance=1)
        with monkeypatch.context() as refusing:
            refusing.setattr(idle.chain.sender._posting, "post", lambda _: refusal)
            with pytest.raises(InsufficientFunds):
                getattr(idle.outbox, verb)(entry.id)
        idle.chain.rpc.request("anvil_dropTransaction", entry.transactions[0])
        return entry

    return make


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_an_act_goes_on_as_it_was_where_its_replacement_was_refused(idle, refused, verb):
    entry = refused(verb)
    idle.outbox.resume()
    assert idle.chain.rpc.request("eth_getTransactionByHash", entry.transactions[0])
    mine(idle)
    assert idle.outbox.resume() == []
    assert b"kept to after a refused " + verb.encode() in written(idle.chain)


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_the_next_act_hands_in_what_the_node_took_and_not_what_it_refused(idle, refused, verb):
    entry = refused(verb)
    left_open(idle, b"next after a refused " + verb.encode())
    assert idle.chain.rpc.request("eth_getTransactionByHash", entry.transactions[0])
    mine(idle)
    assert idle.outbox.resume() == []


def test_what_was_refused_may_be_tried_again(idle, refused):
    entry = refused("withdraw")
    idle.outbox.resume()
    idle.outbox.withdraw(entry.id)
    mine(idle)
    assert [each.state for each in idle.outbox.resume()] == [State.WITHDRAWN]
    assert b"kept to after a refused withdraw" not in written(idle.chain)[-1:]


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_what_is_mined_meanwhile_is_said_to_be_mined(idle, monkeypatch, verb):
    early = left_open(idle, b"mined before " + verb.encode())
    mine(idle)
    with pytest.raises(EntryUnknown, match="is mined"):
        getattr(idle.outbox, verb)(early.id)
    idle.outbox.resume()
    late, posting = left_open(idle, b"mined during " + verb.encode()), idle.chain.sender._posting
    post = posting.post

    def post_late(one):
        mine(idle)
        return post(one)

    monkeypatch.setattr(posting, "post", post_late)
    with pytest.raises(EntryUnknown, match=late.transactions[0]):
        getattr(idle.outbox, verb)(late.id)


def test_a_withdrawal_has_the_gas_that_its_chain_asks_for(idle, monkeypatch):
    entry, attempt = left_open(idle, b"dear to withdraw"), idle.chain.rpc.attempt

    def dear(method, *params):
        answer = attempt(method, *params)
        return hex(int(answer, 16) + 4_000) if method == "eth_estimateGas" else answer

    with monkeypatch.context() as patch:
        patch.setattr(idle.chain.rpc, "attempt", dear)
        withdrawn = idle.outbox.withdraw(entry.id)
    found = idle.chain.rpc.request("eth_getTransactionByHash", withdrawn)
    assert int(found["gas"], 16) >= 25_000
    mine(idle)
    assert [each.state for each in idle.outbox.resume()] == [State.WITHDRAWN]
    assert idle.outbox.check().is_sound
