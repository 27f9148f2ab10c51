"""A home storage that gives other bytes than it was given: another place has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.vault import Compartment, Vault
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import CommitmentMismatch, TamperedBlob
from salus.vault.storage import MemoryStorage
from salus.vault.versions.pipeline import store_encrypted
from salus_verify.opening import PlaintextCommitment

LONG = os.urandom(3 << 20)


@dataclass
class Ward:
    """A vault, its home, and a mirror that has all of it."""

    vault: Vault
    home: MemoryStorage
    mirror: MemoryStorage
    manifest: Manifest

    def lie(self, blob: bytes) -> None:
        self.home.blobs[self.manifest.blob.name] = blob

    @property
    def true(self) -> bytes:
        return self.mirror.blobs[self.manifest.blob.name]


@pytest.fixture
def ward(hospital: Person) -> Ward:
    home = MemoryStorage("lying-home")
    mirror = MemoryStorage.named(f"true-mirror-{os.urandom(4).hex()}")
    vault = Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[mirror.url])
    manifest = vault.add(
        LONG,
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    ).manifest
    mirror.blobs[manifest.blob.name] = home.blobs[manifest.blob.name]
    return Ward(vault, home, mirror, manifest)


@pytest.mark.parametrize("true", [0, 100, 1 << 20, (2 << 20) + 12345])
def test_a_home_that_lies_is_passed_by_and_named(ward: Ward, true: int, tmp_path: Path) -> None:
    """From its first byte, or from somewhere in the middle."""
    ward.lie(ward.true[:true] + bytes(len(ward.true) - true))
    opened = ward.vault.open(ward.manifest)
    assert b"".join(bytes(each) for each in opened.blocks()) == LONG
    assert opened.passed_by == (ward.home.url,)
    assert ward.vault.open(ward.manifest).read() == LONG
    ward.vault.open(ward.manifest).save_to(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == LONG


def test_a_range_that_was_changed_at_home_is_read_elsewhere(ward: Ward) -> None:
    ward.lie(ward.true[: 2 << 20] + bytes(len(ward.true) - (2 << 20)))
    opened = ward.vault.open(ward.manifest)
    assert opened.read_range(0, 10) == LONG[:10]
    assert opened.passed_by == ()
    assert opened.read_range(2 << 20, 999) == LONG[2 << 20 : (2 << 20) + 999]
    assert opened.passed_by == (ward.home.url,)


def test_a_copy_that_vanishes_or_shrinks_once_it_was_found_is_passed_by(ward: Ward) -> None:
    opened = ward.vault.open(ward.manifest)
    ward.lie(ward.true[:1000])
    assert opened.read() == LONG
    opened = ward.vault.open(ward.manifest)
    del ward.home.blobs[ward.manifest.blob.name]
    assert opened.read_range(5, 5) == LONG[5:10]


def _forged(ward: Ward, data: bytes) -> bytes:
    """What somebody who holds the record's key can put in its place."""
    key = ward.vault.keyring.record_key(ward.manifest.issuer, ward.manifest.record, 1)
    made = MemoryStorage("forger")
    stored = store_encrypted(
        made,
        data,
        key=key.key,
        associated_data=ward.manifest.associated_data,
        commitment=PlaintextCommitment(key.salt),
        padding="none",
    )
    return made.blobs[f"blobs/{stored.content_id}"]


def test_a_copy_by_somebody_who_holds_the_key_is_passed_by(ward: Ward, tmp_path: Path) -> None:
    ward.lie(_forged(ward, bytes(len(LONG))))
    opened = ward.vault.open(ward.manifest)
    assert opened.read() == LONG
    assert opened.passed_by == (ward.home.url,)
    ward.vault.open(ward.manifest).save_to(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == LONG
    with pytest.raises(CommitmentMismatch):  # what is read as a stream is out already
        list(ward.vault.open(ward.manifest).blocks())


def test_where_all_lie_the_first_is_named_and_no_file_is_made(ward: Ward, tmp_path: Path) -> None:
    ward.lie(bytes(len(ward.true)))
    ward.mirror.blobs[ward.manifest.blob.name] = bytes(len(ward.true))
    for act in (
        lambda: ward.vault.open(ward.manifest).read(),
        lambda: ward.vault.open(ward.manifest).read_range(0, 1),
        lambda: ward.vault.open(ward.manifest).save_to(tmp_path / "out"),
    ):
        with pytest.raises(TamperedBlob, match="lying-home"):
            act()
    assert list(tmp_path.iterdir()) == []
