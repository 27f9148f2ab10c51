"""The outbox: what is closed, named, replaced, overtaken, and taken back by the chain."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from tests.support.killed import ACCOUNT, write, written

import salus
from salus.chain import connect, development_account
from salus.chain.errors import NodeRefused
from salus.chain.node.answers import RpcFailure
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import (
    InsufficientFunds,
    TransactionPending,
    TransactionRefused,
    TransactionReplaced,
)
from salus.contracts.identities import IdentityZeroOwner
from salus.errors import InputError
from salus.outbox import State
from salus.outbox.errors import EntryDiffers, EntryUnknown
from salus.outbox.file import OutboxFile
from salus.outbox.journal import OutboxJournal
from salus.outbox.opening import open_journal
from salus.primitives.errors import StorageFull
from salus.store.database import Database

ME = development_account(ACCOUNT)
NOBODY = "0x" + "0" * 40


def left_open(client, value):
    with pytest.raises(TransactionPending):
        write(client.chain, value)
    (entry,) = [each for each in client.outbox if each.state.is_open]
    return entry


def mine(client):
    client.chain.rpc.request("evm_mine")


def polled():
    """So many looks at what another thread is about to do."""
    for _ in range(600):
        yield
        sleep(0.05)


def write_mined(client, value):
    client.chain.rpc.request("evm_setAutomine", True)
    try:
        write(client.chain, value)
    finally:
        client.chain.rpc.request("evm_setAutomine", False)


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
            return RpcFailure("the pool is full")
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
    with pytest.raises(TransactionReplaced):
        write(idle.chain, b"taken back")
    assert b"taken back" not in written(idle.chain)


def test_a_call_that_waits_while_its_act_is_withdrawn_is_told(idle, open_idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender._watcher, "_timeout", 30)
    other = open_idle()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write, idle.chain, b"taken back while waiting")
        entry = next(each for _ in polled() for each in other.outbox if each.live)
        other.outbox.withdraw(entry.id)
        mine(other)
        with pytest.raises(TransactionReplaced):
            waiting.result(timeout=60)
    assert b"taken back while waiting" not in written(idle.chain)
    write_mined(idle, b"taken back while waiting")
    assert written(idle.chain).count(b"taken back while waiting") == 1


@pytest.mark.parametrize("verb", ["hasten", "withdraw"])
def test_who_replaces_an_act_twice_at_once_gets_the_same_transaction(idle, open_idle, verb):
    entry = left_open(idle, verb.encode())
    start = Barrier(2)

    def replace(client):
        start.wait()
        return getattr(client.outbox, verb)(entry.id)

    with ThreadPoolExecutor(2) as pool:
        hashes = list(pool.map(replace, [idle, open_idle()]))
    mine(idle)
    idle.outbox.resume()
    checked = idle.outbox.check()
    assert (checked.damage, checked.forged) == (None, {})
    assert len(set(hashes)) in (1, 2)  # the second may have seen the first, and bid more


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


def test_a_full_disk_stops_no_act(me, monkeypatch, caplog):
    def full(self, **options):
        if options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    monkeypatch.setattr(OutboxFile, "writing", full)
    write(me.chain, b"no room")
    assert b"no room" in written(me.chain)
    assert "without being written down" in caplog.text


def test_what_is_to_happen_once_waits_for_room(me, monkeypatch):
    def full(self, **options):
        if options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    with monkeypatch.context() as patch:
        patch.setattr(OutboxFile, "writing", full)
        with me.outbox.once("on a full disk"), pytest.raises(StorageFull):
            write(me.chain, b"once there is room")
    assert b"once there is room" not in written(me.chain)
    for _ in range(2):
        with me.outbox.once("on a full disk"):
            write(me.chain, b"once there is room")
    assert written(me.chain).count(b"once there is room") == 1


def test_an_outbox_in_memory_for_want_of_room_goes_back_to_the_disk(me, monkeypatch):
    def full(url, schema, **options):
        if url != "memory:":
            raise StorageFull(url)
        return opening(url, schema, **options)

    opening = Database.open
    with monkeypatch.context() as patch:
        patch.setattr(Database, "open", full)
        with me.outbox.once("while in memory"), pytest.raises(StorageFull):
            write(me.chain, b"back on the disk")
        write(me.chain, b"sent from memory")
    with me.outbox.once("while in memory"):
        write(me.chain, b"back on the disk")
    assert {b"back on the disk", b"sent from memory"} <= set(written(me.chain))
    assert [each.name for each in me.outbox] == ["while in memory/0"]


def test_a_disk_that_fills_up_in_the_middle_stops_no_act(me, monkeypatch, caplog):
    def full(self, **options):
        if not options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    with monkeypatch.context() as patch:
        patch.setattr(OutboxJournal, "find", lambda *_: {})
        patch.setattr(OutboxFile, "writing", full)
        write(me.chain, b"full in the middle")
    assert "is not written down" in caplog.text
    assert me.outbox.resume() == []
    assert written(me.chain).count(b"full in the middle") == 1


def test_an_outbox_that_cannot_be_opened_on_a_full_disk_stops_no_act(
    open_client, monkeypatch, caplog
):
    def full(url, schema, **options):
        if url.endswith("outbox.sqlite"):
            raise StorageFull(url)
        return opened(url, schema, **options)

    opened = Database.open
    monkeypatch.setattr(Database, "open", full)
    client = open_client()
    write(client.chain, b"nowhere")
    assert b"nowhere" in written(client.chain)
    assert "without being written down" in caplog.text


def test_a_client_without_a_place_has_nothing_once(node, monkeypatch, tmp_path):
    for name, value in node.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with salus.connect("anvil", account=ME) as client, pytest.raises(InputError, match="state="):
        client.outbox.once("day 1")


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
