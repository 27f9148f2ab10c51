"""Erasure under attack, and honoured by readers. The whole of 10,000 values: tests/attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.erasure import attack, build
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.primitives.errors import InvalidArgument, MalformedDocument
from salus.vault import Compartment, Vault
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import ForgedSignature, KeyDatabaseUnavailable, RecordErased
from salus.vault.storage import MemoryStorage, open_storage
from salus.vault.versions.adding import Added
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import Unreached, WhyLeft

ERASED = 150


def test_an_attacker_with_everything_but_the_destroyed_keys_recovers_nothing(
    tmp_path: Path,
) -> None:
    report = attack(build(tmp_path, ERASED), tmp_path)
    nothing, no_store_key, *something = report["recovered"].values()
    assert report["reportsComplete"] == report["erased"] == ERASED
    assert report["lengthsOfErasedBlobs"] == 1
    assert nothing == no_store_key == 0
    # What erasure cannot reach comes back: this also shows that the attack works.
    assert something == [ERASED] * 4


def add(vault: Vault, by: Person) -> Added:
    return vault.add(
        b"48 mmol/mol",
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )


def test_a_reader_who_is_told_forgets_and_does_not_take_it_in_again(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    parcel = share_record(ours, added.manifest.record_id, clinician.keys.document, consent="c")
    theirs.readers.receive(parcel, sender=hospital.identity)
    notice = ErasureNotice.of(ours.erase(added.manifest.record_id, erased_at=NOW))

    assert theirs.forget(notice, sender=hospital.identity) is True
    assert theirs.forget(notice, sender=hospital.identity) is False
    assert theirs.database.records.all(ours.identity) == []
    with pytest.raises(RecordErased):
        theirs.open(added.manifest)
    assert theirs.readers.receive(parcel, sender=hospital.identity) == []
    with pytest.raises(RecordErased):
        theirs.open(added.manifest)


def test_nobody_else_can_make_a_reader_forget(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person, stranger: Person
) -> None:
    ours, theirs = vault_of(hospital), vault_of(clinician)
    added = add(ours, hospital)
    parcel = share_record(ours, added.manifest.record_id, clinician.keys.document, consent="c")
    theirs.readers.receive(parcel, sender=hospital.identity)
    notice = ErasureNotice.of(ours.erase(added.manifest.record_id, erased_at=NOW))

    with pytest.raises(ForgedSignature):
        theirs.forget(notice, sender=stranger.identity)
    with pytest.raises(MalformedDocument, match="of chain 2"):
        theirs.forget(replace(notice, chain_id=2), sender=hospital.identity)
    with pytest.raises(InvalidArgument, match="erase your own"):
        ours.forget(notice, sender=hospital.identity)
    assert len(theirs.database.records.all(ours.identity)) == 1


def test_a_report_names_former_readers_too(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person, stranger: Person
) -> None:
    ours = vault_of(hospital)
    added = add(ours, hospital)
    for reader, consent in ((clinician, "c"), (stranger, "d")):
        share_record(ours, added.manifest.record_id, reader.keys.document, consent=consent)
    assert ours.readers.revoke("c").shared_keys == 1
    assert ours.readers.revoke("c").shared_keys == 0

    report = ours.erase(added.manifest.record_id, erased_at=NOW)

    assert set(report.grantees) == {clinician.identity, stranger.identity}
    assert report.shared_keys == 1
    assert ours.database.given.all() == []


def test_a_notice_survives_being_written_and_names_no_other_reader(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    ours = vault_of(hospital)
    added = add(ours, hospital)
    share_record(ours, added.manifest.record_id, clinician.keys.document, consent="c")
    notice = ErasureNotice.of(ours.erase(added.manifest.record_id, erased_at=NOW))
    assert ErasureNotice.parse(notice.to_bytes()) == notice
    assert clinician.identity.lower().encode() not in notice.to_bytes()
    with pytest.raises(MalformedDocument):
        ErasureNotice.parse(notice.to_bytes()[:-1])


def test_the_report_of_a_record_of_many_versions_is_read_again(
    vault_of: Callable[[Person], Vault], hospital: Person
) -> None:
    """5,000 versions in two places: longer than any document that strangers may send."""
    vault, other = vault_of(hospital), MemoryStorage("gone").url
    names = [f"blobs/{number:059d}" for number in range(5_000)]
    report = Erasure(
        issuer=vault.identity,
        chain_id=CHAIN,
        record=bytes(16),
        erased_at=NOW,
        versions=tuple((number + 1, bytes(32), bytes(32)) for number in range(5_000)),
        shared_keys=0,
        grantees=(),
        destroyed=tuple((other, name) for name in names),
        unreached=tuple(Unreached(vault.storage.url, name, WhyLeft.NOT_TRIED) for name in names),
    )
    assert len(report.to_bytes()) > 1 << 20
    vault.database.erasures.set(vault.identity, report.record, report.to_bytes())

    assert [finding.kind for finding in vault.upkeep.check().findings] == ["unfinished erasure"]
    finished = vault.erase(report.record.hex(), erased_at=NOW)
    assert len(finished.destroyed) == 10_000
    assert vault.upkeep.check().findings == ()
    assert vault.erase(report.record.hex(), erased_at=NOW) == finished


def test_no_report_is_longer_than_any_record_could_need() -> None:
    with pytest.raises(MalformedDocument, match="longer than 67108864"):
        Erasure.parse(b" " * ((64 << 20) + 1))


# ── what an erasure promises, it has looked at ───────────────────────────────────────────────


def test_promises_nothing_while_keys_are_still_there(
    vault_of: Callable[[Person], Vault], hospital: Person
) -> None:
    vault = vault_of(hospital)
    added = add(vault, hospital)
    row = vault.database.records.find(vault.identity, added.manifest.record, 1)
    manifest = vault.database.manifests.find(vault.identity, added.manifest.record)
    assert row is not None
    assert manifest is not None
    record = added.manifest.record_id
    for put_back in (
        lambda: vault.database.records.put(row),
        lambda: vault.database.manifests.add(manifest),
    ):
        vault.erase(record, erased_at=NOW)
        put_back()
        with pytest.raises(KeyDatabaseUnavailable, match="still there"):
            vault.erase(record, erased_at=NOW)
        vault.database.erase_record(vault.identity, added.manifest.record)
    assert vault.erase(record, erased_at=NOW).complete


def test_a_blob_that_survives_its_deletion_is_reported(
    vault_of: Callable[[Person], Vault], hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versioned buckets, caches and liars say yes and keep it."""
    vault = vault_of(hospital)
    added = add(vault, hospital)
    blob = added.manifest.blob.name
    with monkeypatch.context() as patch:
        patch.setattr(type(vault.storage), "delete", lambda storage, name: True)
        report = vault.erase(added.manifest.record_id, erased_at=NOW)
    assert report.unreached == (Unreached(vault.storage.url, blob, WhyLeft.KEPT),)
    assert not report.complete
    assert vault.erase(added.manifest.record_id, erased_at=NOW).destroyed == (
        (vault.storage.url, blob),
    )


def test_nothing_was_destroyed_in_a_storage_that_never_had_it(
    hospital: Person, tmp_path: Path
) -> None:
    """A further place to read from holds other things, two are not mounted."""
    others, empty, missing = (tmp_path / each for each in ("others", "empty", "missing"))
    others.mkdir()
    empty.mkdir()
    (others / "file").write_text("of somebody else")
    places = [others.as_uri(), empty.as_uri(), missing.as_uri()]
    storage = MemoryStorage("ward")
    vault = Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=places)
    manifest = add(vault, hospital).manifest
    blob = manifest.blob.name

    report = vault.erase(manifest.record_id, erased_at=NOW)

    assert report.destroyed == ((storage.url, blob),)
    assert report.unreached == (
        Unreached(empty.as_uri(), blob, WhyLeft.NO_MARKER),
        Unreached(missing.as_uri(), blob, WhyLeft.NO_MARKER),
    )
    missing.mkdir()
    for folder in (empty, missing):
        (folder / "file").write_text("mounted now")
    again = vault.erase(manifest.record_id, erased_at=NOW)
    assert (again.destroyed, again.unreached) == (report.destroyed, ())


def test_what_a_mounted_folder_turns_out_to_hold_is_destroyed(
    hospital: Person, tmp_path: Path
) -> None:
    mounted = tmp_path / "mounted"
    place = mounted.as_uri()
    storage = MemoryStorage("ward")
    vault = Vault(storage, "memory:", keys=hospital.keys, chain_id=CHAIN, read_from=[place])
    manifest = add(vault, hospital).manifest
    copy = b"".join(storage.get(manifest.blob.name))
    assert not vault.erase(manifest.record_id, erased_at=NOW).complete

    open_storage(place).put(manifest.blob.name, copy)
    report = vault.erase(manifest.record_id, erased_at=NOW)

    assert (place, manifest.blob.name) in report.destroyed
    assert report.complete
    assert not (mounted / manifest.blob.name).exists()


# ── names that strangers choose ──────────────────────────────────────────────────────────────


def test_a_reader_cannot_have_forgotten_what_it_was_given(
    vault_of: Callable[[Person], Vault], hospital: Person, stranger: Person
) -> None:
    """It names its record's key like the compartment key that it got, and then erases it."""
    ours, theirs = vault_of(hospital), vault_of(stranger)
    add(ours, hospital)
    plan = ours.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    ours.readers.share(plan, stranger.keys.document, consent="c")
    key = plan.compartments[0].key_id
    theirs.keyring.generate = lambda: RecordKey(key, bytes(32), bytes(32))  # type: ignore[method-assign]
    bait = add(theirs, stranger).manifest.record_id
    parcel = share_record(theirs, bait, hospital.keys.document, consent="d")
    ours.readers.receive(parcel, sender=stranger.identity)
    notice = ErasureNotice.of(theirs.erase(bait, erased_at=NOW))

    assert ours.forget(notice, sender=stranger.identity)

    assert ours.keyring.received.under(theirs.identity, bytes.fromhex(bait), 1) == frozenset()
    done = ours.readers.revoke("c")
    assert (done.shared_keys, [each.key_id for each in done.rotated]) == (1, [key])
