"""What a thief wrote in an issuer's name, and how its issuer's log outranks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.conftest import Person
from tests.unit.vault.keyring.test_strangers import FIRST, SECOND, add, in_log

from salus.chain.errors import ChainUnreachable
from salus.vault import Vault
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import (
    ForkedManifest,
    MalformedManifest,
    MissingKey,
    RecordErased,
    RelabelledRecord,
)
from salus.vault.sharing.taking import Taken
from salus.vault.versions.adding import Added
from salus_verify.opening import Opening

NEW_ACCOUNT = b"the account after the rotation"


@pytest.fixture
def ours(vault_of: Callable[[Person], Vault], hospital: Person) -> Vault:
    return vault_of(hospital)


@pytest.fixture
def reader(vault_of: Callable[[Person], Vault], clinician: Person) -> Vault:
    return vault_of(clinician)


def parcel(vault: Vault, *some: Added, receipts: bool = False, consent: str = FIRST) -> Parcel:
    """Records with their keys, as their issuer sends them."""
    pairs = [
        (each, vault.keyring.key_in_store(vault.identity, each.manifest.record, version))
        for each in some
        for version in [each.manifest.version]
    ]
    return _parcel(pairs, receipts=receipts, consent=consent)


def _parcel(
    pairs: list[tuple[Added, RecordKey]], *, receipts: bool = False, consent: str = FIRST
) -> Parcel:
    keys = tuple(GivenKey("record", key.key_id, key.secret) for _, key in pairs)
    pointers = tuple(
        Pointer(each.manifest.to_document(), receipt=receipt_of(each) if receipts else b"")
        for each, _ in pairs
    )
    return Parcel(keys, pointers, consent)


def receipt_of(added: Added) -> bytes:
    """What `in_log` takes for one."""
    return added.leaf + added.manifest.issuer.encode()


def squatted(vault: Vault, by: Person, true: Added) -> Parcel:
    """Another content under the id of a true record, in its issuer's name."""
    other = add(vault, by, b"made up")
    manifest = replace(
        other.manifest,
        record=true.manifest.record,
        version=true.manifest.version,
        previous=true.manifest.previous,
    )
    key = vault.keyring.key_in_store(vault.identity, other.manifest.record, 1)
    return _parcel([(replace(other, manifest=manifest), key)])


def take(reader: Vault, some: Parcel, sender: Person, *, signer: bytes = b"") -> Taken:
    return reader.readers.take(some, sender=sender.identity, signer=signer, anchored=in_log)


def kinds(taken: Taken) -> list[type]:
    return [type(each) for each in taken.problems]


def test_a_receipt_heals_an_id_that_a_letter_alone_took(
    ours: Vault, reader: Vault, hospital: Person
) -> None:
    true, beside = add(ours, hospital, b"true"), add(ours, hospital, b"beside")
    assert not take(reader, squatted(ours, hospital, true), hospital).problems
    refused = take(reader, parcel(ours, true, beside), hospital, signer=NEW_ACCOUNT)
    assert (kinds(refused), refused.manifests) == ([ForkedManifest], (beside.manifest,))
    came = take(reader, parcel(ours, true, beside, receipts=True), hospital, signer=NEW_ACCOUNT)
    assert (came.problems, len(came.manifests)) == ((), 2)
    assert reader.open(true.manifest).read() == b"true"


def test_a_receipt_outranks_a_version_before_or_after_that_its_log_does_not_hold(
    ours: Vault, reader: Vault, hospital: Person
) -> None:
    first = add(ours, hospital, b"one")
    second = add(ours, hospital, b"two", record=first.manifest.record_id)
    take(reader, squatted(ours, hospital, first), hospital)
    came = take(reader, parcel(ours, second, first, receipts=True), hospital)
    assert came.problems == ()
    assert [reader.open(each.manifest).read() for each in (first, second)] == [b"one", b"two"]
    take(reader, squatted(ours, hospital, second), hospital)
    assert reader.open(second.manifest).read() == b"two"


def test_what_was_proven_yields_to_no_letter_and_to_no_receipt_while_it_stands(
    ours: Vault, reader: Vault, hospital: Person
) -> None:
    true = add(ours, hospital, b"true")
    false = squatted(ours, hospital, true)
    take(reader, parcel(ours, true, receipts=True), hospital)
    assert kinds(take(reader, false, hospital, signer=NEW_ACCOUNT)) == [ForkedManifest]
    proven = with_any_receipt(false)
    sender = hospital.identity
    both = reader.readers.take(proven, sender=sender, anchored=lambda *_: None)
    assert kinds(both) == [ForkedManifest]
    assert reader.open(true.manifest).read() == b"true"

    def only_the_second(issuer: str, opening: Opening, receipt: bytes) -> None:
        if receipt != b"any":
            raise ForkedManifest("x", 1, "stands in its log no more")

    later = reader.readers.take(proven, sender=sender, anchored=only_the_second)
    assert later.problems == ()


def with_any_receipt(some: Parcel) -> Parcel:
    pointers = tuple(replace(each, receipt=b"any") for each in some.pointers)
    return replace(some, pointers=pointers)


def test_who_passes_a_record_on_replaces_nothing_by_a_receipt(
    ours: Vault, reader: Vault, hospital: Person, stranger: Person
) -> None:
    true = add(ours, hospital, b"true")
    false = squatted(ours, hospital, true)
    take(reader, false, hospital)
    passed = take(reader, parcel(ours, true, receipts=True), stranger)
    assert kinds(passed) == [ForkedManifest]


def test_a_notice_of_a_thief_is_undone_by_another_account_with_a_receipt(
    ours: Vault, reader: Vault, hospital: Person
) -> None:
    record = add(ours, hospital, b"wanted still")
    take(reader, parcel(ours, record), hospital)
    notice = ErasureNotice(
        issuer=ours.identity,
        chain_id=ours.chain_id,
        record=record.manifest.record,
        erased_at=2**53 - 1,
    )
    assert reader.forget(notice, sender=hospital.identity)
    again = parcel(ours, record, receipts=True)
    for some, signer in ((again, b""), (parcel(ours, record), NEW_ACCOUNT)):
        taken = take(reader, some, hospital, signer=signer)
        assert (taken.manifests, taken.erased) == ((), 1)
        with pytest.raises(RecordErased):
            reader.open(record.manifest)
    assert take(reader, again, hospital, signer=NEW_ACCOUNT).manifests == (record.manifest,)
    assert reader.open(record.manifest).read() == b"wanted still"
    assert take(reader, again, hospital, signer=NEW_ACCOUNT).erased == 0


OBSERVED = RecordFacts(resource_class="Observation")
FULL = frozenset(f"OURS{number}" for number in range(64))


@pytest.mark.parametrize(
    ("before", "other"),
    [
        (OBSERVED, RecordFacts(resource_class="DocumentReference")),
        (replace(OBSERVED, sensitivities=FULL), replace(OBSERVED, sensitivities={"HIV"})),
    ],
    ids=["another class", "a label beside as many as there can be"],
)
def test_a_relabelled_record_keeps_no_other_of_its_parcel_out(
    ours: Vault, reader: Vault, hospital: Person, before: RecordFacts, other: RecordFacts
) -> None:
    one, two = add(ours, hospital, b"one"), add(ours, hospital, b"two")
    some = parcel(ours, one, two)
    first, second = (replace(each, facts=before) for each in some.pointers)
    take(reader, replace(some, pointers=(first,), keys=some.keys[:1]), hospital)
    taken = take(reader, replace(some, pointers=(replace(first, facts=other), second)), hospital)
    assert (kinds(taken), taken.manifests) == ([RelabelledRecord], (two.manifest,))
    held = reader.keyring.received.facts(hospital.identity, one.manifest.record, 1)
    assert held == before


def test_what_is_dropped_may_come_again(ours: Vault, reader: Vault, hospital: Person) -> None:
    record = add(ours, hospital, b"one")
    take(reader, parcel(ours, record), hospital)
    assert reader.readers.drop(hospital.identity, record.manifest.record)
    assert not reader.readers.drop(hospital.identity, record.manifest.record)
    with pytest.raises(MissingKey):
        reader.open(record.manifest)
    assert reader.keyring.received.under(ours.identity, record.manifest.record, 1) == frozenset()
    assert take(reader, parcel(ours, record), hospital).manifests == (record.manifest,)


def test_a_place_that_is_passed_on_borrows_no_consent_of_another_record(
    ours: Vault, reader: Vault, hospital: Person, stranger: Person
) -> None:
    one, two = add(ours, hospital, b"one"), add(ours, hospital, b"two")
    take(reader, parcel(ours, one), hospital)
    place = replace(two.manifest.blob, key_id=one.manifest.blob.key_id)
    key = ours.keyring.key_in_store(ours.identity, two.manifest.record, 1)
    borrowed = replace(two, manifest=replace(two.manifest, blob=place))
    some = _parcel(
        [(borrowed, RecordKey(place.key_id, key.key, key.salt))], receipts=True, consent=SECOND
    )
    assert kinds(take(reader, some, stranger)) == [MalformedManifest]
    assert take(reader, some, hospital).manifests == (borrowed.manifest,)
    under = reader.keyring.received.under
    assert under(ours.identity, one.manifest.record, 1) == {FIRST}
    assert under(ours.identity, two.manifest.record, 1) == {SECOND}


def test_a_node_that_does_not_answer_is_asked_once_a_parcel(
    ours: Vault, reader: Vault, hospital: Person, stranger: Person
) -> None:
    some = parcel(ours, *(add(ours, hospital, b"%d" % n) for n in range(3)), receipts=True)
    asked = []

    def silent(issuer: str, opening: Opening, receipt: bytes) -> None:
        asked.append(issuer)
        raise ChainUnreachable(url="http://node", reason="no answer")

    passed = reader.readers.take(some, sender=stranger.identity, anchored=silent)
    assert (len(asked), passed.manifests) == (1, ())
    assert kinds(passed) == [ChainUnreachable] * 3
    own = reader.readers.take(some, sender=hospital.identity, anchored=silent)
    assert (len(asked), len(own.manifests)) == (2, 3)
    assert kinds(own) == [ChainUnreachable], "its issuer's letter vouches, and is read again"
