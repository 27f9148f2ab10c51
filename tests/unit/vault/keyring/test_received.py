"""Keys from others: whose word counts about a record, and that nobody else's replaces it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.sharing import share_record
from tests.unit.conftest import NOW, PATIENT, Person

from salus.errors import InputError
from salus.vault import Compartment, Vault
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import Plan, RecordKey
from salus.vault.errors import MalformedParcel, RelabelledRecord, WrongKey
from salus_verify.encoding import canonical

SCAN = RecordFacts(
    resource_class="ImagingStudy",
    sensitivities=frozenset({"PSY", "HIV"}),
    confidentiality="R",
    start=-86_400,
    end=NOW,
)
HARMLESS = RecordFacts(resource_class="ImagingStudy")


@pytest.fixture
def kept(hospital: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    """A hospital's vault with one scan in it."""
    vault = vault_of(hospital)
    vault.add(
        b"pixels",
        compartment=Compartment(
            patient=PATIENT,
            resource_class=SCAN.resource_class,
            sensitivities=SCAN.sensitivities,
            confidentiality=SCAN.confidentiality,
        ),
        media_type="application/dicom",
        created_at=NOW,
        when=SCAN.when,
    )
    return vault


@pytest.fixture
def parcel(kept: Vault, clinician: Person) -> Parcel:
    """The scan's key wrapped to the clinician, and the pointer to it."""
    return share_record(kept, manifest_of(kept).record_id, clinician.keys.document, consent="c")


@pytest.fixture
def reader(clinician: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    return vault_of(clinician)


def manifest_of(vault: Vault) -> Manifest:
    (manifest,) = vault.manifests()
    return manifest


def facts_in(vault: Vault, manifest: Manifest) -> RecordFacts | None:
    return vault.keyring.received.facts(manifest.issuer, manifest.record, manifest.version)


def saying(parcel: Parcel, facts: RecordFacts | None) -> Parcel:
    return replace(parcel, pointers=tuple(replace(p, facts=facts) for p in parcel.pointers))


def passed_on(parcel: Parcel, key: RecordKey, facts: RecordFacts | None = HARMLESS) -> Parcel:
    """The same record from somebody who has its key, with words of their own."""
    given = GivenKey("record", key.key_id, key.secret)
    pointer = Pointer(parcel.pointers[0].manifest, facts=facts, receipt=b"shown")
    return Parcel((given,), (pointer,), "c")


def proven(*_: object) -> None:
    """Stands for a node that finds every record in its issuer's log."""


# Whose word counts -------------------------------------------------------------------------------


def test_the_letter_brings_what_its_issuer_kept(kept: Vault, parcel: Parcel, reader: Vault) -> None:
    travelled = Parcel.parse(parcel.to_bytes())
    assert travelled.pointers[0].facts == SCAN
    reader.readers.receive(travelled, sender=kept.identity)
    assert facts_in(reader, manifest_of(kept)) == SCAN


def test_a_compartment_key_brings_it_for_each_record(
    kept: Vault, clinician: Person, reader: Vault
) -> None:
    (key,) = kept.keyring.compartments.all()
    plan = Plan(compartments=(key,))
    for each in (
        *kept.readers.share(plan, clinician.keys.document, consent="c"),
        *kept.readers.pointers(key),
    ):
        reader.readers.receive(each.to_bytes(), sender=kept.identity)
    assert facts_in(reader, manifest_of(kept)) == SCAN


def test_who_passes_a_record_on_says_nothing_about_it(
    kept: Vault, parcel: Parcel, clinician: Person, stranger: Person, vault_of: Any
) -> None:
    """Psychiatric notes do not become harmless by going through other hands."""
    manifest = manifest_of(kept)
    key = kept.keyring.record_key(kept.identity, manifest.record, 1)
    third = vault_of(stranger)
    forwarded = passed_on(parcel, key)
    third.readers.receive(forwarded, sender=clinician.identity, anchored=proven)
    assert facts_in(third, manifest) is None
    assert third.open(manifest).read() == b"pixels"


def test_who_passes_a_record_on_cannot_relabel_what_is_held(
    kept: Vault, parcel: Parcel, reader: Vault, clinician: Person, stranger: Person
) -> None:
    manifest = manifest_of(kept)
    reader.readers.receive(parcel, sender=kept.identity)
    key = kept.keyring.record_key(kept.identity, manifest.record, 1)
    for facts in (HARMLESS, None):
        forwarded = passed_on(parcel, key, facts)
        reader.readers.receive(forwarded, sender=stranger.identity, anchored=proven)
        assert facts_in(reader, manifest) == SCAN


def test_who_passes_a_record_on_cannot_spoil_the_key_that_is_held(
    kept: Vault, parcel: Parcel, reader: Vault, clinician: Person, stranger: Person
) -> None:
    """A manifest commits to the key, not to the salt beside it."""
    manifest = manifest_of(kept)
    reader.readers.receive(parcel, sender=kept.identity)
    key = kept.keyring.record_key(kept.identity, manifest.record, 1)
    spoilt = replace(key, salt=bytes(32))
    forwarded = passed_on(parcel, spoilt)
    reader.readers.receive(forwarded, sender=stranger.identity, anchored=proven)
    assert reader.open(manifest).read() == b"pixels"


def test_the_issuer_mends_what_came_spoilt_from_others(
    kept: Vault, parcel: Parcel, reader: Vault, clinician: Person, stranger: Person
) -> None:
    manifest = manifest_of(kept)
    key = kept.keyring.record_key(kept.identity, manifest.record, 1)
    spoilt = passed_on(parcel, replace(key, salt=bytes(32)))
    reader.readers.receive(spoilt, sender=stranger.identity, anchored=proven)
    reader.readers.receive(parcel, sender=kept.identity)
    assert reader.open(manifest).read() == b"pixels"
    assert facts_in(reader, manifest) == SCAN


def test_an_issuer_that_says_other_things_than_before_is_not_believed(
    kept: Vault, parcel: Parcel, reader: Vault
) -> None:
    reader.readers.receive(parcel, sender=kept.identity)
    for other in (replace(SCAN, resource_class="Condition"), replace(SCAN, end=None)):
        with pytest.raises(RelabelledRecord, match="what came first is kept"):
            reader.readers.receive(saying(parcel, other), sender=kept.identity)
        assert facts_in(reader, manifest_of(kept)) == SCAN


def test_an_issuer_adds_labels_and_takes_none_away(
    kept: Vault, parcel: Parcel, reader: Vault
) -> None:
    reader.readers.receive(parcel, sender=kept.identity)
    for other in (replace(SCAN, confidentiality="N"), replace(SCAN, sensitivities=frozenset())):
        reader.readers.receive(saying(parcel, other), sender=kept.identity)
        assert facts_in(reader, manifest_of(kept)) == SCAN
    more = replace(SCAN, sensitivities=SCAN.sensitivities | {"HIV"}, confidentiality="V")
    reader.readers.receive(saying(parcel, more), sender=kept.identity)
    assert facts_in(reader, manifest_of(kept)) == more


def test_what_comes_again_changes_nothing(kept: Vault, parcel: Parcel, reader: Vault) -> None:
    for each in (saying(parcel, None), parcel, parcel, saying(parcel, None)):
        reader.readers.receive(each, sender=kept.identity)
    assert facts_in(reader, manifest_of(kept)) == SCAN


def test_nothing_is_said_of_ones_own_records(kept: Vault) -> None:
    assert facts_in(kept, manifest_of(kept)) is None


def test_what_is_erased_is_no_longer_described(kept: Vault, parcel: Parcel, reader: Vault) -> None:
    manifest = manifest_of(kept)
    reader.readers.receive(parcel, sender=kept.identity)
    notice = ErasureNotice.of(kept.erase(manifest.record_id, erased_at=NOW))
    assert reader.forget(notice, sender=kept.identity)
    assert facts_in(reader, manifest) is None


# In the key database
# --------------------------------------------------------------------------------


def test_the_key_database_does_not_show_what_a_record_is_about(
    kept: Vault, parcel: Parcel, reader: Vault
) -> None:
    reader.readers.receive(parcel, sender=kept.identity)
    (row,) = reader.database._db.all("SELECT * FROM records")
    assert len(row[-1]) > 100
    assert not any(code in row[-1] for code in (b"ImagingStudy", b"PSY", b"HIV"))


def test_a_description_opens_in_its_own_row_only(
    kept: Vault, parcel: Parcel, reader: Vault
) -> None:
    reader.readers.receive(parcel, sender=kept.identity)
    (row,) = reader.database.records.all(kept.identity)
    reader.database._db.change("UPDATE records SET version = 2")
    with pytest.raises(WrongKey):
        reader.keyring.received.facts(kept.identity, row.record, 2)


# The format --------------------------------------------------------------------------------------


def test_facts_have_one_form() -> None:
    assert SCAN.to_bytes() == (
        b'{"confidentiality":"R","end":1800000000,"resourceClass":"ImagingStudy",'
        b'"sensitivities":["HIV","PSY"],"start":-86400}'
    )
    assert RecordFacts.parse(SCAN.to_bytes()) == SCAN
    assert RecordFacts.parse(HARMLESS.to_bytes()) == HARMLESS


@pytest.mark.parametrize(
    "change",
    [
        {"resourceClass": ""},
        {"resourceClass": "x" * 129},
        {"resourceClass": None},
        {"sensitivities": ["PSY", "HIV"]},
        {"sensitivities": ["PSY", "PSY"]},
        {"sensitivities": "PSY"},
        {"confidentiality": 4},
        {"start": "1970"},
        {"start": None},
        {"end": 1.5},
        {"end": 1 << 60},
        {"colour": "red"},
    ],
)
def test_refuses_facts_of_another_form(parcel: Parcel, change: dict[str, Any]) -> None:
    values = json.loads(parcel.to_bytes())
    values["pointers"][0]["facts"] |= change
    try:
        data = canonical(values)
    except InputError:  # integers beyond 2 ** 53 have no canonical form
        data = json.dumps(values).encode()
    with pytest.raises(MalformedParcel):
        Parcel.parse(data)
