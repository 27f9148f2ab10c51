"""Old ciphertext that a re-encryption could not delete, and records that it cannot read."""

from __future__ import annotations

import pytest
from tests.support.upkeep import add
from tests.unit.conftest import CHAIN, Person

from salus.primitives.errors import StorageUnavailable
from salus.vault import Vault
from salus.vault.storage import MemoryStorage
from salus_verify.unreached import Unreached, WhyLeft


class Flaky(MemoryStorage):
    """A second place that is out of reach for a while."""

    down = False

    def delete(self, name: str) -> bool:
        if self.down:
            raise StorageUnavailable(self.url, "down")
        return super().delete(name)


@pytest.fixture
def second() -> Flaky:
    return Flaky("second")


@pytest.fixture
def vault(hospital: Person, second: Flaky, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setitem(MemoryStorage._named, "second", second)
    home = MemoryStorage("home")
    return Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=["memory://second"])


def mirrored(vault: Vault, by: Person, second: Flaky) -> str:
    """The name of a new record's blob, which has a copy in the second place."""
    name = add(vault, by).manifest.blob.name
    second.put(name, vault.storage.get(name))
    return name


def test_a_blob_out_of_reach_is_deleted_by_the_next_re_encryption(
    vault: Vault, hospital: Person, second: Flaky
) -> None:
    old = mirrored(vault, hospital, second)
    second.down = True
    first = vault.upkeep.rekey()
    assert first.unreached == (Unreached(second.url, old, WhyLeft.REFUSED),)
    again = vault.upkeep.rekey()
    assert Unreached(second.url, old, WhyLeft.REFUSED) in again.unreached
    assert not again.complete

    second.down = False
    assert vault.upkeep.rekey().complete
    assert not second.exists(old)
    assert vault.notebook("to delete").all() == {}


def test_check_reports_it_and_repairs_it(vault: Vault, hospital: Person, second: Flaky) -> None:
    old = mirrored(vault, hospital, second)
    second.down = True
    vault.upkeep.rekey()
    for repair in (False, True):
        (found,) = vault.upkeep.check(repair=repair).findings
        assert (found.kind, found.subject) == ("unfinished re-encryption", old)
        assert second.url in found.detail
        assert not found.repaired

    second.down = False
    (mended,) = vault.upkeep.check(repair=True).findings
    assert mended.repaired
    assert not second.exists(old)
    assert vault.upkeep.check().findings == ()


def test_what_lies_in_a_place_that_is_given_up_is_tried_once_it_is_back(
    vault: Vault, hospital: Person, second: Flaky
) -> None:
    old = mirrored(vault, hospital, second)
    second.down = True
    vault.upkeep.rekey()
    second.down = False
    alone = Vault(vault.storage, vault.database, keys=hospital.keys, chain_id=CHAIN)
    assert alone.upkeep.check().sound
    assert alone.upkeep.rekey().complete
    assert second.exists(old)
    assert vault.upkeep.rekey().complete
    assert not second.exists(old)


def test_a_storage_that_lies_about_deleting_is_named(
    vault: Vault, hospital: Person, second: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = mirrored(vault, hospital, second)
    monkeypatch.setattr(Flaky, "delete", lambda self, name: True)
    done = vault.upkeep.rekey()
    assert done.unreached == (Unreached(second.url, old, WhyLeft.KEPT),)


def test_a_version_without_its_manifest_is_left_and_the_others_move(
    vault: Vault, hospital: Person
) -> None:
    first = add(vault, hospital, b"one")
    record = first.manifest.record
    second = add(vault, hospital, b"two", record=first.manifest.record_id)
    vault.database._db.change("DELETE FROM manifests WHERE blob = ?", first.manifest.blob.name)
    done = vault.upkeep.rekey()
    assert [each.version for each in done.versions] == [2]
    assert vault.open(second.manifest).read() == b"two"
    rows = vault.database.records.all(vault.identity, record=record)
    assert [row.key_id == second.manifest.blob.key_id for row in rows] == [False, False]

    # The same, where it is an old version whose blob would be deleted.
    vault.database._db.change("DELETE FROM manifests WHERE blob = ?", second.manifest.blob.name)
    assert vault.upkeep.rekey().complete
