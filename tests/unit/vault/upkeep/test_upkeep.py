"""A check finds what is wrong, and mends what it can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.upkeep import add, blobs, kinds
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import StorageUnavailable
from salus.vault import Vault
from salus.vault.storage import LocalStorage, MemoryStorage, Storage
from salus.vault.versions.adding import Added


def copy(vault: Vault, to: Storage, added: Added) -> None:
    name = added.manifest.blob.name
    to.put(name, vault.storage.get(name))


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


def test_finds_a_damaged_key_database(
    vault: Vault, hospital: Person, tmp_path: Path, closed_later: ClosedLater
) -> None:
    for _ in range(30):
        add(vault, hospital)
    vault.close()
    data = bytearray((tmp_path / "keys.db").read_bytes())
    # An index page that reads but does not fit its table: what a failing disk leaves behind.
    place = data.rfind(b"blobs/baf")
    data[place + 20 : place + 30] = b"aaaaaaaaaa"
    (tmp_path / "keys.db").write_bytes(data)
    again = closed_later(
        Vault(vault.storage, vault.database.url, keys=hospital.keys, chain_id=CHAIN)
    )
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
