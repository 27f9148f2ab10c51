"""An outbox in Postgres: what is refused there, what is said of it, and what is never said."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.support.databases import change
from tests.support.killed import ACCOUNT, write, written

import salus
from salus.chain import development_account
from salus.errors import ConfigurationInvalid
from salus.outbox.errors import OutboxUnavailable
from salus.testing.postgres_server import PASSWORD

ME = development_account(ACCOUNT)
COMMAND = "import sys; from salus.cli import main; sys.exit(main())"


@pytest.fixture
def me(state: Path, database: str) -> Iterator[salus.Salus]:
    """A client that wrote something."""
    with salus.connect("anvil", state=state, account=ME, outbox=database) as client:
        with client.outbox.once("before"):
            write(client.chain, b"before")
        yield client


REFUSED = {
    "another format": ("UPDATE salus_outbox.format SET number = 9", "format 9"),
    "no format": ("DELETE FROM salus_outbox.format", "format none"),
    "a table more": ("CREATE TABLE salus_outbox.more (a text)", "tables are not those"),
    "a column less": ("ALTER TABLE salus_outbox.entries DROP COLUMN error", "tables are not those"),
    "acts that share a nonce": ("DROP INDEX salus_outbox.one_act_a_nonce", "tables are not those"),
    "acts that share a name": ("DROP INDEX salus_outbox.one_act_a_name", "tables are not those"),
    "a rule": (
        "CREATE RULE r AS ON DELETE TO salus_outbox.entries DO INSTEAD NOTHING",
        "tables are not those",
    ),
    "a trigger": (
        "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER t BEFORE INSERT ON salus_outbox.attempts FOR EACH ROW"
        " EXECUTE FUNCTION public.f()",
        "tables are not those",
    ),
    "rows that some do not see": (
        "ALTER TABLE salus_outbox.entries ENABLE ROW LEVEL SECURITY",
        "tables are not those",
    ),
    "tables that all may write": ("GRANT UPDATE ON salus_outbox.entries TO PUBLIC", "others may"),
    "a schema that all may add to": ("GRANT CREATE ON SCHEMA salus_outbox TO PUBLIC", "others may"),
    "leases that all may end": ("GRANT DELETE ON salus_outbox.leases TO PUBLIC", "others may"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_outbox_makes_is_refused_and_nothing_leaves(
    me: salus.Salus, state: Path, database: str, name: str
) -> None:
    statements, words = REFUSED[name]
    me.close()
    change(database, statements)
    with salus.connect("anvil", state=state, account=ME, outbox=database) as after:
        with pytest.raises(OutboxUnavailable, match=words):
            write(after.chain, b"into a foreign one")
        assert after.outbox.check().damage is not None
        assert after.chain.sender.posted == 0
        assert b"into a foreign one" not in written(after.chain)


def test_it_is_not_put_aside_like_a_file(me: salus.Salus) -> None:
    with pytest.raises(OutboxUnavailable, match="ALTER SCHEMA salus_outbox RENAME"):
        me.outbox.put_aside()


def test_an_owner_renames_it_and_the_next_act_begins_anew(
    me: salus.Salus, state: Path, database: str
) -> None:
    me.close()
    change(database, "ALTER SCHEMA salus_outbox RENAME TO salus_outbox_aside")
    with salus.connect("anvil", state=state, account=ME, outbox=database) as after:
        write(after.chain, b"in a new one")
        assert list(after.outbox) == []


def said_by(database: str, state: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    """All that is shown of an outbox, and of its refusals."""
    said: list[str] = []
    with (
        caplog.at_level(logging.DEBUG),
        salus.connect("anvil", state=state, account=ME, outbox=database) as me,
    ):
        write(me.chain, b"said")
        place = me.chain.sender.journal.file
        said += [repr(me.outbox), repr(place), repr(vars(place)), repr(vars(place._leases))]
        said += [place.url, repr(vars(place._opened))]
    wrong = database.replace(PASSWORD, quote("another password"))
    for url in (wrong, f"{database}x", f"{database}?sslmode=verify-full"):
        with salus.connect("anvil", state=state, account=ME, outbox=url) as client:
            with pytest.raises(OutboxUnavailable) as raised:
                write(client.chain, b"never")
            said += [str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
    return [*said, caplog.text]


def test_the_password_is_nowhere(
    state: Path,
    database: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = said_by(database, state, caplog)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationInvalid, match="salus\\[postgres\\]") as missing:
        salus.connect("anvil", state=state, account=ME, outbox=database)
    said.append(str(missing.value))
    for secret in (PASSWORD, "another password", quote("another password")):
        assert secret not in "\n".join(said)


def command(database: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody does, with the outbox of a setting."""
    around = {**os.environ, "SALUS_OUTBOX": database}
    line = [sys.executable, "-c", COMMAND, *words, "--network", "anvil", "--json"]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, env=around)


def test_commands_show_it_and_make_no_tables(state: Path, database: str, tmp_path: Path) -> None:
    none = command(database, tmp_path, "outbox", "check")
    said = json.loads(none.stdout or none.stderr)
    assert (none.returncode, said["error"]["type"]) == (2, "OutboxMissing"), none
    change(database, "CREATE SCHEMA salus_outbox")  # none was made: else this fails
    change(database, "DROP SCHEMA salus_outbox")
    with (
        salus.connect("anvil", state=state, account=ME, outbox=database) as me,
        me.outbox.once("shown"),
    ):
        write(me.chain, b"shown")
    runs = [command(database, tmp_path, "outbox", verb) for verb in ("list", "check")]
    runs.append(command(database, tmp_path, "doctor"))
    assert [run.returncode for run in runs[:2]] == [0, 0], runs
    [entry] = json.loads(runs[0].stdout)
    assert (entry["name"], entry["state"], entry["live"]) == ("shown/0", "done", False)
    [found] = [each for each in json.loads(runs[2].stdout) if each["check"] == "outbox"]
    assert found["ok"]
    assert found["found"].endswith(": 0 open")
    assert not any(PASSWORD in run.stdout + run.stderr for run in (none, *runs))


def test_commands_show_it_while_no_node_answers(
    me: salus.Salus, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_RPC_URL", "http://127.0.0.1:1")
    shown = command(database, tmp_path, "outbox", "list")
    assert [each["name"] for each in json.loads(shown.stdout)] == ["before/0"], shown.stderr
