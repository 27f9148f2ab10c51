"""Rows of the key database deleted or put back, each as its owner wrote it: nothing is undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.attacked import LABS, Attacked
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.unit.conftest import PATIENT, Person

from salus.primitives.errors import StorageUnavailable
from salus.vault.database.rows import TABLES, ReceivedRow
from salus.vault.errors import TornKeyDatabase
from salus.vault.keyring.heard import Heard
from salus.vault.storage import MemoryStorage
from salus_verify.erasure_receipt import Erasure


@pytest.fixture
def attacked(tmp_path: Path, hospital: Person, closed_later: ClosedLater) -> Attacked:
    return closed_later(Attacked(tmp_path / "keys.db", hospital))


def rows(attacked: Attacked, table: str) -> list[tuple[object, ...]]:
    return attacked.sql(f"SELECT * FROM {table}")  # noqa: S608


def refuses(attacked: Attacked) -> None:
    """Every door is closed, and a check says why."""
    torn = attacked.open()
    with pytest.raises(TornKeyDatabase, match="accept_rows=True"):
        torn.manifests()
    with pytest.raises(TornKeyDatabase):
        torn.readers.revoke("0x01")
    with pytest.raises(TornKeyDatabase):
        torn.upkeep.collect(older_than=0)
    with pytest.raises(TornKeyDatabase):
        torn.database.rows.running()
    report = torn.upkeep.check(repair=True)
    assert not report.sound
    assert "missing rows" in {each.kind for each in report.findings}


def fill(attacked: Attacked, reader: Person) -> str:
    """Something in every table."""
    vault = attacked.vault
    record = attacked.add(b"one").manifest.record_id
    share_record(vault, record, reader.keys.document, consent="0x01")
    vault.erase(attacked.add(b"two").manifest.record_id, erased_at=1)
    vault.database.notes.set("revocation/x", b"signed")
    vault.database.leaves.keep((1, "0xab", "records", 1), [b"l" * 32], since=0)
    vault.database.received.add(ReceivedRow(b"a key", consent="0x03"))
    vault.heard.keep(PATIENT, reader.identity, Heard("0x02", b"{}"))
    return record


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_deleted_unseen(attacked: Attacked, clinician: Person, table: str) -> None:
    fill(attacked, clinician)
    assert rows(attacked, table)
    assert attacked.kinds() == []
    attacked.sql(f"DELETE FROM {table}")  # noqa: S608
    refuses(attacked)


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_put_back_unseen(attacked: Attacked, clinician: Person, table: str) -> None:
    fill(attacked, clinician)
    kept = rows(attacked, table)
    attacked.vault.readers.revoke("0x01")
    attacked.vault.contacts.accept(clinician.keys.rotate(created_at=1).document)
    attacked.vault.database.notes.set("revocation/x", b"another")
    attacked.vault.heard.keep(PATIENT, clinician.identity, Heard("0x02", b"another"))
    ring, store = attacked.vault.keyring, attacked.vault.database
    ring.compartments.rotate({each.key_id for each in ring.compartments.all()})
    (old,) = map(Erasure.parse, store.erasures.all(attacked.vault.identity))
    store.leaves.keep((1, "0xab", "records", 1), [b"m" * 32], since=0)
    store.received.drop([b"a key"])
    store.erasures.set(old.issuer, old.record, replace(old, erased_at=2).to_bytes())
    for manifest in attacked.vault.manifests():
        attacked.vault.erase(manifest.record_id, erased_at=2)
    assert attacked.kinds() == []
    marks = ", ".join("?" * len(kept[0]))
    for row in kept:
        attacked.sql(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", *row)  # noqa: S608
    refuses(attacked)


def test_no_sum_of_before_fits_rows_of_now(attacked: Attacked, clinician: Person) -> None:
    fill(attacked, clinician)
    (old,) = attacked.sql("SELECT running FROM store")
    attacked.add(b"three")
    attacked.sql("UPDATE store SET running = ?", *old)
    refuses(attacked)
    attacked.sql("UPDATE store SET running = x''")
    refuses(attacked)


def test_a_revocation_that_was_taken_out_stands_once_rows_are_restored(
    attacked: Attacked, clinician: Person
) -> None:
    fill(attacked, clinician)
    copy = attacked.file.read_bytes()
    attacked.sql("DELETE FROM meta WHERE name = 'revocation/x'")
    refuses(attacked)
    attacked.file.write_bytes(copy)
    assert attacked.open().database.notes.get("revocation/x") == b"signed"
    assert attacked.kinds() == []


def test_without_a_copy_one_goes_on_with_what_is_there(
    attacked: Attacked, clinician: Person
) -> None:
    record = fill(attacked, clinician)
    attacked.sql("DELETE FROM erasures")
    report = attacked.open().upkeep.check(accept_rows=True)
    assert [(each.kind, each.repaired) for each in report.findings] == [("missing rows", True)]
    again = attacked.open()
    assert again.open(again.manifest(record)).read() == b"one"
    assert again.upkeep.check().findings == ()
    share_record(again, record, clinician.keys.document, consent="0x02")
    assert again.readers.revoke("0x02").shared_keys == 1


def test_rows_that_were_altered_are_never_accepted(attacked: Attacked, clinician: Person) -> None:
    record = fill(attacked, clinician)
    attacked.sql("DELETE FROM erasures")
    attacked.sql("UPDATE given SET consent = '0x02'")
    kinds = {
        each.kind: each.repaired for each in attacked.open().upkeep.check(accept_rows=True).findings
    }
    assert kinds == {"altered row": True, "missing rows": True}
    again = attacked.open()
    assert again.open(again.manifest(record)).read() == b"one"
    assert again.database.given.all() == []
    assert attacked.kinds() == []


# What is read of a row that is not there: nothing was revoked, nobody is known, nothing erased.
LOOKED_FOR_BY = {
    "meta": "name",
    "compartments": "tag",
    "records": "sealed_under",
    "manifests": "blob",
    "given": "consent",
    "received": "consent",
    "erasures": "record",
    "heard": "parties",
    "leaves": "position",
}


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_moved_out_of_sight(attacked: Attacked, clinician: Person, table: str) -> None:
    """Renamed, its seal left as it was: what is looked for by its name is not found."""
    fill(attacked, clinician)
    column = LOOKED_FOR_BY[table]
    moved = {
        "given": "'0x03'",
        "received": "'0x04'",
        "leaves": "7",
        "meta": "'x' || name",
        "manifests": "'x' || blob",
    }
    value = moved.get(table, "zeroblob(16)")
    attacked.sql(f"UPDATE {table} SET {column} = {value}")  # noqa: S608
    refuses(attacked)


@pytest.mark.parametrize("sealed", ["zeroblob(32)", "x''", "randomblob(32)"])
def test_after_the_remedy_a_row_that_was_altered_can_be_written_anew(
    attacked: Attacked, clinician: Person, sealed: str
) -> None:
    record = fill(attacked, clinician)
    attacked.sql(f"UPDATE meta SET sealed = {sealed}")  # noqa: S608
    attacked.open().upkeep.check(accept_rows=True)
    attacked.open().contacts.accept(clinician.keys.document)
    again = attacked.open()
    assert again.open(again.manifest(record)).read() == b"one"
    assert attacked.kinds() == []


def test_a_row_written_over_an_altered_one_counts_out_nothing(
    attacked: Attacked, clinician: Person
) -> None:
    """In a program that is open all the while: what it never counted in stays out of the sum."""
    attacked.vault.contacts.accept(clinician.keys.document)
    attacked.sql("INSERT INTO meta VALUES ('motto', zeroblob(32))")
    attacked.vault.database.notes.set("motto", b"ours")
    assert attacked.open().database.notes.get("motto") == b"ours"
    assert attacked.kinds() == []


INVENTED = {
    "given": "(x'00', 'x', x'00', x'00')",
    "meta": "(CAST(x'ff00fe' AS TEXT), x'00')",
    "leaves": "(1, 'x', 'x', -1, -9223372036854775808, x'00', x'00')",
}


@pytest.mark.parametrize("how", ["repair", "accept_rows"])
@pytest.mark.parametrize("table", INVENTED)
def test_a_row_that_somebody_invented_is_dropped(
    attacked: Attacked, clinician: Person, table: str, how: str
) -> None:
    record = fill(attacked, clinician)
    before = rows(attacked, table)
    attacked.sql(f"INSERT INTO {table} VALUES {INVENTED[table]}")  # noqa: S608
    report = attacked.open().upkeep.check(**{how: True})
    assert [(each.kind, each.repaired) for each in report.findings] == [("altered row", True)]
    assert rows(attacked, table) == before
    again = attacked.open()
    assert again.database.given.all() != []
    assert again.readers.revoke("0x01").shared_keys == 1
    assert again.open(again.manifest(record)).read() == b"one"
    assert attacked.kinds() == []


def test_repairing_drops_no_row_that_may_be_ours(attacked: Attacked, clinician: Person) -> None:
    """A copy may still be put back: only who accepts what is there loses an altered row."""
    fill(attacked, clinician)
    attacked.sql("UPDATE given SET consent = '0x02'")
    before = rows(attacked, "given")
    report = attacked.open().upkeep.check(repair=True)
    assert {each.kind: each.repaired for each in report.findings} == {
        "altered row": False,
        "missing rows": False,
    }
    assert rows(attacked, "given") == before


def test_a_row_that_somebody_invented_holds_up_nothing_else(
    attacked: Attacked, clinician: Person
) -> None:
    record = fill(attacked, clinician)
    attacked.sql("INSERT INTO erasures VALUES ('x', x'00', x'00')")
    again = attacked.open()
    assert again.open(again.manifest(record)).read() == b"one"
    assert again.readers.revoke("0x01").shared_keys == 1
    assert attacked.kinds() == ["altered row"]


def test_every_copy_names_its_state(attacked: Attacked, clinician: Person) -> None:
    """What tells an older copy, put in place of a newer one, from it."""
    store = attacked.vault.database
    first = store.rows.running()
    fill(attacked, clinician)
    second = store.rows.running()
    assert second.changes > first.changes
    assert second.state != first.state
    assert attacked.open().database.rows.running() == second
    with store.transaction():
        attacked.vault.contacts.accept(clinician.keys.document)
        attacked.vault.keyring.compartments.rotate(set())
    assert store.rows.running().changes == second.changes + 1


def test_a_change_that_failed_leaves_the_sum(attacked: Attacked) -> None:
    attacked.add(b"one", LABS)
    before = attacked.vault.database.rows.running()
    store = attacked.vault.database

    def interrupted() -> None:
        with store.transaction():
            store.notes.set("x", b"y")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.rows.running() == before
    assert attacked.kinds() == []


def test_rows_are_told_of_and_accepted_aloud_though_no_blob_can_be_asked_for(
    attacked: Attacked, clinician: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(attacked, clinician)
    attacked.sql("DELETE FROM meta")

    def refuses(self: MemoryStorage, name: str) -> int:
        raise StorageUnavailable(self.url, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryStorage, "size", refuses)
        for accept in (False, True):
            report = attacked.open().upkeep.check(accept_rows=accept)
            told = {each.kind: each.repaired for each in report.findings}
            assert told == {"missing rows": accept, "unreached blob": False}
    assert attacked.kinds() == []
