"""Anchored logs: appended, caught up after a crash, shared by writers, proven to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.support.closing import ClosedLater

from salus import Salus
from salus.anchors.client import Anchors
from salus.anchors.extending import ATTEMPTS
from salus.anchors.store import LogStore
from salus.chain import Account, Chain
from salus.chain.errors import ChainUnreachable, NodeBehind, SignerNotInControl
from salus.contracts.anchors.errors import AnchorTooLarge, HeadMoved
from salus.contracts.anchors.events import Anchored
from salus.errors import InputError, VerificationError
from salus.testing import Unreliable
from salus_verify.log import Checkpoint, stream_id

STREAM = "telemetry"


def leaves(*names: str) -> list[bytes]:
    return [sha256(name.encode()).digest() for name in names]


@pytest.fixture
def issuer(newcomer: Callable[[], Salus]) -> Salus:
    return newcomer()


@pytest.fixture
def writer(issuer: Salus, tmp_path: Path, closed_later: ClosedLater) -> Callable[[], Anchors]:
    """One more process of the issuer over one store: each call opens it anew."""

    def make() -> Anchors:
        url, chain_id = f"sqlite://{tmp_path}/logs.sqlite", issuer.chain.chain_id
        store = closed_later(LogStore.open(url, chain_id=chain_id))
        return Salus(issuer.chain, account=issuer.account, logs=store).anchors

    return make


def test_anchors_a_checkpoint_over_all_leaves(issuer: Salus) -> None:
    first = issuer.anchors.append(STREAM, leaves("a", "b"))
    second = issuer.anchors.append(STREAM, leaves("c"))

    assert (first.checkpoint.size, second.checkpoint.size) == (2, 3)
    assert second.checkpoint.parent == first.checkpoint.id
    assert first.transaction is not None
    assert isinstance(first.transaction.events[0], Anchored)
    me = issuer.account.identity
    assert issuer.anchors.history.head_id(me, STREAM) == second.checkpoint.id
    assert [each.checkpoint for each in issuer.anchors.history.checkpoints(me, STREAM)] == [
        first.checkpoint,
        second.checkpoint,
    ]


def test_a_patient_s_log_is_anchored_by_signature(hospital: Salus, patient: Account) -> None:
    anchored = hospital.anchors.append(STREAM, leaves("a"), by=patient)
    assert anchored.issuer == patient.identity
    assert hospital.anchors.history.head_id(patient.identity, STREAM) == anchored.checkpoint.id


def test_nobody_anchors_for_another(stranger: Salus, patient: Account) -> None:
    with pytest.raises(SignerNotInControl):
        stranger.anchors.append(STREAM, leaves("a"), issuer=patient.identity)
    with pytest.raises(SignerNotInControl):
        stranger.anchors.append(STREAM, leaves("b"), issuer=patient.identity, by=stranger.account)


def test_streams_are_apart(issuer: Salus) -> None:
    issuer.anchors.append(STREAM, leaves("a"))
    issuer.anchors.append("audit", leaves("b"))
    with pytest.raises(InputError, match="not every leaf"):
        issuer.anchors.proofs.prove("audit", leaves("a")[0])


def test_refuses_what_is_no_leaf_and_an_empty_label(issuer: Salus) -> None:
    with pytest.raises(InputError, match="32 bytes"):
        issuer.anchors.append(STREAM, [b"short"])
    with pytest.raises(InputError, match="nothing new"):
        issuer.anchors.append(STREAM, [])
    with pytest.raises(InputError, match="label"):
        issuer.anchors.append("", leaves("a"))


# Crashes -----------------------------------------------------------------------------------------


def test_leaves_stored_before_a_crash_are_anchored_with_the_next(
    writer: Callable[[], Anchors],
) -> None:
    writer().log.store(STREAM, leaves("lost"))
    anchored = writer().append(STREAM, leaves("next"))
    assert anchored.checkpoint.size == 2
    assert writer().proofs.prove(STREAM, leaves("lost")[0]).index == 0


def test_pending_leaves_are_anchored_when_told(writer: Callable[[], Anchors]) -> None:
    writer().log.store(STREAM, leaves("lost"))
    assert writer().anchor_pending(STREAM).checkpoint.size == 1
    assert writer().extend(STREAM) is None
    with pytest.raises(InputError, match="nothing new"):
        writer().anchor_pending(STREAM)


def test_takes_over_a_checkpoint_that_was_mined_but_never_remembered(
    issuer: Salus, writer: Callable[[], Anchors]
) -> None:
    before_the_crash = writer()
    mined = before_the_crash.append(STREAM, leaves("a", "b"))
    before_the_crash._logs.forget(issuer.account.identity, stream_id(STREAM))

    proof = writer().proofs.prove(STREAM, leaves("b")[0])

    assert proof.anchored.checkpoint == mined.checkpoint
    assert proof.anchored.block_number == mined.block_number
    assert writer().append(STREAM, leaves("c")).checkpoint.parent == mined.checkpoint.id


def test_a_dead_node_loses_no_leaf(issuer: Salus) -> None:
    node = Unreliable(issuer.chain.rpc)
    chain = Chain(node, network="tester", deployment=issuer.chain.deployment)
    client = Salus(chain, account=issuer.account)
    client.anchors.append(STREAM, leaves("a"))

    node.down = {"eth_sendRawTransaction"}
    with pytest.raises(ChainUnreachable):
        client.anchors.append(STREAM, leaves("b"))
    node.down = set()

    assert client.anchors.anchor_pending(STREAM).checkpoint.size == 2


def test_forgets_checkpoints_of_a_chain_that_is_gone_when_told(issuer: Salus) -> None:
    """A development chain starts anew under the same id; a reorganisation undoes a block."""
    store = LogStore.open("memory:", chain_id=issuer.chain.chain_id)
    me, name = issuer.account.identity, stream_id(STREAM)
    store.append_to(me, STREAM, leaves("a"), number=1)
    gone = Checkpoint(bytes(32), b"\x01" * 32, 1)
    store.add_checkpoint(me, name, gone, block=7)

    anchors = Salus(issuer.chain, account=issuer.account, logs=store).anchors
    for act in (
        lambda: anchors.proofs.prove(STREAM, leaves("a")[0]),
        lambda: anchors.append(STREAM, leaves("b")),
        lambda: anchors.log.leaves(STREAM),
    ):
        with pytest.raises(NodeBehind, match=r"\(0\) than the 1 that were seen .* in block 7"):
            act()
    assert store.checkpoints(me, name) == [(gone, 7)]
    assert anchors.rebuild(undone=True) == ()
    anchored = anchors.anchor_pending(STREAM)
    assert (anchored.checkpoint.parent, anchored.checkpoint.size) == (bytes(32), 2)


# Two writers -------------------------------------------------------------------------------------


def test_two_processes_over_one_store_take_turns(writer: Callable[[], Anchors]) -> None:
    one, two = writer(), writer()
    one.append(STREAM, leaves("a"))
    two.append(STREAM, leaves("b"))
    assert one.append(STREAM, leaves("c")).checkpoint.size == 3


def test_who_meets_a_moved_head_reads_again_and_builds_anew(
    issuer: Salus, writer: Callable[[], Anchors], monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten, faster = writer(), writer()
    send = beaten._extending.send

    def late(issuer: str, stream: bytes, *about: Any) -> Any:
        """Another process is faster, once."""
        monkeypatch.undo()
        faster._logs.append(issuer, stream, [bytes(32)])
        faster.extend(STREAM)
        return send(issuer, stream, *about)

    monkeypatch.setattr(beaten._extending, "send", late)
    anchored = beaten.append(STREAM, leaves("mine"))
    assert anchored.transaction is None
    assert anchored.checkpoint.size == 2
    assert issuer.anchors.history.head_id(issuer.account.identity, STREAM) == anchored.checkpoint.id
    beaten.proofs.verify(beaten.proofs.prove(STREAM, leaves("mine")[0]))


def test_who_is_always_beaten_hears_of_it_and_keeps_the_leaves(
    issuer: Salus, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LogStore.open("memory:", chain_id=issuer.chain.chain_id)
    foreign = LogStore.open("memory:", chain_id=issuer.chain.chain_id)
    anchors, contested = (
        Salus(issuer.chain, account=issuer.account, logs=store).anchors for _ in range(2)
    )
    monkeypatch.setattr(
        contested._extending._going_on, "place", lambda *_, **__: (1, Checkpoint.none())
    )
    Salus(issuer.chain, account=issuer.account, logs=foreign).anchors.append(
        STREAM, leaves("theirs")
    )
    with pytest.raises(HeadMoved) as refused:
        contested.append(STREAM, leaves("mine"))
    assert refused.value.head == issuer.anchors.history.head_id(issuer.account.identity, STREAM)
    assert store.size(issuer.account.identity, stream_id(STREAM)) == 1
    assert anchors.log.holds(STREAM, leaves("mine")[0])
    assert ATTEMPTS > 1


def test_a_writer_with_another_store_is_told_so(
    issuer: Salus, writer: Callable[[], Anchors]
) -> None:
    writer().append(STREAM, leaves("a"))
    issuer.anchors.append("audit", leaves("of my own"))
    with pytest.raises(VerificationError, match="another writer uses it"):
        issuer.anchors.append(STREAM, leaves("b"))
    assert len(issuer.anchors.history.checkpoints(issuer.account.identity, STREAM)) == 1


# Proofs ------------------------------------------------------------------------------------------


def test_a_third_party_verifies_a_proof(issuer: Salus, stranger: Salus) -> None:
    issuer.anchors.append(STREAM, leaves("a", "b", "c"))
    for leaf in leaves("a", "b", "c"):
        stranger.anchors.proofs.verify(issuer.anchors.proofs.prove(STREAM, leaf))


def test_an_old_proof_stays_good_after_the_log_grew(issuer: Salus, stranger: Salus) -> None:
    issuer.anchors.append(STREAM, leaves("a", "b"))
    proof = issuer.anchors.proofs.prove(STREAM, leaves("a")[0])
    issuer.anchors.append(STREAM, leaves("c"))
    stranger.anchors.proofs.verify(proof)


def test_proves_in_the_first_checkpoint_that_covers_a_leaf(issuer: Salus) -> None:
    first = issuer.anchors.append(STREAM, leaves("a"))
    issuer.anchors.append(STREAM, leaves("b"))
    early = issuer.anchors.proofs.prove(STREAM, leaves("a")[0], first=True)
    assert (early.anchored.checkpoint, early.path) == (first.checkpoint, ())
    issuer.anchors.proofs.verify(early)
    late = issuer.anchors.proofs.prove(STREAM, leaves("a")[0])
    assert late.anchored.checkpoint.size == 2


def test_the_contract_agrees_with_a_proof(issuer: Salus) -> None:
    from salus_verify import merkle

    anchored = issuer.anchors.append(STREAM, leaves("a", "b", "c"))
    proof = issuer.anchors.proofs.prove(STREAM, leaves("b")[0])
    assert issuer.chain.contract("AnchorRegistry").call(
        "verifyInclusion",
        anchored.issuer,
        anchored.stream,
        anchored.checkpoint.as_tuple(),
        merkle.leaf_hash(proof.leaf),
        proof.index,
        list(proof.path),
    )


@pytest.mark.parametrize(
    "part", ["leaf", "index", "path", "root", "size", "parent", "issuer", "stream"]
)
def test_refuses_a_proof_with_another_part(issuer: Salus, part: str) -> None:
    issuer.anchors.append(STREAM, leaves("a", "b", "c"))
    proof = issuer.anchors.proofs.prove(STREAM, leaves("b")[0])
    anchored, checkpoint = proof.anchored, proof.anchored.checkpoint
    other = b"\x01" * 32
    forged = {
        "leaf": replace(proof, leaf=other),
        "index": replace(proof, index=0),
        "path": replace(proof, path=(other, *proof.path[1:])),
        "root": replace(
            proof, anchored=replace(anchored, checkpoint=replace(checkpoint, root=other))
        ),
        "size": replace(proof, anchored=replace(anchored, checkpoint=replace(checkpoint, size=4))),
        "parent": replace(
            proof, anchored=replace(anchored, checkpoint=replace(checkpoint, parent=other))
        ),
        "issuer": replace(proof, anchored=replace(anchored, issuer="0x" + "12" * 20)),
        "stream": replace(proof, anchored=replace(anchored, stream=other)),
    }[part]
    with pytest.raises(VerificationError):
        issuer.anchors.proofs.verify(forged)


def test_a_checkpoint_nobody_anchored_proves_nothing(issuer: Salus, stranger: Salus) -> None:
    """A whole tree of one's own making, with a path that leads to its root."""
    from salus.primitives.merkle import MerkleTree

    tree = MerkleTree.of(leaves("x", "y"))
    issuer.anchors.append(STREAM, leaves("a"))
    real = issuer.anchors.proofs.prove(STREAM, leaves("a")[0])
    invented = replace(
        real,
        leaf=leaves("x")[0],
        path=tuple(tree.inclusion_proof(0)),
        anchored=replace(real.anchored, checkpoint=Checkpoint(bytes(32), tree.root(), 2)),
    )
    invented.verify()
    with pytest.raises(VerificationError, match="never anchored"):
        stranger.anchors.proofs.verify(invented)


def test_no_checkpoint_is_larger_than_readers_count(issuer: Salus) -> None:
    last = issuer.anchors.append(STREAM, leaves("a")).checkpoint
    contract, me = issuer.chain.contract("AnchorRegistry"), issuer.account
    for size in (1 << 53, (1 << 64) - 1):
        with pytest.raises(AnchorTooLarge):
            contract.send(
                "anchor",
                me.identity,
                stream_id(STREAM),
                last.as_tuple(),
                size,
                bytes(31) + b"1",
                account=me,
            )


def test_a_node_that_reports_a_size_beyond_all_is_unreachable(
    issuer: Salus, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.anchors.append(STREAM, leaves("a"))
    told = issuer.chain.contract("AnchorRegistry").events(Anchored, issuer=issuer.account.identity)
    lies = [replace(each, size=(1 << 64) - 1) for each in told]
    monkeypatch.setattr(type(issuer.anchors._client.contract), "events", lambda *_, **__: lies)
    with pytest.raises(ChainUnreachable, match="no contract takes"):
        issuer.anchors.history.checkpoints(issuer.account.identity, STREAM)
