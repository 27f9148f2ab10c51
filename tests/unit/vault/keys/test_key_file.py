"""Programs that meet at one file of keys: each goes on with the keys that are there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import keyring
import pytest
from keyring.backend import KeyringBackend
from tests.support.closing import ClosedLater
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.errors import InputError
from salus.primitives.errors import (
    InvalidArgument,
    PassphraseTooShort,
    StorageFull,
    StorageUnavailable,
)
from salus.vault import (
    Compartment,
    IdentityKeys,
    Vault,
    change_passphrase,
    load_keys,
    save_keys,
)
from salus.vault.errors import MalformedKeyFile, WrongPassphrase
from salus.vault.keys import key_file
from salus.vault.keys.encrypted_keys import (
    DEFAULT,
    FASTEST,
    Cost,
    encrypt_keys,
)
from salus.vault.keys.key_file import create_keys, open_keys, rotate_keys
from salus.vault.keys.passphrase_sources import CHOICE, remember_passphrase

PASSPHRASE = "seven wet otters"
LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory")


pytestmark = pytest.mark.usefixtures("no_keyring")


def keys_of(person: Person, path: Path) -> IdentityKeys:
    def new() -> IdentityKeys:
        return IdentityKeys.generate(person.identity, created_at=NOW)

    return open_keys(path, passphrase=PASSPHRASE, new=new, cost=FASTEST)


def at_once(*programs: Callable[[], object]) -> list[int]:
    """Exit codes of processes that begin together."""
    wait, start = os.pipe()
    children = []
    for program in programs:
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                os.close(start)
                os.read(wait, 1)
                program()
                os._exit(0)
            os._exit(1)
        children.append(child)
    os.close(wait)
    os.close(start)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@pytest.mark.parametrize("pair", range(6))
def test_two_programs_on_a_new_folder_lose_no_record(
    pair: int, tmp_path: Path, hospital: Person, closed_later: ClosedLater
) -> None:
    blobs, store = (tmp_path / "blobs").as_uri(), f"sqlite://{tmp_path}/keys.sqlite"

    def vault() -> Vault:
        keys = keys_of(hospital, tmp_path / "keys.json")
        return closed_later(Vault(blobs, store, keys=keys, chain_id=CHAIN))

    def program(content: bytes) -> None:
        vault().add(content, compartment=LABS, media_type="text/plain", created_at=NOW)

    assert at_once(lambda: program(b"one"), lambda: program(b"two")) == [0, 0]
    later = vault()
    assert {later.open(each).read() for each in later.manifests()} == {b"one", b"two"}


def test_no_second_file_of_keys_is_made(tmp_path: Path, hospital: Person) -> None:
    path, both = tmp_path / "keys.json", Barrier(2, timeout=300)

    def new() -> IdentityKeys:
        both.wait()  # both programs looked, and neither found a file
        return IdentityKeys.generate(hospital.identity, created_at=NOW)

    with ThreadPoolExecutor(2) as pool:
        open_file = lambda _: open_keys(path, passphrase=PASSPHRASE, new=new, cost=FASTEST)  # noqa: E731
        one, two = pool.map(open_file, range(2))
    assert one == two == load_keys(path, passphrase=PASSPHRASE)


def test_another_passphrase_makes_no_other_keys(tmp_path: Path, hospital: Person) -> None:
    keys_of(hospital, tmp_path / "keys.json")
    with pytest.raises(WrongPassphrase):
        open_keys(tmp_path / "keys.json", passphrase="eight dry otters", new=lambda: hospital.keys)


def test_keys_that_come_back_replace_none(tmp_path: Path, hospital: Person) -> None:
    path = tmp_path / "keys.json"
    kept = keys_of(hospital, path)
    with pytest.raises(InputError, match="exists: move it away"):
        create_keys(path, hospital.keys, passphrase=PASSPHRASE, cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == kept


@pytest.mark.parametrize("whose", ["the same identity", "another identity"])
def test_saving_keys_replaces_no_others(tmp_path: Path, hospital: Person, whose: str) -> None:
    path, owner = tmp_path / "keys.json", hospital.identity
    kept = keys_of(hospital, path)
    others = IdentityKeys.generate(owner if whose[:3] == "the" else PATIENT, created_at=NOW)
    with pytest.raises(InputError, match=r"holds other keys.*nothing was written"):
        save_keys(path, others, passphrase=PASSPHRASE, cost=FASTEST)
    with pytest.raises(WrongPassphrase):
        save_keys(path, others, passphrase="eight dry otters", cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == kept

    save_keys(path, others, passphrase="eight dry otters", cost=FASTEST, replace=True)
    assert load_keys(path, passphrase="eight dry otters") == others


def test_what_is_no_key_file_is_not_written_over(tmp_path: Path, hospital: Person) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague")
    with pytest.raises(MalformedKeyFile):
        save_keys(path, hospital.keys, passphrase=PASSPHRASE, cost=FASTEST)
    assert path.read_text() == "Dear colleague"


def test_keys_that_were_rotated_or_retired_are_saved(tmp_path: Path, hospital: Person) -> None:
    path = tmp_path / "keys.json"
    rotated = keys_of(hospital, path).rotate(created_at=NOW + 1)
    for keys in (rotated, rotated.retire(before=NOW + 2)):
        save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST)
        assert load_keys(path, passphrase=PASSPHRASE) == keys


def test_a_changed_passphrase_opens_the_same_keys_and_the_old_one_nothing(
    tmp_path: Path, hospital: Person
) -> None:
    path = tmp_path / "keys.json"
    kept = keys_of(hospital, path)
    assert not change_passphrase(path, passphrase=PASSPHRASE, new="eight dry otters", cost=FASTEST)
    assert load_keys(path, passphrase="eight dry otters") == kept
    with pytest.raises(WrongPassphrase):
        load_keys(path, passphrase=PASSPHRASE)


@pytest.mark.parametrize(("old", "new"), [("eight dry otters", "nine"), (PASSPHRASE, "")])
def test_a_passphrase_that_cannot_be_changed_stays(
    tmp_path: Path, hospital: Person, old: str, new: str
) -> None:
    path = tmp_path / "keys.json"
    keys_of(hospital, path)
    before = path.read_bytes()
    with pytest.raises((WrongPassphrase, InvalidArgument)):
        change_passphrase(path, passphrase=old, new=new, cost=FASTEST)
    assert path.read_bytes() == before


class RememberingKeyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


def test_the_keyring_follows_a_changed_passphrase_and_goes_back_with_it(
    tmp_path: Path, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, held = tmp_path / "keys.json", RememberingKeyring()
    monkeypatch.setenv(CHOICE, "chosen.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", held)
    kept = keys_of(hospital, path)
    remember_passphrase(hospital.identity, PASSPHRASE)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise StorageFull(str(path))

    with monkeypatch.context() as patched:
        patched.setattr(key_file, "write_keys", full)
        with pytest.raises(StorageFull):
            change_passphrase(path, passphrase=PASSPHRASE, new="eight dry otters", cost=FASTEST)
    assert path.read_bytes() == before
    assert list(held.entries.values()) == [PASSPHRASE]

    assert change_passphrase(path, passphrase=PASSPHRASE, new="eight dry otters", cost=FASTEST)
    assert list(held.entries.values()) == ["eight dry otters"]
    assert load_keys(path, passphrase="eight dry otters") == kept


def test_a_keyring_that_fails_leaves_the_old_passphrase(
    tmp_path: Path, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, held = tmp_path / "keys.json", RememberingKeyring()
    monkeypatch.setenv(CHOICE, "chosen.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", held)
    kept = keys_of(hospital, path)
    remember_passphrase(hospital.identity, PASSPHRASE)
    monkeypatch.setattr(held, "set_password", lambda *_: None)  # keeps what it has
    with pytest.raises(StorageUnavailable, match="kept nothing"):
        change_passphrase(path, passphrase=PASSPHRASE, new="eight dry otters", cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == kept


def test_two_rotations_at_once_announce_keys_that_the_file_holds(
    tmp_path: Path, hospital: Person
) -> None:
    path, chain = tmp_path / "keys.json", tmp_path / "announced"
    first = keys_of(hospital, path)
    chain.write_bytes(first.document.digest)

    def rotation() -> None:
        keys = rotate_keys(
            path,
            passphrase=PASSPHRASE,
            created_at=NOW + 1,
            announced=lambda keys: chain.read_bytes() == keys.document.digest,
            cost=FASTEST,
        )
        with (tmp_path / "said").open("ab") as said:
            said.write(keys.document.digest)

    assert at_once(rotation, rotation) == [0, 0]
    said = (tmp_path / "said").read_bytes()
    kept = load_keys(path, passphrase=PASSPHRASE)
    assert {said[:32], said[32:]} <= {each.document.digest for each in kept.keys}
    assert kept.keys[-1] == first.keys[0]
    assert len(kept.keys) == 2, "the second found the first one's key, waiting to be announced"


def test_a_key_file_costs_what_is_recommended(honest_costs: dict[str, Cost]) -> None:
    assert {"open_keys", "create_keys", "rotate_keys", "change_passphrase"} <= honest_costs.keys()
    assert set(honest_costs.values()) == {DEFAULT}


def test_a_linked_key_file_stays_a_link_and_its_target_has_the_new_key(
    tmp_path: Path, hospital: Person
) -> None:
    real = tmp_path / "mounted" / "keys.json"
    real.parent.mkdir()
    first = keys_of(hospital, real)
    link = tmp_path / "keys.json"
    link.symlink_to(real)
    rotated = rotate_keys(
        link,
        passphrase=PASSPHRASE,
        created_at=NOW + 1,
        announced=lambda keys: keys == first,
        cost=FASTEST,
    )
    assert link.is_symlink()
    assert load_keys(real, passphrase=PASSPHRASE) == rotated != first


def test_a_passphrase_that_is_no_text_is_refused_by_name(tmp_path: Path, hospital: Person) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        open_keys(
            tmp_path / "keys.json",
            passphrase=os.fsdecode(b"seven wet caf\xe9s"),
            new=lambda: hospital.keys,
            cost=FASTEST,
        )


SHORT = "otters"


def writes(path: Path, keys: IdentityKeys) -> dict[str, Callable[[], object]]:
    """Every way to write a new key file."""
    return {
        "create": lambda: create_keys(path, keys, passphrase=SHORT, cost=FASTEST),
        "open": lambda: open_keys(path, passphrase=SHORT, new=lambda: keys, cost=FASTEST),
        "save": lambda: save_keys(path, keys, passphrase=SHORT, cost=FASTEST),
        "replace": lambda: save_keys(path, keys, passphrase=SHORT, cost=FASTEST, replace=True),
    }


@pytest.mark.parametrize("way", ["create", "open", "save", "replace"])
def test_a_new_key_file_takes_no_short_passphrase(
    tmp_path: Path, hospital: Person, way: str
) -> None:
    with pytest.raises(PassphraseTooShort, match="at least 8 characters long, and has 6") as caught:
        writes(tmp_path / "keys.json", hospital.keys)[way]()
    assert SHORT not in str(caught.value)
    assert not (tmp_path / "keys.json").exists()


def test_a_key_file_with_a_short_passphrase_is_used_on_until_it_is_changed(
    tmp_path: Path, hospital: Person
) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(encrypt_keys(hospital.keys, passphrase=SHORT, cost=FASTEST))
    assert load_keys(path, passphrase=SHORT) == hospital.keys
    keys = rotate_keys(
        path, passphrase=SHORT, created_at=NOW, announced=lambda _: True, cost=FASTEST
    )
    save_keys(path, keys, passphrase=SHORT, cost=FASTEST)
    change_passphrase(path, passphrase=SHORT, new=PASSPHRASE, cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == keys
    with pytest.raises(PassphraseTooShort):
        change_passphrase(path, passphrase=PASSPHRASE, new=SHORT, cost=FASTEST)
    assert load_keys(path, passphrase=PASSPHRASE) == keys
