"""A node that shows less than was seen: nothing is moved, forgotten, marked or anchored for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.client.anchors.test_streams_go_on import HUGE, STREAM, Hospital, leaves
from tests.client.records.test_restored import KEY_DATABASE, LOGS, PATIENT, lose
from tests.client.records.test_restored import Hospital as Clinic
from tests.support.behind import ANCHORS, HEADS, WHOLE, behind
from tests.support.campaigns import amount
from tests.support.exchange import NOTE

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ClocksDiffer, NodeBehind
from salus.chain.node import clocks
from salus.errors import SalusError, VerificationError
from salus.records.proving import RECORDS_STREAM
from salus.testing import Unreliable, fund
from salus.vault.errors import RecordErased
from salus.vault.storage.errors import KeyDatabaseNotCompared
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import Checkpoint, stream_id

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


# Logs --------------------------------------------------------------------------------------------


@pytest.fixture
def hospital(newcomer: Callable[[], Salus], tmp_path: Path) -> Hospital:
    client = newcomer()
    store = LogStore.open(f"sqlite://{tmp_path}/logs.sqlite", chain_id=client.chain.chain_id)
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


# Logs and a key database
# ----------------------------------------------------------------------------


@pytest.fixture
def clinic(chain: Chain, tmp_path: Path) -> Clinic:
    return Clinic(chain, tmp_path / "state")


def rotates(clinic: Clinic) -> None:
    """The identity gets another key; the clinic acts with it from now on."""
    new, who = Account.create(), clinic.account.identity
    fund(clinic.chain, new.address, payer=development_account(8))
    with clinic.opened() as client:
        client.identities.control.rotate(who, new.identity)
    clinic.account = new.acting_for(who)


def robbed(clinic: Clinic) -> int:
    """A thief ends the stream of records, the clinic goes on; the block before."""
    clinic.add(b"one")
    block, who = clinic.chain.block().number, clinic.account.identity
    with clinic.opened() as client:
        last = client.anchors.history.checkpoints(who, RECORDS_STREAM)[-1].checkpoint
        false = Checkpoint(last.id, b"\x66" * 32, HUGE)
        client.anchors._extending.send(who, stream_id(RECORDS_STREAM), last, false, None)
    rotates(clinic)
    clinic.add(b"two")
    return block


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("remedy", ["rebuild", "rotation"])
def test_records_added_while_the_node_is_behind_cost_no_receipt(
    clinic: Clinic, stranger: Salus, remedy: str, how: str
) -> None:
    block, who = robbed(clinic), clinic.account.identity
    three = clinic.add(b"three")
    with clinic.opened() as client:
        before = remembered(client._logs, who, RECORDS_STREAM)
        with behind(clinic.chain, block, how):
            for act in (
                lambda: client.anchors.anchor_pending(RECORDS_STREAM),
                lambda: client.records.receipt(three),
                client.anchors.rebuild,
                client.compare,
            ):
                with pytest.raises(SalusError):
                    act()
        assert remembered(client._logs, who, RECORDS_STREAM) == before
        with behind(clinic.chain, block, how), pytest.raises(SalusError):
            client.records.add(b"four", patient=PATIENT, about=NOTE)
    if remedy == "rotation":
        rotates(clinic)
    else:
        with clinic.opened() as client:
            client.anchors.rebuild()
    clinic.add(b"five")
    line = stranger.anchors.history.line(who, RECORDS_STREAM)
    assert [each.checkpoint.size for each in line.disowned] == [HUGE]
    with clinic.opened() as client:
        assert client.records.receipt(three).index == 2
        assert client.records.check().findings == ()


def test_lost_logs_are_not_rebuilt_from_a_node_that_is_behind(
    clinic: Clinic, stranger: Salus
) -> None:
    """The key database remembers what was anchored: the file of the logs is gone, or an old one."""
    block, who = robbed(clinic), clinic.account.identity
    lose(clinic.folder / LOGS)
    with clinic.opened() as client:
        with behind(clinic.chain, block), pytest.raises(NodeBehind):
            client.anchors.rebuild()
        assert not client._logs.begun(who)
        assert all(each.whole for each in client.anchors.rebuild())
    clinic.add(b"three")
    assert [
        e.checkpoint.size for e in stranger.anchors.history.line(who, RECORDS_STREAM).disowned
    ] == [HUGE]


def test_old_logs_and_a_node_that_is_behind_do_not_scramble_the_key_database(
    clinic: Clinic, tmp_path: Path
) -> None:
    clinic.add(b"one")
    backup, block = clinic.back_up(tmp_path / "backup", LOGS), clinic.chain.block().number
    two = clinic.add(b"two")
    clinic.put_back(backup)
    with clinic.opened() as client, behind(clinic.chain, block), pytest.raises(NodeBehind):
        client.records.add(b"three", patient=PATIENT, about=NOTE)
    with clinic.opened() as client:
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.records.receipt(two).index == 1
    clinic.add(b"four")


def test_a_leaf_of_one_s_own_is_never_disowned_for_the_logs_that_lost_it(
    clinic: Clinic, stranger: Salus
) -> None:
    """Somebody moved the leaves in the file: the key database knows the chain's as one's own."""
    robbed(clinic)
    who = clinic.account.identity
    with clinic.opened() as client:
        two = client._logs.leaves(who, stream_id(RECORDS_STREAM, 2))[1:]
        one = client._logs.leaves(who, stream_id(RECORDS_STREAM))
        client._logs.rewrite(who, RECORDS_STREAM, lambda read: {1: [*one, *two]})
    rotates(clinic)
    with pytest.raises(VerificationError, match="salus anchors rebuild"):
        clinic.add(b"three")
    with clinic.opened() as client:
        assert all(each.whole for each in client.anchors.rebuild())
    clinic.add(b"four")
    assert [
        e.checkpoint.size for e in stranger.anchors.history.line(who, RECORDS_STREAM).disowned
    ] == [HUGE]


# Comparing a key database
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOWS)
def test_a_key_database_is_not_compared_with_a_node_that_is_behind(
    clinic: Clinic, tmp_path: Path, how: str
) -> None:
    """The log store that is here remembers the erasure that the node does not show."""
    kept, erased, other = clinic.add(b"kept"), clinic.add(b"erased"), clinic.add(b"erased first")
    clinic.erase(other)
    backup = clinic.back_up(tmp_path / "backup", KEY_DATABASE)
    block, blobs = clinic.chain.block().number, dict(clinic.storage.blobs)
    clinic.erase(erased)
    clinic.put_back(backup)
    clinic.storage.blobs.update(blobs)
    with clinic.opened() as client, behind(clinic.chain, block, how):
        for act in (
            client.compare,
            lambda: client.records.open(erased),
            lambda: client.records.open(kept),
        ):
            with pytest.raises(SalusError) as caught:
                act()
            assert how == HEADS or isinstance(caught.value, NodeBehind)
    with pytest.raises(KeyDatabaseNotCompared):
        clinic.vault().open(erased)
    with clinic.opened() as client:  # it caught up
        with pytest.raises(RecordErased):
            client.records.open(erased)
        assert client.records.open(kept) == b"kept"


def test_any_stream_that_was_seen_tells_that_a_node_is_behind(
    clinic: Clinic, tmp_path: Path
) -> None:
    """The logs are of before the erasure as well; what the key database saw of records is newer."""
    erased = clinic.add(b"erased")
    block = clinic.chain.block().number
    clinic.add(b"another")
    clinic.put_back(clinic.back_up(tmp_path / "backup"))
    with clinic.opened() as client:
        with behind(clinic.chain, block), pytest.raises(NodeBehind, match="'records'"):
            client.records.open(erased)
        assert client.records.open(erased) == b"erased"


@pytest.mark.parametrize("seconds", [-clocks.BEHIND - 60, clocks.AHEAD + 60])
def test_a_key_database_is_not_compared_with_a_chain_of_another_time(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Nothing here remembers more than the node shows; its latest block is old."""
    erased = clinic.add(b"erased")
    backup, blobs = clinic.back_up(tmp_path / "backup"), dict(clinic.storage.blobs)
    block = clinic.chain.block().number
    clinic.erase(erased)
    clinic.put_back(backup)
    clinic.storage.blobs.update(blobs)
    node = Unreliable(clinic.chain.rpc)
    chain = Chain(node, network="tester", deployment=clinic.chain.deployment, local=False)
    now = clinic.chain.block(block).timestamp
    monkeypatch.setattr(time, "time", lambda: float(now - seconds))
    with behind(chain, block):
        client = clinic.open(chain=chain)
        for act in (client.compare, client.anchors.rebuild, lambda: client.records.open(erased)):
            with pytest.raises(ClocksDiffer, match="compared"):
                act()
    with pytest.raises(KeyDatabaseNotCompared):
        clinic.vault().open(erased)


def test_erasures_that_were_seen_outlive_the_chain_s_blocks_only_when_told(clinic: Clinic) -> None:
    clinic.erase(clinic.add(b"one"))
    with clinic.opened() as client:
        store, who = client._logs, client.identity
        store.add_checkpoint(who, stream_id(ERASURES_STREAM), _more(store, who), block=2**40)
        with pytest.raises(NodeBehind):
            client.compare()
        with pytest.raises(NodeBehind):
            client.anchors.rebuild()
        assert all(each.whole for each in client.anchors.rebuild(undone=True))
        assert client.compare().erased == ()


def _more(store: LogStore, who: str) -> Checkpoint:
    last, _ = store.checkpoints(who, stream_id(ERASURES_STREAM))[-1]
    return Checkpoint(last.id, b"\x01" * 32, last.size + 2)
