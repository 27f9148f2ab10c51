"""Versions, keys and parcels arrive in any order, and a node that is asked stops nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.closing import ClosedLater
from tests.support.shared_keys import FIRST, SECOND, add, everything, in_log, parcels_of, passed_on
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, Person

from salus.vault import Vault
from salus.vault.documents.parcels import Parcel, Pointer
from salus.vault.documents.record_keys import Plan
from salus.vault.errors import ForkedManifest, MissingKey, WrongKey
from salus.vault.storage import MemoryStorage

FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def grown(hospital: Person, stranger: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    """Three versions of a record under three generations of its compartment's key."""
    vault = vault_of(hospital)
    record = add(vault, hospital, b"v1").manifest.record_id
    for number in (2, 3):
        vault.readers.share(everything(vault), stranger.keys.document, consent=FIRST)
        assert vault.readers.revoke(FIRST).rotated
        add(vault, hospital, f"v{number}".encode(), record=record)
    return vault


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=FIXTURES,
)
@given(order=st.permutations(range(3)))
def test_versions_arrive_in_any_order(
    grown: Vault, hospital: Person, clinician: Person, order: list[int]
) -> None:
    reader = Vault(MemoryStorage(), "memory:", keys=clinician.keys, chain_id=CHAIN)
    plan = everything(grown)
    for each in grown.readers.share(plan, clinician.keys.document, consent=SECOND):
        reader.readers.receive(each, sender=hospital.identity)
    pointers = [
        pointer
        for key in plan.compartments
        for each in grown.readers.pointers(key)
        for pointer in each.pointers
    ]
    mixed = Parcel((), tuple(pointers[number] for number in order))

    got = reader.readers.receive(mixed, sender=hospital.identity)

    assert {manifest.version for manifest in got} == {1, 2, 3}
    known = reader._manifests.newest(grown.identity, got[0].record)
    assert known is not None
    assert known.version == 3


def test_what_was_shared_alone_first_does_not_refuse_the_compartment_later(
    grown: Vault, hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    reader = vault_of(clinician)
    record = grown.manifests()[0].record_id
    newest = share_record(grown, record, clinician.keys.document, consent=FIRST)
    reader.readers.receive(newest, sender=hospital.identity)
    for each in parcels_of(grown, clinician, SECOND):
        reader.readers.receive(each, sender=hospital.identity)
    assert [each.version for each in reader.manifests(issuer=grown.identity)] == [1, 2, 3]


def test_keys_of_several_records_are_sent_older_versions_first(
    grown: Vault, clinician: Person
) -> None:
    record = grown.manifests()[0].record
    plan = Plan(records=tuple((record, version) for version in (3, 1, 2)))
    (parcel,) = grown.readers.share(plan, clinician.keys.document, consent=SECOND)
    ours = [each.blob.key_id for each in grown.manifests()]
    assert [key.target for key in parcel.keys] == ours


@pytest.mark.parametrize("known", [1, 3])
def test_a_version_between_that_contradicts_a_known_one_is_refused(
    grown: Vault, hospital: Person, clinician: Person, vault_of: Any, known: int
) -> None:
    """The issuer made two second versions; each neighbour follows, or precedes, one of them."""
    first, second, third = grown.manifests()
    other = replace(first, created_at=NOW + 1)
    fork = replace(second, previous=other.digest) if known == 1 else replace(second, created_at=1)
    reader = vault_of(clinician)
    plan = Plan(records=((first.record, known),))
    (parcel,) = grown.readers.share(plan, clinician.keys.document, consent=FIRST)
    reader.readers.receive(parcel, sender=hospital.identity)
    (parcel,) = grown.readers.share(
        Plan(records=((first.record, 2),)), clinician.keys.document, consent=FIRST
    )
    forked = replace(parcel, pointers=(Pointer(fork.to_document()),))
    with pytest.raises(ForkedManifest):
        reader.readers.receive(forked, sender=hospital.identity)
    assert [each.version for each in reader.manifests(issuer=grown.identity)] == [known]
    assert third.version == 3


def test_asking_a_node_keeps_nobody_from_the_key_database(
    tmp_path: Path,
    hospital: Person,
    clinician: Person,
    stranger: Person,
    storage: MemoryStorage,
    closed_later: ClosedLater,
) -> None:
    """It may take its time to tell whether a record stands in its issuer's log."""
    url = f"sqlite://{tmp_path}/keys.db"
    ours = closed_later(Vault(storage, url, keys=hospital.keys, chain_id=CHAIN))
    theirs = closed_later(Vault(storage, "memory:", keys=stranger.keys, chain_id=CHAIN))
    added = add(theirs, stranger)
    key = theirs.keyring.record_key(theirs.identity, added.manifest.record, 1)
    parcel = passed_on(added, key, receipt=added.leaf + theirs.identity.encode())
    checking, go_on = threading.Event(), threading.Event()

    def slow(*asked: Any) -> None:
        checking.set()
        assert go_on.wait(30)
        in_log(*asked)

    worker = threading.Thread(
        target=lambda: ours.readers.receive(parcel, sender=clinician.identity, anchored=slow)
    )
    worker.start()
    try:
        assert checking.wait(30)
        again = closed_later(Vault(storage, url, keys=hospital.keys, chain_id=CHAIN))
        again.database._db._db.connection.execute("PRAGMA busy_timeout = 0")
        add(again, hospital)
    finally:
        go_on.set()
        worker.join()
    assert len(ours.manifests(issuer=theirs.identity)) == 1


def test_no_node_is_asked_about_records_without_a_key(
    hospital: Person,
    clinician: Person,
    stranger: Person,
    vault_of: Callable[[Person], Vault],
) -> None:
    ours, reader = vault_of(hospital), vault_of(clinician)
    add(ours, hospital)
    (key,) = everything(ours).compartments
    (pointers,) = ours.readers.pointers(key)

    def never(*_: object) -> None:
        raise AssertionError("a node was asked")

    with pytest.raises(MissingKey):
        reader.readers.receive(pointers, sender=stranger.identity, anchored=never)


def test_a_parcel_whose_records_are_refused_brings_its_compartment_keys(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """So that the order of parcels does not matter; a key is good for what its sender issued."""
    ours, reader = vault_of(hospital), vault_of(clinician)
    add(ours, hospital)
    keys, pointers = parcels_of(ours, clinician, FIRST)
    (pointer,) = pointers.pointers
    spoilt = replace(keys, pointers=(replace(pointer, wrapped=pointer.wrapped[::-1]),))
    with pytest.raises(WrongKey):
        reader.readers.receive(spoilt, sender=hospital.identity)
    assert reader.manifests(issuer=ours.identity) == []
    assert reader.readers.receive(pointers, sender=hospital.identity)
