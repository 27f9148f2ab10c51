# ruff: noqa: S608 - whoever changes the file writes what SQL he likes
"""A key store file as a whole: exchanged, put back, rebuilt, or a second one of the same owner."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.unit.vault.attacked import OTHER, Attacked
from tests.unit.vault.conftest import CHAIN, Person

from salus.errors import KeyStoreUnavailable, TamperedKeyStore, WrongKey
from salus.vault import Added, Vault


@pytest.fixture
def attacked(tmp_path: Path, hospital: Person) -> Attacked:
    return Attacked(tmp_path / "keys.db", hospital)


@pytest.fixture
def two(attacked: Attacked) -> tuple[Added, Added]:
    return attacked.add(b"of patient A"), attacked.add(b"of patient B", OTHER)


# ── its tables and its name ──────────────────────────────────────────────────────────────────────


def test_rows_of_another_store_of_the_same_owner_are_foreign(
    attacked: Attacked, two: tuple[Added, Added], tmp_path: Path
) -> None:
    second = Attacked(tmp_path / "second.db", attacked.person)
    with sqlite3.connect(second.file) as database:
        database.execute("ATTACH ? AS first", (str(attacked.file),))
        database.execute("INSERT INTO compartments SELECT * FROM first.compartments")
    with pytest.raises(TamperedKeyStore):
        second.vault.keyring.compartment_keys()


@pytest.mark.parametrize("column", ["id", "owner"])
def test_a_store_whose_name_was_changed_does_not_open(attacked: Attacked, column: str) -> None:
    attacked.sql(f"UPDATE store SET {column} = zeroblob(16)")
    with pytest.raises(WrongKey):
        attacked.open()


def test_a_store_without_its_name_is_not_claimed_again(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    attacked.sql("DELETE FROM store")
    with pytest.raises(TamperedKeyStore):
        attacked.open()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE attic (wrapped BLOB)",
        "CREATE TRIGGER keep BEFORE DELETE ON records BEGIN DELETE FROM contacts; END",
        "DROP INDEX current_compartment",
        "CREATE VIEW more AS SELECT * FROM records",
    ],
)
def test_a_store_with_other_tables_or_triggers_does_not_open(
    attacked: Attacked, statement: str
) -> None:
    attacked.sql(statement)
    with pytest.raises(KeyStoreUnavailable, match="tables"):
        attacked.open()


def test_what_names_an_altered_row_cannot_write_on_a_terminal(attacked: Attacked) -> None:
    attacked.sql("INSERT INTO meta VALUES (?, x'00', x'00')", "\x1b[2J\u202e" + "x" * 10_000)
    (finding,) = attacked.open().check().findings
    assert finding.subject.isascii()
    assert finding.subject.isprintable()
    assert len(finding.subject) < 200


# ── a second key store ───────────────────────────────────────────────────────────────────────


def test_another_key_store_of_the_same_keys_collects_nothing_of_the_first(
    attacked: Attacked, two: tuple[Added, Added]
) -> None:
    laptop = Vault(attacked.storage, "memory:", keys=attacked.person.keys, chain_id=CHAIN)
    assert laptop.collect(older_than=0).blobs == ()
    assert laptop.check().sound
    assert attacked.vault.check(deep=True).findings == ()


def test_a_key_store_that_knows_no_record_collects_nothing(
    attacked: Attacked,
) -> None:
    """Put back to its first day it would take every blob for an unused one."""
    first_day = attacked.file.read_bytes()
    kept = attacked.add(b"kept").manifest
    attacked.vault.close()
    attacked.file.write_bytes(first_day)
    with pytest.raises(KeyStoreUnavailable, match="knows no record"):
        attacked.open().collect(older_than=0)
    assert attacked.storage.exists(kept.blob_name)
