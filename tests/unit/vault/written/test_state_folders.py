"""State folders and storages that a release left behind still open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from salus.anchors.store import LogStore
from salus.vault.errors import RecordErased
from salus.vault.vault import Vault
from salus_verify import ErasureReceipt
from salus_verify.log import stream_id


def test_its_own_records_open_in_all_their_versions(
    open_vault: Callable[[str], Vault],
) -> None:
    vault = open_vault("hospital")
    kept = {
        vault.open(vault.manifest(row.record.hex(), version=row.version)).read()
        for row in vault.database.records.all(vault.identity)
    }
    assert kept == {b"first note", b"first note, amended"}


def test_what_was_shared_opens(
    open_vault: Callable[[str], Vault],
) -> None:
    vault = open_vault("clinic")
    opened = {vault.open(manifest).read() for manifest in vault.received()}
    assert opened == {b"first note", b"first note, amended"}


def test_what_was_erased_stays_erased(release: Path, open_vault: Callable[[str], Vault]) -> None:
    erasure = ErasureReceipt.from_json((release / "documents" / "erasure.json").read_bytes())
    with pytest.raises(RecordErased):
        open_vault("hospital").manifest(erasure.report.record.hex())


def test_its_logs_hold_the_leaves_of_what_was_anchored(
    release: Path, open_vault: Callable[[str], Vault]
) -> None:
    vault = open_vault("hospital")
    logs = LogStore.open(f"sqlite://{release}/hospital/logs.sqlite", chain_id=vault.chain_id)
    try:
        sizes = {
            label: [
                len(logs.leaves(vault.identity, stream_id(label, number)))
                for number in logs.numbers(vault.identity, label)
            ]
            for label in logs.labels(vault.identity)
        }
    finally:
        logs.close()
    assert sizes == {"records": [3], "erasures": [2]}


def test_nothing_names_a_folder_of_the_machine_that_wrote_it(release: Path) -> None:
    written = [each.read_bytes() for each in release.rglob("*") if each.is_file()]
    assert not [each for each in written if b"file:/" in each]
