"""Numbers that a thief plants, nodes that lack logs, and chains that take blocks back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.client.anchors.test_streams_go_on import HUGE, STREAM, Hospital, leaves
from tests.support.closing import ClosedLater

from salus import Salus
from salus.anchors.extending import Extending
from salus.anchors.store import LogStore
from salus.anchors.stream_history import StreamHistory
from salus.anchors.stream_numbers import read_line
from salus.anchors.streams import AnchoredCheckpoint, Inclusion, going_on_leaf
from salus.chain.errors import HistoryUnavailable, NodeBehind
from salus.chain.node.tester import TesterRpc as InProcessRpc
from salus.consents.documents import BatchedConsent
from salus.consents.errors import ConsentNotInForce
from salus.contracts.event import EventPlace
from salus.errors import VerificationError
from salus.terms import Effect, Rule, Terms
from salus.testing import local_salus
from salus_verify import merkle
from salus_verify.log import Checkpoint, stream_id

pytestmark = pytest.mark.slow

Rows = list[dict[str, Any]]


@pytest.fixture
def hospital(newcomer: Callable[[], Salus], tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    client = newcomer()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    return Hospital(client, store)


@contextmanager
def node_that(changes: Callable[[Rows], Rows]) -> Iterator[None]:
    """A node whose answers to questions for logs are others."""
    real = InProcessRpc._logs
    try:
        InProcessRpc._logs = lambda self, query: changes(real(self, query))  # type: ignore[method-assign,assignment]
        yield
    finally:
        InProcessRpc._logs = real  # type: ignore[method-assign]


def standing(client: Salus, issuer: str, label: str = STREAM) -> list[tuple[int, int]]:
    line = client.anchors.history.line(issuer, label)
    return [(each.number, each.checkpoint.size) for each in line.standing]


@pytest.mark.parametrize("planted", [[2], [3], [2, 3, 4], [3, 4, 5]])
def test_planted_numbers_stop_nothing(
    hospital: Hospital, stranger: Salus, planted: list[int]
) -> None:
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, HUGE)
    for number in planted:
        hospital.is_robbed(STREAM, 7, number=number)
    hospital.rotates()
    for name in ("b", "c"):
        hospital.append(STREAM, name)
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves("a", "b", "c")
    hospital.rotates()
    hospital.append(STREAM, "d")
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves("a", "b", "c", "d")
    sizes = [size for _, size in standing(stranger, hospital.issuer)]
    assert sizes == [1, 1, 2, 3, 4]


def test_a_number_that_follows_nothing_stops_nothing(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, 7, number=2)
    hospital.append(STREAM, "b")
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves("a", "b")


def test_what_is_passed_by_costs_no_later_append_anything(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital.append(STREAM, "a")
    for number in range(3, 9):
        hospital.is_robbed(STREAM, 7, number=number)
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    read: list[str] = []
    line = StreamHistory.line
    monkeypatch.setattr(
        StreamHistory,
        "line",
        lambda self, *about, **how: read.append("") or line(self, *about, **how),
    )
    for name in "cdefg":
        hospital.append(STREAM, name)
    assert len(read) <= 1
    hospital.anchors.history.line(hospital.issuer, STREAM)
    assert read, "what reads a stream is counted elsewhere"


def test_a_number_planted_just_before_a_checkpoint_disowns_nothing(
    hospital: Hospital, stranger: Salus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thief sees the transaction waiting, and is first."""
    hospital.append(STREAM, "a")
    leaf = going_on_leaf(hospital.issuer, STREAM, after=1, last=hospital.last(STREAM))
    send = Extending.send

    def late(extending: Extending, *about: Any) -> Any:
        monkeypatch.setattr(Extending, "send", send)
        hospital.is_robbed(STREAM, 1, number=2, root=merkle.leaf_hash(leaf))
        return send(extending, *about)

    monkeypatch.setattr(Extending, "send", late)
    for name in ("b", "c"):
        hospital.append(STREAM, name)
    hospital.rotates()
    hospital.append(STREAM, "d")
    assert standing(stranger, hospital.issuer) == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_it_goes_on_from_the_newest_checkpoint_that_is_explained(
    hospital: Hospital, stranger: Salus
) -> None:
    """Planted on the head, then a true checkpoint, then a false one: nothing true is left."""
    hospital.append(STREAM, "a")
    leaf = going_on_leaf(hospital.issuer, STREAM, after=1, last=hospital.last(STREAM))
    hospital.is_robbed(STREAM, 1, number=2, root=merkle.leaf_hash(leaf))
    hospital.append(STREAM, "b")
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "c")
    assert standing(stranger, hospital.issuer) == [(1, 1), (1, 2), (3, 1), (3, 2)]


@pytest.mark.parametrize("fresh", [True, False])
def test_a_node_that_lacks_old_logs_disowns_nothing(
    hospital: Hospital, stranger: Salus, fresh: bool
) -> None:
    names = "abcd"
    for name in names:
        hospital.append(STREAM, name)
    cut = hospital.client.chain.block().number
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    name = stream_id(STREAM)
    if fresh:
        hospital.store.forget(hospital.issuer, name)
    before = hospital.store.checkpoints(hospital.issuer, name)
    with node_that(lambda logs: [each for each in logs if each["blockNumber"] > cut]):
        for act in (
            lambda: hospital.append(STREAM, "e"),
            lambda: stranger.anchors.history.line(hospital.issuer, STREAM),
            lambda: stranger.anchors.history.checkpoints(hospital.issuer, STREAM),
        ):
            with pytest.raises(HistoryUnavailable, match="is missing"):
                act()
    assert hospital.store.checkpoints(hospital.issuer, name) == before
    hospital.append(STREAM, "f")
    assert standing(stranger, hospital.issuer)[:4] == [(1, 1), (1, 2), (1, 3), (1, 4)]
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves(*names, "e", "f")


def test_logs_that_a_gateway_gives_twice_are_read_once(hospital: Hospital) -> None:
    for name in ("a", "b"):
        hospital.append(STREAM, name)
    hospital.store.forget(hospital.issuer, stream_id(STREAM))
    with node_that(lambda logs: [copy for each in logs for copy in (each, each)]):
        history = hospital.anchors.history.checkpoints(hospital.issuer, STREAM)
        assert [each.checkpoint.size for each in history] == [1, 2]
        hospital.append(STREAM, "c")


def test_a_first_leaf_is_made_anew_where_the_chain_took_blocks_back(
    tmp_path: Path, closed_later: ClosedLater
) -> None:
    client = local_salus()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    hospital = Hospital(client, store)
    tester = client.chain.web3.provider.ethereum_tester  # type: ignore[attr-defined]
    hospital.append(STREAM, "a")
    before, key = tester.take_snapshot(), hospital.key
    hospital.append(STREAM, "b")
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "c")
    tester.revert_to_snapshot(before)
    hospital.key = key
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    with pytest.raises(NodeBehind, match="undone=True"):
        hospital.append(STREAM, "d")
    hospital.anchors.rebuild(issuer=hospital.issuer, undone=True)
    hospital.append(STREAM, "d")
    assert standing(client, hospital.issuer) == [(1, 1), (2, 1), (2, 4)]
    for name in "abcd":
        proof = hospital.anchors.proofs.prove(STREAM, leaves(name)[0], issuer=hospital.issuer)
        hospital.anchors.proofs.verify(proof, stream=STREAM)


def test_a_number_whose_theft_was_taken_back_is_given_up(
    tmp_path: Path, closed_later: ClosedLater
) -> None:
    client = local_salus()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    hospital = Hospital(client, store)
    tester = client.chain.web3.provider.ethereum_tester  # type: ignore[attr-defined]
    hospital.append(STREAM, "a")
    before, key = tester.take_snapshot(), hospital.key
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    tester.revert_to_snapshot(before)
    hospital.key = key
    with pytest.raises(NodeBehind, match="undone=True"):
        hospital.append(STREAM, "c")
    hospital.anchors.rebuild(issuer=hospital.issuer, undone=True)
    hospital.append(STREAM, "c")
    assert standing(client, hospital.issuer) == [(1, 1), (1, 3)]
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves("a", "b", "c")


def test_a_consent_in_a_number_that_no_reader_reaches_is_not_in_force(
    hospital: Hospital, stranger: Salus
) -> None:
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    consent = hospital.client.consents.propose(hospital.issuer, stranger.account.identity, terms)
    for number in (99, 2):
        at = hospital.is_robbed("consents", 1, number=number, root=merkle.leaf_hash(consent.id))
        block = hospital.client.chain.block().number
        name = stream_id("consents", number)
        anchored = AnchoredCheckpoint(hospital.issuer, name, at, block, number=number)
        proof = Inclusion(consent.id, 0, (), anchored)
        with pytest.raises(ConsentNotInForce, match="does not stand"):
            stranger.consents.checks.require(BatchedConsent(consent, proof))
        with pytest.raises(VerificationError, match="does not stand"):
            stranger.anchors.proofs.verify(proof, stream="consents")


def test_a_consent_that_was_anchored_before_a_theft_stays_in_force(
    hospital: Hospital, stranger: Salus
) -> None:
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    consent = hospital.client.consents.propose(hospital.issuer, stranger.account.identity, terms)
    hospital.anchors.append("consents", [consent.id], issuer=hospital.issuer)
    shown = BatchedConsent(
        consent, hospital.anchors.proofs.prove("consents", consent.id, issuer=hospital.issuer)
    )
    hospital.is_robbed("consents", HUGE)
    hospital.rotates()
    hospital.append("consents", "later")
    stranger.consents.checks.require(shown)


def test_planted_numbers_cost_readers_one_pass() -> None:
    """Each checkpoint is hashed once, and the issuer's own events are asked for once."""
    who, asked, hashed = "0x" + "11" * 20, [0], [0]

    def history(
        number: int, count: int, start: int, first: bytes | None = None
    ) -> list[AnchoredCheckpoint]:
        made, parent = [], bytes(32)
        for at in range(count):
            root = first if first and not at else bytes([number]) * 16 + at.to_bytes(16, "big")
            made.append(Checkpoint(parent, root, at + 1))
            parent = made[-1].id
        name = stream_id(STREAM, number)
        return [
            AnchoredCheckpoint(who, name, each, start + at, number=number)
            for at, each in enumerate(made)
        ]

    first = history(1, 50, 1)
    leaf = going_on_leaf(who, STREAM, after=1, last=first[0].checkpoint)
    numbers = [first]
    numbers += [history(2 + each, 1, 100 + each, merkle.leaf_hash(leaf)) for each in range(40)]

    def changes() -> list[EventPlace]:
        asked[0] += 1
        return [EventPlace(0, 0)]

    hash_of = merkle.leaf_hash
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            merkle, "leaf_hash", lambda leaf: hashed.__setitem__(0, hashed[0] + 1) or hash_of(leaf)
        )
        line = read_line(who, STREAM, numbers, changes)
    assert line.standing == tuple(first)
    assert (line.begun, asked[0]) == (41, 1)
    assert 0 < hashed[0] <= 50 + 1
