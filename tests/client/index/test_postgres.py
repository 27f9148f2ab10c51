"""An index in a Postgres database: many readers, one writer, and nothing said of the password."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.client.index.conftest import answers, read, told_by_index, told_by_node
from tests.support.databases import change, end_connections, opened, refused
from tests.support.receivers import SECRET, Receiver

from salus.chain import Chain
from salus.errors import ConfigurationInvalid
from salus.index import Index
from salus.index.errors import IndexInUse, IndexMissing, IndexUnreadable, NoticesUnreadable
from salus.index.webhooks import Webhook
from salus.store import postgres as store
from salus.store.postgres import PostgresDatabase
from salus.testing.postgres_server import PASSWORD

Act = Callable[[str], int]


@pytest.fixture
def told(chain: Chain, database: str, revoke: Act, anchor: Act, set_attribute: Act) -> str:
    for name in ("one", "two"):
        revoke(name), anchor(name), set_attribute(name)
    read(chain, database)
    return database


def test_one_that_is_not_there_is_not_made_by_who_lists(chain: Chain, database: str) -> None:
    with pytest.raises(IndexMissing):
        Index.open(database, chain, make=False)


def test_one_process_reads_into_it_at_a_time(chain: Chain, told: str) -> None:
    with Index.open(told, chain) as one, Index.open(told, chain) as other:
        with one.lease():
            with pytest.raises(IndexInUse), other.lease(wait=0.3):
                pass
            assert told_by_index(chain, told) == told_by_node(chain)
        with other.lease():
            pass


KILLED = """
import os, signal, sys
from pathlib import Path
from salus.chain import connect
from salus.index import Index
from salus.store.postgres import PostgresDatabase

url, deployment, database, table = sys.argv[1:]
copy = PostgresDatabase.copy

def copied(self, name, rows, **more):
    if name == table:
        def some(all):
            yield from all[:1]
            os.kill(os.getpid(), signal.SIGKILL)
        rows = some(rows)
    copy(self, name, rows, **more)

PostgresDatabase.copy = copied
list(Index.open(database, connect(url, deployment=Path(deployment))).read())
"""


@pytest.mark.parametrize("table", ["events", "blocks"])
def test_a_reader_that_is_killed_while_it_copies_loses_and_doubles_nothing(
    chain: Chain, told: str, tmp_path: Path, revoke: Act, table: str
) -> None:
    revoke("three")
    before = Index.open(told, chain)
    reached = before._file.reached()
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    words = [sys.executable, "-c", KILLED, chain.rpc.url, str(deployment), told, table]
    done = subprocess.run(words, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    assert before._file.reached() == reached
    before.close()
    assert read(chain, told) == [1]
    assert told_by_index(chain, told) == told_by_node(chain)


BESIDE = """
import sys
from pathlib import Path
from salus.chain import connect
from salus.index import Index

url, deployment, database = sys.argv[1:]
list(Index.open(database, connect(url, deployment=Path(deployment))).read())
"""


def test_two_processes_read_into_one_database(
    chain: Chain, database: str, tmp_path: Path, revoke: Act
) -> None:
    for name in ("one", "two", "three"):
        revoke(name)
        chain.rpc.request("anvil_mine", hex(300))
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    words = [sys.executable, "-c", BESIDE, chain.rpc.url, str(deployment), database]
    both = [subprocess.Popen(words, stderr=subprocess.PIPE) for _ in range(2)]
    assert [each.communicate()[1] for each in both] == [b"", b""]
    assert told_by_index(chain, database) == told_by_node(chain)


REFUSED = {
    "a place below all": ("UPDATE salus_index.reading SET first = -9", "not a place"),
    "a place beyond all": ("UPDATE salus_index.reading SET block = 1::bigint << 50", "not a place"),
    "a short first block": ("UPDATE salus_index.reading SET genesis = '12'", "which chain"),
    "contracts that are none": ("UPDATE salus_index.reading SET addresses = '0x12'", "which chain"),
    "a hash that is none": ("UPDATE salus_index.reading SET hash = '12'", "not a place"),
    "another format": ("UPDATE salus_index.reading SET format = 9", "format 9"),
    "a block without a hash": ("UPDATE salus_index.blocks SET hash = ''", "a hash of a block"),
    "a table more": ("CREATE TABLE salus_index.more (a text)", "tables are not those"),
    "a rule": (
        "CREATE RULE r AS ON INSERT TO salus_index.events DO INSTEAD NOTHING",
        "tables are not those",
    ),
    "a trigger": (
        "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER t BEFORE INSERT ON salus_index.events FOR EACH ROW"
        " EXECUTE FUNCTION public.f()",
        "tables are not those",
    ),
    "events that are a view": (
        "ALTER TABLE salus_index.events RENAME TO old;"
        "ALTER TABLE salus_index.old SET SCHEMA public;"
        "CREATE VIEW salus_index.events AS SELECT * FROM public.old",
        "tables are not those",
    ),
    "tables that all may write": ("GRANT INSERT ON salus_index.events TO PUBLIC", "others may"),
    "an event that is none": (
        "UPDATE salus_index.events SET raw = substring(raw from 1 for 60)",
        "what stands at",
    ),
    "an event of other topics": ("UPDATE salus_index.events SET key3 = 7", "what stands at"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_reader_writes_is_refused(chain: Chain, told: str, name: str) -> None:
    statements, words = REFUSED[name]
    change(told, statements)
    with pytest.raises(IndexUnreadable, match=words):
        told_by_index(chain, told)


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param("DELETE FROM salus_index.events", id="all gone"),
        pytest.param("UPDATE salus_index.events SET place = place + 50331655", id="elsewhere"),
        pytest.param("UPDATE salus_index.reading SET hash = decode(repeat('00', 32), 'hex')"),
        pytest.param("DELETE FROM salus_index.blocks", id="no hashes"),
    ],
)
def test_histories_are_those_of_the_chain_whatever_the_rows_say(
    chain: Chain, told: str, statements: str
) -> None:
    change(told, statements)
    assert answers(chain, told) == answers(chain)


def test_others_may_read(chain: Chain, told: str) -> None:
    change(told, "CREATE ROLE clerk LOGIN PASSWORD 'of-the-clerk'")
    change(told, "GRANT USAGE ON SCHEMA salus_index TO clerk")
    change(told, "GRANT SELECT ON ALL TABLES IN SCHEMA salus_index TO clerk")
    clerk = told.replace(f"salus:{PASSWORD}", "clerk:of-the-clerk")
    try:
        assert told_by_index(chain, clerk) == told_by_node(chain)
    finally:
        change(told, "DROP OWNED BY clerk")
        change(told, "DROP ROLE clerk")


def test_a_webhook_is_told_and_nothing_that_somebody_wrote(
    chain: Chain, told: str, receiver: Receiver, revoke: Act
) -> None:
    with Index.open(told, chain) as index:
        sent = index.deliveries(Webhook(receiver.url, SECRET))
        revoke("three")
        list(index.read())
        sent.finish()
        assert receiver.kinds == ["read"]
        change(told, "UPDATE salus_index.hook SET state = 'x'")
        with pytest.raises(NoticesUnreadable):
            sent.send()
        assert index.forget_webhook()
        sent.close()


def test_the_password_is_nowhere(
    chain: Chain, told: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with caplog.at_level(logging.DEBUG), Index.open(told, chain) as index:
        said += [index.status().url, repr(index.status()), repr(vars(index))]
        said += [repr(index), repr(index._file), repr(vars(index._file._db))]
    wrong = told.replace(PASSWORD, quote("another password"))
    nobody = told.rpartition(":")[0] + ":1/index"
    for url in (wrong, nobody, f"{told}x", f"{told}?sslmode=verify-full"):
        with pytest.raises(IndexUnreadable) as raised:
            Index.open(url, chain)
        said += [str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationInvalid, match="salus\\[postgres\\]") as missing:
        Index.open(told, chain)
    said += [str(missing.value), caplog.text]
    for secret in (PASSWORD, "another password", quote("another password")):
        assert secret not in "\n".join(said)


COMMAND = "import sys; from salus.cli import main; sys.exit(main())"


def test_a_command_reads_into_it_and_says_nothing_of_the_password(
    chain: Chain, database: str, tmp_path: Path
) -> None:
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    around = {**os.environ, "SALUS_DEPLOYMENT": str(deployment)}
    asked = ["--network", chain.rpc.url, "--json"]
    runs = []
    for url in (database, database.replace(PASSWORD, "a-wrong-one")):
        words = [sys.executable, "-c", COMMAND, "index", "run", "--index", url, *asked]
        run = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=around)
        runs.append(run)
    assert [each.returncode for each in runs] == [0, 1], runs
    shown = "".join(each.stdout + each.stderr for each in runs)
    assert PASSWORD not in shown
    assert "a-wrong-one" not in shown
    assert told_by_index(chain, database) == told_by_node(chain)


def test_a_reader_goes_on_over_a_new_connection_where_the_old_one_ended(
    chain: Chain, told: str
) -> None:
    with Index.open(told, chain) as index:
        events = index.status().events
        end_connections(told)
        assert index.status().events == events
        end_connections(told)
        with index._file.snapshot():
            assert index._file.reached().block == index.status().block


def _read_without_a_connection(index: Index, database: str) -> None:
    with index.lease():
        end_connections(database)
        list(index.read())


def test_who_reads_into_it_ends_with_its_connection(chain: Chain, told: str) -> None:
    with Index.open(told, chain) as index, Index.open(told, chain) as other:
        with pytest.raises(IndexUnreadable):
            _read_without_a_connection(index, told)
        with other.lease():
            pass


def _sleep_in_a_transaction(database: PostgresDatabase, timer: threading.Timer) -> None:
    with database.transaction():
        database.fetch("INSERT INTO public.days VALUES ('Monday')")
        timer.start()
        database.fetch("SELECT pg_sleep(60)")


def test_a_signal_ends_a_wait_and_what_was_under_way_is_undone(database: str) -> None:
    with closing(opened(database)) as held:
        held.execute("CREATE TABLE public.days (day text)")
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            _sleep_in_a_transaction(held, timer)
        timer.join()
        assert held.fetch("SELECT * FROM public.days") == []


def test_a_server_elsewhere_must_show_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    async def connect(dsn: str, **options: object) -> None:
        asked.append(options)
        raise OSError

    import asyncpg

    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.setattr(asyncpg, "connect", connect)
    for url, loopback in (
        ("postgresql://a@elsewhere.example/b", False),
        ("postgresql://a@elsewhere.example/b?sslmode=require", False),
        ("postgresql://a@127.0.0.1/b", True),
    ):
        with pytest.raises(Exception, match="is it there"):
            store.PostgresDatabase(url, url=url, refusal=refused, loopback=loopback)
    assert [each.get("ssl") for each in asked] == ["verify-full", None, None]
