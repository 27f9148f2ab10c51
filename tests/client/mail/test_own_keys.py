"""Announcing one's own key: none takes another's place unawares, and the next one is announced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from salus import Salus
from salus.chain import Chain
from salus.errors import CredentialError
from salus.identities.changes import revoke_attribute
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import MissingKey
from salus.vault.keys.encrypted_keys import FASTEST, load_keys, save_keys
from salus.vault.keys.key_documents import KEY_ATTRIBUTE

INBOX, PASSPHRASE = "memory://own-keys", "seven wet otters"


@pytest.fixture
def with_keys(chain: Chain, hospital: Salus) -> Callable[[IdentityKeys], Salus]:
    """A client of the hospital's account with a vault of these keys."""
    account = hospital.account

    def opened(keys: IdentityKeys) -> Salus:
        vault = Vault("memory://own", "memory:", keys=keys, chain_id=chain.chain_id)
        return Salus(chain, account=account, vault=vault)

    return opened


@pytest.fixture
def keys(hospital: Salus) -> IdentityKeys:
    return IdentityKeys.generate(hospital.identity, created_at=0)


def named(client: Salus) -> list[bytes]:
    return client.identities.changes.attributes(client.identity).get(KEY_ATTRIBUTE, [])


def test_another_key_is_announced_only_when_it_is_said(
    with_keys: Callable[[IdentityKeys], Salus], keys: IdentityKeys, hospital: Salus
) -> None:
    with_keys(keys).mail.announce(INBOX, replacing=True)
    with_keys(keys).mail.announce(INBOX)  # the same once more
    other = with_keys(IdentityKeys.generate(hospital.identity, created_at=1))
    before = named(other)
    with pytest.raises(CredentialError, match="not held here"):
        other.mail.announce(INBOX)
    assert named(other) == before

    other.mail.announce(INBOX, replacing=True)
    assert named(other)[-1] == other.vault.keys.document.digest


def test_a_rotated_key_takes_the_place_of_one_that_is_held(
    with_keys: Callable[[IdentityKeys], Salus], keys: IdentityKeys
) -> None:
    with_keys(keys).mail.announce(INBOX, replacing=True)
    rotated = with_keys(keys.rotate(created_at=1))
    rotated.mail.announce(INBOX)
    assert named(rotated)[-1] == rotated.vault.keys.document.digest


def test_rotating_makes_a_key_and_announces_it(
    with_keys: Callable[[IdentityKeys], Salus], keys: IdentityKeys, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST)
    client = with_keys(keys)
    client.mail.announce(INBOX, replacing=True)
    made = client.mail.rotate_keys(path, passphrase=PASSPHRASE)
    assert load_keys(path, passphrase=PASSPHRASE) == made.keys
    assert (len(made.keys.keys), made.shares_stale) == (2, False)
    assert named(client)[-1] == made.keys.document.digest
    assert keys.document.id not in repr(made)


def test_what_was_never_announced_is_not_rotated(
    with_keys: Callable[[IdentityKeys], Salus], keys: IdentityKeys, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST)
    client = with_keys(keys)
    for digest in named(client):
        client.identities.changes.apply(client.identity, [revoke_attribute(KEY_ATTRIBUTE, digest)])
    with pytest.raises(MissingKey, match="announce"):
        client.mail.rotate_keys(path, passphrase=PASSPHRASE)
    assert load_keys(path, passphrase=PASSPHRASE) == keys
