"""A node as bad as the world: answers are lost, late, halved, doubled, stale, or of another chain.

What is written under its name happens once all the same, in the end: books after are books before.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.campaigns import amount
from tests.support.killed import ACCOUNT, NAME, write, written

import salus
from salus.chain import connect, development_account
from salus.chain.node import transport
from salus.chain.node.rpc import Rpc
from salus.errors import SalusError
from salus.outbox import State
from salus.testing import LyingNode, lies

ROUNDS = amount(60, sample=2)
ACTS = 8
ME = development_account(ACCOUNT)
ANY = (
    *(lies.lost_before, lies.lost_after, lies.late, lies.asked_twice, lies.half_a_body),
    *(lies.broken_inside, lies.bad_gateway, lies.busy, lies.busy_in_text, lies.error_after),
)
BATCHES = (lies.lost_before, lies.lost_after, lies.batch_reordered, lies.batch_cut, lies.late)
pytestmark = [pytest.mark.slow, pytest.mark.campaign]


class Chance(random.Random):
    """Counts the lies that were drawn."""

    lies = 0

    def choice(self, among: Any) -> Any:
        self.lies += 1
        return super().choice(among)


class Mining:
    """Mines a block every so often, and now and then loses what waits, as a restart does."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc, self._end = rpc, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._rpc.request("evm_setAutomine", False)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._rpc.request("evm_mine")
        self._rpc.request("evm_setAutomine", True)

    def _run(self) -> None:
        chance = random.Random(5)
        while not self._end.wait(0.05):
            if chance.random() < 0.2:
                self._rpc.request("anvil_dropAllTransactions")
            self._rpc.request("evm_mine")


@pytest.fixture
def bad(
    node: dict[str, str], state: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[LyingNode, Rpc]]:
    """A door in front of the node, which is told apart from it by nobody."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.001)
    with connect("anvil", url=node["SALUS_RPC_URL"]) as chain, LyingNode(chain.rpc) as door:
        monkeypatch.setenv("SALUS_RPC_URL", door.url)
        with Mining(chain.rpc):
            yield door, chain.rpc


def misbehave(door: LyingNode, chance: random.Random) -> None:
    door.lie("*", lies.at_random(chance, *ANY, rate=0.08))
    door.lie("[]", lies.at_random(chance, *BATCHES, rate=0.2))
    door.lie("eth_chainId", lies.at_random(chance, lies.of_another_chain, rate=0.2))
    for method in ("eth_blockNumber", "eth_getTransactionCount"):
        door.lie(method, lies.at_random(chance, lies.behind, *ANY, rate=0.15))


def insist(state: Path, act: Any) -> None:
    """Make a call until it ends well, each time with a client of its own."""
    for _ in range(200):
        try:
            with salus.connect("anvil", state=state, account=ME, timeout=2) as me:
                act(me)
                return
        except SalusError:
            continue
    raise AssertionError("the node never let it through")


@pytest.mark.parametrize("together", [False, True])
def test_books_are_the_same_after_a_bad_day(
    bad: tuple[LyingNode, Rpc], state: Path, together: bool
) -> None:
    door, _ = bad
    chance, wanted = Chance(7), list[bytes]()
    for number in range(ROUNDS):
        values = [b"bad %d/%d/%d" % (together, number, act) for act in range(ACTS)]
        misbehave(door, chance)
        if together:
            insist(state, lambda me, values=values: send_all(me, values))
        else:
            for value in values:
                insist(state, lambda me, value=value: send_one(me, value))
        door.be_honest()
        wanted += values
    with salus.connect("anvil", state=state, account=ME) as me:
        me.outbox.resume()
        found = [each for each in written(me.chain) if each.startswith(b"bad %d/" % together)]
        assert sorted(found) == sorted(wanted)
        assert {each.state for each in me.outbox} == {State.DONE}
    assert chance.lies > 0, "the fourth draw of this seed is a lie"


def send_one(me: salus.Salus, value: bytes) -> None:
    with me.outbox.once(value.decode()):
        write(me.chain, value)


def send_all(me: salus.Salus, values: list[bytes]) -> None:
    registry = me.chain.contract("IdentityRegistry")
    calls = [registry.prepare("setAttribute", ME.identity, NAME, each, 3600) for each in values]
    with me.outbox.once(values[0].decode()):
        me.chain.send_many(calls, account=ME)
