"""Nodes that keep few transactions of one account: what has no room waits, and leaves once."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from tests.support.killed import ACCOUNT, NAME, write, written
from tests.support.waiting import BOTH

import salus
from salus.chain import connect, development_account
from salus.chain.sending.errors import BatchIncomplete, NodeFull
from salus.outbox import State
from salus.testing import LyingNode

back_ends = BOTH
ME = development_account(ACCOUNT)
SEND = "eth_sendRawTransaction"
WORDS = [
    "txpool is full",
    "Transaction nonce is too distant from current sender nonce",
    "Nonce too high. Expected nonce to be 4 but got 9",
    "in-flight transaction limit reached for delegated accounts",
]


class Room:
    """Takes so many transactions of the account at a time."""

    def __init__(self, rpc, *, most, says=WORDS[0]):
        self._rpc, self._most, self._says = rpc, most, says
        self.asked = self.refused = 0

    def _nonce(self, block):
        return int(self._rpc.request("eth_getTransactionCount", ME.address, block), 16)

    def __call__(self, ask):
        """Take one, or say that there is no room."""
        self.asked += 1
        if self._nonce("pending") - self._nonce("latest") < self._most:
            return ask()
        self.refused += 1
        error = {"code": -32000, "message": self._says}
        return {"jsonrpc": "2.0", "id": 0, "error": error}


@pytest.fixture
def door(idle_node, tmp_path, monkeypatch):
    """A door in front of a node that mines when asked to."""
    for name, value in idle_node.items():
        monkeypatch.setenv(name, value)
    with connect("anvil", url=idle_node["SALUS_RPC_URL"]) as chain, LyingNode(chain.rpc) as node:
        monkeypatch.setenv("SALUS_RPC_URL", node.url)
        yield node, chain.rpc
        chain.rpc.request("evm_mine")


@contextmanager
def mining(rpc, room):
    """Have a block come when the node is full, or nothing is sent to it."""
    end = threading.Event()

    def run():
        asked = refused = -1
        while not end.wait(0.1):
            if room.refused > refused or room.asked == asked:
                rpc.request("evm_mine")
            asked, refused = room.asked, room.refused

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@pytest.fixture
def client(door, tmp_path):
    with salus.connect("anvil", state=tmp_path, account=ME, timeout=60) as one:
        yield one


def calls(client, values):
    registry = client.chain.contract("IdentityRegistry")
    return [registry.prepare("setAttribute", ME.identity, NAME, each, 3600) for each in values]


@pytest.mark.parametrize("says", WORDS)
def test_many_leave_as_room_comes(door, client, says):
    node, rpc = door
    values = [f"{says} {place}".encode() for place in range(40)]
    prepared = calls(client, values)
    room = Room(rpc, most=4, says=says)
    node.lie(SEND, room)
    with mining(rpc, room):
        client.chain.send_many(prepared, account=ME)
    assert room.refused > 0
    found = [each for each in written(client.chain) if each.startswith(says.encode())]
    assert found == values
    assert list(client.outbox) == []


def test_one_waits_for_room(door, client):
    node, rpc = door
    room = Room(rpc, most=9)
    with mining(rpc, room):
        for value in (b"first of two", b"second of two"):
            node.lie(SEND, refused_twice(room))
            write(client.chain, value)
    assert [each for each in written(client.chain) if each.endswith(b"of two")] == [
        b"first of two",
        b"second of two",
    ]


def refused_twice(room):
    full = iter([Room(room._rpc, most=0)] * 2)
    return lambda ask: next(full, room)(ask)


def test_what_never_had_room_stays_open_and_leaves_before_the_next_act(door, client, monkeypatch):
    node, rpc = door
    values = [b"no room %d" % place for place in range(12)]
    prepared = calls(client, values)
    node.lie(SEND, Room(rpc, most=0))
    monkeypatch.setattr(client.chain.sender._watcher, "_timeout", 0.3)
    with pytest.raises(BatchIncomplete) as caught:
        client.chain.send_many(prepared, account=ME)
    assert {type(each) for each in caught.value.outcomes} == {NodeFull}
    assert [each.state for each in client.outbox] == [State.SENT] * 12
    node.be_honest()
    rpc.request("evm_setAutomine", True)
    try:
        write(client.chain, b"after them")
    finally:
        rpc.request("evm_setAutomine", False)
    assert written(client.chain)[-13:] == [*values, b"after them"]
    assert client.outbox.resume() == []


def test_the_same_call_made_again_has_what_waited_once(door, client, monkeypatch):
    node, rpc = door
    values = [b"again %d" % place for place in range(12)]
    prepared = calls(client, values)
    node.lie(SEND, Room(rpc, most=0))
    with monkeypatch.context() as hurried:
        hurried.setattr(client.chain.sender._watcher, "_timeout", 0.3)
        with pytest.raises(BatchIncomplete):
            client.chain.send_many(prepared, account=ME)
    room = Room(rpc, most=3)
    node.lie(SEND, room)
    with mining(rpc, room):
        sent = client.chain.send_many(prepared, account=ME)
    assert [each.events[0].value for each in sent] == values
    assert [each for each in written(client.chain) if each in values] == values
    assert client.outbox.resume() == []
