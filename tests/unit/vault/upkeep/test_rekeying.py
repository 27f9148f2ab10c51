"""Encrypting again: every version, wherever it was cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from tests.support.sharing import share_record
from tests.support.upkeep import add, blobs, kinds
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import InvalidArgument
from salus.vault import Compartment, Vault
from salus.vault.crypto.commitments import commit_key
from salus.vault.storage import LocalStorage
from salus.vault.storage.errors import MissingBlob
from salus.vault.versions import adding

OTHER = "0x" + "ee" * 20


# ── rekey ────────────────────────────────────────────────────────────────────────────────────


def rekey(vault: Vault, by: Person, **more: object) -> object:
    return vault.upkeep.rekey(**more)  # type: ignore[arg-type]


def test_re_encrypts_every_version_and_removes_the_old_blobs(
    vault: Vault, hospital: Person
) -> None:
    one = add(vault, hospital, b"one", when=(7, None))
    record = one.manifest.record_id
    two = add(vault, hospital, b"two", record=record)
    old_keys = {key.key for key in vault.keyring.compartments.all()}
    steps: list[tuple[int, int]] = []

    done = vault.upkeep.rekey(progress=lambda *step: steps.append(step))

    assert done.complete
    assert [each.version for each in done.versions] == [1, 2]
    assert [each.digest for each in done.versions] == [one.manifest.digest, two.manifest.digest]
    assert steps == [(0, 1), (1, 1)]
    assert blobs(vault) == {each.blob.name for each in done.versions}
    assert vault.open(vault.manifest(record)).read() == b"two"
    assert sorted(entry.version for entry in vault.keyring.entries.all()) == [1, 2]
    assert vault.keyring.entries.find(one.manifest.record, 1).facts.when == (7, None)
    current = {key.key for key in vault.keyring.compartments.all() if key.current}
    assert current
    assert not current & old_keys
    # Old pointers open from where it lies now; old leaves still prove it.
    assert vault.open(one.manifest).read() == b"one"
    assert vault.open(two.manifest).read() == b"two"
    opening = vault.opening(one.manifest)
    assert (opening.leaf(), opening.opens(b"one")) == (one.leaf, True)
    assert vault.upkeep.check(deep=True).findings == ()


def test_a_former_reader_opens_nothing_after_it(
    vault: Vault, hospital: Person, clinician: Person
) -> None:
    add(vault, hospital)
    theirs = Vault(vault.storage, "memory:", keys=clinician.keys, chain_id=CHAIN)
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    manifests = []
    for parcel in [
        *vault.readers.share(plan, clinician.keys.document, consent="c"),
        *vault.readers.pointers(plan.compartments[0]),
    ]:
        manifests += theirs.readers.receive(parcel, sender=hospital.identity)
    assert theirs.open(manifests[0]).read() == b"48 mmol/mol"

    vault.readers.revoke("c")
    assert theirs.open(manifests[0]).read() == b"48 mmol/mol"  # revoking alone is not enough
    rekey(vault, hospital)

    with pytest.raises(MissingBlob):
        theirs.open(manifests[0])
    key = theirs.keyring.compartments.key(vault.identity, plan.compartments[0].key_id)
    current = [key.key for key in vault.keyring.compartments.all() if key.current]
    assert key not in current


def test_names_the_consents_to_share_with_again(
    vault: Vault, hospital: Person, clinician: Person
) -> None:
    record = add(vault, hospital).manifest.record_id
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    vault.readers.share(plan, clinician.keys.document, consent="whole")
    share_record(vault, record, clinician.keys.document, consent="single")
    done = vault.upkeep.rekey()
    assert done.consents == ("single", "whole")
    fresh = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    assert not set(fresh.compartments) & set(plan.compartments)
    assert [len(parcel.pointers) for parcel in vault.readers.pointers(fresh.compartments[0])] == [1]


def test_re_encrypts_one_patient_only(vault: Vault, hospital: Person) -> None:
    mine = add(vault, hospital)
    other = add(
        vault, hospital, compartment=Compartment(patient=OTHER, resource_class="Observation")
    )
    done = vault.upkeep.rekey(patient=OTHER.upper().replace("X", "x"))
    assert [each.record for each in done.versions] == [other.manifest.record]
    assert vault.storage.exists(mine.manifest.blob.name)


def unplug(vault: Vault, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let a re-encryption encrypt so many versions, and then fail."""
    again, left = vault._adding.encrypt_again, [times]

    def failing(*asked: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError
        return again(*asked, **named)

    monkeypatch.setattr(vault._adding, "encrypt_again", failing)


@pytest.mark.parametrize("times", range(6))
def test_goes_on_where_it_stopped(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    first = add(vault, hospital, b"0")
    add(vault, hospital, b"0b", record=first.manifest.record_id)
    records = {add(vault, hospital, str(number).encode()).manifest.record for number in range(1, 4)}
    with monkeypatch.context() as patch:
        unplug(vault, patch, times)
        with pytest.raises(ConnectionError) if times < 5 else nullcontext():
            rekey(vault, hospital)
    assert ("unfinished re-encryption", False) in kinds(vault) or times == 5
    if times < 5:
        with pytest.raises(InvalidArgument, match="finish it first"):
            rekey(vault, hospital, patient=OTHER)
    generations = len(vault.keyring.compartments.all())

    assert rekey(vault, hospital).complete  # type: ignore[attr-defined]

    assert len(vault.keyring.compartments.all()) <= generations + 1
    assert kinds(vault, deep=True) == []
    newest = {entry.record: entry.version for entry in vault.keyring.entries.all()}
    assert len(newest) == len(records) + 1
    assert len(blobs(vault)) == len(records) + 2
    assert vault.open(vault.manifest(first.manifest.record_id)).read() == b"0b"


def test_another_writer_meanwhile_stays_the_newest(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = add(vault, hospital, b"one").manifest.record_id
    late: list[bool] = []

    def busy(key: bytes) -> bytes:
        if not late:
            late.append(True)
            add(vault, hospital, b"two", record=record)
        return commit_key(key)

    monkeypatch.setattr(adding, "commit_key", busy)
    done = vault.upkeep.rekey()
    assert done.complete
    assert vault.open(vault.manifest(record)).read() == b"two"
    assert kinds(vault, deep=True) == []
    assert (len(blobs(vault)), len(done.versions)) == (2, 1)


def test_two_re_encryptions_at_once_leave_one_blob_of_each_version(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(vault, hospital, b"one")
    late: list[bool] = []

    def busy(key: bytes) -> bytes:
        if not late:
            late.append(True)
            assert vault.upkeep.rekey().complete
        return commit_key(key)

    monkeypatch.setattr(adding, "commit_key", busy)
    assert vault.upkeep.rekey().complete
    assert vault.open(first.manifest).read() == b"one"
    assert len(blobs(vault)) == 1
    assert kinds(vault, deep=True) == []


def test_who_had_an_old_key_is_told_of_the_erasure(
    vault: Vault, hospital: Person, clinician: Person, stranger: Person
) -> None:
    record = add(vault, hospital).manifest.record_id
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    vault.readers.share(plan, clinician.keys.document, consent="whole")
    share_record(vault, record, stranger.keys.document, consent="single")
    rekey(vault, hospital)
    told = {each.identity for each in (clinician, stranger)}
    assert set(vault.erase(record, erased_at=NOW).grantees) == told


def test_a_record_that_cannot_be_read_stays_as_it_was(vault: Vault, hospital: Person) -> None:
    lost, fine = add(vault, hospital), add(vault, hospital)
    vault.storage.delete(lost.manifest.blob.name)
    done = vault.upkeep.rekey()
    assert done.failed == ((lost.manifest.record_id, "MissingBlob"),)
    assert [each.record for each in done.versions] == [fine.manifest.record]
    assert vault.manifest(lost.manifest.record_id) == lost.manifest


def test_erasing_a_re_encrypted_record_destroys_all_its_versions(
    vault: Vault, hospital: Person, mirror: LocalStorage
) -> None:
    mirror.root.mkdir(exist_ok=True)
    record = add(vault, hospital).manifest.record_id
    rekey(vault, hospital)
    report = vault.erase(record, erased_at=NOW)
    assert report.complete
    assert [version for version, _, _ in report.versions] == [1]
    assert blobs(vault) == set()


def test_the_mark_of_a_blob_is_seen_by_its_maker_only(
    vault: Vault, vault_of: Callable[[Person], Vault], clinician: Person
) -> None:
    salts = [vault._manifests.cipher.marked_salt() for _ in range(50)]
    assert all(vault._manifests.cipher.is_marked(salt) for salt in salts)
    assert not any(vault_of(clinician)._manifests.cipher.is_marked(salt) for salt in salts)
    assert len(set(salts)) == 50


def test_an_interrupt_right_after_a_record_was_kept_leaves_its_blob(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = add(vault, hospital).manifest  # and the mark of the storage is noted
    whole, depth = vault.database.transaction, [0]

    @contextmanager
    def cut() -> Iterator[None]:
        depth[0] += 1
        with whole():
            yield
        depth[0] -= 1
        if not depth[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(vault.database, "transaction", cut)
    with pytest.raises(KeyboardInterrupt):
        add(vault, hospital)
    monkeypatch.undo()
    (manifest,) = (each for each in vault.manifests() if each != known)
    assert vault.open(manifest).read() == b"48 mmol/mol"
