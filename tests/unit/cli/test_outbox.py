"""Every verb of `outbox`, over acts that were left open; a lying node would wait for blocks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, verbs_of

import salus
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import TransactionPending
from salus.errors import InputError
from salus.outbox.errors import OutboxForged


@pytest.fixture
def waiting(cli: CommandLine) -> Iterator[CommandLine]:
    """A shell whose node mines nothing unless told; what it waits for is given up at once."""
    cli.settings = {"SALUS_STATE": str(cli.folder / "state")}
    cli.place.chain.rpc.request("evm_setAutomine", False)
    yield cli
    cli.place.chain.rpc.request("evm_mine")
    cli.place.chain.rpc.request("evm_setAutomine", True)


def leave_open(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, leaf: bytes) -> int:
    """Have a call give up on an act that the node has, and does not mine."""
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(cli.place.deployment))
    state = cli.settings["SALUS_STATE"]
    with salus.connect(cli.place.url, state=state, account=cli.account) as me:
        me.chain.sender._watcher._timeout = 0.2
        me.chain.sender._watcher._nudge = lambda: None  # type: ignore[method-assign]
        with pytest.raises(TransactionPending):
            me.anchors.append("outbox", [leaf])
        return [each.id for each in me.outbox if each.state.is_open][-1]


def test_what_was_left_open_is_shown_resumed_hastened_and_withdrawn(
    waiting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = leave_open(waiting, monkeypatch, b"first".ljust(32))
    (shown,) = waiting("outbox", "list").data
    assert (shown["entry"], shown["state"], shown["live"]) == (first, "sent", False)
    assert "was not mined" in shown["error"]
    hastened = waiting("outbox", "hasten", first).data["transaction"]
    waiting.place.chain.rpc.request("evm_mine")
    resumed = waiting("outbox", "resume").data
    assert (resumed["left"], [each["entry"] for each in resumed["done"]]) == ([], [first])
    assert waiting("outbox", "resume").data == {"left": [], "done": []}
    assert waiting("outbox", "list").data == []
    assert waiting.place.chain.wait(hastened).hash == hastened

    third = leave_open(waiting, monkeypatch, b"third".ljust(32))
    waiting.place.chain.rpc.request("evm_mine")
    assert f"done meanwhile: entry {third}" in waiting("outbox", "resume", json=False).err

    second = leave_open(waiting, monkeypatch, b"second".ljust(32))
    withdrawn = waiting("outbox", "withdraw", second, "--yes").data["transaction"]
    waiting.place.chain.rpc.request("evm_mine")
    assert waiting("outbox", "resume").code == 1
    assert waiting("outbox", "check").code == 0  # it was told, and wanted
    (shown,) = waiting("outbox", "list").data
    assert (shown["state"], shown["transactions"][-1]) == ("withdrawn", withdrawn)
    assert waiting("outbox", "forget", second).data == {"forgotten": second}
    checked = waiting("outbox", "check", "--still", "1y").data
    assert (checked["late"], checked["chainStandsStill"]) == ([], False)
    assert waiting.done == verbs_of("outbox")


def test_without_a_state_folder_there_is_no_outbox(cli: CommandLine) -> None:
    result = cli("outbox", "list")
    assert result.code == InputError.exit_code
    assert "state=" in result.error[2]


def test_a_withdrawal_is_confirmed(waiting: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = leave_open(waiting, monkeypatch, b"confirmed".ljust(32))
    result = waiting("outbox", "withdraw", entry)
    assert result.code == InputError.exit_code
    assert "not confirmed" in result.error[2]


def test_nobody_is_asked_about_an_entry_that_is_not_there(
    waiting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = leave_open(waiting, monkeypatch, b"asked".ljust(32))
    assert waiting("outbox", "withdraw", entry + 99).error[1] == "EntryUnknown"


def test_a_damaged_outbox_is_named_and_put_aside(
    waiting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = leave_open(waiting, monkeypatch, b"damaged".ljust(32))
    assert waiting("outbox", "check", "--put-aside", "--yes").error[2].startswith("the outbox is")
    file = Path(waiting.settings["SALUS_STATE"]) / "outbox.sqlite"
    with sqlite3.connect(file) as db:
        db.execute("UPDATE entries SET data = ?", (b"another act",))
    db.close()
    listed = waiting("outbox", "list")
    assert listed.error[:2] == (OutboxForged.exit_code, "OutboxForged")
    assert "salus outbox check" in listed.error[2]
    checked = waiting("outbox", "check", "--still", "1y")
    assert checked.code == 1
    (forged,) = json.loads(checked.out)["forged"]
    assert forged["entry"] == entry
    assert waiting("outbox", "check", "--put-aside").code == InputError.exit_code
    aside = waiting("outbox", "check", "--put-aside", "--yes", "--still", "1y").data["putAside"]
    assert Path(aside).exists()
    assert waiting("outbox", "list").error[1] == "OutboxMissing"


def test_reading_goes_on_beside_a_file_that_is_no_outbox(cli: CommandLine) -> None:
    cli.settings = {"SALUS_STATE": str(cli.folder / "state")}
    assert cli("identities", "show", cli.me).code == 0
    (cli.folder / "state" / "outbox.sqlite").write_bytes(b"not a database".ljust(4096, b"!"))
    assert cli("identities", "show", cli.me).code == 0
    act = ("anchors", "append", "damaged", "11" * 32)
    assert cli(*act).error[1] == "OutboxUnavailable"
    checked = json.loads(cli("outbox", "check", "--still", "1y").out)
    assert "not an outbox" in checked["damage"]
    words = cli("outbox", "check", "--still", "1y", json=False)
    assert "--put-aside" in words.out + words.err
    assert cli("outbox", "check", "--put-aside", "--yes", "--still", "1y").code == 0
    assert cli(*act).code == 0


@pytest.mark.parametrize("verb", ["list", "check"])
def test_who_looks_into_a_mistyped_folder_is_told_and_makes_nothing(
    cli: CommandLine, verb: str
) -> None:
    folder = cli.folder / "mistyped"
    cli.settings = {"SALUS_STATE": str(folder)}
    result = cli("outbox", verb)
    assert result.error[:2] == (InputError.exit_code, "OutboxMissing")
    assert str(folder / "outbox.sqlite") in result.error[2]
    assert not folder.exists()


def test_what_was_left_open_is_shown_while_the_node_is_down(
    waiting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = leave_open(waiting, monkeypatch, b"node down".ljust(32))
    nowhere = "http://127.0.0.1:9"
    listed = waiting("outbox", "list", SALUS_NETWORK=nowhere)
    assert [each["entry"] for each in listed.data] == [entry]
    checked = waiting("outbox", "check", "--older", "0s", SALUS_NETWORK=nowhere)
    assert checked.code == ChainUnreachable.exit_code
    told = json.loads(checked.out)
    assert [each["entry"] for each in told["late"]] == [entry]
    assert (told["block"], told["chainStandsStill"], told["damage"]) == (None, None, None)
