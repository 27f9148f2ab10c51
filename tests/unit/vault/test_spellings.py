"""An address is the same in every spelling: whoever is asked for by it, the answer is the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from tests.support.sharing import share_record
from tests.unit.conftest import NOW, PATIENT, Person

from salus.anchors.own_leaves import OwnLeaves
from salus.consents.revocations import SignedRevocation
from salus.primitives.address import lower_case
from salus.records.revocations import find, honour
from salus.vault import Compartment, Vault
from salus.vault.documents.erasure_notice import erased_leaf
from salus.vault.documents.record_keys import received_name, received_version
from salus.vault.keys.passphrase_sources import (
    find_passphrase,
    forget_passphrase,
    remember_passphrase,
)
from salus.vault.versions.pointers import record_bytes

PARTIES = {"issuer", "patient", "owner", "sender", "origin", "grantee", "identity", "maker"}


def spellings(address: str) -> tuple[str, str, str]:
    return address, lower_case(address), "0x" + address[2:].upper()


def same(ask: Callable[[str], Any], address: str) -> Any:
    first, *others = map(ask, spellings(address))
    assert all(each == first for each in others)
    return first


class InMemory(KeyringBackend):
    """What an operating system keeps, in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    before, backend = keyring.get_keyring(), InMemory()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "in memory")
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def reader(hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    """A clinician's vault with one note of the hospital's."""
    kept, reading = vault_of(hospital), vault_of(clinician)
    about = Compartment(patient=PATIENT, resource_class="Observation")
    kept.add(b"note", compartment=about, media_type="text/plain", created_at=NOW)
    (manifest,) = kept.manifests()
    parcel = share_record(kept, manifest.record_id, clinician.keys.document, consent="0x01")
    reading.readers.receive(parcel, sender=hospital.identity)
    return reading


def test_what_was_received_is_found_by_its_issuer(reader: Vault, hospital: Person) -> None:
    (manifest,) = reader.received()
    record, received = manifest.record, reader.keyring.received
    issuer = hospital.identity
    assert same(lambda a: reader.keyring.record_key(a, record, 1).key_id, issuer)
    assert same(lambda a: received.under(a, record, 1), issuer) == {"0x01"}
    assert same(lambda a: received.facts(a, record, 1), issuer) is not None
    assert same(reader.database.knows, issuer)
    assert same(lambda a: reader.database.manifests.find(a, record), issuer)
    assert same(lambda a: reader.database.records.all(a), issuer)


@pytest.mark.parametrize(
    "name",
    [
        lambda who: received_name(who, bytes(16)),
        lambda who: received_version(who, bytes(16), 1),
        lambda who: erased_leaf(who, bytes(16)),
    ],
)
def test_a_name_is_the_same(name: Callable[[str], bytes], hospital: Person) -> None:
    assert same(name, hospital.identity)


@pytest.mark.parametrize("spelling", [0, 1, 2])
def test_a_passphrase_is_found_and_forgotten(
    spelling: int, system: InMemory, hospital: Person
) -> None:
    remember_passphrase(hospital.identity, "seven wet otters")

    def found(owner: str) -> str:
        return find_passphrase(owner, environment={}, ask=None)

    assert same(found, hospital.identity) == "seven wet otters"
    assert forget_passphrase(spellings(hospital.identity)[spelling])
    assert system.kept == {}


def test_a_revocation_that_was_honoured_is_found(reader: Vault) -> None:
    signed = SignedRevocation(31337, PATIENT, bytes(32), NOW, bytes(20), bytes(65))
    honour(reader, signed)
    assert same(lambda a: find(reader, a, bytes(32)), PATIENT) == signed


def test_numbers_of_a_stream_are_found(reader: Vault, clinician: Person) -> None:
    own = OwnLeaves(reader.database, chain_id=31337)
    own.keep((clinician.identity, "records", 3), [bytes(32)], since=0)
    assert same(lambda a: own.numbers(a, "records"), clinician.identity) == [3]


@pytest.mark.parametrize("spelt", ["ab" * 16, "AB" * 16, "0x" + "ab" * 16, "0xAb" + "aB" * 15])
def test_a_records_id_is_read_in_either_case(spelt: str) -> None:
    assert record_bytes(spelt) == b"\xab" * 16


def test_whoever_is_named_in_the_vault_is_an_address() -> None:
    """A parameter that is a plain text would be compared as it came."""
    import salus.vault

    plain = []
    for file in Path(*salus.vault.__path__).rglob("*.py"):
        if file.name != "errors.py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            plain += [f"{file.name}: {each}" for each in _plain(tree)]
    assert plain == []


def _plain(tree: ast.AST) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            given = function.args
            for each in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                kind = each.annotation and ast.unparse(each.annotation)
                if each.arg in PARTIES and kind in ("str", "str | None"):
                    yield f"{function.name}({each.arg})"
