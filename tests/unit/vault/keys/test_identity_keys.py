"""Identity keys, the documents that publish them, and the file that keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.conftest import NOW, Person

from salus.primitives.errors import InvalidArgument, StorageUnavailable
from salus.vault import IdentityKeys, KeyDocument
from salus.vault.crypto import hpke
from salus.vault.errors import (
    CommitmentMismatch,
    MalformedKeyDocument,
    MalformedKeyFile,
    UnsafeKeyFileParameters,
    WrongPassphrase,
    WrongRecipient,
)
from salus.vault.keys.encrypted_keys import (
    DEFAULT,
    FASTEST,
    Cost,
    decrypt_keys,
    encrypt_keys,
    load_keys,
    save_keys,
)
from salus_verify.encoding import canonical

SECRET = "seven wet otters"


@pytest.fixture(scope="module")
def keys(hospital: Person) -> IdentityKeys:
    return hospital.keys


@pytest.fixture(scope="module")
def encrypted(keys: IdentityKeys) -> bytes:
    return encrypt_keys(keys, passphrase=SECRET, cost=FASTEST)


# ── key documents ────────────────────────────────────────────────────────────────────────────


def test_a_key_document_is_known_by_its_digest(keys: IdentityKeys) -> None:
    published = keys.document.to_bytes()
    assert KeyDocument.parse(published, digest=keys.document.digest) == keys.document


def test_refuses_a_key_document_that_the_chain_does_not_name(
    keys: IdentityKeys, stranger: Person
) -> None:
    with pytest.raises(CommitmentMismatch):
        KeyDocument.parse(stranger.keys.document.to_bytes(), digest=keys.document.digest)


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "hpke-x25519/v0"},
        {"type": "salus/key-document/v2"},
        {"identity": "0xAB"},
        {"publicKey": "AAAA"},
        {"publicKey": 7},
        {"createdAt": -1},
        {"createdAt": True},
        {"previous": "0x00"},
        {"extra": 1},
    ],
)
def test_refuses_a_malformed_key_document(keys: IdentityKeys, change: dict[str, object]) -> None:
    values = {**json.loads(keys.document.to_bytes()), **change}
    with pytest.raises(MalformedKeyDocument):
        KeyDocument.parse(canonical(values), digest=None)


def test_rotation_names_the_old_document_and_still_opens_what_it_got(keys: IdentityKeys) -> None:
    sealed = hpke.seal(keys.document.public_key, info=b"", plaintext=b"old letter")
    rotated = keys.rotate(created_at=NOW + 1)

    assert rotated.document.previous == keys.document.digest
    assert rotated.store_key == keys.store_key
    opened = rotated.open_sealed(sealed, recipient=keys.document.id, info=b"", what="a letter")
    assert opened == b"old letter"
    with pytest.raises(WrongRecipient):
        keys.open_sealed(sealed, recipient=rotated.document.id, info=b"", what="a letter")


def test_keys_of_two_identities_never_mix(keys: IdentityKeys, stranger: Person) -> None:
    with pytest.raises(InvalidArgument):
        IdentityKeys((*keys.keys, *stranger.keys.keys), keys.store_key)


# ── at rest ──────────────────────────────────────────────────────────────────────────────────


def test_a_file_gives_back_the_keys(tmp_path: Path, keys: IdentityKeys) -> None:
    rotated = keys.rotate(created_at=NOW + 1)
    save_keys(tmp_path / "keys.json", keys, passphrase=SECRET, cost=FASTEST)
    save_keys(tmp_path / "keys.json", rotated, passphrase=SECRET, cost=FASTEST)
    assert load_keys(tmp_path / "keys.json", passphrase=SECRET) == rotated
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_the_default_cost_is_that_of_rfc_9106(keys: IdentityKeys) -> None:
    header = json.loads(encrypt_keys(keys, passphrase=SECRET))["kdf"]
    assert (header["memoryKib"], header["iterations"], header["lanes"]) == (65536, 3, 4)
    assert Cost(65536, 3, 4) == DEFAULT


def test_names_a_wrong_passphrase(tmp_path: Path, keys: IdentityKeys) -> None:
    path = tmp_path / "keys.json"
    save_keys(path, keys, passphrase=SECRET, cost=FASTEST)
    with pytest.raises(WrongPassphrase, match=str(path)) as caught:
        load_keys(path, passphrase="seven wet badgers")
    assert caught.value.exit_code == 4


def test_an_accent_may_be_typed_in_either_form(keys: IdentityKeys) -> None:
    data = encrypt_keys(keys, passphrase="caf\u00e9", cost=FASTEST)
    assert decrypt_keys(data, passphrase="cafe\u0301") == keys


def test_refuses_an_empty_passphrase(keys: IdentityKeys) -> None:
    with pytest.raises(InvalidArgument):
        encrypt_keys(keys, passphrase="", cost=FASTEST)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memoryKib", 1024),
        ("memoryKib", 1 << 30),
        ("iterations", 1),
        ("iterations", 1_000_000),
        ("lanes", 0),
        ("lanes", 1000),
    ],
)
def test_refuses_parameters_that_are_weak_or_would_exhaust_the_machine(
    encrypted: bytes, name: str, value: int
) -> None:
    values = json.loads(encrypted)
    values["kdf"][name] = value
    with pytest.raises(UnsafeKeyFileParameters):
        decrypt_keys(canonical(values), passphrase=SECRET)


def test_notices_a_changed_header(encrypted: bytes) -> None:
    values = json.loads(encrypted)
    values["identity"] = "0x" + "00" * 20
    with pytest.raises(WrongPassphrase):
        decrypt_keys(canonical(values), passphrase=SECRET)


@given(data=st.binary(max_size=200))
def test_refuses_garbage(data: bytes) -> None:
    with pytest.raises(MalformedKeyFile):
        decrypt_keys(data, passphrase=SECRET)


@given(cut=st.integers(0, 200))
def test_refuses_a_truncated_file(encrypted: bytes, cut: int) -> None:
    with pytest.raises(MalformedKeyFile):
        decrypt_keys(encrypted[:cut], passphrase=SECRET)


def test_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="No such file"):
        load_keys(tmp_path / "none", passphrase=SECRET)


def test_refuses_a_seed_that_does_not_belong_to_its_document(
    keys: IdentityKeys, stranger: Person
) -> None:
    ours, theirs = (json.loads(k.to_secret_bytes()) for k in (keys, stranger.keys))
    ours["keys"][0]["document"] = theirs["keys"][0]["document"]
    with pytest.raises(MalformedKeyFile, match="belong together"):
        IdentityKeys.from_secret_bytes(canonical(ours))
