"""Of the letters of one account the highest generation of a record's place counts."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.shared_keys import FIRST, add, parcels_of
from tests.unit.conftest import Person

from salus.vault import Vault
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel

ANOTHER = b"another account"


def generations(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> tuple[Manifest, list[list[Parcel]]]:
    """A record, and what its issuer sends before and after it is encrypted again."""
    ours = vault_of(hospital)
    manifest = add(ours, hospital).manifest
    before = parcels_of(ours, clinician, FIRST)
    assert ours.upkeep.rekey().complete
    return manifest, [before, parcels_of(ours, clinician, FIRST)]


def take(reader: Vault, parcels: list[Parcel], hospital: Person, *, signer: bytes = b"") -> None:
    for each in parcels:
        reader.readers.receive(each, sender=hospital.identity, signer=signer)


def test_an_older_letter_that_is_read_late_leads_nobody_to_a_place_that_was_left(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    manifest, (before, after) = generations(hospital, clinician, vault_of)
    reader = vault_of(clinician)
    take(reader, after, hospital)
    take(reader, before, hospital)
    assert reader.where_it_lies(manifest).blob.generation == 1
    assert reader.open(manifest).read() == b"result"


def test_the_account_that_is_in_control_outranks_another_one_s_generation(
    hospital: Person, clinician: Person, vault_of: Callable[[Person], Vault]
) -> None:
    manifest, (before, after) = generations(hospital, clinician, vault_of)
    reader = vault_of(clinician)
    take(reader, after, hospital, signer=ANOTHER)
    take(reader, before, hospital)
    assert reader.where_it_lies(manifest) == manifest
