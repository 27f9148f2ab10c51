"""Keystores: encrypted files of one key, which every wallet reads."""

import errno
import json
import os

import pytest
from tests.unit.chain.conftest import KEY

from salus.chain import (
    Account,
    open_account,
)
from salus.chain.errors import (
    KeystorePassphraseWrong,
    KeystoreUnreadable,
)
from salus.errors import ConfigurationInvalid, CredentialError


@pytest.fixture
def keystore(account, tmp_path):
    path = tmp_path / "key.json"
    account.to_keystore(path, "correct horse", iterations=2)
    return path


def test_a_keystore_gives_the_account_back(account, keystore):
    assert Account.from_keystore(keystore, "correct horse") == account
    content = json.loads(keystore.read_text())
    assert content["version"] == 3
    assert KEY not in keystore.read_text()


def test_a_keystore_is_its_owners_alone_and_leaves_nothing_beside_it(keystore):
    assert keystore.stat().st_mode & 0o777 == 0o600
    assert list(keystore.parent.iterdir()) == [keystore]


def test_a_keystore_is_never_overwritten(keystore):
    before = keystore.read_bytes()
    with pytest.raises(KeystoreUnreadable):
        Account.create().to_keystore(keystore, "other", iterations=2)
    assert keystore.read_bytes() == before
    assert list(keystore.parent.iterdir()) == [keystore]


def test_a_wrong_passphrase_is_named_and_not_shown(keystore):
    with pytest.raises(KeystorePassphraseWrong) as caught:
        Account.from_keystore(keystore, "battery staple")
    assert caught.value.exit_code == 4
    assert "battery" not in str(caught.value)


def test_an_empty_passphrase_is_refused(account, tmp_path):
    with pytest.raises(CredentialError):
        account.to_keystore(tmp_path / "key.json", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"version": 3}', b'{"version": 9, "crypto": {}}', b"\xff"],
)
def test_a_file_that_is_no_keystore_is_refused(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_bytes(content)
    with pytest.raises(KeystoreUnreadable):
        Account.from_keystore(path, "any")


@pytest.mark.parametrize(
    ("kdf", "costs"),
    [
        ("scrypt", {"n": 2**25}),
        ("scrypt", {"r": 2**30}),
        ("pbkdf2", {"c": 10**9, "prf": "hmac-sha256"}),
    ],
)
def test_a_keystore_that_would_take_all_memory_or_hours_is_refused(keystore, kdf, costs):
    content = json.loads(keystore.read_text())
    content["crypto"]["kdf"] = kdf
    content["crypto"]["kdfparams"] |= costs
    keystore.write_text(json.dumps(content))
    with pytest.raises(KeystoreUnreadable, match="memory or time"):
        Account.from_keystore(keystore, "correct horse")


@pytest.mark.parametrize("member", ["crypto", "version", "ciphertext", "mac", "kdf", "kdfparams"])
@pytest.mark.parametrize("value", [None, [], {}, 5, "zz"])
def test_a_keystore_with_any_field_wrong_is_named(keystore, member, value):
    content = json.loads(keystore.read_text())
    (content if member in content else content["crypto"])[member] = value
    keystore.write_text(json.dumps(content))
    with pytest.raises((KeystoreUnreadable, KeystorePassphraseWrong)):
        Account.from_keystore(keystore, "correct horse")


def test_a_keystore_of_another_account_than_it_says_is_refused(keystore):
    """Whoever deploys or funds with it would do so as an account that nobody meant."""
    content = json.loads(keystore.read_text())
    content["address"] = "ab" * 20
    keystore.write_text(json.dumps(content))
    with pytest.raises(KeystoreUnreadable, match="it says that it is of 'abab"):
        Account.from_keystore(keystore, "correct horse")


def test_a_keystore_of_another_cipher_is_refused(keystore):
    """It would be decrypted to some other key."""
    content = json.loads(keystore.read_text())
    content["crypto"]["cipher"] = "aes-128-cbc"
    keystore.write_text(json.dumps(content))
    with pytest.raises(KeystoreUnreadable, match="cipher is 'aes-128-cbc', and not aes-128-ctr"):
        Account.from_keystore(keystore, "correct horse")


def test_an_account_is_opened_by_its_file_and_whatever_asks_for_the_passphrase(keystore, account):
    for passphrase in ("correct horse", lambda: "correct horse"):
        assert open_account(f"keystore:{keystore}", passphrase=passphrase) == account
    with pytest.raises(ConfigurationInvalid, match="SALUS_PASSPHRASE"):
        open_account(f"keystore:{keystore}")
    with pytest.raises(KeystorePassphraseWrong):
        open_account(f"keystore:{keystore}", passphrase=lambda: "battery staple")
    with pytest.raises(ConfigurationInvalid, match="text"):
        open_account(f"keystore:{keystore}", passphrase=lambda: b"correct horse")


def test_a_missing_keystore_is_named(tmp_path):
    with pytest.raises(KeystoreUnreadable) as caught:
        Account.from_keystore(tmp_path / "none.json", "any")
    assert "none.json" in str(caught.value)


def test_a_passphrase_that_is_no_text_encrypts_and_opens_nothing(keystore):
    told = os.fsdecode(b"caf\xe9")
    with pytest.raises(KeystoreUnreadable, match="UTF-8"):
        Account.create().to_keystore(keystore.with_name("new.json"), told, iterations=2)
    with pytest.raises(KeystorePassphraseWrong):
        Account.from_keystore(keystore, told)
    assert not keystore.with_name("new.json").exists()


def test_a_keystore_is_written_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr("salus.primitives.files._NAMELESS", 0)
    made = Account.create()
    made.to_keystore(tmp_path / "key.json", "seven wet otters", iterations=2)
    assert Account.from_keystore(tmp_path / "key.json", "seven wet otters") == made
    assert [each.name for each in tmp_path.iterdir()] == ["key.json"]
