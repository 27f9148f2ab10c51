"""What a bucket says of versions goes into what is signed for years: it must look like an id."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import StorageUnavailable
from salus.vault import Compartment, Vault
from salus.vault.storage import MemoryStorage
from salus.vault.versions.adding import Added
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import WhyLeft


class Bucket(MemoryStorage):
    """It keeps versions, and names them as it likes."""

    ids: Callable[[], str] = staticmethod(lambda: "3Lg")
    kept = True

    def version(self, name: str) -> str:
        return self.ids() if name in self.blobs else ""

    def holds_version(self, name: str, version: str) -> bool:
        return self.kept

    def keeps_versions(self) -> bool:
        return True


@pytest.fixture
def bucket() -> Bucket:
    return Bucket("a-bucket-that-lies")


@pytest.fixture
def vault(bucket: Bucket, hospital: Person) -> Vault:
    bucket.blobs.clear()
    return Vault(bucket, "memory:", keys=hospital.keys, chain_id=CHAIN)


def add(vault: Vault) -> Added:
    return vault.add(
        b"48 mmol/mol",
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )


@pytest.mark.parametrize("said", ["v" * 1025, "a b", "a\x1b[31mb", "\udc80", "\u200b"])
def test_what_is_no_id_is_not_believed_and_nothing_of_it_is_signed(
    vault: Vault, bucket: Bucket, said: str
) -> None:
    record = add(vault).manifest.record_id
    bucket.ids = lambda: said  # type: ignore[method-assign]
    report = vault.erase(record, erased_at=NOW)
    assert [each.reason for each in report.unreached] == [WhyLeft.REFUSED]
    with pytest.raises(StorageUnavailable, match="as no bucket does"):
        add(vault)

    bucket.ids, bucket.kept = (lambda: "3Lg"), False  # type: ignore[method-assign]
    assert vault.erase(record, erased_at=NOW + 1).complete


def test_a_blob_of_many_versions_is_erased_in_the_end(vault: Vault, bucket: Bucket) -> None:
    record = add(vault).manifest.record_id
    numbers = iter(range(1_000))
    bucket.ids = lambda: f"{next(numbers):032x}"  # type: ignore[method-assign]
    for later in range(90):
        bucket.blobs.update(dict.fromkeys(bucket.blobs, b"again"))
        report = vault.erase(record, erased_at=NOW + later)
        assert Erasure.parse(report.to_bytes()) == report
        for left in report.unreached:
            bucket.blobs[left.blob] = b"it came back"
    (left,) = report.unreached
    assert len(" ".join(left.versions)) > 2048, "they must pass what a text may have"
    bucket.kept = False
    assert vault.erase(record, erased_at=NOW + 100).complete
