"""Erasure under attack, and honoured by readers. The whole of 10,000 values: tests/attacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.erasure import attack, build
from tests.unit.vault.conftest import NOW, PATIENT, Person, verify

from salus.errors import ForgedSignature, InvalidArgument, RecordErased
from salus.vault import Added, Compartment, Vault
from salus.vault.statements import vouch

ERASED = 150


def test_an_attacker_with_everything_but_the_destroyed_keys_recovers_nothing(
    tmp_path: Path,
) -> None:
    report = attack(build(tmp_path, ERASED), tmp_path)
    nothing, *something = report["recovered"].values()
    assert report["reportsComplete"] == report["erased"] == ERASED
    assert report["lengthsOfErasedBlobs"] == 1
    assert nothing == 0
    # What erasure cannot reach comes back: this also shows that the attack works.
    assert something == [ERASED] * 5


def add(vault: Vault, by: Person) -> Added:
    return vault.add(
        b"48 mmol/mol",
        author=by,
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )


def test_a_reader_who_is_told_forgets_and_does_not_take_it_in_again(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    parcel = ours.share_record(added.manifest.record_id, clinician.keys.document, consent="c")
    theirs.receive(parcel, sender=hospital.identity, verify=verify)
    report = ours.erase(added.manifest.record_id, erased_at=NOW)
    signed = vouch(hospital, "erasure", report.digest, report.chain_id)

    assert theirs.forget(report, signed, verify=verify) is True
    assert theirs.forget(report, signed, verify=verify) is False
    assert theirs.keystore.records(ours.identity) == []
    with pytest.raises(RecordErased):
        theirs.open(added.manifest)
    with pytest.raises(RecordErased):
        theirs.receive(parcel, sender=hospital.identity, verify=verify)


def test_nobody_else_can_make_a_reader_forget(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person, stranger: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    parcel = ours.share_record(added.manifest.record_id, clinician.keys.document, consent="c")
    theirs.receive(parcel, sender=hospital.identity, verify=verify)
    report = ours.erase(added.manifest.record_id, erased_at=NOW)
    forged = vouch(stranger, "erasure", report.digest, report.chain_id)

    with pytest.raises(ForgedSignature):
        theirs.forget(report, forged, verify=verify)
    with pytest.raises(InvalidArgument, match="erase your own"):
        ours.forget(report, forged, verify=verify)
    assert len(theirs.keystore.records(ours.identity)) == 1
