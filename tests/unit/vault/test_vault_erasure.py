"""Erasure under attack, and honoured by readers. The whole of 10,000 values: tests/attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.erasure import attack, build
from tests.unit.vault.conftest import NOW, PATIENT, Person, verify

from salus.errors import ForgedSignature, InvalidArgument, MalformedDocument, RecordErased
from salus.vault import Added, Compartment, ErasureNotice, Vault

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
    notice = ours.erase(added.manifest.record_id, erased_at=NOW).notice

    assert theirs.forget(notice, sender=hospital.identity) is True
    assert theirs.forget(notice, sender=hospital.identity) is False
    assert theirs.keystore.records(ours.identity) == []
    with pytest.raises(RecordErased):
        theirs.open(added.manifest)
    assert theirs.receive(parcel, sender=hospital.identity, verify=verify) == []
    with pytest.raises(RecordErased):
        theirs.open(added.manifest)


def test_nobody_else_can_make_a_reader_forget(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person, stranger: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    parcel = ours.share_record(added.manifest.record_id, clinician.keys.document, consent="c")
    theirs.receive(parcel, sender=hospital.identity, verify=verify)
    notice = ours.erase(added.manifest.record_id, erased_at=NOW).notice

    with pytest.raises(ForgedSignature):
        theirs.forget(notice, sender=stranger.identity)
    with pytest.raises(MalformedDocument, match="of chain 2"):
        theirs.forget(replace(notice, chain_id=2), sender=hospital.identity)
    with pytest.raises(InvalidArgument, match="erase your own"):
        ours.forget(notice, sender=hospital.identity)
    assert len(theirs.keystore.records(ours.identity)) == 1


def test_a_report_names_former_readers_too(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person, stranger: Person
) -> None:
    ours = vault_of(hospital)
    added = add(ours, hospital)
    for reader, consent in ((clinician, "c"), (stranger, "d")):
        ours.share_record(added.manifest.record_id, reader.keys.document, consent=consent)
    assert ours.revoke("c").wraps == 1
    assert ours.revoke("c").wraps == 0

    report = ours.erase(added.manifest.record_id, erased_at=NOW)

    assert set(report.grantees) == {clinician.identity.lower(), stranger.identity.lower()}
    assert report.wraps == 1
    assert ours.keystore.shares() == []


def test_a_notice_survives_being_written_and_names_no_other_reader(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    ours = vault_of(hospital)
    added = add(ours, hospital)
    ours.share_record(added.manifest.record_id, clinician.keys.document, consent="c")
    notice = ours.erase(added.manifest.record_id, erased_at=NOW).notice
    assert ErasureNotice.parse(notice.to_bytes()) == notice
    assert clinician.identity.lower().encode() not in notice.to_bytes()
    with pytest.raises(MalformedDocument):
        ErasureNotice.parse(notice.to_bytes()[:-1])
