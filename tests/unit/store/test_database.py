"""A database in threads that come and go, after its end, and in processes that were forked."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.anchors.store import LogStore
from salus.errors import SalusError, StorageError
from salus.store.database import Database
from salus.store.schema import Schema
from salus.vault import Compartment, Vault
from salus.vault.errors import KeyDatabaseUnavailable

LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")
ISSUER, STREAM = "0x" + "ab" * 20, b"s" * 32
DIARY = Schema("a diary", 1, ("CREATE TABLE days (day TEXT)",))


def refused(url: str, reason: str) -> StorageError:
    return StorageError(f"the diary {url} cannot be used: {reason}")


def open_diary(url: str) -> Database:
    return Database.open(url, DIARY, refusal=refused)


@pytest.fixture
def diary(tmp_path: Path, closed_later: ClosedLater) -> Database:
    return closed_later(open_diary(f"sqlite://{tmp_path}/diary.sqlite"))


def days(database: Database) -> int:
    with database.using() as connection:
        return int(connection.execute("SELECT count(*) FROM days").fetchone()[0])


def write(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO days VALUES ('Monday')")


def test_who_closes_waits_for_the_thread_that_writes(
    diary: Database, closed_later: ClosedLater
) -> None:
    with diary.transaction() as connection:
        closing = threading.Thread(target=diary.close)
        closing.start()
        closing.join(0.2)
        connection.execute("INSERT INTO days VALUES ('Monday')")
    closing.join()
    again = closed_later(open_diary(diary.url))
    assert days(again) == 1


def test_threads_at_work_while_others_close_end_in_errors_of_ours(tmp_path: Path) -> None:
    for number in range(10):
        database = Database.open(f"sqlite://{tmp_path}/{number}.sqlite", DIARY, refusal=refused)
        ends: list[BaseException] = []

        def work(act: Callable[[], object], ends: list[BaseException] = ends) -> None:
            try:
                while True:
                    act()
            except BaseException as error:
                ends.append(error)

        acts = (lambda d=database: write(d), lambda d=database: days(d))
        threads = [threading.Thread(target=work, args=(act,)) for act in (*acts, *acts)]
        for each in threads:
            each.start()
        database.close()
        for each in threads:
            each.join()
        assert [type(each) for each in ends] == [StorageError] * 4


def test_an_error_within_a_transaction_undoes_it(diary: Database) -> None:
    def fails() -> None:
        with diary.transaction() as connection:
            connection.execute("INSERT INTO days VALUES ('Monday')")
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert days(diary) == 0


@pytest.mark.parametrize("place", ["memory:", "file"])
def test_what_is_asked_of_a_closed_vault_ends_in_a_storage_error(
    tmp_path: Path, hospital: Person, place: str
) -> None:
    url = place if place == "memory:" else f"sqlite://{tmp_path}/keys.sqlite"
    vault = Vault(f"file://{tmp_path}/blobs", url, keys=hospital.keys, chain_id=CHAIN)
    manifest = vault.add(b"one", compartment=LABS, media_type="text/plain", created_at=NOW).manifest
    vault.close()
    vault.close()
    asked: list[Callable[[], object]] = [
        lambda: vault.open(manifest),
        lambda: vault.manifests(),
        lambda: vault.erase(manifest.record_id, erased_at=NOW),
        lambda: vault.upkeep.check(),
        lambda: vault.database.comparison.holds,
        lambda: vault.database.comparison.require(),
        lambda: vault.database.comparison.mark(),
        lambda: vault.database.require_no_transaction(),
        lambda: vault.database.with_room(lambda: vault.database.notes.set("motto", b"one")),
        lambda: vault.notebook("motto").get("one"),
    ]
    for each in asked:
        with pytest.raises(KeyDatabaseUnavailable, match="it was closed: open it anew"):
            each()


def test_what_is_asked_of_closed_logs_ends_in_a_storage_error(tmp_path: Path) -> None:
    logs = LogStore.open(f"sqlite://{tmp_path}/logs.sqlite")
    logs.close()
    for each in (
        lambda: logs.leaves(ISSUER, STREAM),
        lambda: logs.append(ISSUER, STREAM, [b"l" * 32]),
    ):
        with pytest.raises(StorageError, match="it was closed: open it anew"):
            each()


OPENED = """
import os, sys
from salus.errors import StorageError
from salus.store.database import Database
from salus.store.schema import Schema

url, file = "sqlite://" + sys.argv[1], sys.argv[1]
diary = Schema("a diary", 1, ("CREATE TABLE days (day TEXT)",))

def opened():
    return Database.open(url, diary, refusal=lambda url, reason: StorageError(reason))

def tried(act):
    try:
        act()
    except StorageError as error:
        print(error, flush=True)

def write(database):
    with database.transaction() as connection:
        connection.execute("INSERT INTO days VALUES ('Monday')")

def forked(act):
    child = os.fork()
    if not child:
        act()
        sys.exit(0)  # and ends as Python programs do, which close what they have
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

database = opened()
"""


def told(tmp_path: Path, program: str) -> list[str]:
    """What a program of its own prints: forking is for processes without threads."""
    run = [sys.executable, "-c", OPENED + program, str(tmp_path / "diary.sqlite")]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_forked_child_is_told_to_connect_anew_and_can(tmp_path: Path) -> None:
    first, second, count = told(
        tmp_path,
        """
def child():
    tried(lambda: write(database))
    tried(lambda: database.in_transaction())
    database.close()
    write(opened())

forked(child)
write(database)
with database.using() as connection:
    print(*connection.execute("SELECT count(*) FROM days").fetchone())
""",
    )
    assert first == second
    assert "opened before this process was forked" in first
    assert "connect anew here" in first
    assert count == "2"


def test_a_child_that_is_forked_within_a_transaction_leaves_it_alone(tmp_path: Path) -> None:
    refusal, journal, count = told(
        tmp_path,
        """
with database.transaction() as connection:
    connection.execute("INSERT INTO days VALUES ('Monday')")
    def child():
        global connection, database
        tried(opened)
        database.close()
    forked(child)
    print(os.path.exists(file + "-journal"))
    connection.execute("INSERT INTO days VALUES ('Tuesday')")
with database.using() as connection:
    print(*connection.execute("SELECT count(*) FROM days").fetchone())
""",
    )
    assert "in the moment when this process was forked" in refusal
    assert "spawn or forkserver" in refusal
    assert (journal, count) == ("True", "2")


def test_a_child_that_drops_a_connection_leaves_the_transaction_alone(tmp_path: Path) -> None:
    """Python closes a connection that nothing refers to, and SQLite then rolls back."""
    journal, count = told(
        tmp_path,
        """
import gc
connection = database.transaction()
connection.__enter__().execute("INSERT INTO days VALUES ('Monday')")
def child():
    global connection, database
    del connection, database
    gc.collect()
forked(child)
print(os.path.exists(file + "-journal"))
connection.__exit__(None, None, None)
with database.using() as connection:
    print(*connection.execute("SELECT count(*) FROM days").fetchone())
""",
    )
    assert (journal, count) == ("True", "1")


def test_a_transaction_that_is_ended_in_a_child_is_refused_there_and_stands_here(
    tmp_path: Path,
) -> None:
    refusal, count = told(
        tmp_path,
        """
def within():
    with database.transaction() as connection:
        connection.execute("INSERT INTO days VALUES ('Monday')")
        child = os.fork()
        if child:
            os.waitpid(child, 0)
    return child

try:
    child = within()
except StorageError as error:
    print(error, flush=True)
    os._exit(0)
with database.using() as connection:
    print(*connection.execute("SELECT count(*) FROM days").fetchone())
""",
    )
    assert "opened before this process was forked" in refusal
    assert count == "1"


def test_a_disk_that_has_a_cache_is_told_to_write(diary: Database) -> None:
    with diary.using() as connection:
        assert connection.execute("PRAGMA fullfsync").fetchone() == (1,)


def test_errors_are_of_the_room_that_opened_it(diary: Database) -> None:
    with pytest.raises(SalusError, match=r"the diary .*no such table: weeks"), diary.using() as it:
        it.execute("SELECT * FROM weeks")


def is_closed(connection: sqlite3.Connection) -> bool:
    with suppress(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
        return False
    return True


def test_a_forgotten_file_is_closed_and_named_in_a_warning(tmp_path: Path) -> None:
    diary = open_diary(f"sqlite://{tmp_path}/diary.sqlite")
    connection = diary.connection
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        del diary
        gc.collect()
    (warning,) = warned
    assert warning.category is ResourceWarning
    assert "diary.sqlite was left open: close()" in str(warning.message)
    assert is_closed(connection)


def test_a_forgotten_database_in_memory_is_closed_without_a_word() -> None:
    diary = open_diary("memory:")
    connection = diary.connection
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del diary
        gc.collect()
    assert is_closed(connection)


def test_a_database_that_was_closed_is_forgotten_without_a_word(diary: Database) -> None:
    again = open_diary(diary.url)
    again.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del again
        gc.collect()
