"""Secrets never reach a repr, a message, or a pickle that somebody logs."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable

import pytest
from tests.unit.conftest import CHAIN, NOW, Person

import salus.errors
from salus.errors import SalusError
from salus.vault import Compartment, IdentityKeys, Vault
from salus.vault import errors as vault_errors
from salus.vault.crypto import hpke
from salus.vault.documents.record_keys import Plan
from salus.vault.keys.encrypted_keys import FASTEST, decrypt_keys, encrypt_keys
from salus.vault.storage import MemoryStorage
from salus_verify.encoding import base64url

PLAINTEXT = b"HbA1c 48 mmol/mol"


def shows(text: str, *secrets: bytes) -> bool:
    """Whether a text holds any secret, in any usual spelling."""
    return any(
        spelling in text
        for secret in secrets
        for spelling in (secret.hex(), base64url(secret), repr(secret)[2:-1], secret[:8].hex())
    )


@pytest.fixture
def vault(hospital: Person) -> Vault:
    return Vault(MemoryStorage(), "memory:", keys=hospital.keys, chain_id=CHAIN)


def test_no_repr_shows_a_secret(vault: Vault, hospital: Person, labs: Compartment) -> None:
    added = vault.add(PLAINTEXT, compartment=labs, media_type="text/plain", created_at=NOW)
    key = vault.keyring.record_key(vault.identity, added.manifest.record, 1)
    compartment = vault.keyring.compartments.all()[0]
    (parcel,) = vault.readers.share(
        Plan((compartment,), ((added.manifest.record, 1),)), hospital.keys.document, consent="c"
    )[:1]
    secrets = (
        key.key,
        key.salt,
        compartment.key,
        hospital.keys.store_key,
        hospital.keys.keys[0].seed,
        PLAINTEXT,
    )
    for thing in (
        vault,
        vault.keys,
        vault.keys.keys[0],
        vault.keyring,
        vault.database,
        vault.storage,
        vault.open(added.manifest),
        key,
        compartment,
        added,
        added.opening,
        parcel,
        Plan((compartment,)),
    ):
        assert not shows(f"{thing!r} {thing}", *secrets), type(thing)


def failing(act: Callable[[], object]) -> str:
    with pytest.raises(SalusError) as caught:
        act()
    return "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_no_error_shows_a_secret(vault: Vault, hospital: Person, stranger: Person) -> None:
    seed, passphrase = hospital.keys.keys[0].seed, "seven wet otters"
    data = encrypt_keys(hospital.keys, passphrase=passphrase, cost=FASTEST)
    sealed = hpke.seal(stranger.keys.document.public_key, info=b"", plaintext=PLAINTEXT)
    for text in (
        failing(lambda: hpke.open_sealed(seed, info=b"", sealed=sealed)),
        failing(lambda: hpke.public_key(seed[:31])),
        failing(lambda: decrypt_keys(data, passphrase="wrong " + passphrase)),
        failing(lambda: decrypt_keys(data[:-1], passphrase=passphrase)),
        failing(lambda: IdentityKeys.from_secret_bytes(hospital.keys.to_secret_bytes()[:-2])),
    ):
        assert not shows(text, seed, seed[:31], hospital.keys.store_key, PLAINTEXT)
        assert "wrong seven wet otters" not in text


def test_every_error_of_the_vault_says_what_to_do() -> None:
    families = tuple(
        getattr(salus.errors, name)
        for name in ("InputError", "CredentialError", "VerificationError", "StorageError")
    )
    found = [
        kind
        for _, kind in inspect.getmembers(vault_errors, inspect.isclass)
        if kind.__module__ == vault_errors.__name__
    ]
    assert len(found) > 25
    for kind in found:
        assert issubclass(kind, families)
        assert kind.__doc__


def test_every_error_of_the_vault_can_be_made_and_read() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(vault_errors, inspect.isclass)
        if kind.__module__ == vault_errors.__name__
    ]
    assert len(kinds) > 25
    for kind in kinds:
        parameters = inspect.signature(kind).parameters.values()
        given = {p.name: _example(str(p.annotation)) for p in parameters}
        message = str(kind(**given))
        assert len(message) > 20
        assert any(mark in message for mark in (";", ":", ",")), message


def _example(annotation: str) -> object:
    if "tuple" in annotation:
        return ("somewhere",)
    return 7 if "int" in annotation else "something"
