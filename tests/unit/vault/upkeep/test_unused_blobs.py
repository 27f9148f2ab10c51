"""Blobs that nothing points to are removed, and no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore
from tests.support.upkeep import add, blobs, kinds
from tests.unit.conftest import CHAIN, NOW, Person

from salus.errors import InputError
from salus.vault import Vault
from salus.vault.crypto.commitments import commit_key
from salus.vault.crypto.envelope import encrypt
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.objects import ObjectStorage
from salus.vault.versions import adding
from salus.vault.versions.adding import Added

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
    with pytest.raises(InputError):
        vault.upkeep.collect(older_than=-1)
