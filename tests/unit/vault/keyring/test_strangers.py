"""What strangers send: names that are another's, versions in any order, and slow signatures."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.shared_keys import FIRST, SECOND, add, everything, in_log, parcels_of, passed_on
from tests.support.sharing import share_record
from tests.unit.conftest import NOW, Person

from salus.primitives.errors import InvalidArgument
from salus.vault import Vault
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import MissingKey, UnprovenRecord, WrongKey
from salus.vault.versions.adding import Added
from salus_verify.errors import ReceiptMismatch


def under_id(vault: Vault, key_id: bytes, author: Person, **options: Any) -> Added:
    """A record whose key id is of its issuer's choosing, as any software may have it."""
    key = RecordKey(key_id, os.urandom(32), os.urandom(32))
    vault.keyring.generate = lambda: key  # type: ignore[method-assign]
    return add(vault, author, b"bait", **options)


def test_an_id_that_another_issuer_uses_too_says_nothing_of_ones_consents(
    hospital: Person, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    ours, reader, theirs = vault_of(hospital), vault_of(clinician), vault_of(stranger)
    record = add(ours, hospital).manifest
    document = clinician.keys.document
    given = share_record(ours, record.record_id, document, consent=FIRST)
    reader.readers.receive(given, sender=hospital.identity)

    bait = under_id(theirs, record.blob.key_id, stranger).manifest
    parcel = share_record(theirs, bait.record_id, document, consent=SECOND)
    reader.readers.receive(parcel, sender=stranger.identity)

    assert reader.keyring.received.under(ours.identity, record.record, 1) == {FIRST}
    assert reader.keyring.received.under(theirs.identity, bait.record, 1) == {SECOND}

    notice = ErasureNotice.of(theirs.erase(bait.record_id, erased_at=NOW))
    assert reader.forget(notice, sender=stranger.identity)
    assert reader.keyring.received.under(ours.identity, record.record, 1) == {FIRST}
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
    assert (done.shared_keys, done.rotated) == (1, (key,))
    add(ours, hospital, b"after the revocation")
    assert [each.record for each in ours.keyring.entries.all(key.key_id)] != []
    assert len(list(ours.keyring.entries.all(key.key_id))) == 1


def test_a_key_that_came_under_many_consents_is_noted_without_reading_them_all(
    vault_of: Callable[[Person], Vault], clinician: Person
) -> None:
    """Else a stranger's shares of one key would cost the square of their number."""
    plan = vault_of(clinician).database._db.all(
        "EXPLAIN QUERY PLAN"
        " SELECT * FROM received WHERE target = ? AND consent = ? AND through = ?",
        b"",
        FIRST,
        b"",
    )
    assert "(target=? AND consent=? AND through=?)" in plan[0][-1]


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
        added.manifest.blob, locations=("memory://elsewhere",), generation=1, key_id=bytes(16)
    )
    moved = Added(replace(added.manifest, blob=elsewhere), added.opening)
    again = RecordKey(bytes(16), key.key, key.salt)
    parcel = passed_on(moved, again, receipt=added.leaf + ours.identity.encode())
    reader.readers.receive(parcel, sender=stranger.identity, anchored=in_log)
    assert reader.manifests(issuer=ours.identity) == [added.manifest]
    assert reader.keyring.received.under(ours.identity, added.manifest.record, 1) == {FIRST}
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
    assert (ours.readers.revoke(FIRST).shared_keys, ours.upkeep.check().sound) == (1, True)
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
    """They choose ids of keys, of records and of consents: also those that are in use here."""
    ours, theirs = vault_of(hospital), vault_of(stranger)
    added = add(ours, hospital)
    parcels_of(ours, clinician, FIRST)
    (key,) = ours.keyring.compartments.all()
    bait = under_id(theirs, added.manifest.blob.key_id, stranger)
    secret = theirs.keyring.record_key(theirs.identity, bait.manifest.record, 1).secret
    pointers = (Pointer(bait.manifest.to_document()),)
    single = GivenKey("record", bait.manifest.blob.key_id, secret)
    for consent in (FIRST, "emergency/x", "0x", "recovery"):
        for name in (key.key_id, added.manifest.blob.key_id):
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


def test_one_record_of_a_parcel_without_its_key_keeps_no_other_out(
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
    held = [each.to_document() for each in reader.manifests(issuer=ours.identity)]
    assert held == [one.pointers[0].manifest]
    sound = Parcel(one.keys + two.keys, both, FIRST)
    assert len(reader.readers.receive(sound, sender=ours.identity)) == 2
