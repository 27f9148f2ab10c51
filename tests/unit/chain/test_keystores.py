"""Keystores: encrypted files of one key, which every wallet reads."""

import errno
import json
import os

import pytest
from eth_account import Account as EthAccount
from tests.unit.chain.conftest import KEY

from salus.chain import Account, change_keystore_passphrase, open_account
from salus.chain.errors import KeystorePassphraseWrong, KeystoreUnreadable
from salus.errors import ConfigurationInvalid
from salus.primitives.errors import PassphraseTooShort


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
        Account.create().to_keystore(keystore, "battery staple", iterations=2)
    assert keystore.read_bytes() == before
    assert list(keystore.parent.iterdir()) == [keystore]


def test_a_wrong_passphrase_is_named_and_not_shown(keystore):
    with pytest.raises(KeystorePassphraseWrong) as caught:
        Account.from_keystore(keystore, "battery staple")
    assert caught.value.exit_code == 4
    assert "battery" not in str(caught.value)


@pytest.mark.parametrize("told", ["", "otters", "e\u0301" * 7])
def test_a_passphrase_of_fewer_than_eight_characters_is_refused(account, tmp_path, told):
    with pytest.raises(PassphraseTooShort, match=f"8 characters long, and has {min(len(told), 7)}"):
        account.to_keystore(tmp_path / "key.json", told)
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_of_eight_characters_of_any_kind_is_taken(account, tmp_path):
    account.to_keystore(tmp_path / "key.json", "aaaaaaaa", iterations=2)
    assert Account.from_keystore(tmp_path / "key.json", "aaaaaaaa") == account


def test_a_keystore_with_a_short_passphrase_opens_and_is_given_a_longer_one(account, keystore):
    content = json.dumps(EthAccount.encrypt(account._key.secret(), "otters", iterations=2))
    keystore.write_text(content)
    assert Account.from_keystore(keystore, "otters") == account
    changed = change_keystore_passphrase(
        keystore, passphrase="otters", new="correct horse", iterations=2
    )
    assert changed == account.address
    assert Account.from_keystore(keystore, "correct horse") == account
    with pytest.raises(KeystorePassphraseWrong):
        Account.from_keystore(keystore, "otters")
    assert keystore.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("told", "new", "error"),
    [
        ("battery staple", "seven wet otters", KeystorePassphraseWrong),
        ("correct horse", "otters", PassphraseTooShort),
        ("correct horse", os.fsdecode(b"seven wet caf\xe9s"), KeystoreUnreadable),
    ],
)
def test_a_keystore_whose_passphrase_cannot_be_changed_stays(keystore, told, new, error):
    before = keystore.read_bytes()
    with pytest.raises(error) as caught:
        change_keystore_passphrase(keystore, passphrase=told, new=new, iterations=2)
    assert keystore.read_bytes() == before
    assert told not in str(caught.value)
    assert new not in str(caught.value)


def test_no_keystore_is_changed_where_there_is_none(tmp_path):
    with pytest.raises(KeystoreUnreadable, match="No such file"):
        change_keystore_passphrase(tmp_path / "no.json", passphrase="correct horse", new="x" * 8)
    assert list(tmp_path.iterdir()) == []


def test_a_linked_keystore_stays_a_link(keystore):
    link = keystore.with_name("link.json")
    link.symlink_to(keystore)
    told, new = "correct horse", "seven wet otters"
    change_keystore_passphrase(link, passphrase=told, new=new, iterations=2)
    assert link.is_symlink()
    assert Account.from_keystore(keystore, "seven wet otters")


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
    told = os.fsdecode(b"seven wet caf\xe9s")
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
