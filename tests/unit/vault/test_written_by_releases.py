"""What each release left behind still opens: state folders, storages, letters and documents."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import salus
from salus.anchors.store import LogStore
from salus.consents.documents import read_consent
from salus.consents.revocations import SignedRevocation
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening
from salus.identities.guardian_documents import read_guardians, write_guardians
from salus.vault.errors import RecordErased
from salus.vault.vault import Vault
from salus_verify import ErasureReceipt, Receipt
from salus_verify.log import stream_id

WRITTEN = Path(__file__).parents[2] / "vectors" / "written"
RELEASES = sorted(each.parent for each in WRITTEN.glob("*/deployment.json"))
PASSPHRASE = "nothing here is secret"
WRITTEN_BY = {
    "consent.json": lambda data: read_consent(data).to_json(),
    "consignment.json": lambda data: Consignment.from_json(data).to_json(),
    "erasure.json": lambda data: ErasureReceipt.from_json(data).to_json(),
    "guardians.json": lambda data: write_guardians(read_guardians(data)),
    "lot.json": lambda data: LotManifest.from_json(data).to_json(),
    "pack.json": lambda data: PackOpening.from_json(data).to_json(),
    "receipt.json": lambda data: Receipt.from_json(data).to_json(),
    "revocation.json": lambda data: SignedRevocation.from_json(data).to_json(),
}
"""Reads each document, and writes it again."""


@pytest.fixture(scope="module", params=RELEASES, ids=lambda each: each.name)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "here"
    shutil.copytree(request.param, folder)
    return folder


@pytest.fixture(scope="module")
def open_vault(release: Path) -> Iterator[Callable[[str], Vault]]:
    vaults: dict[str, Vault] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_PASSPHRASE", PASSPHRASE)

        def opened(name: str) -> Vault:
            if name not in vaults:
                vault = salus.open_vault(
                    storage=(release / "blobs" / "hospital").as_uri(), state=release / name
                )
                vault.database.comparison.mark()  # the chain that it would ask ended long ago
                vaults[name] = vault
            return vaults[name]

        yield opened
    for each in vaults.values():
        each.close()


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


def test_every_document_has_its_reader(release: Path) -> None:
    assert {each.name for each in (release / "documents").iterdir()} == set(WRITTEN_BY)


@pytest.mark.parametrize("name", sorted(WRITTEN_BY))
def test_a_document_is_read_as_it_was_written(release: Path, name: str) -> None:
    data = (release / "documents" / name).read_bytes()
    again: Any = WRITTEN_BY[name](data)
    assert (again.encode() if isinstance(again, str) else again) == data
