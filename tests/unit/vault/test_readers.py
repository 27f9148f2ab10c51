"""A record shared: who opens it, and what an issuer may not say twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.sharing import share_record
from tests.support.vaults import TEXT, add
from tests.unit.conftest import CHAIN, Person

from salus.vault import Compartment, Vault
from salus.vault.crypto.commitments import commit_key
from salus.vault.errors import (
    ForkedManifest,
    MalformedManifest,
    MissingKey,
)
from salus.vault.storage import MemoryStorage

# ── between two hospitals ────────────────────────────────────────────────────────────────────


def test_a_shared_record_opens_for_its_reader_and_for_nobody_else(
    vault: Vault,
    hospital: Person,
    clinician: Person,
    stranger: Person,
    vault_of: Callable[[Person], Vault],
) -> None:
    added = add(vault, hospital)
    parcel = share_record(vault, added.manifest.record_id, clinician.keys.document, consent="c")
    theirs = vault_of(clinician)

    (manifest,) = theirs.readers.receive(parcel.to_bytes(), sender=hospital.identity)

    assert theirs.open(manifest).read() == TEXT
    opening = theirs.opening(manifest)
    assert (opening.leaf(), opening.opens(TEXT)) == (added.leaf, True)
    with pytest.raises(MissingKey, match="ask its custodian"):
        vault_of(stranger).open(manifest)


def test_an_older_manifest_is_not_taken_as_the_newest(
    vault: Vault, hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    record = add(vault, hospital, b"one").manifest.record_id
    old = share_record(vault, record, clinician.keys.document, consent="c")
    add(vault, hospital, b"two", record=record)
    new = share_record(vault, record, clinician.keys.document, consent="c")
    theirs = vault_of(clinician)

    for parcel in (new, old, new, old):
        theirs.readers.receive(parcel, sender=hospital.identity)
        newest = theirs._manifests.newest(vault.identity, bytes.fromhex(record))
        assert newest is not None
        assert newest.version == 2
    one, _ = theirs.manifests(issuer=vault.identity)
    assert theirs.open(one).read() == b"one"


def test_an_issuer_that_sends_two_contents_is_convicted(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    one, two = vault_of(hospital), vault_of(hospital)
    first = add(one, hospital, b"one")
    key = two.keyring.generate()
    blob = replace(first.manifest.blob, key_commitment=commit_key(key.key), key_id=key.key_id)
    fork = replace(first.manifest, commitment=bytes(32), blob=blob)
    two._manifests.add(fork, key)
    two.keyring.keep(
        key,
        record=first.manifest.record,
        version=1,
        compartment=Compartment(patient="0x" + "cd" * 20, resource_class="Observation"),
    )
    theirs = vault_of(clinician)
    document, record = clinician.keys.document, first.manifest.record_id

    theirs.readers.receive(
        share_record(one, record, document, consent="c"),
        sender=hospital.identity,
    )
    with pytest.raises(ForkedManifest, match="convict"):
        theirs.readers.receive(
            share_record(two, record, document, consent="c"),
            sender=hospital.identity,
        )


def test_refuses_records_of_another_chain(
    hospital: Person, clinician: Person, storage: MemoryStorage
) -> None:
    here = Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN)
    there = Vault(storage, "memory:", keys=clinician.keys, chain_id=1)
    record = add(here, hospital).manifest.record_id
    parcel = share_record(here, record, clinician.keys.document, consent="c")
    with pytest.raises(MalformedManifest, match="chain"):
        there.readers.receive(parcel, sender=hospital.identity)
