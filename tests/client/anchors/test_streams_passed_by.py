"""One's own number of a stream is counted by no reader: the client finds out, and goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.client.anchors.test_streams_go_on import HUGE, STREAM, Hospital, leaves
from tests.support.behind import HEADS, behind
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE
from tests.support.invented_numbers import invented
from tests.support.restored import KEY_DATABASE, LOGS, PATIENT, lose, rotates
from tests.support.restored import Hospital as Clinic

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.chain.errors import NodeBehind
from salus.consents.documents import Consent
from salus.consents.errors import ConsentNotInForce
from salus.consents.timelines import CONSENT_STREAM
from salus.records.proving import RECORDS_STREAM
from salus.terms import Effect, Rule, Terms
from salus.testing import fund, local_salus
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import Checkpoint, stream_id

pytestmark = pytest.mark.slow

LABELS = (RECORDS_STREAM, ERASURES_STREAM, CONSENT_STREAM)
TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))


@pytest.fixture
def hospital(newcomer: Callable[[], Salus], tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    """It rotated its key by routine, some blocks after its last checkpoint."""
    client = newcomer()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    hospital = Hospital(client, store)
    hospital.append(STREAM, "a")
    fund(client.chain, hospital.issuer, payer=development_account(8))
    hospital.rotates()
    return hospital


def of(hospital: Hospital) -> list[tuple[int, int]]:
    line = hospital.client.anchors.history.line(hospital.issuer, STREAM)
    return [(each.number, each.checkpoint.size) for each in line.standing]


def another_process(hospital: Hospital) -> None:
    hospital.anchors = Salus(
        hospital.client.chain, account=hospital.client.account, logs=hospital.store
    ).anchors


def all_stand(hospital: Hospital, stranger: Salus, names: str) -> None:
    for name in names:
        proof = hospital.anchors.proofs.prove(STREAM, leaves(name)[0], issuer=hospital.issuer)
        stranger.anchors.proofs.verify(proof, stream=STREAM)
    assert hospital.anchors.log.leaves(STREAM, issuer=hospital.issuer) == leaves(*names)


# A lie -------------------------------------------------------------------------------------------


def test_a_number_that_was_begun_for_a_lie_takes_no_leaf_but_the_first(
    hospital: Hospital, stranger: Salus
) -> None:
    """The node lies until the number is begun: it is asked again before more goes there."""
    with invented(hospital.client.chain, hospital.issuer, STREAM, acts=1):
        hospital.append(STREAM, "b")
    assert of(hospital) == [(1, 1), (1, 2)]
    all_stand(hospital, stranger, "ab")
    assert hospital.anchors.log.passed_by(issuer=hospital.issuer) == ()


@pytest.mark.parametrize("process", ["the same", "another"])
def test_what_was_anchored_for_a_lie_goes_where_readers_count(
    hospital: Hospital, stranger: Salus, process: str
) -> None:
    with invented(hospital.client.chain, hospital.issuer, STREAM):
        hospital.append(STREAM, "b")
        hospital.append(STREAM, "c")
    proof = hospital.anchors.proofs.prove(STREAM, leaves("b")[0], issuer=hospital.issuer)
    if process == "another":
        another_process(hospital)
    assert hospital.anchors.log.passed_by(issuer=hospital.issuer) == ((STREAM, 2),)
    assert hospital.anchors.log.known(STREAM, issuer=hospital.issuer)[-2:] == leaves("b", "c")
    hospital.append(STREAM, "d")
    assert of(hospital) == [(1, 1), (1, 4)]
    all_stand(hospital, stranger, "abcd")
    assert hospital.anchors.log.passed_by(issuer=hospital.issuer) == ()
    stranger.anchors.proofs.verify(proof)  # it was there, and counts in no stream
    hospital.append(STREAM, "e")
    assert of(hospital)[-1] == (1, 5)


def test_a_theft_after_a_lie_is_disowned_as_any_other(hospital: Hospital, stranger: Salus) -> None:
    with invented(hospital.client.chain, hospital.issuer, STREAM):
        hospital.append(STREAM, "b")
    hospital.append(STREAM, "c")
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "d")
    assert of(hospital) == [(1, 1), (1, 3), (3, 1), (3, 2)]
    all_stand(hospital, stranger, "abcd")
    another_process(hospital)
    hospital.append(STREAM, "e")
    all_stand(hospital, stranger, "abcde")


@pytest.mark.parametrize("robbed", [False, True])
def test_a_number_after_one_that_was_never_begun_is_gone_back_from(
    hospital: Hospital, stranger: Salus, robbed: bool
) -> None:
    """The node tells of a number 2 that never was; readers stop before number 3."""
    chain = hospital.client.chain
    if robbed:
        hospital.is_robbed(STREAM, HUGE)
        fund(chain, hospital.issuer, payer=development_account(8))
        hospital.rotates()
    last = hospital.anchors.history.checkpoints(hospital.issuer, STREAM)[-1]
    with (
        invented(chain, hospital.issuer, STREAM, after=last),
        invented(chain, hospital.issuer, STREAM, number=2, after=last),
    ):
        hospital.append(STREAM, "b")
    assert hospital.store.numbers(hospital.issuer, STREAM)[-1] == 3
    hospital.append(STREAM, "c")
    all_stand(hospital, stranger, "abc")
    hospital.append(STREAM, "d")
    all_stand(hospital, stranger, "abcd")
    assert hospital.anchors.log.passed_by(issuer=hospital.issuer) == ()


@pytest.mark.parametrize("planted", [False, True])
def test_a_stream_of_several_numbers_is_read_once_a_process(
    hospital: Hospital, planted: bool
) -> None:
    if planted:
        hospital.is_robbed(STREAM, 7, number=2)
    else:
        hospital.is_robbed(STREAM, HUGE)
        hospital.rotates()
    hospital.append(STREAM, "b")
    hospital.append(STREAM, "c")
    chain, asked = hospital.client.chain, list[str]()
    honest = chain.rpc.attempt

    def counting(method: str, *params: object) -> object:
        asked.append(method)
        return honest(method, *params)

    chain.rpc.attempt = counting  # type: ignore[method-assign, assignment]
    try:
        hospital.append(STREAM, "d")
        assert "eth_getLogs" not in asked
        another_process(hospital)
        hospital.append(STREAM, "e")
        assert "eth_getLogs" in asked
    finally:
        chain.rpc.attempt = honest  # type: ignore[method-assign]
    assert hospital.store.numbers(hospital.issuer, STREAM) == ([1] if planted else [1, 2])


# Blocks taken back -------------------------------------------------------------------------------


@pytest.mark.parametrize("process", ["the same", "another"])
def test_a_number_whose_reason_was_taken_back_is_gone_back_from(
    tmp_path: Path, closed_later: ClosedLater, process: str
) -> None:
    """The thief's transaction alone does not come again; and later everything does."""
    client = local_salus()
    chain = client.chain
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=chain.chain_id))
    hospital = Hospital(client, store)
    tester = chain.web3.provider.ethereum_tester  # type: ignore[attr-defined]
    hospital.append(STREAM, "a")
    before, old = tester.take_snapshot(), hospital.key
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    assert hospital.anchors.extend(STREAM, issuer=hospital.issuer, by=hospital.key) is None
    begun = [
        e.checkpoint
        for e in hospital.anchors.history.checkpoints(hospital.issuer, STREAM)
        if e.number > 1
    ]
    tester.revert_to_snapshot(before)
    client.identities.control.rotate(hospital.issuer, hospital.key.identity, by=old)
    last = Checkpoint.none()
    for each in begun:
        name = stream_id(STREAM, 2)
        hospital.anchors._extending.send(hospital.issuer, name, last, each, hospital.key)
        last = each
    if process == "another":
        another_process(hospital)
    assert hospital.anchors.log.passed_by(issuer=hospital.issuer) == ((STREAM, 2),)
    hospital.append(STREAM, "c")
    assert of(hospital) == [(1, 1), (1, 3)]
    all_stand(hospital, client, "abc")


def test_a_number_that_counts_again_is_gone_on_with(
    tmp_path: Path, closed_later: ClosedLater
) -> None:
    client = local_salus()
    chain = client.chain
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=chain.chain_id))
    hospital = Hospital(client, store)
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    # Somebody wrote the log as it was for a chain where number 2 did not count.
    first, b = store.leaves(hospital.issuer, stream_id(STREAM, 2))
    store.rewrite(
        hospital.issuer,
        STREAM,
        lambda read: {1: [*read(1), b, *leaves("c")], 2: [first, b]},
        passed_by={2},
    )
    hospital.append(STREAM, "d")
    assert of(hospital) == [(1, 1), (2, 1), (2, 2), (2, 4)]
    all_stand(hospital, client, "abcd")


# Records, erasures, consents ---------------------------------------------------------------------


@pytest.fixture
def clinic(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Clinic:
    return closed_later(Clinic(chain, tmp_path / "state"))


@contextmanager
def lied_to(clinic: Clinic) -> Iterator[None]:
    """The node tells of a thief in every stream."""
    with ExitStack() as lies:
        for label in LABELS:
            lies.enter_context(invented(clinic.chain, clinic.account.identity, label))
        yield


def granted(client: Salus, to: Account) -> Consent:
    return client.consents.propose(client.identity, to.identity, TERMS)


def begun(clinic: Clinic, reader: Account) -> None:
    """A clinic that wrote to all its streams, and rotated its key by routine."""
    clinic.erase(clinic.add(b"erased first"))
    with clinic.opened() as client:
        client.consents.batches.grant([granted(client, reader)])
    rotates(clinic)


def test_no_record_erasure_or_consent_is_lost_to_a_lie(
    clinic: Clinic, stranger: Salus, tmp_path: Path
) -> None:
    begun(clinic, stranger.account)
    kept, erased = clinic.add(b"kept"), clinic.add(b"erased")
    rotates(clinic)
    backup, blobs = clinic.back_up(tmp_path / "backup", KEY_DATABASE), dict(clinic.storage.blobs)
    with lied_to(clinic):
        two = clinic.add(b"two")
        clinic.erase(erased)
        with clinic.opened() as client:
            consent = granted(client, stranger.account)
            (shown,) = client.consents.batches.grant([consent])
    with pytest.raises(ConsentNotInForce):
        stranger.consents.checks.require(shown)
    with clinic.opened() as client:
        found = client.records.check().findings
        assert {(each.kind, each.subject) for each in found} == {
            ("stream passed by", f"{label}/2") for label in LABELS
        }
        assert client.records.anchor_pending() is not None
        assert client.records.check().findings == ()
        for each in (kept, two):
            proof = client.anchors.proofs.prove(RECORDS_STREAM, client.vault.opening(each).leaf())
            stranger.anchors.proofs.verify(proof, stream=RECORDS_STREAM)
        (shown,) = client.consents.batches.grant([consent])
        stranger.consents.checks.require(shown)
        again = client.records.erase(erased.record_id)
        stranger.anchors.proofs.verify(again.inclusion, stream=ERASURES_STREAM)
        assert (again.receipt.number, client.records.receipt(two).index) == (1, 3)
        for label in LABELS:
            assert stranger.anchors.history.line(client.identity, label).number == 1
    # It goes on, and an old key database learns of the erasure.
    three = clinic.add(b"three")
    clinic.erase(three)
    clinic.put_back(backup)
    clinic.storage.blobs.update(blobs)
    with clinic.opened() as client:
        assert erased.record_id in client.compare().erased


def test_an_erasure_that_was_anchored_for_a_lie_is_replayed_before_it_is_mended(
    clinic: Clinic, stranger: Salus, tmp_path: Path
) -> None:
    begun(clinic, stranger.account)
    erased = clinic.add(b"erased")
    backup, blobs = clinic.back_up(tmp_path / "backup", KEY_DATABASE), dict(clinic.storage.blobs)
    with lied_to(clinic):
        clinic.erase(erased)
    clinic.put_back(backup)
    clinic.storage.blobs.update(blobs)
    with clinic.opened() as client:
        assert erased.record_id in client.compare().erased


def test_logs_that_are_rebuilt_after_a_lie_go_where_readers_count(
    clinic: Clinic, stranger: Salus
) -> None:
    begun(clinic, stranger.account)
    clinic.add(b"one")
    rotates(clinic)
    with lied_to(clinic):
        two = clinic.add(b"two")
    lose(clinic.folder / LOGS)
    with clinic.opened() as client:
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.anchors.log.number(RECORDS_STREAM) == 1
        assert client.records.anchor_pending() is not None
        proof = client.anchors.proofs.prove(RECORDS_STREAM, client.vault.opening(two).leaf())
        stranger.anchors.proofs.verify(proof, stream=RECORDS_STREAM)
        assert client.records.check().findings == ()
        assert client.records.add(b"three", patient=PATIENT, about=NOTE).anchored.number == 1


def test_a_node_that_is_behind_is_not_believed_that_a_number_is_passed_by(
    hospital: Hospital,
) -> None:
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    block = hospital.client.chain.block().number
    hospital.append(STREAM, "b")
    another_process(hospital)
    with behind(hospital.client.chain, block, HEADS), pytest.raises(NodeBehind):
        hospital.anchors.log.passed_by(issuer=hospital.issuer)
    hospital.append(STREAM, "c")
    assert of(hospital)[-1] == (2, 3)
