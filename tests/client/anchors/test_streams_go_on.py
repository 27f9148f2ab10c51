"""A thief ends an issuer's streams; the issuer rotates, goes on, and nobody loses what was said."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater

from salus import Salus
from salus.anchors.store import LogStore
from salus.anchors.streams import going_on_leaf
from salus.chain import Account
from salus.consents.timelines import CONSENT_STREAM
from salus.emergencies.custodians import RELEASES_STREAM
from salus.errors import InputError, VerificationError
from salus.records.proving import RECORDS_STREAM
from salus_verify import merkle
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import Checkpoint, stream_id

pytestmark = pytest.mark.slow

STREAM = "audit"
LABELS = (RECORDS_STREAM, ERASURES_STREAM, RELEASES_STREAM, CONSENT_STREAM, "telemetry")
HUGE = 2**53 - 1


def leaves(*names: str) -> list[bytes]:
    return [sha256(name.encode()).digest() for name in names]


class Hospital:
    """An issuer, its log, and what its key was at each time."""

    def __init__(self, client: Salus, store: LogStore) -> None:
        self.client, self.key, self.issuer = client, client.account, client.account.identity
        self.store = store
        self.anchors = Salus(client.chain, account=client.account, logs=store).anchors

    def append(self, label: str, *names: str) -> bytes:
        """Anchor leaves as whoever has the key now, paid by the first account."""
        by = None if self.key is self.client.account else self.key
        anchored = self.anchors.append(label, leaves(*names), issuer=self.issuer, by=by)
        return anchored.checkpoint.id

    def last(self, label: str) -> Checkpoint:
        history = self.anchors.history.checkpoints(self.issuer, label)
        return history[-1].checkpoint if history else Checkpoint.none()

    def is_robbed(
        self, label: str, size: int, *, number: int = 1, root: bytes = b"\x66" * 32
    ) -> Checkpoint:
        """One transaction of a thief with the present key."""
        history = [
            e for e in self.anchors.history.checkpoints(self.issuer, label) if e.number == number
        ]
        last = history[-1].checkpoint if history else Checkpoint.none()
        false = Checkpoint(last.id, root, size)
        by = None if self.key is self.client.account else self.key
        self.anchors._extending.send(self.issuer, stream_id(label, number), last, false, by)
        return false

    def rotates(self) -> None:
        new = Account.create()
        by = None if self.key is self.client.account else self.key
        self.client.identities.control.rotate(self.issuer, new.identity, by=by)
        self.key = new


@pytest.fixture
def hospital(newcomer: Callable[[], Salus], tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    client = newcomer()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=client.chain.chain_id))
    return Hospital(client, store)


@pytest.mark.parametrize("size", [4, HUGE])
def test_every_stream_goes_on_after_theft_and_rotation(hospital: Hospital, size: int) -> None:
    hospital.append(RECORDS_STREAM, "a", "b", "c")
    for label in LABELS:
        hospital.is_robbed(label, size)
    hospital.rotates()
    for label in LABELS:
        hospital.append(label, f"after in {label}")
        hospital.append(label, f"later in {label}")
        line = hospital.anchors.history.line(hospital.issuer, label)
        assert line.head is not None
        assert (line.head.number, line.head.checkpoint.size) == (2, 3)
        assert line.disowned_leaves == (size - 3 if label == RECORDS_STREAM else size)
        assert hospital.anchors.history.head_id(hospital.issuer, label) == line.head.checkpoint.id


def test_nothing_goes_on_while_the_thief_may_have_the_key(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, HUGE)
    with pytest.raises(VerificationError, match="rotate the identity's key"):
        hospital.append(STREAM, "b")
    assert [
        each.number for each in hospital.anchors.history.checkpoints(hospital.issuer, STREAM)
    ] == [1, 1]
    hospital.rotates()
    hospital.append(STREAM, "c")
    assert hospital.anchors.proofs.prove(STREAM, leaves("b")[0], issuer=hospital.issuer).index == 1


def test_the_next_number_begins_with_one_leaf_that_names_the_last_true_checkpoint(
    hospital: Hospital,
) -> None:
    hospital.append(STREAM, "a")
    true = hospital.last(STREAM)
    hospital.is_robbed(STREAM, 9)
    hospital.rotates()
    hospital.append(STREAM, "b")
    first = next(
        e for e in hospital.anchors.history.checkpoints(hospital.issuer, STREAM) if e.number == 2
    )
    leaf = going_on_leaf(hospital.issuer, STREAM, after=1, last=true)
    assert first.checkpoint.size == 1
    assert hospital.store.leaves(hospital.issuer, stream_id(STREAM, 2)) == [leaf, *leaves("b")]


def test_what_was_proved_before_a_theft_and_after_it_holds(
    hospital: Hospital, stranger: Salus
) -> None:
    hospital.append(STREAM, "a", "b")
    before = hospital.anchors.proofs.prove(STREAM, leaves("a")[0], issuer=hospital.issuer)
    hospital.is_robbed(STREAM, HUGE)
    during = hospital.anchors.proofs.prove(STREAM, leaves("b")[0], issuer=hospital.issuer)
    hospital.rotates()
    hospital.append(STREAM, "c")
    mixed = hospital.anchors.proofs.prove_all(STREAM, leaves("c", "a"), issuer=hospital.issuer)
    assert [each.anchored.number for each in mixed] == [2, 1]
    for proof in (before, during, *mixed):
        stranger.anchors.proofs.verify(proof)


def test_leaves_that_were_pending_at_the_theft_go_along(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    hospital.anchors.log.store(STREAM, leaves("pending"), issuer=hospital.issuer)
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    name = stream_id(STREAM, 2)
    assert hospital.store.leaves(hospital.issuer, name)[1:] == leaves("pending", "b")
    assert hospital.store.size(hospital.issuer, stream_id(STREAM)) == 1


def test_a_second_theft_ends_the_second_number(hospital: Hospital, stranger: Salus) -> None:
    hospital.append(STREAM, "a")
    for number in (1, 2, 3):
        hospital.is_robbed(STREAM, HUGE, number=number)
        hospital.rotates()
        hospital.append(STREAM, f"after {number}")
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert line.head is not None
    assert line.head.number == 4
    assert [each.number for each in line.disowned] == [1, 2, 3]
    assert {each.checkpoint.size for each in line.standing if each.number == 3} == {1, 2}
    for name in ("a", "after 1", "after 2", "after 3"):
        stranger.anchors.proofs.verify(
            hospital.anchors.proofs.prove(STREAM, leaves(name)[0], issuer=hospital.issuer)
        )


def test_numbers_that_the_thief_took_ahead_are_passed_by(
    hospital: Hospital, stranger: Salus
) -> None:
    hospital.append(STREAM, "a")
    true = hospital.last(STREAM)
    hospital.is_robbed(STREAM, HUGE)
    hospital.is_robbed(STREAM, 7, number=2)
    forged = going_on_leaf(hospital.issuer, STREAM, after=1, last=Checkpoint.none())
    hospital.is_robbed(STREAM, 1, number=3, root=merkle.leaf_hash(forged))
    hospital.rotates()
    hospital.append(STREAM, "b")
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert line.head is not None
    assert line.head.number == 4
    assert line.standing[0].checkpoint == true
    assert {each.number for each in line.disowned} == {1, 2, 3}


def test_a_thief_who_rotated_and_went_on_is_disowned_after_the_recovery(
    hospital: Hospital, stranger: Salus
) -> None:
    """The thief holds the identity for a while and builds a well-formed number of its own."""
    hospital.append(STREAM, "a", "b")
    true = hospital.last(STREAM)
    honest, hospital.store = hospital.store, LogStore.open("memory:")
    hospital.rotates()
    thief = Hospital(
        hospital.client, LogStore.open("memory:", chain_id=hospital.client.chain.chain_id)
    )
    thief.issuer, thief.key = hospital.issuer, hospital.key
    thief.store.mark_compared(thief.issuer)
    thief.append(STREAM, "forged")
    assert stranger.anchors.history.line(hospital.issuer, STREAM).disowned_leaves == 2
    hospital.rotates()
    hospital.store = honest
    hospital.append(STREAM, "c")
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert true in [each.checkpoint for each in line.standing]
    assert line.head is not None
    assert line.head.number == 3
    assert line.disowned_leaves == 2


def test_a_hospital_that_rotates_to_lose_an_audit_entry_is_caught(
    hospital: Hospital, stranger: Salus
) -> None:
    hospital.append(STREAM, "honest")
    kept = hospital.store.leaves(hospital.issuer, stream_id(STREAM))
    hospital.append(STREAM, "who looked at the minister's record")
    promised = hospital.anchors.proofs.prove(
        STREAM, leaves("who looked at the minister's record")[0], issuer=hospital.issuer
    )
    # Its log is written anew without the entry, and its key rotated as a pretext.
    hospital.store = LogStore.open("memory:", chain_id=hospital.client.chain.chain_id)
    hospital.anchors = Salus(
        hospital.client.chain, account=hospital.client.account, logs=hospital.store
    ).anchors
    hospital.store.append_to(hospital.issuer, STREAM, kept, number=1)
    hospital.store.mark_compared(hospital.issuer)
    hospital.rotates()
    hospital.append(STREAM, "as if nothing had been")

    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert line.disowned_leaves == 1
    assert [each.checkpoint.id for each in line.disowned] == [promised.anchored.checkpoint.id]
    stranger.anchors.proofs.verify(promised)


def test_a_number_that_disowns_what_its_own_key_anchored_does_not_count(
    hospital: Hospital, stranger: Salus
) -> None:
    hospital.append(STREAM, "honest")
    true = hospital.last(STREAM)
    hospital.rotates()
    hospital.append(STREAM, "to be lost")
    leaf = going_on_leaf(hospital.issuer, STREAM, after=1, last=true)
    hospital.is_robbed(STREAM, 1, number=2, root=merkle.leaf_hash(leaf))
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert line.head is not None
    assert (line.head.number, line.head.checkpoint.size) == (1, 2)
    assert [each.number for each in line.disowned] == [2]


def test_a_new_log_store_disowns_nothing_by_itself(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    hospital.rotates()
    hospital.anchors = Salus(hospital.client.chain, account=hospital.client.account).anchors
    with pytest.raises(VerificationError, match=r"rotate .* then `anchors\.rebuild\(disown=True"):
        hospital.append(STREAM, "b")
    assert len(hospital.anchors.history.checkpoints(hospital.issuer, STREAM)) == 1


def test_disowning_before_a_rotation_says_what_comes_first(hospital: Hospital) -> None:
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, 3)
    order = r"rotate the identity's key, then `anchors\.rebuild\(disown=True\)` again"
    for _ in range(2):
        with pytest.raises(VerificationError, match=order):
            hospital.anchors.rebuild(issuer=hospital.issuer, by=hospital.key, disown=True)
    hospital.rotates()
    hospital.anchors.rebuild(issuer=hospital.issuer, by=hospital.key, disown=True)
    assert hospital.anchors.history.line(hospital.issuer, STREAM).disowned_leaves == 2


def test_a_log_store_from_before_the_theft_is_not_taken_for_the_thief_s(
    hospital: Hospital, tmp_path: Path, closed_later: ClosedLater
) -> None:
    hospital.append(STREAM, "a")
    hospital.store.close()
    old = (tmp_path / "logs.sqlite").read_bytes()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    hospital.store = closed_later(LogStore.open(url, chain_id=hospital.client.chain.chain_id))
    hospital.anchors = Salus(
        hospital.client.chain, account=hospital.client.account, logs=hospital.store
    ).anchors
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    hospital.append(STREAM, "b")
    (tmp_path / "old.sqlite").write_bytes(old)
    url = f"sqlite://{tmp_path}/old.sqlite"
    store = closed_later(LogStore.open(url, chain_id=hospital.client.chain.chain_id))
    hospital.anchors = Salus(
        hospital.client.chain, account=hospital.client.account, logs=store
    ).anchors
    with pytest.raises(VerificationError, match="was put back"):
        hospital.append(STREAM, "c")
    assert hospital.anchors.history.line(hospital.issuer, STREAM).disowned_leaves == HUGE - 1
    # With no key database, what the file lacks is lost; it takes a word, and the present key goes
    # on.
    hospital.rotates()
    with pytest.raises(VerificationError, match="was put back"):
        hospital.append(STREAM, "c")
    hospital.anchors.rebuild(issuer=hospital.issuer, by=hospital.key, disown=True)
    hospital.append(STREAM, "c")
    line = hospital.anchors.history.line(hospital.issuer, STREAM)
    assert [(each.number, each.checkpoint.size) for each in line.standing] == [
        (1, 1),
        (3, 1),
        (3, 3),
    ]


def test_two_processes_go_on_together(
    hospital: Hospital, tmp_path: Path, closed_later: ClosedLater
) -> None:
    hospital.append(STREAM, "a")
    hospital.is_robbed(STREAM, HUGE)
    hospital.rotates()
    url = f"sqlite://{tmp_path}/logs.sqlite"
    store = closed_later(LogStore.open(url, chain_id=hospital.client.chain.chain_id))
    other = Salus(hospital.client.chain, account=hospital.client.account, logs=store).anchors
    hospital.append(STREAM, "b")
    other.append(STREAM, leaves("c"), issuer=hospital.issuer, by=hospital.key)
    line = other.history.line(hospital.issuer, STREAM)
    assert line.head is not None
    assert (line.head.number, line.head.checkpoint.size) == (2, 3)


def test_a_label_that_ends_like_a_number_is_refused(hospital: Hospital) -> None:
    with pytest.raises(InputError, match="ends with a number"):
        hospital.append("records/2", "a")


def test_a_number_planted_on_the_true_head_is_passed_by(
    hospital: Hospital, stranger: Salus
) -> None:
    """It disowns nothing when it begins: it has no reason, and nothing later is its reason."""
    hospital.append(STREAM, "a")
    leaf = going_on_leaf(hospital.issuer, STREAM, after=1, last=hospital.last(STREAM))
    hospital.is_robbed(STREAM, 1, number=2, root=merkle.leaf_hash(leaf))
    hospital.append(STREAM, "who looked at the minister's record")
    hospital.rotates()
    hospital.append(STREAM, "c")
    line = stranger.anchors.history.line(hospital.issuer, STREAM)
    assert [(each.number, each.checkpoint.size) for each in line.standing] == [
        (1, 1),
        (1, 2),
        (1, 3),
    ]
    assert line.disowned_leaves == 1
