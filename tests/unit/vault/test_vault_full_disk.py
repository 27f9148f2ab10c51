"""Erasing where there is no room for a journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.vault.conftest import NOW, Person
from tests.unit.vault.test_vault_upkeep import add

from salus.errors import MissingRecord, StorageFull
from salus.vault import Vault
from salus.vault.keystore import KeyStore
from salus.vault.storage import MemoryStorage

Fill = Callable[[Vault, str], None]


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Fill the disk: the key store can be written again once a blob is gone."""

    def make(vault: Vault, blob: str) -> None:
        real = KeyStore.erase_record

        def full(self: KeyStore, issuer: str, record: bytes) -> int:
            if vault.storage.exists(blob):
                raise StorageFull(self.url)
            return real(self, issuer, record)

        monkeypatch.setattr(KeyStore, "erase_record", full)

    return make


def test_the_blob_goes_first_where_the_keys_cannot(
    vault_of: Callable[[Person], Vault], hospital: Person, fill: Fill
) -> None:
    vault = vault_of(hospital)
    added = add(vault, hospital)
    fill(vault, added.manifest.blob_name)
    report = vault.erase(added.manifest.record_id, erased_at=NOW)
    assert report.complete
    assert vault.keystore.records(vault.identity) == []
    assert vault.check().findings == ()


def test_where_nothing_can_be_freed_it_says_so_and_nothing_is_half_done(
    vault_of: Callable[[Person], Vault],
    hospital: Person,
    fill: Fill,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault = vault_of(hospital)
    added = add(vault, hospital)
    fill(vault, added.manifest.blob_name)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryStorage, "delete", lambda self, name: False)
        with pytest.raises(StorageFull):
            vault.erase(added.manifest.record_id, erased_at=NOW)
    assert vault.open(added.manifest).read() == b"48 mmol/mol"
    with pytest.raises(MissingRecord):
        vault.erase("00" * 16, erased_at=NOW)
