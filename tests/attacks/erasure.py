"""What an attacker recovers of erased records, who has everything but what was destroyed.

``python tests/attacks/erasure.py [records]`` builds a hospital with low-entropy results (HbA1c in
mmol/mol: 131 possible values in a template that the attacker knows), shares them with two readers,
erases them, and attacks with what each kind of attacker holds. It prints one JSON document: for
each attacker, how many of the erased values came back. 10,000 records unless told.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.support.sharing import share_record

from salus.errors import SalusError
from salus.vault import Compartment, IdentityKeys, Vault
from salus.vault.crypto.envelope import decrypt
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.encoding import decode_values, encode
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.storage import MemoryStorage

VALUES = range(20, 151)
PATIENT = "0x" + "cd" * 20
KEPT = 40


def document(value: int) -> bytes:
    return f'{{"resourceType":"Observation","code":"HbA1c","value":{value:3}}}'.encode()


DICTIONARY = {document(value): value for value in VALUES}


class Person:
    """An identity that signs."""

    def __init__(self, number: int) -> None:
        self._key = number.to_bytes(32, "big")
        self.identity = Account.from_key(self._key).address
        self.signer = bytes.fromhex(self.identity[2:])
        self.keys = IdentityKeys.generate(self.identity, created_at=0)

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        signable = encode_typed_data(full_message=typed)
        return bytes(Account.sign_message(signable, self._key).signature)


def trusting(*_: object) -> bool:
    """Signatures are attacked elsewhere."""
    return True


@dataclass
class World:
    """Before the erasure, and copies of what existed then."""

    truth: dict[bytes, int] = field(default_factory=dict)
    manifests: dict[bytes, Manifest] = field(default_factory=dict)
    leaves: dict[bytes, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    parcels: list[Parcel] = field(default_factory=list)
    readers: tuple[Person, ...] = ()
    hospital: Person | None = None
    reader_stores: list[Path] = field(default_factory=list)
    backup: Path = Path()
    after: Path = Path()
    reports: int = 0


class Unsigned(Person):
    """Signs nothing: ten thousand signatures would only take time."""

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        return bytes(65)


def build(folder: Path, records: int) -> World:
    """Add, share, copy everything, erase, and let the readers honour it."""
    world = World(hospital=Unsigned(1), readers=(Person(2), Person(3)))
    assert world.hospital is not None
    storage, store = MemoryStorage("attacked"), folder / "hospital.db"
    vault = Vault(storage, f"sqlite://{store}", keys=world.hospital.keys, chain_id=1)
    chance = random.Random(7)
    with vault.database.transaction():
        for number in range(records + KEPT):
            value = chance.choice(VALUES)
            added = vault.add(
                document(value),
                compartment=Compartment(patient=PATIENT, resource_class="Observation.laboratory"),
                media_type="application/fhir+json",
                created_at=0,
            )
            if number < records:
                world.truth[added.manifest.record] = value
            world.manifests[added.manifest.record] = added.manifest
            world.leaves[added.manifest.record] = added.leaf
    vaults = _share(folder, world, vault, storage)
    world.blobs = dict(storage.blobs)
    world.backup, world.after = folder / "backup.db", folder / "after.db"
    shutil.copy(store, world.backup)
    reports = [vault.erase(record.hex(), erased_at=1) for record in world.truth]
    world.reports = sum(report.complete for report in reports)
    for reader in vaults:
        kept = folder / f"{reader.identity}.kept.db"
        shutil.copy(folder / f"{reader.identity}.db", kept)
        world.reader_stores.append(kept)
        with reader.database.transaction():
            for report in reports:
                reader.forget(ErasureNotice.of(report), sender=world.hospital.identity)
    shutil.copy(store, world.after)
    for each in (vault, *vaults):
        each.close()
    return world


def _share(folder: Path, world: World, vault: Vault, storage: MemoryStorage) -> list[Vault]:
    """The first reader gets the compartment key, the second a few single records."""
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    first, second = world.readers
    parcels = [
        [
            *vault.readers.share(plan, first.keys.document, consent="whole"),
            *vault.readers.pointers(plan.compartments[0]),
        ],
        [
            share_record(vault, record.hex(), second.keys.document, consent="single")
            for record in list(world.truth)[: KEPT // 2]
        ],
    ]
    vaults = []
    for reader, theirs in zip(world.readers, parcels, strict=True):
        url = f"sqlite://{folder}/{reader.keys.identity}.db"
        other = Vault(storage, url, keys=reader.keys, chain_id=1)
        for parcel in theirs:
            other.readers.receive(parcel, sender=vault.identity)
        world.parcels += theirs
        vaults.append(other)
    return vaults


# ── attackers ────────────────────────────────────────────────────────────────────────────────


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(sql).fetchall()


def strings(world: World) -> Iterator[bytes]:
    """Every 32-byte string in what is public or was ever in a manifest."""
    yield bytes(32)
    for record, manifest in world.manifests.items():
        yield from (manifest.commitment, manifest.blob.key_commitment, manifest.digest)
        yield world.leaves[record]
        yield manifest.record + manifest.blob.key_id


def unwrapped(keys: Iterable[bytes], wrapped: Iterable[bytes]) -> Iterator[bytes]:
    secrets = list(wrapped)
    for key in keys:
        for one in secrets:
            try:
                yield aes_key_unwrap(key, one)
            except (InvalidUnwrap, ValueError):
                continue


def recover(world: World, secrets: Iterable[bytes], *, blobs: bool = True) -> int:
    """Try every secret as a record key on kept ciphertext, and as a salt under the dictionary.

    A secret of 64 bytes is a record key and its salt; each half is tried as both.
    """
    halves = {part for secret in secrets for part in (secret[:32], secret[32:]) if len(part) == 32}
    by_key = {m.blob.key_commitment: r for r, m in world.manifests.items() if r in world.truth}
    by_commitment = {m.commitment: r for r, m in world.manifests.items() if r in world.truth}
    found: dict[bytes, int] = {}
    for half in halves:
        record = by_key.get(hmac.digest(half, b"salus/vault/key-commitment/v1\0", "sha256"))
        if record is not None and blobs:
            manifest = world.manifests[record]
            blob = world.blobs[manifest.blob.name]
            clear = decrypt(blob, key=half, associated_data=manifest.associated_data)
            found[record] = DICTIONARY[b"".join(clear)]
        salted = hashlib.sha256(b"salus/vault/plaintext-commitment/v1\0" + half)
        for guess, value in DICTIONARY.items():
            attempt = salted.copy()
            attempt.update(guess)
            if (match := by_commitment.get(attempt.digest())) is not None:
                found[match] = value
    for guess, value in DICTIONARY.items():
        # Without any salt: what a commitment that forgot its salt would fall to.
        for prefix in (b"", b"salus/vault/plaintext-commitment/v1\0"):
            if (match := by_commitment.get(hashlib.sha256(prefix + guess).digest())) is not None:
                found[match] = value
    assert all(world.truth[record] == value for record, value in found.items())
    return len(found)


Opener = Callable[[bytes, bytes], bytes]
"""Tries to open what is sealed, bound to what stands beside it."""


def with_key(key: bytes) -> Opener:
    return lambda sealed, about: AESGCM(key).decrypt(sealed[:12], sealed[12:], about)


def with_store_key(person: Person, store: Path) -> Opener:
    ((store_id,),) = rows(store, "SELECT id FROM store")
    cipher = StoreCipher(person.keys.store_key, store_id)
    return lambda sealed, about: cipher.unseal(sealed, about=about)


def opened_rows(
    store: Path, opener: Opener, tables: Iterable[str] = ("records", "compartments", "given")
) -> Iterator[bytes]:
    """What is hidden in a key database's rows, where somebody's key opens them."""
    for table in tables:
        for *shown, sealed in rows(store, f"SELECT * FROM {table}"):  # noqa: S608
            try:
                clear = opener(sealed, encode(table, shown))
            except (InvalidTag, ValueError, SalusError):
                continue
            yield from (each for each in decode_values(clear) if isinstance(each, bytes))


def minus_destroyed(world: World, folder: Path) -> Path:
    """The whole old database without the keys and shares that the erasure destroyed."""
    old = folder / "old.db"
    shutil.copy(world.backup, old)
    with closing(sqlite3.connect(old)) as database, database:
        for record in world.truth:
            (key_id,) = database.execute(
                "SELECT key_id FROM records WHERE record = ?", (record,)
            ).fetchone()
            database.execute("DELETE FROM given WHERE target = ?", (key_id,))
            database.execute("UPDATE records SET sealed = x'' WHERE record = ?", (record,))
    return old


def compartment_keys(world: World) -> list[bytes]:
    """What readers keep of letters that gave them whole compartments."""
    given = (key for parcel in world.parcels for key in parcel.keys)
    return [key.secret for key in given if key.kind == "compartment"]


def attack(world: World, folder: Path) -> dict[str, Any]:
    """Let each attacker try."""
    assert world.hospital is not None
    keys = compartment_keys(world)
    public = list(strings(world))
    old = minus_destroyed(world, folder)
    after = [folder / f"{reader.keys.identity}.db" for reader in world.readers]
    own_stores = [with_store_key(*pair) for pair in zip(world.readers, after, strict=True)]
    seeds = [key.seed for reader in world.readers for key in reader.keys.keys]
    honest = [*keys, *seeds]
    base = [*public, *honest]
    base += [
        one for path, key in zip(after, own_stores, strict=True) for one in opened_rows(path, key)
    ]
    base += [
        one for key in honest for path in (old, *after) for one in opened_rows(path, with_key(key))
    ]
    pointers = [pointer.wrapped for parcel in world.parcels for pointer in parcel.pointers]
    kept = [*unwrapped(keys, [one for one in pointers if one])]
    kept += [
        one for path in world.reader_stores for key in own_stores for one in opened_rows(path, key)
    ]
    theirs = with_store_key(world.hospital, world.backup)
    foreign = [one for key in honest for one in opened_rows(world.backup, with_key(key))]
    backup = [*opened_rows(world.backup, theirs, ["records"])]
    return {
        "erased": len(world.truth),
        "reportsComplete": world.reports,
        "possibleValues": len(DICTIONARY),
        "lengthsOfErasedBlobs": len(
            Counter(len(world.blobs[world.manifests[record].blob.name]) for record in world.truth)
        ),
        "recovered": {
            "chain, old manifests, old blobs, old database minus destroyed keys, readers' keys": (
                recover(world, base)
            ),
            "the same, and a backup of the key database without the store key": recover(
                world, [*base, *foreign]
            ),
            "a backup of the key database with the store key, and old blobs": recover(
                world, backup
            ),
            "a backup of the key database with the store key, blobs gone": recover(
                world, backup, blobs=False
            ),
            "readers who kept every pointer, and old blobs": recover(world, kept),
            "readers who kept every pointer, blobs gone": recover(world, kept, blobs=False),
        },
    }


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(json.dumps(attack(build(folder, records), folder), indent=2))


if __name__ == "__main__":
    main()
