"""Logs that are lost, or come from a backup: rehearsed with the files of a hospital."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE
from tests.support.restored import KEY_DATABASE, LOGS, PATIENT, Hospital, lose

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain
from salus.errors import InputError, VerificationError
from salus.receipts import verify_receipt
from salus.records.proving import RECORDS_STREAM
from salus.vault.documents.erasure_notice import erased_leaf
from salus.vault.documents.manifest import Manifest
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import stream_id

pytestmark = pytest.mark.slow


@pytest.fixture
def hospital(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    return closed_later(Hospital(chain, tmp_path / "state"))


# The logs ----------------------------------------------------------------------------------------


def test_lost_logs_are_rebuilt_and_the_issuer_goes_on(hospital: Hospital) -> None:
    old, gone = hospital.add(b"one"), hospital.add(b"two")
    hospital.erase(gone)
    lose(hospital.folder / LOGS)
    with pytest.raises(VerificationError, match=r"anchors\.rebuild"):
        hospital.add(b"three")
    with hospital.opened() as client:
        found = {(each.stream, each.number): each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM, 1].anchored == 2
        assert found[ERASURES_STREAM, 1].anchored == 2
        assert all(each.whole for each in found.values())
    three = hospital.add(b"three")
    with hospital.opened() as client:
        for each in (old, three):
            receipt = client.records.receipt(each)
            assert verify_receipt(receipt, trusting=hospital.chain).missing == ("document",)
        assert client.records.erase(gone.record_id).report.record == gone.record
        line = client.anchors.history.line(client.identity, RECORDS_STREAM)
        assert line.disowned_leaves == 0
        assert line.head is not None
        assert line.head.number == 1


def test_logs_from_a_backup_are_filled_up(hospital: Hospital, tmp_path: Path) -> None:
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup", LOGS)
    late = hospital.add(b"two")
    lose(hospital.folder / LOGS)
    hospital.put_back(backup)
    with hospital.opened() as client:
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.records.receipt(late).index == 1
    hospital.add(b"three")


def test_rebuilding_sound_logs_changes_nothing(hospital: Hospital) -> None:
    hospital.add(b"one")
    with hospital.opened() as client:
        client.anchors.log.store(RECORDS_STREAM, [b"\x01" * 32])
        name = stream_id(RECORDS_STREAM)
        before = client._logs.leaves(client.identity, name)
        client.anchors.rebuild()
        client.anchors.rebuild()
        assert client._logs.leaves(client.identity, name) == before
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2


def test_logs_of_several_numbers_are_rebuilt(hospital: Hospital) -> None:
    hospital.add(b"one")
    with hospital.opened() as client:
        anchors = client.anchors
        last = anchors.history.checkpoints(client.identity, RECORDS_STREAM)[-1].checkpoint
        false = (client.identity, stream_id(RECORDS_STREAM), last.as_tuple(), 2**53 - 1, b"f" * 32)
        anchors._client.send("anchor", *false)
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
        leaf = b"\x02" * 32
        anchors.append(RECORDS_STREAM, [leaf], issuer=client.identity, by=new)
    lose(hospital.folder / LOGS)
    with hospital.opened() as client:
        found = {(each.stream, each.number): each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM, 1].anchored == 1
        assert found[RECORDS_STREAM, 2].anchored == 2
        assert all(each.whole for each in found.values())
        more = client.anchors.append(RECORDS_STREAM, [b"\x03" * 32], issuer=client.identity, by=new)
        assert (more.number, more.checkpoint.size) == (2, 3)


def test_rebuilding_tells_what_nobody_has(hospital: Hospital, tmp_path: Path) -> None:
    """Both files from an old backup: what was anchored since is lost, and the client says so."""
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup")
    hospital.add(b"two")
    lose(hospital.folder / LOGS, hospital.folder / KEY_DATABASE)
    hospital.put_back(backup)
    with hospital.opened() as client:
        found = {each.stream: each for each in client.anchors.rebuild()}
        assert (found[RECORDS_STREAM].anchored, found[RECORDS_STREAM].missing) == (1, 1)
        with pytest.raises(VerificationError, match="disown=True"):
            client.records.add(b"three", patient=PATIENT, about=NOTE)
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
        with pytest.raises(VerificationError, match="disown=True"):
            client.anchors.append(RECORDS_STREAM, [b"\x04" * 32], issuer=client.identity, by=new)
        done = client.anchors.rebuild(disown=True, issuer=client.identity, by=new)
        assert all(each.whole for each in done)
        went_on = client.anchors.append(
            RECORDS_STREAM, [b"\x04" * 32], issuer=client.identity, by=new
        )
        assert went_on.number == 2
        assert client.anchors.history.line(client.identity, RECORDS_STREAM).disowned_leaves == 1


def test_logs_are_not_rebuilt_without_a_key_database(newcomer: Callable[[], Salus]) -> None:
    with pytest.raises(InputError, match="from the key database"):
        newcomer().anchors.rebuild()


def test_a_leaf_stored_while_the_logs_are_rebuilt_is_kept(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital.add(b"one")
    with hospital.opened() as client, hospital.opened() as other:
        late, rewrite = b"\x07" * 32, LogStore.rewrite

        def and_store(
            store: LogStore, issuer: str, label: str, how: object, **more: object
        ) -> None:
            monkeypatch.setattr(LogStore, "rewrite", rewrite)
            other.anchors.log.store(RECORDS_STREAM, [late])
            rewrite(store, issuer, label, how, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(LogStore, "rewrite", and_store)
        client.anchors.rebuild()
        assert all(client.anchors.log.holds(RECORDS_STREAM, each) for each in [late])
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2


def test_a_row_that_somebody_put_into_the_logs_is_never_anchored(hospital: Hospital) -> None:
    hospital.add(b"one")
    planted = b"\x66" * 32
    with hospital.opened() as client:
        client._logs.append_to(client.identity, RECORDS_STREAM, [planted], number=1)
    with pytest.raises(VerificationError, match="the key database does not know them"):
        hospital.add(b"two")
    with hospital.opened() as client:
        found = {each.stream: each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM].unknown == 1
        assert not client.anchors.log.holds(RECORDS_STREAM, planted)
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2
    hospital.add(b"three")


def erased_by_hand(hospital: Hospital, manifest: Manifest) -> None:
    """One row in the file of the logs, which nothing authenticates."""
    with hospital.opened() as client:
        leaf = erased_leaf(client.identity, manifest.record)
        client._logs.append_to(client.identity, ERASURES_STREAM, [leaf], number=1)


def test_a_row_planted_in_the_logs_destroys_nothing(hospital: Hospital, tmp_path: Path) -> None:
    manifest = hospital.add(b"a note")
    erased_by_hand(hospital, manifest)
    hospital.put_back(hospital.back_up(tmp_path / "backup", KEY_DATABASE))
    with hospital.opened() as client:
        assert client.compare().erased == ()
        assert client.records.open(manifest) == b"a note"


@pytest.mark.parametrize("rotations", [0, 1, 2])
def test_no_rotation_brings_back_what_was_erased_since_a_backup(
    hospital: Hospital, tmp_path: Path, rotations: int
) -> None:
    """Key database and logs from the same backup: what is missing is never taken for a thief's."""
    manifest, first = hospital.add(b"a note"), hospital.add(b"another")
    hospital.erase(first)
    backup = hospital.back_up(tmp_path / "backup")
    hospital.erase(manifest)
    with hospital.opened() as client:
        who, by = client.identity, None
        for _ in range(rotations):
            new = Account.create()
            client.identities.control.rotate(who, new.identity, by=by)
            by = new
    hospital.put_back(backup)
    with hospital.opened() as client:
        for _ in range(2):
            with pytest.raises(VerificationError, match=r"erasures.*rebuild\(disown=True"):
                client.records.open(manifest)
            assert not all(each.whole for each in client.anchors.rebuild())
        assert client.anchors.history.line(who, ERASURES_STREAM).disowned_leaves == 0
        if not rotations:
            with pytest.raises(VerificationError, match="rotate the identity's key"):
                client.anchors.rebuild(disown=True)
            return
        done = client.anchors.rebuild(issuer=who, by=by, disown=True)
        assert all(each.whole for each in done)
        assert client.anchors.history.line(who, ERASURES_STREAM).disowned_leaves == 2
        assert client.compare().erased == ()


def test_logs_from_a_backup_disown_nothing_after_a_routine_rotation(
    hospital: Hospital, tmp_path: Path
) -> None:
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup", LOGS)
    hospital.add(b"two")
    with hospital.opened() as client:
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
    hospital.put_back(backup)
    with hospital.opened() as client:
        who, leaf = client.identity, [b"\x04" * 32]
        with pytest.raises(VerificationError, match=r"anchors\.rebuild"):
            client.anchors.append(RECORDS_STREAM, leaf, issuer=who, by=new)
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.anchors.anchor_pending(RECORDS_STREAM, issuer=who, by=new).number == 1
        assert client.anchors.history.line(who, RECORDS_STREAM).disowned_leaves == 0
