"""What an identity's keys must bear for years: many of them, any keyboard, any Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.conftest import NOW, Person

from salus.errors import InputError
from salus.primitives.address import checked_address
from salus.vault import IdentityKeys, load_keys, save_keys
from salus.vault.errors import MalformedKeyFile
from salus.vault.keys import encrypted_keys
from salus.vault.keys.encrypted_keys import FASTEST, decrypt_keys, encrypt_keys
from salus.vault.keys.identity_keys import MOST_KEYS
from salus.vault.keys.key_shares import recover_keys, split_keys

PASSPHRASE = "seven wet otters"


def test_keys_of_many_years_are_read_again(tmp_path: Path, hospital: Person) -> None:
    """A megabyte, where most documents end, holds three hundred keys."""
    keys = IdentityKeys.generate(hospital.identity, created_at=NOW)
    for day in range(1, 400):
        keys = keys.rotate(created_at=NOW + 86_400 * day)
    save_keys(tmp_path / "keys.json", keys, passphrase=PASSPHRASE, cost=FASTEST)
    assert load_keys(tmp_path / "keys.json", passphrase=PASSPHRASE) == keys
    split = split_keys(keys, needed=2, shares=3)
    assert recover_keys(split.document, split.shares[1:]) == keys


def test_more_keys_than_a_file_holds_are_refused_before_it_is_written(hospital: Person) -> None:
    keys = IdentityKeys.generate(hospital.identity, created_at=NOW)
    with pytest.raises(InputError, match=r"at most 4096.*retire"):
        IdentityKeys(keys.keys * (MOST_KEYS + 1), keys.store_key)


def test_keys_are_each_there_once_newest_first(hospital: Person) -> None:
    new, old = IdentityKeys.generate(hospital.identity, created_at=NOW).rotate(created_at=NOW).keys
    for wrong in ((new, new), (old, new)):
        with pytest.raises(InputError, match="newest first"):
            IdentityKeys(wrong, bytes(32))


def test_a_file_that_names_another_than_its_keys_are_of_is_refused(
    tmp_path: Path, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = IdentityKeys.generate(hospital.identity, created_at=NOW)
    honest = encrypted_keys._header
    other = checked_address("0x" + "cd" * 20)
    monkeypatch.setattr(encrypted_keys, "_header", lambda _, *more: honest(other, *more))
    data = encrypt_keys(keys, passphrase=PASSPHRASE, cost=FASTEST)
    with pytest.raises(MalformedKeyFile, match=rf"{keys.identity}, and it names {other}"):
        decrypt_keys(data, passphrase=PASSPHRASE)


@pytest.mark.parametrize(
    "typed", ["seven wet ott\u00e9rs", "seven\u3000wet otte\u0301rs", "seven\u00a0wet ott\u00e9rs"]
)
def test_a_passphrase_is_the_same_however_it_is_typed(hospital: Person, typed: str) -> None:
    keys = IdentityKeys.generate(hospital.identity, created_at=NOW)
    data = encrypt_keys(keys, passphrase="seven wet ott\u00e9rs", cost=FASTEST)
    assert decrypt_keys(data, passphrase=typed) == keys


def test_a_passphrase_of_characters_to_come_is_refused(hospital: Person) -> None:
    """A later Unicode may write them in another way, and then the file would not open."""
    keys = IdentityKeys.generate(hospital.identity, created_at=NOW)
    with pytest.raises(InputError, match="that Unicode knows"):
        encrypt_keys(keys, passphrase="seven \U000e0fff otters", cost=FASTEST)


def test_a_process_that_is_forked_while_a_key_is_derived_derives_its_own() -> None:
    program = f"""
import os, sys, threading, time
from salus.vault.keys.encrypted_keys import DEFAULT
derive = lambda: DEFAULT.derive({PASSPHRASE!r}, bytes(16))
busy = threading.Thread(target=lambda: [derive() for _ in range(5)])
busy.start()
time.sleep(0.05)
child = os.fork()
if not child:
    os._exit(0 if len(derive()) == 32 else 1)
_, status = os.waitpid(child, 0)
busy.join()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
