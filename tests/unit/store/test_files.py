"""A database's file: nothing in the process but SQLite opens it, so that its locks hold."""

from __future__ import annotations

import ast
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

import salus
from salus.anchors.store import LogStore
from salus.store.files import make_file
from salus.vault import Compartment, Vault

LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")
ISSUER = "0x" + "ab" * 20

IN_ANOTHER_PROCESS = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    database.execute("BEGIN EXCLUSIVE")
    print("taken")
except sqlite3.OperationalError as error:
    print(error)
"""


def another_process_takes(file: Path) -> str:
    program = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(file)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def open_vault(tmp_path: Path, hospital: Person, closed_later: ClosedLater) -> Callable[[], Vault]:
    def opened() -> Vault:
        url = f"sqlite://{tmp_path}/keys.sqlite"
        vault = Vault(f"file://{tmp_path}/blobs", url, keys=hospital.keys, chain_id=CHAIN)
        return closed_later(vault)

    return opened


def add(vault: Vault, content: bytes) -> None:
    vault.add(content, compartment=LABS, media_type="text/plain", created_at=NOW)


def test_a_write_to_the_logs_stays_locked_while_another_client_comes_and_goes(
    tmp_path: Path, closed_later: ClosedLater
) -> None:
    url, file = f"sqlite://{tmp_path}/logs.sqlite", tmp_path / "logs.sqlite"
    ours = closed_later(LogStore.open(url))
    with ours._file.writing():
        make_file(file)  # as who opens it does; all of it would wait for this transaction's end
        assert another_process_takes(file) == "database is locked"
    LogStore.open(url).close()
    assert another_process_takes(file) == "taken"


def test_a_transaction_of_the_keys_stays_locked_while_another_client_comes_and_goes(
    tmp_path: Path, open_vault: Callable[[], Vault]
) -> None:
    ours, file = open_vault(), tmp_path / "keys.sqlite"
    with ours.database.transaction():
        make_file(file)
        assert another_process_takes(file) == "database is locked"
    assert another_process_takes(file) == "taken"


def test_reading_stays_locked_while_another_client_asks_whether_it_was_compared(
    tmp_path: Path, open_vault: Callable[[], Vault]
) -> None:
    first, second, file = open_vault(), open_vault(), tmp_path / "keys.sqlite"
    add(first, b"one")
    rows = first.database._db.each("SELECT * FROM records UNION ALL SELECT * FROM records")
    next(rows)
    assert second.database.comparison.holds
    assert another_process_takes(file) == "database is locked"
    assert list(rows)
    assert another_process_takes(file) == "taken"


def test_nothing_but_sqlite_opens_a_file_of_ours(
    tmp_path: Path, open_vault: Callable[[], Vault]
) -> None:
    """Asked of the interpreter: each `open` of Python is told to its audit hooks, SQLite's not."""
    opened: list[str] = []
    watching = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        # A hook stays for good: it is quiet when this test is over.
        if not watching or event != "open" or not isinstance(arguments[0], (str, bytes)):
            return
        path, flags = os.fsdecode(arguments[0]), arguments[2]
        assert isinstance(flags, int)
        there = path.endswith(".sqlite") and path.startswith(str(tmp_path)) and os.path.exists(path)
        if there and not flags & os.O_EXCL:  # with it what is there is not opened
            opened.append(path)

    add(open_vault(), b"made before")
    LogStore.open(f"sqlite://{tmp_path}/logs.sqlite").close()
    sys.addaudithook(hook)
    try:
        first, second = open_vault(), open_vault()
        logs = LogStore.open(f"sqlite://{tmp_path}/logs.sqlite")
        add(first, b"one")
        logs.append(ISSUER, b"s" * 32, [b"l" * 32])
        assert second.database.comparison.holds
        second.database.comparison.mark()
        assert second.upkeep.check(deep=True).sound
        second.upkeep.rekey()
        second.upkeep.collect(older_than=0)
        for each in (first, second, logs):
            each.close()
    finally:
        watching.clear()
    assert not opened


def test_a_missing_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "logs.sqlite"
    make_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_link_to_a_missing_file_gets_one_for_its_owner_alone(tmp_path: Path) -> None:
    file, link = tmp_path / "volume.sqlite", tmp_path / "logs.sqlite"
    link.symlink_to(file)
    LogStore.open(f"sqlite://{link}").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA user_version").fetchone() > (0,)


def test_no_other_room_knows_sqlite() -> None:
    """Types apart: what is imported when a program runs is looked for."""
    source = Path(salus.__file__).parent
    known = {
        path.relative_to(source).parts[0]
        for path in source.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom) and "sqlite3" in ast.unparse(node)
    }
    assert known == {"store"}
