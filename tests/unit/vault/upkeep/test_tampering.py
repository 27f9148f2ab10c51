# ruff: noqa: S608 - whoever changes the file writes what SQL he likes
"""A key database changed by somebody without its keys: no row is believed, and check names each."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.attacked import OTHER, Attacked
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.vault.database.rows import ReceivedRow
from salus.vault.errors import MissingRecord, TamperedKeyDatabase, TornKeyDatabase
from salus.vault.keyring.heard import Heard
from salus.vault.versions.adding import Added
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import Unreached, WhyLeft


@pytest.fixture
def attacked(tmp_path: Path, hospital: Person, closed_later: ClosedLater) -> Attacked:
    return closed_later(Attacked(tmp_path / "keys.db", hospital))


@pytest.fixture
def two(attacked: Attacked) -> tuple[Added, Added]:
    return attacked.add(b"of patient A"), attacked.add(b"of patient B", OTHER)


# ── whole rows and columns put elsewhere ─────────────────────────────────────────────────────


def exchange(attacked: Attacked, table: str, key: str, columns: str) -> None:
    """Swap the columns of the two rows that a table holds."""
    names = columns.split(", ")
    (one, *ones), (two, *twos) = attacked.sql(f"SELECT {key}, {columns} FROM {table}")
    assigned = ", ".join(f"{name} = ?" for name in names)
    free = [b"x" * len(each) if isinstance(each, bytes) else each for each in ones]
    for values, row in ((free, one), (ones, two), (twos, one)):
        attacked.sql(f"UPDATE {table} SET {assigned} WHERE {key} = ?", *values, row)


@pytest.mark.parametrize("seal", ["", ", sealed"])
def test_exchanged_manifests_open_nothing_and_erase_nothing(
    attacked: Attacked, two: tuple[Added, Added], seal: str
) -> None:
    exchange(attacked, "manifests", "record", "blob" + seal)
    vault, (mine, other) = attacked.open(), two

    with pytest.raises(TornKeyDatabase):
        vault.manifest(mine.manifest.record_id)
    with pytest.raises(TamperedKeyDatabase):
        vault.erase(mine.manifest.record_id, erased_at=NOW)
    with pytest.raises(TamperedKeyDatabase):
        vault.upkeep.collect(older_than=0)

    assert attacked.kinds(deep=True) == ["altered row", "altered row", "missing rows"]
    assert all(attacked.storage.exists(each.manifest.blob.name) for each in (mine, other))


def test_exchanged_tags_put_no_record_under_another_patients_key(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    exchange(attacked, "compartments", "key_id", "tag")
    attacked.vault = attacked.open()
    with pytest.raises(TamperedKeyDatabase):
        attacked.add(b"secret of patient A")
    with attacked.vault.database.soundness.examined():
        assert len(attacked.vault.manifests()) == 2


def test_a_retired_key_cannot_take_the_place_of_its_successor(attacked: Attacked) -> None:
    attacked.add(b"old")
    keyring = attacked.vault.keyring
    keyring.compartments.rotate({key.key_id for key in keyring.compartments.all()})
    attacked.add(b"under the new key")
    old = "SELECT sealed FROM compartments WHERE current = 0"
    attacked.sql(f"UPDATE compartments SET sealed = ({old}) WHERE current = 1")
    attacked.vault = attacked.open()
    with pytest.raises(TamperedKeyDatabase):
        attacked.add(b"after the revocation")
    assert "altered row" in attacked.kinds()


# ── notes of erasures ────────────────────────────────────────────────────────────────────────


def test_an_invented_erasure_deletes_nothing(attacked: Attacked, two: tuple[Added, Added]) -> None:
    attacked.storage.put("messages/of-somebody-else", b"x")
    ghost, url, owner = os.urandom(16), attacked.storage.url, attacked.vault.identity
    names = (two[1].manifest.blob.name, "messages/of-somebody-else")
    invented = Erasure(
        issuer=owner,
        chain_id=CHAIN,
        record=ghost,
        erased_at=1,
        versions=((1, bytes(32), bytes(32)),),
        shared_keys=0,
        grantees=(),
        destroyed=(),
        unreached=tuple(Unreached(url, name, WhyLeft.NOT_TRIED) for name in names),
    )
    attacked.sql("INSERT INTO erasures VALUES (?, ?, ?)", owner, ghost, invented.to_bytes())

    with pytest.raises(TamperedKeyDatabase):
        attacked.open().erase(ghost.hex(), erased_at=NOW)
    assert attacked.kinds(repair=True) == ["altered row"]
    with pytest.raises(MissingRecord):
        attacked.open().erase(ghost.hex(), erased_at=NOW)
    assert all(attacked.storage.exists(name) for name in names)


def test_a_blob_whose_pointer_was_led_away_is_not_taken_for_an_unused_one(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    blob = two[0].manifest.blob.name
    attacked.sql("UPDATE manifests SET blob = 'blobs/elsewhere' WHERE blob = ?", blob)
    attacked.storage._made.clear()  # as old as can be
    assert attacked.kinds() == ["altered row", "missing rows"]
    with pytest.raises(TamperedKeyDatabase):
        attacked.open().upkeep.collect(older_than=0)
    assert attacked.storage.exists(blob)


def test_an_invented_row_holds_up_no_erasure_once_repaired(
    attacked: Attacked, two: tuple[Added, Added], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = two[0].manifest.record
    row = attacked.sql("SELECT * FROM records WHERE record = ?", record)[0]
    with monkeypatch.context() as patch:
        patch.setattr(type(attacked.storage), "delete", lambda storage, name: False)
        attacked.vault.erase(record.hex(), erased_at=NOW)
    attacked.sql(f"INSERT INTO records VALUES ({', '.join('?' * len(row))})", *row[:-1], b"seal")
    with pytest.raises(TamperedKeyDatabase):
        attacked.open().erase(record.hex(), erased_at=NOW)
    findings = attacked.open().upkeep.check(repair=True).findings
    assert [(each.kind, each.repaired) for each in findings] == [
        ("altered row", True),
        ("unfinished erasure", True),
    ]
    assert attacked.kinds() == []


# ── every row, every column ──────────────────────────────────────────────────────────────────


@pytest.fixture
def full(attacked: Attacked, two: tuple[Added, Added], clinician: Person) -> Attacked:
    """At least one row in every table."""
    gone = attacked.add(b"to be erased").manifest.record_id
    share_record(attacked.vault, gone, clinician.keys.document, consent="c")
    attacked.vault.erase(gone, erased_at=NOW)
    share_record(attacked.vault, two[0].manifest.record_id, clinician.keys.document, consent="d")
    attacked.vault.database.notes.set("motto", b"forget me")
    attacked.vault.database.leaves.keep((CHAIN, "0xab", "records", 1), [b"l" * 32], since=0)
    attacked.vault.database.received.add(ReceivedRow(b"a key", through=b"its key"))
    shown = Heard("0x02", b"{}", sender=clinician.identity)
    attacked.vault.heard.keep(PATIENT, clinician.identity, shown)
    return attacked


COLUMNS = {
    "meta": "name sealed",
    "compartments": "origin key_id tag current holder sealed",
    "records": "issuer record version key_id sealed_under content sealed",
    "manifests": "issuer record version blob sealed",
    "given": "share_id consent target sealed",
    "received": "target consent through sealed",
    "erasures": "issuer record sealed",
    "heard": "parties consent sender number sealed",
    "leaves": "chain issuer label number position leaf sealed",
}


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, columns in COLUMNS.items() for column in columns.split()],
)
def test_a_change_in_any_column_is_one_finding_and_check_goes_on(
    full: Attacked, table: str, column: str
) -> None:
    (value,) = full.sql(f"SELECT {column} FROM {table} LIMIT 1")[0]
    changed = (
        1 - value
        if isinstance(value, int)
        else f"{value}x"
        if isinstance(value, str)
        else bytes([value[0] ^ 1]) + value[1:]
        if isinstance(value, bytes)
        else None
    )
    full.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", changed, value)
    altered = full.sql(f"SELECT count(*) FROM {table} WHERE {column} = ?", changed)[0][0]
    report = full.open().upkeep.check(deep=True)
    rows = [finding for finding in report.findings if finding.kind == "altered row"]
    assert len(rows) == altered
    assert all(finding.subject.startswith(table) for finding in rows)
    assert report.versions >= (
        2 if table in ("meta", "given", "received", "erasures", "leaves") else 0
    )
    assert not report.sound


def test_no_table_is_left_out(full: Attacked) -> None:
    names = full.sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    assert {str(name) for (name,) in names} == {*COLUMNS, "store"}
    for table, columns in COLUMNS.items():
        assert [row[1] for row in full.sql(f"PRAGMA table_info({table})")] == columns.split()
        assert full.sql(f"SELECT count(*) FROM {table}")[0][0]


def test_one_flipped_byte_leaves_the_other_records_usable_once_accepted(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    bad, good = two
    sealed = bytearray(
        attacked.sql("SELECT sealed FROM manifests WHERE record = ?", bad.manifest.record)[0][0]
    )
    sealed[20] ^= 1
    change = "UPDATE manifests SET sealed = ? WHERE record = ?"
    attacked.sql(change, bytes(sealed), bad.manifest.record)
    with pytest.raises(TornKeyDatabase):
        attacked.open().open(good.manifest)
    report = attacked.open().upkeep.check(accept_rows=True, deep=True)
    assert [(finding.kind, finding.repaired) for finding in report.findings] == [
        ("altered row", True),
        ("missing rows", True),
    ]
    assert f"{bad.manifest.record_id} 1" in report.findings[0].subject
    assert report.versions == 1
    vault = attacked.open()
    assert vault.open(good.manifest).read() == b"of patient B"
    assert vault.manifests() == [good.manifest]


@pytest.mark.parametrize("value", ["CAST(x'ff' AS TEXT)", "1.5", "NULL"])
def test_values_that_no_column_of_ours_holds_are_findings_too(
    attacked: Attacked, two: tuple[Added, Added], value: str
) -> None:
    """Text that is no UTF-8, and, past the tables' own rules, other types."""
    schema = "SELECT sql FROM sqlite_master WHERE name = 'given'"
    with closing(sqlite3.connect(attacked.file, isolation_level=None)) as database, database:
        ((sql,),) = database.execute(schema).fetchall()
        database.execute("PRAGMA writable_schema = ON")
        change = "UPDATE sqlite_master SET sql = ? WHERE name = 'given'"
        lenient = sql.replace(" STRICT,", "").replace(" NOT NULL", "").replace(" BLOB", "")
        database.execute(change, (lenient.replace(" TEXT", ""),))
    attacked.sql(f"INSERT INTO given VALUES (x'00', {value}, x'', x'00')")
    attacked.sql(f"INSERT INTO given VALUES (x'01', 'c', x'', {value})")
    with closing(sqlite3.connect(attacked.file, isolation_level=None)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(change, (sql,))
    report = attacked.open().upkeep.check()
    assert [f.subject for f in report.findings if f.kind == "altered row"] == [
        "given 00",
        "given 01",
    ]
    assert report.versions == 2


# ── what the rows hold is looked at too ──────────────────────────────────────────────────────


def test_a_manifest_is_read_for_its_own_row_only(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    """What was sealed must say what its row says."""
    manifests = attacked.vault._manifests
    row, _ = manifests.store.manifests.all(attacked.vault.identity)
    for other in (
        replace(row, issuer="0x" + "ef" * 20),
        replace(row, record=bytes(16)),
        replace(row, version=2),
        replace(row, blob="blobs/another"),
    ):
        with pytest.raises(TamperedKeyDatabase):
            manifests.read(other)
    assert manifests.read(row).record == row.record


def test_a_compartment_found_by_its_tag_must_be_the_one_looked_for(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    store, ring = attacked.vault.database, attacked.vault.keyring
    keys = {key.key_id: key for key in ring.compartments.all()}
    row = next(
        each
        for each in store.compartments.all(attacked.vault.identity)
        if keys[each.key_id].compartment == OTHER
    )
    tag = next(
        each.tag for each in store.compartments.all(attacked.vault.identity) if each.tag != row.tag
    )
    ring.compartments.rotate(set(keys))
    attacked.sql("DELETE FROM compartments")
    store.compartments.add(replace(row, tag=tag))
    with pytest.raises(TamperedKeyDatabase):
        attacked.add(b"secret of patient A")


def test_an_older_generation_does_not_come_back_into_use(attacked: Attacked) -> None:
    """A row of an old copy carries a good seal: beside its successor it is still refused."""
    attacked.add(b"first")
    old = attacked.sql("SELECT * FROM compartments")[0]
    keyring = attacked.vault.keyring
    keyring.compartments.rotate({key.key_id for key in keyring.compartments.all()})
    attacked.add(b"second")
    keyring.compartments.rotate({key.key_id for key in keyring.compartments.all()})
    attacked.sql("DELETE FROM compartments WHERE key_id = ?", old[1])
    attacked.sql(f"INSERT INTO compartments VALUES ({', '.join('?' * len(old))})", *old)
    with pytest.raises(TamperedKeyDatabase):
        attacked.add(b"third")
