"""The verbs of ``index``: run, and how far it is, with the JSON that they promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, verbs_of
from tests.support.receivers import SECRET, TOKEN, Receiver

from salus.cli import index as verbs
from salus.index import Index, webhook_deliveries
from salus.testing import LyingNode, lies


@pytest.fixture
def file(cli: CommandLine) -> Path:
    cli.settings["SALUS_INDEX"] = str(cli.folder / "events.sqlite")
    return cli.folder / "events.sqlite"


def test_every_verb_of_index(cli: CommandLine, file: Path) -> None:
    run = cli("index", "run").data
    assert run["added"] == run["events"] > 0
    assert (run["undone"], run["behind"], run["agrees"]) == (0, 0, True)
    again = cli("index", "run").data
    assert (again["added"], again["events"]) == (0, run["events"])
    status = cli("index", "status").data
    del again["added"], again["undone"]
    assert {**status, "latestAge": 0} == {**again, "latestAge": 0}
    assert cli("index", "forget-webhook").data == {"forgotten": False}
    assert cli.done == verbs_of("index")


def test_lists_are_read_from_it_by_every_other_command(cli: CommandLine, file: Path) -> None:
    code, kind, words = cli("lots", "list").error
    assert (code, kind) == (2, "IndexMissing")
    assert "salus index run" in words
    cli("index", "run")
    assert "lots" in cli("lots", "list").data


def test_an_index_needs_a_name(cli: CommandLine) -> None:
    code, kind, words = cli("index", "run").error
    assert (code, kind) == (2, "InputError")
    assert "--index or SALUS_INDEX" in words


def test_a_missing_index_has_no_state(cli: CommandLine, file: Path) -> None:
    assert cli("index", "status").error[:2] == (2, "IndexMissing")
    assert not file.exists()


def test_a_node_with_other_blocks_is_told_by_the_exit_code(cli: CommandLine, file: Path) -> None:
    rpc = cli.place.chain.rpc
    snapshot = rpc.request("evm_snapshot")
    rpc.request("anvil_mine", "0x2")
    cli("index", "run")
    rpc.request("evm_revert", snapshot)
    rpc.request("anvil_setNextBlockTimestamp", hex(cli.place.chain.now() + 1000))
    rpc.request("anvil_mine", "0x3")
    result = cli("index", "status")
    assert result.code == 5
    assert '"agrees": false' in result.out
    assert "took back" in cli("index", "run", json=False).err
    assert cli("index", "status").data["agrees"]


def test_what_is_followed_ends_by_ctrl_c_with_what_was_done(
    cli: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def look_away(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "sleep", look_away)
    followed = cli("index", "run", "--follow", "--every", "0.5").data
    assert looks == [0.5] * 3
    assert followed["added"] == followed["events"] > 0


def test_a_node_that_does_not_answer_while_it_is_followed_is_asked_again(
    cli: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LyingNode(cli.place.chain.rpc) as node:
        told = [lambda: node.lie("*", lies.refused), node.be_honest]

        def look_away(seconds: float) -> None:
            if not told:
                raise KeyboardInterrupt
            told.pop(0)()

        monkeypatch.setattr(verbs, "sleep", look_away)
        followed = cli("index", "run", "--follow", json=False, SALUS_NETWORK=node.url)
    assert followed.code == 0
    assert "the node at" in followed.err
    assert "agrees" in followed.out


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_notices_are_sent_to_a_webhook(
    cli: CommandLine, file: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_deliveries, "_LONGEST", 0.001)
    words = ("index", "run", "--webhook", receiver.url)
    assert cli(*words).error[:2] == (2, "ConfigurationInvalid")
    run = cli(*words, SALUS_WEBHOOK_SECRET=SECRET).data
    read = [each for each in receiver.told if each["type"] == "blocks.read"]
    assert sum(each["data"]["events"] for each in read) == run["events"]
    receiver.answers = [(500, {})] * 5
    cli.place.chain.rpc.request("anvil_mine", "0x1")
    code, kind, said = cli(
        "index", "run", SALUS_WEBHOOK=receiver.url, SALUS_WEBHOOK_SECRET=SECRET
    ).error
    assert (code, kind) == (1, "WebhookUndelivered")
    assert TOKEN not in said


def test_a_second_run_is_told_of_the_first(cli: CommandLine, file: Path) -> None:
    with Index.open(file, cli.place.chain) as index, index.lease():
        code, kind, words = cli("index", "run").error
    assert (code, kind) == (1, "IndexInUse")
    assert "--follow" in words
