"""A key file that is written anew: what it may take the place of, and what is never lost by it."""

from __future__ import annotations

import errno
from pathlib import Path

import keyring
import pytest
from tests.unit.conftest import NOW, Person
from tests.unit.vault.keys.test_key_file import PASSPHRASE, RememberingKeyring, keys_of

from salus.errors import InputError
from salus.primitives import files
from salus.primitives.errors import InvalidArgument, StorageBusy, StorageUnavailable
from salus.primitives.files import locked
from salus.vault import change_passphrase, create_keys, load_keys, open_keys, retire_keys, save_keys
from salus.vault.keys.encrypted_keys import FASTEST, Cost, load_with_cost, write_keys
from salus.vault.keys.key_file import rotate_keys
from salus.vault.keys.passphrase_sources import CHOICE, remember_passphrase

pytestmark = pytest.mark.usefixtures("no_keyring")


def test_keys_without_the_newest_of_the_file_are_not_saved(
    tmp_path: Path, hospital: Person
) -> None:
    path = tmp_path / "keys.json"
    stale = keys_of(hospital, path)
    rotated = stale.rotate(created_at=NOW + 1)
    save_keys(path, rotated, passphrase=PASSPHRASE, cost=FASTEST)
    with pytest.raises(InputError, match=r"holds a newer key.*nothing was written"):
        save_keys(path, stale, passphrase=PASSPHRASE, cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == rotated


def test_retiring_goes_on_from_what_the_file_holds(tmp_path: Path, hospital: Person) -> None:
    path = tmp_path / "keys.json"
    rotated = keys_of(hospital, path).rotate(created_at=NOW + 10)
    save_keys(path, rotated, passphrase=PASSPHRASE, cost=FASTEST)
    for before, gone in ((NOW + 10, 0), (NOW + 11, 1), (NOW + 99, 0)):
        left, retired = retire_keys(path, passphrase=PASSPHRASE, before=before, cost=FASTEST)
        assert (retired, left.document) == (gone, rotated.document)
        assert load_keys(path, passphrase=PASSPHRASE) == left


def test_a_file_that_is_written_anew_stays_as_costly(tmp_path: Path, hospital: Person) -> None:
    path, dear = tmp_path / "keys.json", Cost(memory_kib=20000, iterations=3, lanes=2)
    keys = open_keys(path, passphrase=PASSPHRASE, new=lambda: hospital.keys, cost=dear)
    for write in (
        lambda: save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST),
        lambda: change_passphrase(path, passphrase=PASSPHRASE, new=PASSPHRASE, cost=FASTEST),
    ):
        write()
        assert load_with_cost(path, passphrase=PASSPHRASE)[1] == dear


@pytest.mark.parametrize("known", ["seven\totters", "seven ❤️ otters", "short"])
def test_a_passphrase_that_opens_a_file_goes_on_opening_it(
    tmp_path: Path, hospital: Person, known: str
) -> None:
    """It was taken before; whoever rotates after a theft is not made to change it first."""
    path = tmp_path / "keys.json"
    write_keys(path, hospital.keys, passphrase=known, cost=FASTEST)
    turned = rotate_keys(
        path, passphrase=known, created_at=NOW + 9, announced=lambda _: True, cost=FASTEST
    )
    retire_keys(path, passphrase=known, before=NOW + 99, cost=FASTEST)
    save_keys(path, turned, passphrase=known, cost=FASTEST)
    assert load_keys(path, passphrase=known) == turned
    change_passphrase(path, passphrase=known, new=PASSPHRASE, cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == turned


def test_two_names_of_a_file_have_one_lock(tmp_path: Path, hospital: Person) -> None:
    path, link = tmp_path / "keys.json", tmp_path / "elsewhere" / "link.json"
    keys_of(hospital, path)
    link.parent.mkdir()
    link.symlink_to(path)
    with locked(path), pytest.raises(StorageBusy), locked(link, wait=0):
        raise AssertionError("both were inside")
    assert [each.name for each in link.parent.iterdir()] == ["link.json"]


@pytest.mark.parametrize(
    "unseen",
    ["\0", "\r", "\x1b", "\ufeff", "\u200b", "\u00ad", "\u2028", "\ufe0f", "\u115f", "\ue000"],
)
def test_a_new_passphrase_has_no_characters_that_nobody_sees(
    tmp_path: Path, hospital: Person, unseen: str
) -> None:
    with pytest.raises(InvalidArgument, match="can be seen"):
        create_keys(tmp_path / "keys.json", hospital.keys, passphrase=PASSPHRASE + unseen)
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_the_keyring_has_what_opens_the_file_that_is_there(
    tmp_path: Path, hospital: Person, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path, held = tmp_path / "keys.json", RememberingKeyring()
    monkeypatch.setenv(CHOICE, "chosen.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", held)
    kept = keys_of(hospital, path)
    remember_passphrase(hospital.identity, PASSPHRASE)

    def failing(_: Path) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(files, "sync_folder", failing)
        with pytest.raises((StorageUnavailable, KeyboardInterrupt)) as raised:
            change_passphrase(path, passphrase=PASSPHRASE, new="eight dry otters", cost=FASTEST)
    if isinstance(error, OSError):
        assert "its new content is there" in str(raised.value)
    (entry,) = held.entries.values()
    assert load_keys(path, passphrase=entry) == kept
