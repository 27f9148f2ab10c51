"""Checking, collecting what nobody points to, and hard re-encryption."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import InvalidArgument, StorageUnavailable
from salus.vault import Added, Compartment, Vault
from salus.vault.crypto.commitments import commit_key
from salus.vault.crypto.envelope import encrypt
from salus.vault.storage import LocalStorage, MemoryStorage, Storage
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.objects import ObjectStorage
from salus.vault.versions import adding

OTHER = "0x" + "ee" * 20


def add(vault: Vault, by: Person, source: object = b"48 mmol/mol", **more: object) -> Added:
    values: dict[str, object] = {
        "compartment": Compartment(patient=PATIENT, resource_class="Observation"),
        "media_type": "text/plain",
        "created_at": NOW,
        **more,
    }
    return vault.add(source, **values)  # type: ignore[arg-type]


@pytest.fixture
def vault(tmp_path: Path, hospital: Person) -> Vault:
    places = [(tmp_path / name).as_uri() for name in ("blobs", "mirror")]
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "README").write_text("mounted")
    url = f"sqlite://{tmp_path}/keys.db"
    return Vault(places[0], url, keys=hospital.keys, chain_id=CHAIN, read_from=places[1:])


@pytest.fixture
def mirror(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "mirror")


def copy(vault: Vault, to: Storage, added: Added) -> None:
    name = added.manifest.blob.name
    to.put(name, vault.storage.get(name))


def kinds(vault: Vault, **how: bool) -> list[tuple[str, bool]]:
    return [(each.kind, each.repaired) for each in vault.upkeep.check(**how).findings]


def blobs(vault: Vault) -> set[str]:
    return set(vault.storage.list("blobs"))


# ── check ────────────────────────────────────────────────────────────────────────────────────


def test_finds_nothing_where_all_is_well(vault: Vault, hospital: Person) -> None:
    add(vault, hospital)
    report = vault.upkeep.check(deep=True)
    assert (report.versions, report.findings, report.sound) == (1, (), True)


def test_finds_a_missing_blob_and_takes_it_back_from_another_place(
    vault: Vault, hospital: Person, mirror: LocalStorage
) -> None:
    added = add(vault, hospital)
    copy(vault, mirror, added)
    vault.storage.delete(added.manifest.blob.name)

    assert kinds(vault) == [("missing blob", False)]
    assert kinds(vault, repair=True) == [("missing blob", True)]
    assert kinds(vault, deep=True) == []
    assert vault.storage.exists(added.manifest.blob.name)


def test_says_so_when_a_blob_is_nowhere(vault: Vault, hospital: Person) -> None:
    added = add(vault, hospital)
    vault.storage.delete(added.manifest.blob.name)
    report = vault.upkeep.check(repair=True)
    assert not report.sound
    assert "no other place has it whole" in report.findings[0].detail


@pytest.mark.parametrize("deep", [False, True])
def test_finds_damage_and_mends_it_from_a_whole_copy(
    vault: Vault, hospital: Person, mirror: LocalStorage, tmp_path: Path, deep: bool
) -> None:
    added = add(vault, hospital, os.urandom(200_000))
    copy(vault, mirror, added)
    path = tmp_path / "blobs" / added.manifest.blob.name
    damaged = bytearray(path.read_bytes())
    if deep:
        damaged[100_000] ^= 1
    else:
        del damaged[100_000:]
    path.write_bytes(damaged)

    assert kinds(vault) == ([] if deep else [("damaged blob", False)])
    assert kinds(vault, deep=deep, repair=True) == [("damaged blob", True)]
    assert kinds(vault, deep=True) == []


def test_a_damaged_copy_mends_nothing(
    vault: Vault, hospital: Person, mirror: LocalStorage, tmp_path: Path
) -> None:
    added = add(vault, hospital, os.urandom(1000))
    copy(vault, mirror, added)
    with (tmp_path / "mirror" / added.manifest.blob.name).open("r+b") as file:
        file.write(b"?")
    vault.storage.delete(added.manifest.blob.name)
    assert kinds(vault, repair=True) == [("missing blob", False)]
    assert blobs(vault) == set()


@pytest.mark.parametrize("there", [False, True])
def test_a_copy_that_changes_between_look_and_copy_replaces_nothing(
    vault: Vault,
    hospital: Person,
    mirror: LocalStorage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,
) -> None:
    added = add(vault, hospital, os.urandom(1000))
    copy(vault, mirror, added)
    path = tmp_path / "blobs" / added.manifest.blob.name
    half = path.read_bytes()[:500]
    path.write_bytes(half) if there else path.unlink()
    real, read = LocalStorage.get, []

    def get(self: LocalStorage, name: str, **part: int) -> Iterator[bytes]:
        read.append(self.url)
        blob = b"".join(real(self, name, **part))
        second = read.count(mirror.url) == 2 and self.url == mirror.url
        return iter([bytes(len(blob)) if second else blob])

    monkeypatch.setattr(LocalStorage, "get", get)
    wrong = "damaged blob" if there else "missing blob"
    assert kinds(vault, repair=True) == [(wrong, False)]
    assert read.count(mirror.url) == 2
    assert path.read_bytes() == half if there else not path.exists()
    assert kinds(vault, repair=True) == [(wrong, True)]


def test_finds_a_lost_key(vault: Vault, hospital: Person) -> None:
    added = add(vault, hospital)
    row = vault.database.records.all(vault.identity)[0]
    vault.database.records.put(replace(row, secret=bytes(64)))
    assert kinds(vault) == [("lost key", False)]
    assert added.manifest.record_id == vault.upkeep.check().findings[0].subject


def test_finds_a_damaged_key_database(vault: Vault, hospital: Person, tmp_path: Path) -> None:
    for _ in range(30):
        add(vault, hospital)
    vault.close()
    data = bytearray((tmp_path / "keys.db").read_bytes())
    # An index page that reads but does not fit its table: what a failing disk leaves behind.
    place = data.rfind(b"blobs/baf")
    data[place + 20 : place + 30] = b"aaaaaaaaaa"
    (tmp_path / "keys.db").write_bytes(data)
    again = Vault(vault.storage, vault.database.url, keys=hospital.keys, chain_id=CHAIN)
    assert "damaged key database" in {kind for kind, _ in kinds(again)}


def test_finds_and_finishes_an_erasure(hospital: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(MemoryStorage("stuck"), "memory:", keys=hospital.keys, chain_id=CHAIN)
    record = add(vault, hospital).manifest.record_id

    def refuses(self: MemoryStorage, name: str) -> bool:
        raise StorageUnavailable(self.url, "read-only")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryStorage, "delete", refuses)
        vault.erase(record, erased_at=NOW)
        assert kinds(vault, repair=True) == [("unfinished erasure", False)]
    assert kinds(vault, repair=True) == [("unfinished erasure", True)]
    assert kinds(vault) == []


# ── collect ──────────────────────────────────────────────────────────────────────────────────


def orphan(vault: Vault) -> str:
    """What a writer that was killed between blob and key leaves behind."""
    salt = vault._manifests.cipher.marked_salt()
    blob = b"".join(encrypt(b"half", key=bytes(32), associated_data=b"", salt=salt))
    name = f"blobs/{os.urandom(8).hex()}"
    vault.storage.put(name, blob)
    return name


def test_removes_what_a_dead_writer_left_once_it_is_old(vault: Vault, hospital: Person) -> None:
    kept = add(vault, hospital).manifest
    lost = orphan(vault)
    assert vault.upkeep.collect().blobs == ()
    assert vault.upkeep.collect(older_than=0).blobs == (lost,)
    assert blobs(vault) == {kept.blob.name}


def test_never_touches_what_others_keep_in_the_same_storage(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    kept = add(theirs, clinician).manifest
    lost = orphan(theirs)
    ours.storage.put("blobs/short", b"x")
    ours.storage.put("messages/letter", bytes(100))

    assert ours.upkeep.collect(older_than=0).blobs == ()
    assert theirs.upkeep.collect(older_than=0).blobs == (lost,)
    assert theirs.open(kept).read() == b"48 mmol/mol"
    assert ours.storage.exists("messages/letter")


def test_foreign_files_among_the_blobs_stop_neither_check_nor_collect(
    vault: Vault, hospital: Person, tmp_path: Path
) -> None:
    kept, lost = add(vault, hospital).manifest.blob.name, orphan(vault)
    folder = tmp_path / "blobs" / "blobs"
    (folder / "README.TXT").write_text("hello")
    (folder / "link").symlink_to("/etc/passwd")
    assert vault.upkeep.check(deep=True).sound
    assert vault.upkeep.collect(older_than=0).blobs == (lost,)
    assert {path.name for path in folder.iterdir()} == {"README.TXT", "link", kept[6:]}


def test_foreign_objects_in_a_bucket_stop_neither_check_nor_collect(hospital: Person) -> None:
    bucket = MemoryStore()
    vault = Vault(
        ObjectStorage(bucket, "s3://bucket"), "memory:", keys=hospital.keys, chain_id=CHAIN
    )
    add(vault, hospital)
    lost = orphan(vault)
    obstore.put(bucket, "blobs/README.TXT", b"hello")
    assert kinds(vault, deep=True) == []
    assert vault.upkeep.collect(older_than=0).blobs == (lost,)


def test_a_writer_at_work_either_keeps_its_blob_or_keeps_nothing(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blob is durable, its key is not kept yet, and a collection passes by."""
    known = add(vault, hospital).manifest

    def slow(key: bytes) -> bytes:
        assert len(vault.upkeep.collect(older_than=0).blobs) == 1
        return commit_key(key)

    monkeypatch.setattr(adding, "commit_key", slow)
    with pytest.raises(MissingBlob):
        add(vault, hospital)
    assert vault.manifests() == [known]
    assert kinds(vault) == []


def test_a_blob_that_comes_to_be_pointed_to_is_spared(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for lost blobs and deleting them, a writer finishes."""
    real = type(vault.upkeep._collecting).lost
    added: list[Added] = []

    def late(self: object, *, older_than: float) -> list[str]:
        added.append(add(vault, hospital))
        return [*real(self, older_than=older_than), added[0].manifest.blob.name]  # type: ignore[arg-type]

    monkeypatch.setattr(type(vault.upkeep._collecting), "lost", late)
    assert vault.upkeep.collect(older_than=0).blobs == ()
    assert vault.open(added[0].manifest).read() == b"48 mmol/mol"


def test_what_is_left_is_removed_after_every_record_was_erased(
    vault: Vault, hospital: Person
) -> None:
    vault.erase(add(vault, hospital).manifest.record_id, erased_at=NOW)
    lost = orphan(vault)
    assert vault.upkeep.collect(older_than=0).blobs == (lost,)


def test_refuses_a_negative_age(vault: Vault) -> None:
    with pytest.raises(InvalidArgument):
        vault.upkeep.collect(older_than=-1)


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
