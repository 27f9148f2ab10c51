"""A node that shows less than a key database has seen: nothing is lost, and nothing is opened."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.client.anchors.test_streams_go_on import HUGE
from tests.support.behind import ANCHORS, HEADS, WHOLE, behind
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE
from tests.support.restored import KEY_DATABASE, LOGS, PATIENT, lose, rotates
from tests.support.restored import Hospital as Clinic

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Chain
from salus.chain.errors import ClocksDiffer, NodeBehind
from salus.chain.node import clocks
from salus.errors import SalusError, VerificationError
from salus.records.proving import RECORDS_STREAM
from salus.testing import Unreliable
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


@pytest.fixture
def clinic(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Clinic:
    return closed_later(Clinic(chain, tmp_path / "state"))


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
    with pytest.raises(VerificationError, match=r"anchors\.rebuild"):
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
