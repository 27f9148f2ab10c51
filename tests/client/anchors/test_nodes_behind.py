"""A node that shows less than was seen: nothing is moved, forgotten, marked or anchored for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.client.anchors.test_streams_go_on import HUGE, STREAM, Hospital, leaves
from tests.support.behind import ANCHORS, HEADS, WHOLE, behind
from tests.support.campaigns import amount
from tests.support.closing import ClosedLater

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain.errors import NodeBehind
from salus.errors import SalusError
from salus.records.proving import RECORDS_STREAM
from salus_verify.log import stream_id

pytestmark = pytest.mark.slow
HOWS = (WHOLE, ANCHORS, HEADS)


def remembered(store: LogStore, issuer: str, label: str) -> object:
    """All that a log store knows of a stream."""
    names = [stream_id(label, number) for number in (1, 2, 3)]
    return (
        store.numbers(issuer, label),
        [store.leaves(issuer, name) for name in names],
        [store.checkpoints(issuer, name) for name in names],
    )


@pytest.fixture
def hospital(newcomer: Callable[[], Salus], tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    client = newcomer()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    return Hospital(client, store)


def after_a_theft(hospital: Hospital) -> list[int]:
    """The hospital went on in number 2; the blocks before the theft, and in the midst of that."""
    chain = hospital.client.chain
    hospital.append(STREAM, "a")
    blocks = [chain.block().number]
    hospital.is_robbed(STREAM, HUGE)
    blocks.append(chain.block().number)
    hospital.rotates()
    hospital.append(STREAM, "b")
    blocks.append(chain.block().number)
    hospital.append(STREAM, "c")
    return blocks


ACTS: dict[str, Callable[[Hospital], object]] = {
    "append": lambda h: h.append(STREAM, "x"),
    "extend": lambda h: h.anchors.extend(STREAM, issuer=h.issuer, by=h.key),
    "prove": lambda h: h.anchors.proofs.prove(STREAM, leaves("c")[0], issuer=h.issuer),
    "leaves": lambda h: h.anchors.log.leaves(STREAM, issuer=h.issuer),
    "known": lambda h: h.anchors.log.known(STREAM, issuer=h.issuer),
    "disown": lambda h: h.anchors.rebuild(issuer=h.issuer, by=h.key, disown=True),
}
ALL = list(product(ACTS, HOWS, range(3)))
SOME = [
    (act, how, when)
    for act, how, when in ALL
    if (list(ACTS).index(act) + list(HOWS).index(how) + when) % 3 == 0
]
"""Every act with every kind of node, and with every block, once."""


@pytest.mark.campaign
@pytest.mark.parametrize(("act", "how", "when"), amount(ALL, sample=SOME))
def test_an_answer_that_shows_less_moves_no_leaf(
    hospital: Hospital, stranger: Salus, act: str, how: str, when: int
) -> None:
    block = after_a_theft(hospital)[when]
    proof = hospital.anchors.proofs.prove(STREAM, leaves("c")[0], issuer=hospital.issuer)
    hospital.anchors.log.store(STREAM, leaves("waits"), issuer=hospital.issuer)
    before = remembered(hospital.store, hospital.issuer, STREAM)
    known = hospital.anchors.history.checkpoints(hospital.issuer, STREAM)
    with behind(hospital.client.chain, block, how), pytest.raises(SalusError) as caught:
        ACTS[act](hospital)
    assert "rotate" not in str(caught.value)
    assert hospital.anchors.history.checkpoints(hospital.issuer, STREAM) == known
    if act == "append" and hospital.anchors.log.holds(
        STREAM, leaves("x")[0], issuer=hospital.issuer
    ):
        assert hospital.store.leaves(hospital.issuer, stream_id(STREAM, 2))[-1] == leaves("x")[0]
    else:
        assert remembered(hospital.store, hospital.issuer, STREAM) == before
    # The node caught up.
    hospital.append(STREAM, "d")
    hospital.rotates()
    hospital.append(STREAM, "e")
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert [each.checkpoint.size for each in line.disowned] == [HUGE]
    stranger.anchors.proofs.verify(proof, stream=STREAM)
    assert hospital.anchors.proofs.prove(STREAM, leaves("waits")[0], issuer=hospital.issuer).leaf


def test_the_error_tells_what_was_seen_and_what_is_shown(hospital: Hospital) -> None:
    block = after_a_theft(hospital)[2]
    with behind(hospital.client.chain, block), pytest.raises(NodeBehind) as caught:
        hospital.append(STREAM, "x")
    problem = caught.value
    assert (problem.stream, problem.seen, problem.shown) == (f"{STREAM}/2", 3, 2)
    assert problem.block == block + 1
    assert problem.issuer == hospital.issuer
    assert problem.exit_code == 5
    assert problem.url in str(problem)


def test_one_checkpoint_too_few_is_behind_as_well(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    block = hospital.client.chain.block().number
    hospital.append(STREAM, "b")
    before = remembered(hospital.store, hospital.issuer, STREAM)
    with behind(hospital.client.chain, block), pytest.raises(NodeBehind):
        hospital.anchors.proofs.prove(STREAM, leaves("a")[0])
    assert remembered(hospital.store, hospital.issuer, STREAM) == before


def test_what_another_process_anchors_meanwhile_stays_remembered(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It anchors while this one reads: the shorter history is not put over the longer."""
    hospital.append(STREAM, "a")
    name = stream_id(STREAM)
    hospital.store.forget(hospital.issuer, name)
    read = type(hospital.anchors.history).back

    def then_more(anchors: Any, *args: Any) -> Any:
        found = read(anchors, *args)
        monkeypatch.setattr(type(hospital.anchors.history), "back", read)
        hospital.append(STREAM, "b")
        return found

    monkeypatch.setattr(type(hospital.anchors.history), "back", then_more)
    hospital.anchors.proofs.prove(STREAM, leaves("a")[0])
    assert [at.size for at, _ in hospital.store.checkpoints(hospital.issuer, name)] == [1, 2]


def test_a_new_store_is_not_in_step_on_the_word_of_a_node_that_was_behind(
    newcomer: Callable[[], Salus],
) -> None:
    client = newcomer()
    block = client.chain.block().number
    client.anchors.append(RECORDS_STREAM, leaves("kept"))
    store = LogStore.open("memory:", chain_id=client.chain.chain_id)
    lost = Salus(client.chain, account=client.account, logs=store)
    honest, registry = client.chain.rpc.attempt, client.chain.contract("AnchorRegistry").address

    def until_it_is_handed_something(method: str, *params: Any) -> Any:
        if method == "eth_sendRawTransaction":
            client.chain.rpc.attempt = honest  # type: ignore[method-assign]
        if method == "eth_call" and params[0]["to"].lower() == registry.lower():
            return honest(method, params[0], hex(block))
        return honest(method, *params)

    client.chain.rpc.attempt = until_it_is_handed_something  # type: ignore[method-assign]
    try:
        lost.anchors.append("telemetry", leaves("new"))
    finally:
        client.chain.rpc.attempt = honest  # type: ignore[method-assign]
    assert not store.begun(client.identity)
