"""Who can write an outbox: no act is answered by another's receipt, and none is signed.

Each test changes one thing in the file of a real act, as somebody else with that file would.
"""

import sqlite3
from contextlib import closing

import pytest
from eth_utils.crypto import keccak
from tests.support.databases import opened
from tests.support.killed import ACCOUNT, NAME, write, written
from tests.support.waiting import BOTH

import salus
from salus.chain import development_account
from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.chain.sending.errors import TransactionPending, TransactionUnknown
from salus.outbox import State
from salus.outbox.errors import OutboxForged
from salus.outbox.postgres_outbox import numbered
from salus.outbox.rows import content_of
from salus_verify.encoding import hex0x

back_ends = BOTH
ME, OTHER = development_account(ACCOUNT), development_account(ACCOUNT + 1)
VALUE = b"the act itself"
ATTEMPT = "INSERT INTO attempts (hash, entry, raw, withdraws, refused)"


@pytest.fixture
def entry(idle):
    """An act that the node has, and has not mined; its call is over."""
    with pytest.raises(TransactionPending):
        write(idle.chain, VALUE)
    (found,) = idle.outbox
    yield found
    idle.chain.rpc.request("evm_mine")


def changing(folder, outbox):
    """Return what writes into a file, or a database, behind a client's back."""

    def run(sql, *values):
        if outbox:
            with closing(opened(outbox)) as db:
                db.execute("SET search_path = salus_outbox")
                db.fetch(numbered(sql), *values)
            return
        with sqlite3.connect(folder / "outbox.sqlite", timeout=30) as db:
            db.execute(sql, values)
        db.close()

    return run


@pytest.fixture
def change(idle, tmp_path, outbox):
    return changing(tmp_path, outbox)


@pytest.fixture
def change_mine(me, state, outbox):
    return changing(state, outbox)


def signed(entry, account=ME, *, chain_id=31337, **other):
    """Sign what the entry is, or something like it."""
    changed = {"to": entry.to, "data": entry.data, "value": 0, "nonce": entry.nonce}
    changed |= {"gas": entry.gas, **other}
    request = TransactionRequest(changed["to"], changed["data"], value=changed["value"])
    return SignedTransaction.made(
        request,
        account,
        nonce=changed["nonce"],
        gas=changed["gas"],
        prices={"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1},
        chain_id=chain_id,
    )


def require_refused(me, entry, *, says):
    """Neither the act, nor another of the account, nor a replacement is sent; all say why."""
    before = me.chain.sender.posted
    for act in (
        lambda: write(me.chain, VALUE),
        lambda: write(me.chain, b"another act"),
        lambda: me.outbox.hasten(entry.id),
        lambda: me.outbox.withdraw(entry.id),
        me.outbox.resume,
        lambda: list(me.outbox),
    ):
        with pytest.raises(OutboxForged, match=says) as refused:
            act()
        assert refused.value.entry == entry.id
    assert me.chain.sender.posted == before
    assert list(me.outbox.check().forged) == [entry.id]


FORGED = {
    "content": b"c" * 32,
    "target": "0x" + "22" * 20,
    "data": b"\x01\x02",
    "value": "7",
    "gas": 21_000,
    "state": "never heard of",
    "holder": "../../elsewhere",
    "begun": 9e300,
}


@pytest.mark.parametrize("column", FORGED)
def test_a_forged_column_is_refused(idle, entry, change, column):
    change(f"UPDATE entries SET {column} = ?", FORGED[column])  # noqa: S608
    if column == "state":  # it is open no more, so that it stands in nobody's way
        assert list(idle.outbox.check().forged) == [entry.id]
        with pytest.raises(OutboxForged):
            list(idle.outbox)
    else:
        require_refused(idle, entry, says="not what was signed")


def test_a_target_and_data_with_a_content_that_fits_are_refused(idle, entry, change):
    request = TransactionRequest(entry.to, b"\x01\x02")
    sql = "UPDATE entries SET data = ?, content = ?"
    change(sql, request.data, content_of(request))
    require_refused(idle, entry, says="another data")


def test_a_nonce_ahead_leaves_no_gap(idle, entry, change):
    change("UPDATE entries SET nonce = nonce + 1")
    require_refused(idle, entry, says="another nonce")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda entry: signed(entry, data=b"\x01\x02"), "another data"),
        (lambda entry: signed(entry, to=OTHER.address), "another to"),
        (lambda entry: signed(entry, value=1), "another value"),
        (lambda entry: signed(entry, nonce=entry.nonce + 1), "another nonce"),
        (lambda entry: signed(entry, gas=entry.gas + 1), "another gas"),
        (lambda entry: signed(entry, chain_id=1), "another chainId"),
        (lambda entry: signed(entry, OTHER), "signed the transaction"),
    ],
)
def test_a_swapped_transaction_is_refused(idle, entry, change, made, says):
    forged = made(entry)
    change("UPDATE attempts SET raw = ?, hash = ?", forged.raw, forged.transaction)
    require_refused(idle, entry, says=says)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xc0", b"\xc0", bytes(100)])
def test_bytes_that_are_no_transaction_are_refused(idle, entry, change, raw):
    change("UPDATE attempts SET raw = ?, hash = ?", raw, hex0x(keccak(raw)))
    require_refused(idle, entry, says="it made no transaction")


def test_a_swapped_hash_is_refused(idle, entry, change):
    write_elsewhere = signed(entry, data=b"\x01\x02").transaction
    change("UPDATE attempts SET hash = ?", write_elsewhere)
    require_refused(idle, entry, says="another hash")


def test_an_act_that_is_said_to_be_a_withdrawal_is_refused(idle, entry, change):
    change("UPDATE attempts SET withdraws = 1")
    require_refused(idle, entry, says="nothing that was signed for it does it")


def test_a_withdrawal_that_does_something_is_refused(idle, entry, change):
    second = signed(entry, data=b"\x01\x02", gas=21_000)
    sql = f"{ATTEMPT} VALUES (?, ?, ?, 1, 0)"
    change(sql, second.transaction, entry.id, second.raw)
    require_refused(idle, entry, says="another to, data")


def test_what_another_account_did_is_no_answer(idle, entry, change):
    change("UPDATE entries SET account = ?", OTHER.address)
    assert list(idle.outbox.check().forged) == [entry.id]
    with pytest.raises(OutboxForged, match="signed the transaction"):
        idle.outbox.resume()


def test_an_act_of_another_chain_is_no_answer(idle, entry, change):
    change("UPDATE entries SET chain = '1:0011223344556677'")
    assert list(idle.outbox) == []
    assert list(idle.outbox.check().forged) == [entry.id]


def test_the_receipt_of_another_act_is_no_answer(me, change_mine):
    """Somebody binds the call that is about to be made to a transaction that was mined before."""
    write(me.chain, b"before")
    first = me.chain.contract("IdentityRegistry")
    request = first.prepare("setAttribute", ME.identity, NAME, VALUE, 3600).request
    mined = me.chain.rpc.request("eth_getBlockByNumber", "latest", True)["transactions"][0]
    list(me.outbox)
    change_mine(
        "INSERT INTO entries (id, chain, account, nonce, name, content, target, data, value,"
        " gas, state, begun, changed) VALUES (1, ?, ?, ?, '', ?, ?, ?, '0', ?, 'sent', 1, 1)",
        *(me.chain.sender.journal.chain, ME.address, int(mined["nonce"], 16)),
        *(content_of(request), request.to, request.data, int(mined["gas"], 16)),
    )
    change_mine(f"{ATTEMPT} VALUES (?, 1, ?, 0, 0)", mined["hash"], b"\x02")
    with pytest.raises(OutboxForged):
        write(me.chain, VALUE)
    assert VALUE not in written(me.chain)


def test_a_name_is_no_answer_to_another_account(open_client, me):
    with me.outbox.once("the name"):
        write(me.chain, VALUE)
    other = open_client(ACCOUNT + 1)
    registry = other.chain.contract("IdentityRegistry")
    call = registry.prepare("setAttribute", OTHER.identity, NAME, VALUE, 3600)
    with other.outbox.once("the name"), pytest.raises(Exception, match="stands for another act"):
        other.chain.send_many([call], account=OTHER)


SAID = ["mined", "done", "failed", "withdrawn", "overtaken"]


@pytest.mark.parametrize("said", SAID)
def test_what_is_said_to_have_ended_and_waits_is_not_believed(idle, change, said):
    name = f"waits, said to be {said}"
    value = name.encode()

    def call():
        with idle.outbox.once(name):
            write(idle.chain, value)

    with pytest.raises(TransactionPending):
        call()
    block = idle.chain.block()
    change(
        "UPDATE entries SET state = ?, block = ?, block_hash = ?, succeeded = 1,"
        " mined = (SELECT hash FROM attempts WHERE entry = id) WHERE name = ?",
        *(said, block.number, block.hash, f"{name}/0"),
    )
    idle.outbox.resume()
    assert [each.state for each in idle.outbox if each.name == f"{name}/0"] != [State.DONE] or (
        said == "done"
    )
    with pytest.raises((TransactionPending, TransactionUnknown)):
        call()
    assert value not in written(idle.chain)
    idle.chain.rpc.request("evm_mine")
    call()
    assert written(idle.chain).count(value) == 1


@pytest.mark.parametrize("said", [*SAID, "refused", "sent"])
def test_what_happened_is_not_done_again_whatever_is_said(me, change_mine, said):
    name = f"happened, said to be {said}"
    value = name.encode()
    for _ in range(2):
        with me.outbox.once(name):
            write(me.chain, value)
        change_mine("UPDATE entries SET state = ? WHERE name = ?", said, f"{name}/0")
    with me.outbox.once(name):
        write(me.chain, value)
    assert written(me.chain).count(value) == 1


def test_an_act_whose_receipt_is_gone_is_not_done_again(me, monkeypatch):
    with me.outbox.once("pruned"):
        write(me.chain, b"pruned")
    monkeypatch.setattr(me.chain.sender._watcher, "look", lambda _: None)
    with me.outbox.once("pruned"), pytest.raises(TransactionUnknown, match="receipt is gone"):
        write(me.chain, b"pruned")


@pytest.mark.parametrize("turn", [-5, 2**62, 2**63 - 1])
def test_a_forged_count_of_turns_stops_nothing(me, change_mine, turn):
    write(me.chain, b"first turn")
    change_mine("UPDATE turns SET taken = ?", turn)
    write(me.chain, b"turn %d" % turn)
    assert written(me.chain).count(b"turn %d" % turn) == 1


def test_a_forged_number_stops_nothing(idle, entry, change, outbox):
    if outbox:
        change("ALTER TABLE attempts DROP CONSTRAINT attempts_entry_fkey")
    else:
        change("PRAGMA foreign_keys = OFF")
    change("UPDATE entries SET id = ?", 2**63 - 1)
    change("UPDATE attempts SET entry = ?", 2**63 - 1)
    with pytest.raises(TransactionPending):
        write(idle.chain, b"after a large number")


def test_a_forged_row_of_another_account_stops_nobody_else(idle, monkeypatch, change, tmp_path):
    monkeypatch.setattr(idle.chain.sender.journal, "confirmations", 6)
    idle.chain.rpc.request("evm_setAutomine", True)
    try:
        with salus.connect("anvil", state=tmp_path, account=OTHER) as other:
            monkeypatch.setattr(other.chain.sender.journal, "confirmations", 6)
            write(other.chain, b"another's", OTHER)
            change("UPDATE entries SET gas = gas + 1 WHERE account = ?", OTHER.address)
            write(idle.chain, b"beside a forged one")
            with pytest.raises(OutboxForged):
                write(other.chain, b"another's next", OTHER)
    finally:
        idle.chain.rpc.request("evm_setAutomine", False)
    assert b"beside a forged one" in written(idle.chain)
