"""Every verb of `outbox`, over acts that were left open; a lying node would wait for blocks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.command_line import CommandLine, verbs_of

import salus
from salus.chain.sending.errors import TransactionPending
from salus.errors import InputError


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
    assert waiting("outbox", "resume").data == []
    assert waiting("outbox", "list").data == []
    assert waiting.place.chain.wait(hastened).hash == hastened

    second = leave_open(waiting, monkeypatch, b"second".ljust(32))
    withdrawn = waiting("outbox", "withdraw", second, "--yes").data["transaction"]
    waiting.place.chain.rpc.request("evm_mine")
    assert waiting("outbox", "resume").code == 1
    assert waiting("outbox", "check").code == 1
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


def test_a_withdrawal_is_confirmed(waiting: CommandLine) -> None:
    result = waiting("outbox", "withdraw", 1)
    assert result.code == InputError.exit_code
    assert "not confirmed" in result.error[2]
