"""A key database from a backup, and a copied folder: what was erased stays erased."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.restored import KEY_DATABASE, LOGS, Hospital
from tests.support.shared_chain import on_shared_chain
from tests.support.sharing import share_record

from salus.chain import Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.errors import VerificationError
from salus.testing import Unreliable
from salus.vault import IdentityKeys
from salus.vault.database.freshness import Mark
from salus.vault.errors import RecordErased
from salus.vault.storage.errors import KeyDatabaseNotCompared

pytestmark = pytest.mark.slow


@pytest.fixture
def hospital(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    return closed_later(Hospital(chain, tmp_path / "state"))


# The key database
# -----------------------------------------------------------------------------------

COUNT = 60


def test_a_key_database_from_a_backup_brings_no_erased_record_back(
    hospital: Hospital, tmp_path: Path
) -> None:
    kept = hospital.add(b"kept")
    erased = [hospital.add(f"record {each}".encode()) for each in range(COUNT)]
    backup = hospital.back_up(tmp_path / "backup", KEY_DATABASE)
    blobs = dict(hospital.storage.blobs)
    hospital.erase(*erased)
    hospital.storage.blobs.update(blobs)
    hospital.put_back(backup)
    with hospital.opened() as client:
        assert client.records.open(kept) == b"kept"
        for each in erased:
            with pytest.raises(RecordErased):
                client.records.open(each)
        assert client.vault.manifests() == [kept]
        left = {each for each in hospital.storage.blobs if each.startswith("blobs/")}
        assert left == {kept.blob.name}
    # Once compared it opens offline again.
    assert hospital.vault().open(kept).read() == b"kept"


@pytest.mark.parametrize("with_mark", [False, True])
def test_a_bare_copy_of_the_key_database_opens_nothing_offline(
    hospital: Hospital, tmp_path: Path, with_mark: bool
) -> None:
    manifest = hospital.add(b"one")
    names = [KEY_DATABASE, f"{KEY_DATABASE}.compared"] if with_mark else [KEY_DATABASE]
    copy = hospital.back_up(tmp_path / "copy", *names)
    assert hospital.vault().open(manifest).read() == b"one"
    with pytest.raises(KeyDatabaseNotCompared, match=r"me\.compare"):
        hospital.vault(copy).open(manifest)
    with pytest.raises(KeyDatabaseNotCompared):
        hospital.vault(copy).opening(manifest)
    assert hospital.open(copy).records.open(manifest) == b"one"
    assert hospital.vault(copy).open(manifest).read() == b"one"


def test_a_folder_put_back_whole_opens_nothing_offline(hospital: Hospital, tmp_path: Path) -> None:
    """Key database, mark and logs from one backup, written over what is there."""
    erased, kept = hospital.add(b"one"), hospital.add(b"two")
    backup = hospital.back_up(tmp_path / "backup")
    hospital.erase(erased)
    hospital.put_back(backup)
    with pytest.raises(KeyDatabaseNotCompared):
        hospital.vault().open(kept)
    with hospital.opened() as client, pytest.raises(VerificationError, match="does not hold"):
        client.records.open(kept)
    with pytest.raises(KeyDatabaseNotCompared):
        hospital.vault().open(erased)


def test_a_node_that_is_down_opens_nothing_of_a_copy(hospital: Hospital, tmp_path: Path) -> None:
    manifest = hospital.add(b"one")
    copy = hospital.back_up(tmp_path / "copy", KEY_DATABASE, LOGS)
    node = Unreliable(hospital.chain.rpc)
    chain = Chain(node, network="tester", deployment=hospital.chain.deployment)
    client = hospital.open(copy, chain=chain)
    node.down = {"eth_call", "eth_getLogs", "eth_getBlockByNumber"}
    with pytest.raises(ChainUnreachable):
        client.vault.open(manifest)
    assert hospital.open(chain=chain).vault.open(manifest).read() == b"one"


def test_a_copy_shares_nothing_before_it_was_compared(hospital: Hospital, tmp_path: Path) -> None:
    manifest = hospital.add(b"one")
    reader = IdentityKeys.generate(development_account(6).identity, created_at=0).document
    copy = hospital.vault(hospital.back_up(tmp_path / "copy", KEY_DATABASE))
    with pytest.raises(KeyDatabaseNotCompared):
        share_record(copy, manifest.record_id, reader, consent="c")


def test_what_writes_to_a_copy_does_not_make_it_compared(
    hospital: Hospital, tmp_path: Path
) -> None:
    manifest = hospital.add(b"one")
    copy = hospital.vault(hospital.back_up(tmp_path / "copy", KEY_DATABASE))
    copy.database.notes.set("motto", b"written")
    with pytest.raises(KeyDatabaseNotCompared):
        copy.open(manifest)


def test_a_key_database_in_regular_use_opens_with_no_node(hospital: Hospital) -> None:
    manifest = hospital.add(b"one")
    first, second = hospital.vault(), hospital.vault()
    for number in range(5):
        (first, second)[number % 2].database.notes.set("motto", bytes([number]))
        assert first.open(manifest).read() == second.open(manifest).read() == b"one"
    assert hospital.vault().open(manifest).read() == b"one"


def test_a_client_whose_node_went_away_opens_records_of_its_own(hospital: Hospital) -> None:
    manifest = hospital.add(b"one")
    node = Unreliable(hospital.chain.rpc)
    chain = Chain(node, network="tester", deployment=hospital.chain.deployment)
    with on_shared_chain(hospital.open(chain=chain)) as client:
        node.down = {"eth_call", "eth_getLogs", "eth_getBlockByNumber", "eth_blockNumber"}
        assert client.records.open(manifest) == b"one"


def killed_while_it_writes(hospital: Hospital) -> None:
    """Another program, ended by SIGKILL within a transaction."""
    child = os.fork()
    if not child:
        store = hospital.vault().database
        with store.transaction():
            store.notes.set("motto", b"killed after this")
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_who_was_killed_while_it_wrote_goes_on(hospital: Hospital) -> None:
    manifest = hospital.add(b"one")
    killed_while_it_writes(hospital)
    with hospital.opened() as client:
        assert client.records.open(manifest) == b"one"
    assert hospital.vault().open(manifest).read() == b"one"


def test_a_write_that_was_killed_before_its_mark_is_compared_again(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = hospital.add(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(Mark, "renew", lambda self: None)
        hospital.vault().database.notes.set("motto", b"killed after this")
    with pytest.raises(KeyDatabaseNotCompared):
        hospital.vault().open(manifest)
    with hospital.opened() as client:
        assert client.records.open(manifest) == b"one"
    assert hospital.vault().open(manifest).read() == b"one"


@pytest.mark.parametrize("killed", [True, False])
def test_a_copy_made_during_a_write_opens_nothing_that_was_erased(
    hospital: Hospital, tmp_path: Path, killed: bool
) -> None:
    """Put back with the mark as it was in the middle of the write, over the very same file."""
    erased = hospital.add(b"to be erased")
    names = (KEY_DATABASE, f"{KEY_DATABASE}.compared")
    if killed:
        killed_while_it_writes(hospital)
        backup = hospital.back_up(tmp_path / "backup", *names)
        (hospital.folder / f"{KEY_DATABASE}-journal").unlink(missing_ok=True)
    else:
        store = hospital.vault().database
        with store.transaction():
            backup = hospital.back_up(tmp_path / "backup", *names)
            store.notes.set("motto", b"written")
    blobs = dict(hospital.storage.blobs)
    with hospital.opened() as client:
        client.records.erase(erased.record_id)
    for _ in range(2):
        hospital.add(b"later")
    hospital.storage.blobs.update(blobs)
    hospital.put_back(backup)
    with pytest.raises(KeyDatabaseNotCompared):
        hospital.vault().open(erased)
    with hospital.opened() as client, pytest.raises(RecordErased):
        client.records.open(erased)


def test_a_copy_that_was_not_compared_still_erases_and_revokes(
    hospital: Hospital, tmp_path: Path
) -> None:
    manifest = hospital.add(b"one")
    copy = hospital.vault(hospital.back_up(tmp_path / "copy", KEY_DATABASE))
    assert copy.readers.revoke("0x" + "ab" * 32).shared_keys == 0
    assert copy.erase(manifest.record_id, erased_at=1).record == manifest.record
    assert copy.upkeep.check().versions == 0
