"""A lost log, a key database from a backup, a copied file: rehearsed with a hospital's files."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.exchange import NOTE
from tests.support.shared_chain import on_shared_chain

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.errors import InputError, VerificationError
from salus.receipts import verify_receipt
from salus.records.proving import RECORDS_STREAM
from salus.testing import Unreliable, fund
from salus.vault import IdentityKeys, Manifest, Vault
from salus.vault.database.freshness import Mark
from salus.vault.documents.erasure import erased_leaf
from salus.vault.errors import RecordErased
from salus.vault.storage.errors import KeyDatabaseNotCompared
from salus.vault.storage.memory import MemoryStorage
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import stream_id

pytestmark = pytest.mark.slow

PATIENT = development_account(7).identity
KEY_DATABASE, LOGS = "keys.sqlite", "logs.sqlite"


class Hospital:
    """A hospital that keeps its state in a folder, and is opened anew for each act."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain, self.folder = chain, folder
        self.account = Account.create()
        fund(chain, self.account.address, payer=development_account(8))
        self.keys = IdentityKeys.generate(self.account.identity, created_at=chain.now())
        self.storage = MemoryStorage(secrets.token_hex(8))

    def vault(self, folder: Path | None = None) -> Vault:
        url = f"sqlite://{folder or self.folder}/{KEY_DATABASE}"
        return Vault(self.storage, url, keys=self.keys, chain_id=self.chain.chain_id)

    def open(self, folder: Path | None = None, *, chain: Chain | None = None) -> Salus:
        url = f"sqlite://{folder or self.folder}/{LOGS}"
        logs = LogStore.open(url, chain_id=self.chain.chain_id)
        return Salus(chain or self.chain, account=self.account, vault=self.vault(folder), logs=logs)

    def add(self, data: bytes) -> Manifest:
        with self.opened() as client:
            added = client.records.add(data, patient=PATIENT, about=NOTE)
            return added.records[0].manifest

    def erase(self, *manifests: Manifest) -> None:
        with self.opened() as client:
            for each in manifests:
                client.records.erase(each.record_id)

    def opened(self) -> Open:
        return Open(self)

    def back_up(self, to: Path, *names: str) -> Path:
        to.mkdir()
        for name in names or tuple(os.listdir(self.folder)):
            shutil.copy2(self.folder / name, to / name)
        return to

    def put_back(self, backup: Path) -> None:
        """As cp does it: over the file that is there, whose place on the disk stays the same."""
        for each in backup.iterdir():
            shutil.copy2(each, self.folder / each.name)


class Open:
    """A client that is closed without ending the chain."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital

    def __enter__(self) -> Salus:
        self.client = self.hospital.open()
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.vault.close()
        self.client._logs.close()


@pytest.fixture
def hospital(chain: Chain, tmp_path: Path) -> Hospital:
    return Hospital(chain, tmp_path / "state")


def lose(*files: Path) -> None:
    for file in files:
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()


# The logs ----------------------------------------------------------------------------------------


def test_lost_logs_are_rebuilt_and_the_issuer_goes_on(hospital: Hospital) -> None:
    old, gone = hospital.add(b"one"), hospital.add(b"two")
    hospital.erase(gone)
    lose(hospital.folder / LOGS)
    with pytest.raises(VerificationError, match="salus anchors rebuild"):
        hospital.add(b"three")
    with hospital.opened() as client:
        found = {(each.stream, each.number): each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM, 1].anchored == 2
        assert found[ERASURES_STREAM, 1].anchored == 2
        assert all(each.whole for each in found.values())
    three = hospital.add(b"three")
    with hospital.opened() as client:
        for each in (old, three):
            receipt = client.records.receipt(each)
            assert verify_receipt(receipt, trusting=hospital.chain).missing == ("document",)
        assert client.records.erase(gone.record_id).report.record == gone.record
        line = client.anchors.history.line(client.identity, RECORDS_STREAM)
        assert line.disowned_leaves == 0
        assert line.head is not None
        assert line.head.number == 1


def test_logs_from_a_backup_are_filled_up(hospital: Hospital, tmp_path: Path) -> None:
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup", LOGS)
    late = hospital.add(b"two")
    lose(hospital.folder / LOGS)
    hospital.put_back(backup)
    with hospital.opened() as client:
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.records.receipt(late).index == 1
    hospital.add(b"three")


def test_rebuilding_sound_logs_changes_nothing(hospital: Hospital) -> None:
    hospital.add(b"one")
    with hospital.opened() as client:
        client.anchors.log.store(RECORDS_STREAM, [b"\x01" * 32])
        name = stream_id(RECORDS_STREAM)
        before = client._logs.leaves(client.identity, name)
        client.anchors.rebuild()
        client.anchors.rebuild()
        assert client._logs.leaves(client.identity, name) == before
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2


def test_logs_of_several_numbers_are_rebuilt(hospital: Hospital) -> None:
    hospital.add(b"one")
    with hospital.opened() as client:
        anchors = client.anchors
        last = anchors.history.checkpoints(client.identity, RECORDS_STREAM)[-1].checkpoint
        false = (client.identity, stream_id(RECORDS_STREAM), last.as_tuple(), 2**53 - 1, b"f" * 32)
        anchors._client.send("anchor", *false)
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
        leaf = b"\x02" * 32
        anchors.append(RECORDS_STREAM, [leaf], issuer=client.identity, by=new)
    lose(hospital.folder / LOGS)
    with hospital.opened() as client:
        found = {(each.stream, each.number): each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM, 1].anchored == 1
        assert found[RECORDS_STREAM, 2].anchored == 2
        assert all(each.whole for each in found.values())
        more = client.anchors.append(RECORDS_STREAM, [b"\x03" * 32], issuer=client.identity, by=new)
        assert (more.number, more.checkpoint.size) == (2, 3)


def test_rebuilding_tells_what_nobody_has(hospital: Hospital, tmp_path: Path) -> None:
    """Both files from an old backup: what was anchored since is lost, and the client says so."""
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup")
    hospital.add(b"two")
    lose(hospital.folder / LOGS, hospital.folder / KEY_DATABASE)
    hospital.put_back(backup)
    with hospital.opened() as client:
        found = {each.stream: each for each in client.anchors.rebuild()}
        assert (found[RECORDS_STREAM].anchored, found[RECORDS_STREAM].missing) == (1, 1)
        with pytest.raises(VerificationError, match="anchors rebuild --disown"):
            client.records.add(b"three", patient=PATIENT, about=NOTE)
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
        with pytest.raises(VerificationError, match="anchors rebuild --disown"):
            client.anchors.append(RECORDS_STREAM, [b"\x04" * 32], issuer=client.identity, by=new)
        done = client.anchors.rebuild(disown=True, issuer=client.identity, by=new)
        assert all(each.whole for each in done)
        went_on = client.anchors.append(
            RECORDS_STREAM, [b"\x04" * 32], issuer=client.identity, by=new
        )
        assert went_on.number == 2
        assert client.anchors.history.line(client.identity, RECORDS_STREAM).disowned_leaves == 1


def test_logs_are_not_rebuilt_without_a_key_database(newcomer: Callable[[], Salus]) -> None:
    with pytest.raises(InputError, match="from the key database"):
        newcomer().anchors.rebuild()


def test_a_leaf_stored_while_the_logs_are_rebuilt_is_kept(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital.add(b"one")
    with hospital.opened() as client, hospital.opened() as other:
        late, rewrite = b"\x07" * 32, LogStore.rewrite

        def and_store(
            store: LogStore, issuer: str, label: str, how: object, **more: object
        ) -> None:
            monkeypatch.setattr(LogStore, "rewrite", rewrite)
            other.anchors.log.store(RECORDS_STREAM, [late])
            rewrite(store, issuer, label, how, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(LogStore, "rewrite", and_store)
        client.anchors.rebuild()
        assert all(client.anchors.log.holds(RECORDS_STREAM, each) for each in [late])
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2


def test_a_row_that_somebody_put_into_the_logs_is_never_anchored(hospital: Hospital) -> None:
    hospital.add(b"one")
    planted = b"\x66" * 32
    with hospital.opened() as client:
        client._logs.append_to(client.identity, RECORDS_STREAM, [planted])
    with pytest.raises(VerificationError, match="the key database does not know them"):
        hospital.add(b"two")
    with hospital.opened() as client:
        found = {each.stream: each for each in client.anchors.rebuild()}
        assert found[RECORDS_STREAM].unknown == 1
        assert not client.anchors.log.holds(RECORDS_STREAM, planted)
        assert client.anchors.anchor_pending(RECORDS_STREAM).checkpoint.size == 2
    hospital.add(b"three")


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
    with pytest.raises(KeyDatabaseNotCompared, match="salus vault compare"):
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
        copy.readers.share_record(manifest.record_id, reader, consent="c")


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
    assert copy.readers.revoke("0x" + "ab" * 32).wraps == 0
    assert copy.erase(manifest.record_id, erased_at=1).record == manifest.record
    assert copy.upkeep.check().versions == 0


def erased_by_hand(hospital: Hospital, manifest: Manifest) -> None:
    """One row in the file of the logs, which nothing authenticates."""
    with hospital.opened() as client:
        leaf = erased_leaf(client.identity, manifest.record)
        client._logs.append_to(client.identity, ERASURES_STREAM, [leaf])


def test_a_row_planted_in_the_logs_destroys_nothing(hospital: Hospital, tmp_path: Path) -> None:
    manifest = hospital.add(b"a note")
    erased_by_hand(hospital, manifest)
    hospital.put_back(hospital.back_up(tmp_path / "backup", KEY_DATABASE))
    with hospital.opened() as client:
        assert client.compare().erased == ()
        assert client.records.open(manifest) == b"a note"


@pytest.mark.parametrize("rotations", [0, 1, 2])
def test_no_rotation_brings_back_what_was_erased_since_a_backup(
    hospital: Hospital, tmp_path: Path, rotations: int
) -> None:
    """Key database and logs from the same backup: what is missing is never taken for a thief's."""
    manifest, first = hospital.add(b"a note"), hospital.add(b"another")
    hospital.erase(first)
    backup = hospital.back_up(tmp_path / "backup")
    hospital.erase(manifest)
    with hospital.opened() as client:
        who, by = client.identity, None
        for _ in range(rotations):
            new = Account.create()
            client.identities.control.rotate(who, new.identity, by=by)
            by = new
    hospital.put_back(backup)
    with hospital.opened() as client:
        for _ in range(2):
            with pytest.raises(VerificationError, match=r"erasures.*rebuild --disown"):
                client.records.open(manifest)
            assert not all(each.whole for each in client.anchors.rebuild())
        assert client.anchors.history.line(who, ERASURES_STREAM).disowned_leaves == 0
        if not rotations:
            with pytest.raises(VerificationError, match="rotate the identity's key"):
                client.anchors.rebuild(disown=True)
            return
        done = client.anchors.rebuild(issuer=who, by=by, disown=True)
        assert all(each.whole for each in done)
        assert client.anchors.history.line(who, ERASURES_STREAM).disowned_leaves == 2
        assert client.compare().erased == ()


def test_logs_from_a_backup_disown_nothing_after_a_routine_rotation(
    hospital: Hospital, tmp_path: Path
) -> None:
    hospital.add(b"one")
    backup = hospital.back_up(tmp_path / "backup", LOGS)
    hospital.add(b"two")
    with hospital.opened() as client:
        new = Account.create()
        client.identities.control.rotate(client.identity, new.identity)
    hospital.put_back(backup)
    with hospital.opened() as client:
        who, leaf = client.identity, [b"\x04" * 32]
        with pytest.raises(VerificationError, match="salus anchors rebuild"):
            client.anchors.append(RECORDS_STREAM, leaf, issuer=who, by=new)
        assert all(each.whole for each in client.anchors.rebuild())
        assert client.anchors.anchor_pending(RECORDS_STREAM, issuer=who, by=new).number == 1
        assert client.anchors.history.line(who, RECORDS_STREAM).disowned_leaves == 0
