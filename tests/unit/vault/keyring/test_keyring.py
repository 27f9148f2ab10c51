"""The keyring: what keys open is never more than what terms permit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.vault import Compartment, Vault
from salus.vault.crypto.store_cipher import unwrap_key
from salus.vault.database.key_database import KeyDatabase
from salus.vault.documents.facts import ANY_TIME, Span
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel
from salus.vault.documents.record_keys import KeyringEntry, Plan, RecordKey
from salus.vault.errors import MalformedParcel, MissingKey, MissingRecord, UnprovenRecord, WrongKey
from salus.vault.keyring.keyring import Keyring
from salus.vault.letters.letters import seal_letter
from salus.vault.storage import MemoryStorage
from salus_verify.encoding import base64url, canonical
from salus_verify.errors import InvalidValue

CLASSES = ["Observation.laboratory", "Condition", "MedicationRequest"]
YEARS = ["2024", "2025", "2026"]


def day(text: str) -> int:
    """The first second of a date."""
    return int(datetime.fromisoformat(f"{text}T00:00:00+00:00").timestamp())


@dataclass(frozen=True)
class Terms:
    """Terms small enough to see through: classes, labels, and dates from a day on."""

    classes: frozenset[str]
    highest: str
    since: str

    def permits(self, entry: KeyringEntry) -> bool:
        label = "NR".index(entry.compartment.confidentiality)
        return (
            entry.compartment.resource_class in self.classes
            and label <= "NR".index(self.highest)
            and not entry.compartment.sensitivities
            and (entry.facts.start or 0) >= day(self.since)
        )

    def covers(self, compartment: Compartment) -> bool:
        return (
            compartment.resource_class in self.classes
            and "NR".index(compartment.confidentiality) <= "NR".index(self.highest)
            and not compartment.sensitivities
            and day(f"{compartment.period}-01-01") >= day(self.since)
        )


@st.composite
def record(draw: st.DrawFn) -> tuple[Compartment, Span]:
    year = draw(st.sampled_from(YEARS))
    compartment = Compartment(
        patient=PATIENT,
        resource_class=draw(st.sampled_from(CLASSES)),
        sensitivities=draw(st.frozensets(st.sampled_from(["HIV"]))),
        confidentiality=draw(st.sampled_from("NR")),
        period=year,
    )
    return compartment, (day(f"{year}-{draw(st.integers(1, 12)):02d}-15"), None)


terms = st.builds(
    Terms,
    classes=st.frozensets(st.sampled_from(CLASSES)),
    highest=st.sampled_from("NR"),
    since=st.sampled_from(["2024-01-01", "2025-01-01", "2025-07-01", "2026-01-01"]),
)


def filled(hospital: Person, records: list[tuple[Compartment, Span]]) -> Vault:
    vault = Vault(MemoryStorage(), "memory:", keys=hospital.keys, chain_id=CHAIN)
    for number, (compartment, when) in enumerate(records):
        vault.add(
            bytes([number]),
            compartment=compartment,
            media_type="text/plain",
            created_at=NOW,
            when=when,
        )
    return vault


def permitted(vault: Vault, terms: Terms) -> set[tuple[bytes, int]]:
    return {(e.record, e.version) for e in vault.keyring.entries.all() if terms.permits(e)}


def opened_with(parcels: list[Parcel], vault: Vault) -> set[tuple[bytes, int]]:
    """What a reader can really open: every key it got, tried on every wrapped key there is."""
    given = [key for parcel in parcels for key in parcel.keys]
    single = {key.target for key in given if key.kind == "record"}
    wide = [key.secret for key in given if key.kind == "compartment"]
    pointers = [
        pointer
        for key in vault.keyring.compartments.all()
        for parcel in vault.readers.pointers(key)
        for pointer in parcel.pointers
        if any(_unwraps(secret, pointer.wrapped) for secret in wide)
    ]
    found = {Manifest.parse(each.manifest) for each in pointers}
    return {(each.record, each.version) for each in found} | {
        (row.record, row.version)
        for row in vault.database.records.all(vault.identity)
        if row.key_id in single
    }


def _unwraps(compartment_key: bytes, wrapped: bytes) -> bool:
    try:
        return len(unwrap_key(compartment_key, wrapped, what="it")) == 64
    except WrongKey:
        return False


@settings(max_examples=40, deadline=None)
@given(records=st.lists(record(), max_size=8), terms=terms)
def test_a_grant_opens_exactly_what_its_terms_permit(
    hospital: Person, clinician: Person, records: list[Any], terms: Terms
) -> None:
    vault = filled(hospital, records)
    plan = vault.keyring.plan(covers=terms.covers, permits=terms.permits)

    parcels = vault.readers.share(plan, clinician.keys.document, consent="c")

    assert opened_with(parcels, vault) == permitted(vault, terms)
    assert vault.keyring.opened_by("c") == permitted(vault, terms)


@settings(max_examples=25, deadline=None)
@given(before=st.lists(record(), max_size=5), after=st.lists(record(), max_size=5), terms=terms)
def test_after_a_revocation_nothing_new_opens(
    hospital: Person, clinician: Person, before: list[Any], after: list[Any], terms: Terms
) -> None:
    vault = filled(hospital, before)
    plan = vault.keyring.plan(covers=terms.covers, permits=terms.permits)
    parcels = vault.readers.share(plan, clinician.keys.document, consent="c")
    old = opened_with(parcels, vault)

    vault.readers.revoke("c")
    for number, (compartment, when) in enumerate(after):
        vault.add(
            bytes([number]),
            compartment=compartment,
            media_type="text/plain",
            created_at=NOW,
            when=when,
        )

    assert opened_with(parcels, vault) == old
    assert vault.keyring.opened_by("c") == set()


def test_a_grant_of_whole_compartments_wraps_one_key_for_any_number_of_records(
    hospital: Person, clinician: Person, labs: Compartment
) -> None:
    vault = filled(hospital, [(labs, ANY_TIME)] * 30)
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)

    (parcel,) = vault.readers.share(plan, clinician.keys.document, consent="c")

    assert len(parcel.keys) == 1
    assert parcel.pointers == ()
    assert len(vault.keyring.opened_by("c")) == 30


def test_a_grant_includes_retired_keys_that_are_in_use(hospital: Person, labs: Compartment) -> None:
    vault = filled(hospital, [(labs, ANY_TIME)])
    used = vault.keyring.compartments.rotate(
        {key.key_id for key in vault.keyring.compartments.all()}
    )
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    assert [key.key_id for key in plan.compartments] == [key.key_id for key in used]


def test_a_reader_with_a_compartment_key_opens_what_it_is_pointed_to(
    hospital: Person,
    clinician: Person,
    labs: Compartment,
    vault_of: Callable[[Person], Vault],
    storage: MemoryStorage,
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    for number in range(130):
        ours.add(
            bytes([number]),
            compartment=labs,
            media_type="text/plain",
            created_at=NOW,
        )
    plan = ours.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    grants = ours.readers.share(plan, clinician.keys.document, consent="c")
    pointers = list(ours.readers.pointers(plan.compartments[0]))

    for parcel in [*grants, *pointers]:
        theirs.readers.receive(parcel.to_bytes(), sender=hospital.identity)

    assert sum(len(parcel.pointers) for parcel in pointers) == 130
    shared = theirs.manifests(issuer=hospital.identity)
    assert {theirs.open(m).read() for m in shared} == {bytes([n]) for n in range(130)}


def test_every_parcel_fits_a_message(
    hospital: Person, clinician: Person, labs: Compartment
) -> None:
    vault = filled(hospital, [(labs, ANY_TIME)] * 250)
    whole = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    single = vault.keyring.plan(covers=lambda _: False, permits=lambda _: True)
    parcels = [
        *vault.readers.share(single, clinician.keys.document, consent="0x" + "ff" * 32),
        *vault.readers.pointers(whole.compartments[0]),
    ]
    for parcel in parcels:
        seal_letter(
            "parcel",
            parcel.to_bytes(),
            author=hospital,
            recipient=clinician.keys.document,
            chain_id=CHAIN,
            sent_at=NOW,
        )
    assert len(parcels) > 1
    assert sum(len(parcel.keys) for parcel in parcels) == 250
    assert sum(len(parcel.pointers) for parcel in parcels) == 500


def test_a_revocation_names_what_it_rotated_and_who_else_needs_the_new_key(
    hospital: Person, clinician: Person, stranger: Person, labs: Compartment
) -> None:
    vault = filled(hospital, [(labs, ANY_TIME)])
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    vault.readers.share(plan, clinician.keys.document, consent="revoked")
    vault.readers.share(plan, stranger.keys.document, consent="stands")

    done = vault.readers.revoke("revoked")

    assert (done.shared_keys, done.others) == (1, ("stands",))
    assert [key.compartment for key in done.rotated] == [labs]
    assert vault.readers.revoke("revoked").shared_keys == 0
    vault.add(b"new", compartment=labs, media_type="text/plain", created_at=NOW)
    generations = {key.generation: key.current for key in vault.keyring.compartments.all()}
    assert generations == {1: False, 2: True}


def test_another_identity_cannot_use_the_key_database(hospital: Person, stranger: Person) -> None:
    store = KeyDatabase.open("memory:")
    Keyring(store, hospital.keys)
    with pytest.raises(WrongKey):
        Keyring(store, stranger.keys)


def test_a_rotated_identity_still_uses_its_key_database(hospital: Person) -> None:
    store = KeyDatabase.open("memory:")
    Keyring(store, hospital.keys)
    Keyring(store, hospital.keys.rotate(created_at=NOW + 1))


def test_refuses_to_share_what_is_not_there(hospital: Person, clinician: Person) -> None:
    vault = filled(hospital, [])
    with pytest.raises(MissingRecord):
        vault.readers.share(Plan(records=((bytes(16), 1),)), clinician.keys.document, consent="c")


# ── keys that lie ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shared(hospital: Person, clinician: Person, labs: Compartment) -> Parcel:
    vault = filled(hospital, [(labs, ANY_TIME)])
    plan = vault.keyring.plan(covers=lambda _: False, permits=lambda _: True)
    return vault.readers.share(plan, clinician.keys.document, consent="c")[0]


def test_a_parcel_names_the_consent_that_its_keys_are_given_under(shared: Parcel) -> None:
    for wrong in ({"consent": ""}, {"keys": ()}):
        with pytest.raises(InvalidValue, match="under a consent"):
            replace(shared, **wrong)
    said = {**json.loads(shared.to_bytes()), "keys": []}
    with pytest.raises(MalformedParcel, match="under a consent"):
        Parcel.parse(canonical(said))
    assert Parcel.parse(shared.to_bytes()) == shared


def test_a_key_shows_itself_in_no_repr(shared: Parcel) -> None:
    assert "secret" not in repr(shared)


def test_refuses_a_record_in_the_name_of_another(
    shared: Parcel, clinician: Person, stranger: Person, vault_of: Callable[[Person], Vault]
) -> None:
    with pytest.raises(UnprovenRecord):
        vault_of(clinician).readers.receive(shared, sender=stranger.identity)


def test_refuses_a_record_without_its_key(
    shared: Parcel, hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    bare = Parcel(pointers=shared.pointers)
    with pytest.raises(MissingKey):
        vault_of(clinician).readers.receive(bare, sender=hospital.identity)


def test_refuses_a_key_that_its_manifest_does_not_commit_to(
    shared: Parcel, hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    target = shared.keys[0].target
    false = GivenKey("record", target, RecordKey(target, bytes(32), bytes(32)).secret)
    vault = vault_of(clinician)
    with pytest.raises(WrongKey):
        vault.readers.receive(Parcel((false,), shared.pointers, "c"), sender=hospital.identity)
    assert vault.manifests(issuer=hospital.identity) == []


@pytest.mark.parametrize("secret", [b"", bytes(32), bytes(65)])
def test_refuses_a_key_of_impossible_length(shared: Parcel, secret: bytes) -> None:
    for kind in ("record", "compartment"):
        if kind == "compartment" and len(secret) == 32:
            continue
        with pytest.raises(InvalidValue, match="secret"):
            GivenKey(kind, shared.keys[0].target, secret)
        said = json.loads(shared.to_bytes())
        said["keys"][0] |= {"kind": kind, "secret": base64url(secret)}
        with pytest.raises(MalformedParcel, match="secret"):
            Parcel.parse(canonical(said))
