"""Storages that are not mounted or keep what was deleted: erasures say so, and finish later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import StorageUnavailable
from salus.vault import Compartment, Vault
from salus.vault.documents.manifest import Manifest
from salus.vault.storage import MemoryStorage, open_storage
from salus.vault.storage.base import MARKER
from salus.vault.versions.adding import Added
from salus_verify.unreached import Unreached, WhyLeft


def add(vault: Vault, by: Person, content: bytes = b"48 mmol/mol") -> Added:
    return vault.add(
        content,
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )


class Ward:
    """A vault whose home is mounted, or an empty folder."""

    def __init__(self, folder: Path, person: Person) -> None:
        self.home, self.away, self.person = folder / "blobs", folder / "away", person
        self.vault = Vault(self.home.as_uri(), "memory:", keys=person.keys, chain_id=CHAIN)

    def unmount(self) -> None:
        self.home.rename(self.away)
        self.home.mkdir()

    def mount(self) -> None:
        self.home.rmdir()
        self.away.rename(self.home)


@pytest.fixture
def ward(tmp_path: Path, hospital: Person) -> Ward:
    return Ward(tmp_path, hospital)


def test_a_home_that_is_not_mounted_is_unreached_and_erasing_again_finishes(ward: Ward) -> None:
    manifest = add(ward.vault, ward.person).manifest
    ward.unmount()
    report = ward.vault.erase(manifest.record_id, erased_at=NOW)
    left = Unreached(ward.vault.storage.url, manifest.blob.name, WhyLeft.NO_MARKER)
    assert report.unreached == (left,)
    assert not report.complete
    assert [each.kind for each in ward.vault.upkeep.check().findings] == ["unfinished erasure"]

    ward.mount()
    assert ward.vault.storage.exists(manifest.blob.name)
    again = ward.vault.erase(manifest.record_id, erased_at=NOW)
    assert again.destroyed == ((ward.vault.storage.url, manifest.blob.name),)
    assert again.complete
    assert not ward.vault.storage.exists(manifest.blob.name)


def test_nothing_is_written_where_the_home_should_be_mounted(ward: Ward) -> None:
    kept = add(ward.vault, ward.person).manifest
    ward.unmount()
    with pytest.raises(StorageUnavailable, match="not the storage that this vault wrote to"):
        add(ward.vault, ward.person)
    assert list(ward.home.iterdir()) == []
    ward.mount()
    add(ward.vault, ward.person)
    assert ward.vault.open(kept).read() == b"48 mmol/mol"


def test_a_storage_that_took_the_place_of_a_lost_one_is_told_so(ward: Ward) -> None:
    """The disk is gone for good: its marker, as the error names it, is put in the new one."""
    manifest = add(ward.vault, ward.person).manifest
    ward.unmount()
    with pytest.raises(StorageUnavailable) as refused:
        add(ward.vault, ward.person)
    marker = (ward.away / MARKER).read_text()
    assert marker in str(refused.value)
    (ward.home / MARKER).write_text(marker + "\n")
    add(ward.vault, ward.person)
    report = ward.vault.erase(manifest.record_id, erased_at=NOW)
    assert not report.complete, "its manifest names this place: it may be somewhere"
    finished = ward.vault.erase(manifest.record_id, erased_at=NOW)
    assert (finished.destroyed, finished.unreached) == ((), ())


def test_old_ciphertext_of_a_home_that_is_not_mounted_is_not_forgotten(ward: Ward) -> None:
    """Deleted while the home is away: noted, and done once it is back."""
    manifest = add(ward.vault, ward.person).manifest
    ward.vault.upkeep.rekey()
    old = ward.home / manifest.blob.name
    old.write_bytes(b"put back")
    ward.unmount()
    done = ward.vault.upkeep.rekey()
    assert done.failed
    assert not done.complete


def test_a_marker_is_no_blob(ward: Ward) -> None:
    add(ward.vault, ward.person)
    assert MARKER not in list(ward.vault.storage.list())
    assert ward.vault.upkeep.collect(older_than=0).blobs == ()
    assert (ward.home / MARKER).exists()


def versioned(bucket: Callable[[], str]) -> tuple[str, Any]:
    url = bucket()
    name = url.removeprefix("s3://").partition("/")[0]
    client = boto3.client("s3", region_name="eu-central-1")
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return url, client


def test_a_version_that_can_still_be_fetched_is_named_until_it_is_gone(
    bucket: Callable[[], str], hospital: Person
) -> None:
    url, client = versioned(bucket)
    vault = Vault(url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    for _ in range(2):
        report = vault.erase(manifest.record_id, erased_at=NOW)
        (left,) = report.unreached
        assert (left.storage, left.blob) == (url, manifest.blob.name)
        assert left.reason is WhyLeft.VERSIONS
        assert report.destroyed == ()
    (version,) = left.versions
    assert vault.storage.holds_version(manifest.blob.name, version)

    name, _, folder = url.removeprefix("s3://").partition("/")
    key = f"{folder}/{manifest.blob.name}"
    client.delete_object(Bucket=name, Key=key, VersionId=version)
    finished = vault.erase(manifest.record_id, erased_at=NOW)
    assert finished.complete
    assert finished.destroyed == ((url, manifest.blob.name),)


def test_a_version_is_noted_before_its_blob_is_deleted(
    bucket: Callable[[], str], hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between deletion and report: a bucket would then name no version any more."""
    url, _ = versioned(bucket)
    vault = Vault(url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest

    def killed(storage: object, name: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        exists = type(vault.storage).exists
        patch.setattr(type(vault.storage), "exists", killed)
        with pytest.raises(KeyboardInterrupt):
            vault.erase(manifest.record_id, erased_at=NOW)
        patch.setattr(type(vault.storage), "exists", exists)
    vault.storage.delete(manifest.blob.name)
    report = vault.erase(manifest.record_id, erased_at=NOW)
    assert report.unreached[0].reason is WhyLeft.VERSIONS


def test_old_ciphertext_in_a_versioned_bucket_is_named(
    bucket: Callable[[], str], hospital: Person
) -> None:
    url, _ = versioned(bucket)
    vault = Vault(url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    old = add(vault, hospital).manifest
    done = vault.upkeep.rekey()
    (left,) = done.unreached
    assert (left.storage, left.blob, left.reason) == (url, old.blob.name, WhyLeft.VERSIONS)


class Bucket:
    """A versioned bucket that others write to as well."""

    def __init__(self, bucket: Callable[[], str]) -> None:
        self.url, self.client = versioned(bucket)
        self.name, _, self.folder = self.url.removeprefix("s3://").partition("/")

    def key(self, blob: str) -> str:
        return f"{self.folder}/{blob}"

    def left(self, blob: str) -> list[str]:
        found = self.client.list_object_versions(Bucket=self.name, Prefix=self.key(blob))
        return [each["VersionId"] for each in found.get("Versions", [])]

    def delete(self, blob: str, *versions: str) -> None:
        if not versions:
            self.client.delete_object(Bucket=self.name, Key=self.key(blob))
        for each in versions:
            self.client.delete_object(Bucket=self.name, Key=self.key(blob), VersionId=each)

    def put(self, blob: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=self.key(blob), Body=body)

    def suspend(self) -> None:
        how = {"Status": "Suspended"}
        self.client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration=how)


@pytest.fixture
def kept(bucket: Callable[[], str]) -> Bucket:
    return Bucket(bucket)


def erased_for_good(vault: Vault, kept: Bucket, manifest: Manifest) -> None:
    """Not complete while a version can be fetched; finished once those that it names are gone."""
    for _ in range(2):
        report = vault.erase(manifest.record_id, erased_at=NOW)
        ours = [each for each in report.unreached if each.storage == kept.url]
        named = {version for each in ours for version in each.versions}
        assert named == set(kept.left(manifest.blob.name))
        assert not report.complete
    kept.delete(manifest.blob.name, *named)
    assert vault.erase(manifest.record_id, erased_at=NOW).complete
    assert kept.left(manifest.blob.name) == []


def test_every_version_is_named_after_a_repair(
    kept: Bucket, hospital: Person, tmp_path: Path
) -> None:
    mirror = (tmp_path / "mirror").as_uri()
    vault = Vault(kept.url, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[mirror])
    manifest = add(vault, hospital).manifest
    open_storage(mirror).put(manifest.blob.name, vault.storage.get(manifest.blob.name))
    kept.delete(manifest.blob.name)
    assert [each.repaired for each in vault.upkeep.check(repair=True).findings] == [True]
    assert len(kept.left(manifest.blob.name)) == 2
    erased_for_good(vault, kept, manifest)


def test_every_version_is_named_after_somebody_put_a_blob_back(
    kept: Bucket, hospital: Person
) -> None:
    vault = Vault(kept.url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    body = b"".join(vault.storage.get(manifest.blob.name))
    kept.delete(manifest.blob.name)
    kept.put(manifest.blob.name, body)
    erased_for_good(vault, kept, manifest)


def test_a_blob_that_somebody_deleted_before_is_not_called_gone(
    kept: Bucket, hospital: Person
) -> None:
    vault = Vault(kept.url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    kept.delete(manifest.blob.name)
    erased_for_good(vault, kept, manifest)


def test_a_bucket_that_keeps_versions_no_more_is_not_believed_either(
    kept: Bucket, hospital: Person
) -> None:
    vault = Vault(kept.url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    kept.suspend()
    report = vault.erase(manifest.record_id, erased_at=NOW)
    assert not report.complete


def test_absent_is_no_answer_of_a_bucket_that_keeps_versions(
    kept: Bucket, hospital: Person
) -> None:
    """A further place: nobody noted what others wrote there and deleted."""
    home = MemoryStorage("home-of-a-mirrored-ward")
    vault = Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[kept.url])
    manifest = add(vault, hospital).manifest
    kept.put("blobs/of-somebody-else", b"x")
    kept.put(manifest.blob.name, b"".join(home.get(manifest.blob.name)))
    kept.delete(manifest.blob.name)
    for _ in range(2):
        report = vault.erase(manifest.record_id, erased_at=NOW)
        assert report.unreached == (Unreached(kept.url, manifest.blob.name, WhyLeft.UNTOLD),)


def test_a_bucket_that_keeps_no_versions_says_what_is_gone(
    bucket: Callable[[], str], hospital: Person
) -> None:
    url = bucket()
    vault = Vault(url, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    assert not vault.storage.keeps_versions()
    assert vault.erase(manifest.record_id, erased_at=NOW).complete


class Versioning(MemoryStorage):
    """A bucket that keeps versions, and fails as often as it is told while it is asked for them."""

    failures = 0

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.kept: set[str] = set()

    def version(self, name: str) -> str:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable(self.url, "SlowDown")
        return "v1" if name in self.blobs else ""

    def keeps_versions(self) -> bool:
        return True

    def delete(self, name: str) -> bool:
        self.kept |= {name} & self.blobs.keys()
        return super().delete(name)

    def holds_version(self, name: str, version: str) -> bool:
        return name in self.kept


@pytest.mark.parametrize("failures", range(4))
def test_no_blob_goes_while_nobody_tells_which_version_goes(
    hospital: Person, failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, far = MemoryStorage(f"home-{failures}"), Versioning(f"far-{failures}")
    monkeypatch.setitem(MemoryStorage._named, f"far-{failures}", far)
    vault = Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[far.url])
    manifest = add(vault, hospital).manifest
    far.blobs[manifest.blob.name] = home.blobs[manifest.blob.name]
    far.failures = failures
    report = vault.erase(manifest.record_id, erased_at=NOW)
    assert [each.storage for each in report.unreached] == [far.url]
    report = vault.erase(manifest.record_id, erased_at=NOW)
    assert [each.versions for each in report.unreached] == [("v1",)]
    far.kept.clear()
    assert vault.erase(manifest.record_id, erased_at=NOW).complete


def test_a_bucket_without_its_marker_is_no_answer_whatever_was_noted(hospital: Person) -> None:
    """Another server under its address, empty: the blob is back with the right one."""
    bucket = Versioning("another-server")
    vault = Vault(bucket, "memory:", keys=hospital.keys, chain_id=CHAIN)
    manifest = add(vault, hospital).manifest
    right = dict(bucket.blobs)
    bucket.blobs.clear()
    assert not vault.erase(manifest.record_id, erased_at=NOW).complete
    bucket.blobs.update(right)
    report = vault.erase(manifest.record_id, erased_at=NOW)
    assert [each.versions for each in report.unreached] == [("v1",)]
    assert manifest.blob.name not in bucket.blobs
