"""What documents cannot name is refused when it is configured, before anything lies there."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from tests.support.vaults import add
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import InvalidArgument, InvalidStorageUrl
from salus.vault import Vault
from salus.vault.letters.inbox import Inbox
from salus.vault.storage import LocalStorage, MemoryStorage, Storage, open_storage
from salus_verify.erasure_receipt import Erasure

LONGEST = 2048


def folder_with_url_of(length: int, within: Path) -> str:
    """The URL of a folder as deep as that takes; it need not exist."""
    url = within.as_uri() + "/"
    while len(url) < length - 200:
        url += "n" * 199 + "/"
    return url + "n" * (length - len(url))


def test_what_lies_in_the_longest_urls_is_encrypted_again_and_erased(
    tmp_path: Path, hospital: Person
) -> None:
    home, copy = "memory://" + "w" * (LONGEST - 9), folder_with_url_of(LONGEST, tmp_path)
    assert (len(home), len(copy)) == (LONGEST, LONGEST)
    vault = Vault(home, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[copy])
    with closing(vault):
        record = add(vault, hospital, b"x").manifest.record_id
        assert [left.storage for left in vault.upkeep.rekey().unreached] == [copy]
        report = vault.erase(record, erased_at=NOW)
    assert [storage for storage, _ in report.destroyed] == [home]
    assert Erasure.parse(report.to_bytes()) == report


def test_longer_ones_are_refused_wherever_they_stand(tmp_path: Path, hospital: Person) -> None:
    longer = folder_with_url_of(LONGEST + 1, tmp_path)
    too_long = pytest.raises(InvalidStorageUrl, match="1 to 2048 characters")
    with too_long:
        open_storage(longer)
    with too_long:
        Vault(longer, "memory:", keys=hospital.keys, chain_id=CHAIN)
    with too_long:
        Vault("memory://ward", "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[longer])
    with too_long:
        Inbox(longer)


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_storage_that_is_open_has_no_longer_url(
    tmp_path: Path, hospital: Person, kind: str
) -> None:
    storage: Storage = MemoryStorage("w" * LONGEST)
    if kind == "folder":  # each of its letters takes nine characters of a URL
        storage = LocalStorage(tmp_path / ("安" * 80) / ("全" * 80) / ("性" * 80))
    assert len(storage.url) > LONGEST
    with pytest.raises(InvalidStorageUrl) as caught:
        Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN)
    assert len(str(caught.value)) < 400
    with pytest.raises(InvalidStorageUrl):
        Inbox(storage)


@pytest.mark.parametrize("chain_id", [0, -1, 1 << 53])
def test_a_chain_that_no_document_can_name_is_refused(hospital: Person, chain_id: int) -> None:
    with pytest.raises(InvalidArgument, match="chain_id"):
        Vault("memory://ward", "memory:", keys=hospital.keys, chain_id=chain_id)
