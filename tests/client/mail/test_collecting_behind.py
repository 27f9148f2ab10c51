"""Files that were put back and a node that is behind: no blob of a newer record is removed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.support.behind import WHOLE, behind
from tests.support.closing import ClosedLater
from tests.support.restored import KEY_DATABASE, LOGS, Hospital

from salus.chain import Chain
from salus.chain.errors import ClocksDiffer, NodeBehind
from salus.chain.node import clocks
from salus.errors import VerificationError
from salus.testing import Unreliable
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import KeyDatabaseUnavailable


@pytest.fixture
def hospital(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Hospital:
    (tmp_path / "state").mkdir()
    return closed_later(Hospital(chain, tmp_path / "state"))


class PutBack:
    """A hospital whose files are older than its newest record."""

    def __init__(self, hospital: Hospital, folder: Path, *names: str) -> None:
        self.hospital = hospital
        hospital.add(b"old")
        backup = hospital.back_up(folder / "backup", *names)
        self.block = hospital.chain.block().number
        self.newer: Manifest = hospital.add(b"newer")
        self.newest = hospital.back_up(folder / "newest", *names)
        hospital.put_back(backup)

    def collect(self, *, older_than: float = 0) -> tuple[str, ...]:
        with self.hospital.opened() as client:
            return client.records.collect_unused(older_than=older_than).blobs

    def goes_on(self) -> None:
        """The right files are found: the newer record opens, and what is unused is removed."""
        self.hospital.put_back(self.newest)
        with self.hospital.opened() as client:
            assert client.records.open(self.newer) == b"newer"
        assert self.collect() == ()


@pytest.mark.parametrize(
    "names", [(KEY_DATABASE,), (KEY_DATABASE, LOGS)], ids=["keys", "keys and logs"]
)
def test_what_was_seen_once_is_not_removed_for_a_node_that_is_behind(
    hospital: Hospital, tmp_path: Path, names: tuple[str, ...]
) -> None:
    files = PutBack(hospital, tmp_path, *names)
    with pytest.raises((KeyDatabaseUnavailable, VerificationError)):
        files.collect()
    with behind(hospital.chain, files.block, WHOLE), pytest.raises(NodeBehind):
        files.collect()
    files.goes_on()


def test_a_key_database_that_was_compared_remembers_how_far_the_chain_was(
    hospital: Hospital, tmp_path: Path
) -> None:
    files = PutBack(hospital, tmp_path, KEY_DATABASE, LOGS)
    with hospital.opened() as client:
        client.compare()
    with behind(hospital.chain, files.block, WHOLE), pytest.raises(NodeBehind):
        files.collect()
    files.goes_on()


def test_a_chain_that_took_blocks_back_is_believed_once_that_is_said(
    hospital: Hospital, tmp_path: Path
) -> None:
    PutBack(hospital, tmp_path, KEY_DATABASE, LOGS)
    block = hospital.chain.block().number
    with hospital.opened() as client:
        client.compare()
        with behind(hospital.chain, block - 1, WHOLE):
            with pytest.raises(NodeBehind, match=rf"block {block - 1} as its latest"):
                client.anchors.log.require_current()
            client.anchors.rebuild(undone=True)
            client.anchors.log.require_current()


def test_an_old_block_outside_local_chains_removes_nothing(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = PutBack(hospital, tmp_path, KEY_DATABASE, LOGS)
    node, deployment = Unreliable(hospital.chain.rpc), hospital.chain.deployment
    public = Chain(node, network="tester", deployment=deployment, local=False)
    later = float(hospital.chain.block(files.block).timestamp + clocks.BEHIND + 60)
    with monkeypatch.context() as clock, behind(public, files.block, WHOLE):
        clock.setattr(time, "time", lambda: later)
        with hospital.opened(chain=public) as client, pytest.raises(ClocksDiffer):
            client.records.collect_unused(older_than=0)
    files.goes_on()


def test_age_counts_from_the_latest_block_that_the_node_shows(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = hospital.add(b"kept")
    blob = hospital.storage.blobs[kept.blob.name]
    with hospital.opened() as client:
        client.vault.upkeep.rekey()
        client.records.anchor_pending()
    hospital.storage.put(kept.blob.name, blob)  # its deletion failed, say
    files = PutBack(hospital, tmp_path, KEY_DATABASE, LOGS)
    made, now = hospital.storage._made, time.time()
    made[kept.blob.name], made[files.newer.blob.name] = now - 4 * 3600, now - 90 * 60
    with monkeypatch.context() as late, behind(hospital.chain, files.block, WHOLE):
        late.setattr(hospital.chain, "now", lambda: int(now) - 2 * 3600)
        assert files.collect(older_than=3600) == (kept.blob.name,)
    files.goes_on()
