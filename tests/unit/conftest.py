"""People by role, with real keys: a hospital, a clinician, a stranger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.support.s3_servers import environment, make_bucket, s3_server

from salus.errors import CredentialError
from salus.primitives.address import checked_address
from salus.vault import Compartment, IdentityKeys, Vault
from salus.vault.storage import MemoryStorage

CHAIN = 31337
NOW = 1_800_000_000
PATIENT = checked_address("0x" + "cd" * 20)


@dataclass(frozen=True)
class Person:
    """An identity that signs and that others seal to."""

    identity: str
    signer: bytes
    keys: IdentityKeys
    private_key: bytes

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        signed = Account.sign_message(encode_typed_data(full_message=typed), self.private_key)
        return bytes(signed.signature)


def verify(identity: str, typed: dict[str, Any], signer: bytes, signature: bytes) -> None:
    """Check a plain key's signature, as the client does on a chain."""
    try:
        who = Account.recover_message(encode_typed_data(full_message=typed), signature=signature)
    except Exception as error:
        raise CredentialError("no signature") from error
    if who != identity or signer != bytes.fromhex(identity[2:]):
        raise CredentialError(f"signed by {who}")


def make_person(number: int) -> Person:
    private_key = number.to_bytes(32, "big")
    address = Account.from_key(private_key).address
    keys = IdentityKeys.generate(address, created_at=NOW)
    return Person(address, bytes.fromhex(address[2:]), keys, private_key)


@pytest.fixture(scope="session")
def hospital() -> Person:
    return make_person(1)


@pytest.fixture(scope="session")
def clinician() -> Person:
    return make_person(2)


@pytest.fixture(scope="session")
def stranger() -> Person:
    return make_person(3)


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage("shared")


@pytest.fixture
def vault_of(storage: MemoryStorage) -> Callable[[Person], Vault]:
    """A vault for anybody, over the one storage that they share."""

    def make(person: Person) -> Vault:
        return Vault(storage, "memory:", keys=person.keys, chain_id=CHAIN)

    return make


@pytest.fixture
def labs() -> Compartment:
    return Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a real S3 server on loopback."""
    with s3_server() as url:
        yield url


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Makes buckets on it and gives their storage URLs."""
    for name, value in environment(s3).items():
        monkeypatch.setenv(name, value)

    def make() -> str:
        name = f"bucket-{os.urandom(6).hex()}"
        make_bucket(s3, name)
        return f"s3://{name}/ward"

    return make
