"""What strangers send: names that are another's, versions in any order, and slow signatures."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import InvalidArgument
from salus.vault import Added, Compartment, GivenKey, Parcel, Plan, Vault
from salus.vault.documents.erasure import ErasureNotice
from salus.vault.documents.parcels import Pointer
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import ForkedManifest, MissingKey, UnprovenRecord, WrongKey
from salus.vault.storage import MemoryStorage
from salus_verify.errors import ReceiptMismatch
from salus_verify.opening import Opening

FIRST, SECOND = "0x" + "01" * 32, "0x" + "02" * 32
FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")


def add(vault: Vault, by: Person, content: bytes = b"result", **options: Any) -> Added:
    return vault.add(
        content,
        compartment=options.pop("compartment", LABS),
        media_type="text/plain",
        created_at=NOW,
        **options,
    )


def everything(vault: Vault) -> Plan:
    return vault.keyring.plan(covers=lambda _: True, permits=lambda _: True)


def parcels_of(vault: Vault, to: Person, consent: str) -> list[Parcel]:
    """All that a grant of whole compartments sends."""
    plan = everything(vault)
    keys = vault.readers.share(plan, to.keys.document, consent=consent)
    return [*keys, *(each for key in plan.compartments for each in vault.readers.pointers(key))]


def passed_on(added: Added, key: RecordKey, *, receipt: bytes = b"") -> Parcel:
    """Somebody's record, from somebody else who has its key."""
    given = GivenKey("record", key.wrap_id, key.secret)
    pointer = Pointer(added.manifest.to_document(), receipt=receipt)
    return Parcel((given,), (pointer,), FIRST)


def in_log(issuer: str, opening: Opening, receipt: bytes) -> None:
    """Stands for a node: here a receipt is the leaf and its issuer."""
    if receipt != opening.leaf() + issuer.encode():
        raise ReceiptMismatch("not in the issuer's log")


def under_id(vault: Vault, wrap_id: bytes, author: Person, **options: Any) -> Added:
    """A record whose wrap id is of its issuer's choosing, as any software may have it."""
    key = RecordKey(wrap_id, os.urandom(32), os.urandom(32))
    vault.keyring.generate = lambda: key  # type: ignore[method-assign]
    return add(vault, author, b"bait", **options)


# Names -------------------------------------------------------------------------------------------


def test_an_id_that_another_issuer_uses_too_says_nothing_of_ones_consents(
    hospital: Person, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    ours, reader, theirs = vault_of(hospital), vault_of(clinician), vault_of(stranger)
    record = add(ours, hospital).manifest
    document = clinician.keys.document
    given = share_record(ours, record.record_id, document, consent=FIRST)
    reader.readers.receive(given, sender=hospital.identity)

    bait = under_id(theirs, record.blob.wrap_id, stranger).manifest
    parcel = share_record(theirs, bait.record_id, document, consent=SECOND)
    reader.readers.receive(parcel, sender=stranger.identity)

    assert reader.keyring.received.under(ours.identity, record.blob.wrap_id) == {FIRST}
    assert reader.keyring.received.under(theirs.identity, bait.blob.wrap_id) == {SECOND}

    notice = ErasureNotice.of(theirs.erase(bait.record_id, erased_at=NOW))
    assert reader.forget(notice, sender=stranger.identity)
    assert reader.keyring.received.under(ours.identity, record.blob.wrap_id) == {FIRST}
    assert reader.open(record).read() == b"result"


def test_no_id_of_a_reader_makes_its_own_revocation_void(
    hospital: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """The reader names its record like the key that it was given, and then erases the record."""
    ours, theirs = vault_of(hospital), vault_of(stranger)
    add(ours, hospital)
    (key,) = everything(ours).compartments
    for each in parcels_of(ours, stranger, FIRST):
        theirs.readers.receive(each, sender=hospital.identity)

    bait = under_id(theirs, key.key_id, stranger).manifest
    parcel = share_record(theirs, bait.record_id, hospital.keys.document, consent=SECOND)
    ours.readers.receive(parcel, sender=stranger.identity)
    notice = ErasureNotice.of(theirs.erase(bait.record_id, erased_at=NOW))
    assert ours.forget(notice, sender=stranger.identity)

    done = ours.readers.revoke(FIRST)
    assert (done.wraps, done.rotated) == (1, (key,))
    add(ours, hospital, b"after the revocation")
    assert [each.record for each in ours.keyring.entries.all(key.key_id)] != []
    assert len(list(ours.keyring.entries.all(key.key_id))) == 1


def test_a_key_that_came_under_many_consents_is_noted_without_reading_them_all(
    vault_of: Callable[[Person], Vault], clinician: Person
) -> None:
    """Else a stranger's wraps of one key would cost the square of their number."""
    plan = vault_of(clinician).database._db.all(
        "EXPLAIN QUERY PLAN"
        " SELECT * FROM received WHERE target = ? AND consent = ? AND through = ?",
        b"",
        FIRST,
        b"",
    )
    assert "(target=? AND consent=? AND through=?)" in plan[0][-1]


# Versions ----------------------------------------------------------------------------------------


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
    ours = [each.blob.wrap_id for each in grown.manifests()]
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


# Parcels -----------------------------------------------------------------------------------------


def test_asking_a_node_keeps_nobody_from_the_key_database(
    tmp_path: Path,
    hospital: Person,
    clinician: Person,
    stranger: Person,
    storage: MemoryStorage,
) -> None:
    """It may take its time to tell whether a record stands in its issuer's log."""
    url = f"sqlite://{tmp_path}/keys.db"
    ours = Vault(storage, url, keys=hospital.keys, chain_id=CHAIN)
    theirs = Vault(storage, "memory:", keys=stranger.keys, chain_id=CHAIN)
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
        again = Vault(storage, url, keys=hospital.keys, chain_id=CHAIN)
        again.database._db._connection.execute("PRAGMA busy_timeout = 0")
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


def test_the_issuer_s_letter_vouches_for_what_it_made_with_an_older_key(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    ours, reader = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital, b"made before the rotation")
    for parcel in parcels_of(ours, clinician, FIRST):
        reader.readers.receive(parcel, sender=hospital.identity)
    (received,) = reader.manifests(issuer=ours.identity)
    assert reader.open(received).read() == b"made before the rotation"
    assert received == added.manifest


def test_nobody_else_s_letter_does(
    hospital: Person, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """A record that is passed on counts where its issuer's log has it."""
    ours, reader = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    key = ours.keyring.record_key(ours.identity, added.manifest.record, 1)
    receipt = added.leaf + ours.identity.encode()
    for parcel, error in (
        (passed_on(added, key), UnprovenRecord),
        (passed_on(added, key, receipt=receipt[::-1]), ReceiptMismatch),
        # An author that never made it: the stranger, in the hospital's name.
        (passed_on(in_the_name_of(ours, added), key, receipt=receipt), ReceiptMismatch),
    ):
        with pytest.raises(error):
            reader.readers.receive(parcel, sender=stranger.identity, anchored=in_log)
    proven = passed_on(added, key, receipt=receipt)
    with pytest.raises(UnprovenRecord):  # where no node can be asked
        reader.readers.receive(proven, sender=stranger.identity)
    assert reader.manifests(issuer=ours.identity) == []
    taken = reader.readers.receive(proven, sender=stranger.identity, anchored=in_log)
    assert taken == [added.manifest]


def in_the_name_of(issuer: Vault, added: Added) -> Added:
    forged = replace(added.manifest, issuer=issuer.identity, created_at=NOW + 1)
    return Added(forged, added.opening)


def test_what_is_passed_on_takes_the_place_of_nothing_that_its_issuer_sent(
    hospital: Person, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    ours, reader = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    for parcel in parcels_of(ours, clinician, FIRST):
        reader.readers.receive(parcel, sender=hospital.identity)
    key = ours.keyring.record_key(ours.identity, added.manifest.record, 1)
    elsewhere = replace(
        added.manifest.blob, locations=("memory://elsewhere",), generation=1, wrap_id=bytes(16)
    )
    moved = Added(replace(added.manifest, blob=elsewhere), added.opening)
    again = RecordKey(bytes(16), key.key, key.salt)
    parcel = passed_on(moved, again, receipt=added.leaf + ours.identity.encode())
    reader.readers.receive(parcel, sender=stranger.identity, anchored=in_log)
    assert reader.manifests(issuer=ours.identity) == [added.manifest]
    assert reader.keyring.received.under(ours.identity, key.wrap_id) == {FIRST}
    assert reader.open(added.manifest).read() == b"result"


def test_a_parcel_from_oneself_is_refused_and_stops_nothing(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """One identity, two key databases: keys that one of them sends are not the other's own."""
    ours, other = vault_of(hospital), vault_of(hospital)
    add(ours, hospital)
    add(other, hospital)
    given = parcels_of(ours, clinician, FIRST)
    for parcel in parcels_of(other, hospital, SECOND):
        with pytest.raises(InvalidArgument, match="parcel"):
            ours.readers.receive(parcel, sender=hospital.identity)
    assert given
    assert len(ours.keyring.compartments.all()) == 1
    assert (ours.readers.revoke(FIRST).wraps, ours.upkeep.check().sound) == (1, True)
    assert ours.upkeep.rekey().complete
    assert parcels_of(ours, clinician, SECOND)


def test_one_s_own_records_do_not_come_back_by_post(
    hospital: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """Whatever others hold of them: a manifest alone would be a record without its key here."""
    ours, other = vault_of(hospital), vault_of(hospital)
    added = add(other, hospital)
    key = other.keyring.record_key(other.identity, added.manifest.record, 1)
    parcel = passed_on(added, key)
    with pytest.raises(InvalidArgument, match="parcel"):
        ours.readers.receive(parcel, sender=stranger.identity)
    assert ours.manifests() == []
    assert ours.upkeep.check().sound


def test_what_strangers_send_under_one_s_own_names_stops_no_revocation(
    hospital: Person, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """They choose ids of keys, of wraps and of consents: also those that are in use here."""
    ours, theirs = vault_of(hospital), vault_of(stranger)
    added = add(ours, hospital)
    parcels_of(ours, clinician, FIRST)
    (key,) = ours.keyring.compartments.all()
    bait = under_id(theirs, added.manifest.blob.wrap_id, stranger)
    secret = theirs.keyring.record_key(theirs.identity, bait.manifest.record, 1).secret
    pointers = (Pointer(bait.manifest.to_document()),)
    single = GivenKey("record", bait.manifest.blob.wrap_id, secret)
    for consent in (FIRST, "", "emergency/x", "0x", "recovery"):
        for name in (key.key_id, added.manifest.blob.wrap_id):
            made_up = GivenKey("compartment", name, bytes(32))
            with pytest.raises(WrongKey):
                ours.readers.receive(
                    Parcel((made_up, single), pointers, consent), sender=stranger.identity
                )
        assert ours.readers.receive(Parcel((single,), pointers, consent), sender=stranger.identity)
    done = ours.readers.revoke(FIRST)
    assert [each.key_id for each in done.rotated] == [key.key_id]
    assert ours.grants.given() == {}
    assert ours.upkeep.check().sound


def test_a_made_up_key_does_not_take_the_place_of_the_one_that_it_is_named_after(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    """Whoever has the issuer's account for a while sends it; the issuer's own comes later."""
    ours, reader = vault_of(hospital), vault_of(clinician)
    add(ours, hospital)
    parcels = list(parcels_of(ours, clinician, FIRST))
    (key,) = ours.keyring.compartments.all()
    made_up = Parcel((GivenKey("compartment", key.key_id, bytes(32)),), (), FIRST)
    with pytest.raises(WrongKey, match=f"the compartment key {key.key_id.hex()}"):
        reader.readers.receive(made_up, sender=hospital.identity)
    assert reader.database.compartments.all(hospital.identity) == []
    came = [reader.readers.receive(each, sender=hospital.identity) for each in parcels]
    assert sum(map(len, came)) == 1


def test_one_record_of_a_parcel_without_its_key_refuses_them_all(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    ours, reader = vault_of(hospital), vault_of(clinician)
    document = clinician.keys.document
    one, two = (
        share_record(ours, add(ours, hospital).manifest.record_id, document, consent=FIRST)
        for _ in range(2)
    )
    both = one.pointers + two.pointers
    with pytest.raises(MissingKey):
        reader.readers.receive(Parcel(one.keys, both, FIRST), sender=hospital.identity)
    wrong = GivenKey("record", two.keys[0].target, bytes(64))
    with pytest.raises(WrongKey):
        reader.readers.receive(Parcel((*one.keys, wrong), both, FIRST), sender=hospital.identity)
    assert reader.manifests(issuer=ours.identity) == []
    sound = Parcel(one.keys + two.keys, both, FIRST)
    assert len(reader.readers.receive(sound, sender=ours.identity)) == 2
