"""A disk with no byte left: what looks after a vault works all the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.support.upkeep import add
from tests.unit.conftest import CHAIN, NOW, Person
from tests.unit.vault.storage.test_unmounted import versioned

from salus.primitives.errors import StorageFull
from salus.vault import Vault
from salus.vault.storage import MemoryStorage
from salus.vault.versions.adding import Added
from salus_verify.unreached import WhyLeft


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a small file system")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


Opened = Callable[[], Vault]


@pytest.fixture
def opened(disk: Path, hospital: Person, closed_later: ClosedLater) -> Opened:
    """Open the hospital's vault on the disk."""
    blobs, url = (disk / "blobs").as_uri(), f"sqlite://{disk}/keys.sqlite"
    return lambda: closed_later(Vault(blobs, url, keys=hospital.keys, chain_id=CHAIN))


def fill(disk: Path) -> None:
    """Take every byte there is."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue
    assert os.statvfs(disk).f_bavail == 0


@pytest.fixture
def full(disk: Path, hospital: Person, opened: Opened) -> tuple[Vault, Added, Added]:
    """A vault with two records and a lost blob, opened anew on a disk that is full."""
    vault = opened()
    one, two = add(vault, hospital), add(vault, hospital)
    vault.close()
    fill(disk)
    return opened(), one, two


def test_lists_opens_and_checks_with_no_room(full: tuple[Vault, Added, Added]) -> None:
    vault, one, _ = full
    assert len(vault.manifests()) == 2
    assert len(list(vault.keyring.entries.all())) == 2
    assert vault.open(one.manifest).read() == b"48 mmol/mol"
    assert vault.upkeep.check(deep=True).findings == ()
    assert vault.upkeep.check(deep=True, repair=True).sound


def test_an_addition_that_has_no_room_keeps_nothing(
    full: tuple[Vault, Added, Added], hospital: Person
) -> None:
    vault, *_ = full
    with pytest.raises(StorageFull):
        add(vault, hospital)
    assert len(vault.manifests()) == 2
    assert vault.upkeep.check(deep=True).findings == ()


def test_erases_with_no_room_and_goes_on(
    full: tuple[Vault, Added, Added], hospital: Person, disk: Path, opened: Opened
) -> None:
    vault, one, two = full
    report = vault.erase(one.manifest.record_id, erased_at=NOW)
    assert report.complete
    assert vault.database.records.all(vault.identity, record=one.manifest.record) == []
    assert vault.open(two.manifest).read() == b"48 mmol/mol"
    vault.close()
    again = opened()
    assert again.upkeep.check(deep=True).findings == ()
    assert again.open(two.manifest).read() == b"48 mmol/mol"


def test_collects_unused_blobs_with_no_room(disk: Path, hospital: Person, opened: Opened) -> None:
    vault = opened()
    kept, lost = add(vault, hospital), add(vault, hospital)
    with vault.database.transaction():
        vault.database.erase_record(vault.identity, lost.manifest.record)
    vault.close()
    fill(disk)
    full = opened()
    assert full.upkeep.collect(older_than=0).blobs == (lost.manifest.blob.name,)
    assert full.open(kept.manifest).read() == b"48 mmol/mol"


def test_erases_with_no_room_what_lies_in_another_storage(
    disk: Path, hospital: Person, closed_later: ClosedLater
) -> None:
    """The blob frees nothing on the disk of the key database."""
    database, elsewhere = f"sqlite://{disk}/keys.sqlite", MemoryStorage("elsewhere")
    vault = closed_later(Vault(elsewhere, database, keys=hospital.keys, chain_id=CHAIN))
    one, two = add(vault, hospital), add(vault, hospital)
    vault.close()
    fill(disk)
    again = closed_later(Vault(elsewhere, database, keys=hospital.keys, chain_id=CHAIN))
    assert again.erase(one.manifest.record_id, erased_at=NOW).complete
    assert again.open(two.manifest).read() == b"48 mmol/mol"
    assert again.upkeep.check().findings == ()


def test_revokes_with_no_room_and_keeps_room_for_the_next_time(
    disk: Path, hospital: Person, clinician: Person, opened: Opened
) -> None:
    vault = opened()
    record = add(vault, hospital).manifest.record_id
    for consent in ("0x01", "0x02"):
        share_record(vault, record, clinician.keys.document, consent=consent)
    vault.close()
    fill(disk)
    full = opened()
    assert full.readers.revoke("0x01").shared_keys == 1
    fill(disk)
    assert full.readers.revoke("0x02").shared_keys == 1
    assert full.upkeep.check().sound


@pytest.mark.parametrize("size", [1_000, 200_000])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_erasure_that_finds_no_room_at_all_destroys_nothing(
    disk: Path, hospital: Person, size: int, elsewhere: bool, closed_later: ClosedLater
) -> None:
    """Not even the reserve is there: the error says that nothing was done, and so it is."""
    database, content = f"sqlite://{disk}/keys.sqlite", os.urandom(size)
    blobs = MemoryStorage(f"elsewhere-{size}") if elsewhere else (disk / "blobs").as_uri()

    def again() -> Vault:
        return closed_later(Vault(blobs, database, keys=hospital.keys, chain_id=CHAIN))

    vault = again()
    kept = add(vault, hospital, content)
    vault.close()
    (disk / "keys.sqlite.reserve").unlink()
    fill(disk)
    vault = again()
    with pytest.raises(StorageFull):
        vault.erase(kept.manifest.record_id, erased_at=NOW)
    assert vault.open(kept.manifest).read() == content
    assert vault.upkeep.check(deep=True).findings == ()
    vault.close()
    (disk / "filler").unlink()
    vault = again()
    assert vault.erase(kept.manifest.record_id, erased_at=NOW).complete
    assert vault.upkeep.check().findings == ()


@pytest.mark.parametrize("reserve", [False, True])
def test_an_erasure_with_no_room_forgets_no_version(
    disk: Path,
    hospital: Person,
    bucket: Callable[[], str],
    reserve: bool,
    closed_later: ClosedLater,
) -> None:
    url, client = versioned(bucket)

    def again() -> Vault:
        database = f"sqlite://{disk}/keys.sqlite"
        return closed_later(Vault(url, database, keys=hospital.keys, chain_id=CHAIN))

    vault = again()
    manifest = add(vault, hospital).manifest
    vault.close()
    if not reserve:
        (disk / "keys.sqlite.reserve").unlink()
    fill(disk)
    vault = again()
    if reserve:
        assert not vault.erase(manifest.record_id, erased_at=NOW).complete
    else:
        with pytest.raises(StorageFull):
            vault.erase(manifest.record_id, erased_at=NOW)
        assert vault.storage.exists(manifest.blob.name)
    vault.close()
    (disk / "filler").unlink()
    vault = again()
    for _ in range(2):
        (left,) = vault.erase(manifest.record_id, erased_at=NOW).unreached
        assert left.reason is WhyLeft.VERSIONS
    name, _, folder = url.removeprefix("s3://").partition("/")
    key, version = f"{folder}/{manifest.blob.name}", left.versions[0]
    client.delete_object(Bucket=name, Key=key, VersionId=version)
    assert vault.erase(manifest.record_id, erased_at=NOW).complete
