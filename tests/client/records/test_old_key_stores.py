"""An old copy of a key database, put back: what is anchored since is not taken for unused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.shared_chain import on_shared_chain

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.errors import VerificationError
from salus.terms import ResourceFacts
from salus.testing import fund
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import KeyDatabaseUnavailable

pytestmark = pytest.mark.slow

NOTE = ResourceFacts(resource_class="DocumentReference")
PATIENT = Account.create()


class Ward:
    """A hospital with its files in a folder."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain, self.folder, self.account = chain, folder, Account.create()
        fund(chain, self.account.address, payer=development_account(8))
        self.keys = IdentityKeys.generate(self.account.identity, created_at=1)

    def open(self) -> Salus:
        blobs, store = (self.folder / "blobs").as_uri(), f"sqlite://{self.folder}/keys.db"
        vault = Vault(blobs, store, keys=self.keys, chain_id=self.chain.chain_id)
        logs = LogStore.open(f"sqlite://{self.folder}/logs.db", chain_id=self.chain.chain_id)
        return Salus(self.chain, account=self.account, vault=vault, logs=logs)

    def add(self, content: bytes) -> str:
        with on_shared_chain(self.open()) as me:
            added = me.records.add(content, patient=PATIENT.identity, about=NOTE)
            return added.records[0].manifest.record_id


@pytest.fixture
def ward(chain: Chain, tmp_path: Path) -> Ward:
    return Ward(chain, tmp_path)


@pytest.mark.parametrize("lost", [("keys.db",), ("keys.db", "logs.db")])
def test_after_an_old_backup_no_newer_record_is_removed(ward: Ward, lost: tuple[str, ...]) -> None:
    ward.add(b"old")
    for name in lost:
        shutil.copy(ward.folder / name, ward.folder / f"backup-{name}")
        shutil.copy(ward.folder / name, ward.folder / f"newest-{name}")
    newer = ward.add(b"newer")
    for name in lost:
        shutil.copy(ward.folder / name, ward.folder / f"newest-{name}")
        shutil.copy(ward.folder / f"backup-{name}", ward.folder / name)

    error = KeyDatabaseUnavailable if lost == ("keys.db",) else VerificationError
    with on_shared_chain(ward.open()) as me, pytest.raises(error, match="older copy"):
        me.records.collect_unused(older_than=0)

    for name in lost:  # the newest files are found after all
        shutil.copy(ward.folder / f"newest-{name}", ward.folder / name)
    with on_shared_chain(ward.open()) as me:
        assert me.records.collect_unused(older_than=0).blobs == ()
        assert me.records.open(me.vault.manifest(newer)) == b"newer"


def test_what_was_erased_and_what_no_pointer_names_is_removed(ward: Ward) -> None:
    erased, kept = ward.add(b"erased"), ward.add(b"kept")
    with on_shared_chain(ward.open()) as me:
        me.records.erase(erased)
        blob = me.vault.manifest(kept).blob.name
        me.vault.upkeep.rekey()
        copy = b"".join(me.vault.storage.get(me.vault.manifest(kept).blob.name))
        me.vault.storage.put(blob, copy)  # its deletion failed, say
        assert me.records.collect_unused(older_than=0).blobs == (blob,)
        assert me.records.open(me.vault.manifest(kept)) == b"kept"


def test_a_check_names_anchored_records_that_the_key_database_lacks(ward: Ward) -> None:
    ward.add(b"old")
    shutil.copy(ward.folder / "keys.db", ward.folder / "backup")
    newer = [ward.add(b"newer"), ward.add(b"newest")]
    with on_shared_chain(ward.open()) as me:
        leaves = [me.vault.opening(me.vault.manifest(each)).leaf() for each in newer]
        assert me.records.check().sound
    shutil.copy(ward.folder / "keys.db", ward.folder / "newest")
    shutil.copy(ward.folder / "backup", ward.folder / "keys.db")
    with on_shared_chain(ward.open()) as me:
        report = me.records.check()
        assert not report.sound
        (found,) = [each for each in report.findings if each.kind == "missing records"]
        assert "2 of 3 anchored record versions" in found.detail
        assert all("0x" + each.hex() in found.detail for each in leaves)

    shutil.copy(ward.folder / "newest", ward.folder / "keys.db")
    with on_shared_chain(ward.open()) as me:
        assert me.records.check().sound
        assert me.records.open(me.vault.manifest(newer[0])) == b"newer"


def test_a_check_says_that_the_log_does_not_explain_the_chain(ward: Ward) -> None:
    ward.add(b"old")
    names = ("keys.db", "logs.db")
    for name in names:
        shutil.copy(ward.folder / name, ward.folder / f"backup-{name}")
    ward.add(b"newer")
    for name in names:
        shutil.copy(ward.folder / f"backup-{name}", ward.folder / name)
    with on_shared_chain(ward.open()) as me:
        report = me.records.check()
    assert [each.kind for each in report.findings] == ["unchecked"]
    assert "anchors.rebuild()" in report.findings[0].detail


def test_a_record_that_was_erased_or_encrypted_anew_is_not_missing(ward: Ward) -> None:
    erased, kept = ward.add(b"erased"), ward.add(b"kept")
    with on_shared_chain(ward.open()) as me:
        me.records.erase(erased)
        me.vault.upkeep.rekey()
        me.records.anchor_pending()
        assert me.records.check().sound
        assert me.records.open(me.vault.manifest(kept)) == b"kept"
