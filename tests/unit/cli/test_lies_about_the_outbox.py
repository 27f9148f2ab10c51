"""Every verb of `outbox` behind a node that lies: books after are books before.

An act waits at a node that mines nothing; a verb looks at it behind the liar; then the truth is
told, and the act happened once, or was withdrawn and never happens.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest
from tests.support.command_line import CommandLine, verbs_of
from tests.support.killed import written
from tests.support.liars import ABOUT_ACTS, ABOUT_QUESTIONS, ALL, CORE, SEND, Liar, Told, hurry
from tests.support.waiting import left_open

import salus
from salus.testing import lies

pytestmark = pytest.mark.slow

VERBS = {
    "list": (),
    "resume": (),
    "hasten": ("ENTRY",),
    "withdraw": ("ENTRY", "--yes"),
    "check": ("--still", "1y"),
    "forget": ("ENTRY",),
}
TOLD = (*ABOUT_ACTS, *ABOUT_QUESTIONS) if ALL else (*CORE, Told(SEND, lies.refused))


@pytest.fixture
def waiting(cli: CommandLine) -> Iterator[CommandLine]:
    """A shell whose node mines nothing unless told."""
    cli.settings = {"SALUS_STATE": str(cli.folder / "state")}
    cli.place.chain.rpc.request("evm_setAutomine", False)
    yield cli
    cli.place.chain.rpc.request("evm_mine")
    cli.place.chain.rpc.request("evm_setAutomine", True)


def leave_act_open(cli: CommandLine, patch: pytest.MonkeyPatch, value: bytes) -> int:
    """Have a call in a process of its own client give up on an act."""
    patch.setenv("SALUS_DEPLOYMENT", str(cli.place.deployment))
    state = cli.settings["SALUS_STATE"]
    with salus.connect(cli.place.url, state=state, account=cli.account) as me:
        return left_open(me, value, cli.account).id


@pytest.mark.parametrize("verb", VERBS)
def test_no_lie_has_an_act_lost_or_doubled(
    waiting: CommandLine, liar: Liar, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr("salus.chain.sending.watcher.Watcher._nudge", lambda _: None)
    for told in TOLD:
        value = secrets.token_bytes(32)
        entry = leave_act_open(waiting, monkeypatch, value)
        words = [entry if each == "ENTRY" else each for each in VERBS[verb]]
        told.tell(liar.node)
        result = waiting("outbox", verb, *words, SALUS_NETWORK=liar.node.url)
        liar.node.be_honest()
        liar.node.settle()
        assert result.code in (0, 1, 2, 5, 130), f"{told}: {result}"
        if result.code and "error" in json.loads(result.out):
            assert "\n" not in result.error[2], f"{told}: {result}"
        waiting.place.chain.rpc.request("evm_mine")
        (ended,) = (*waiting("outbox", "resume").out.splitlines(),)
        left = json.loads(ended)["left"]
        withdrawn = [each["state"] for each in left] == ["withdrawn"]
        assert withdrawn or left == [], f"{told}: {result}: {left}"
        assert written(waiting.place.chain, waiting.account).count(value) == (
            0 if withdrawn else 1
        ), f"{told}: {result}"
        assert verb == "withdraw" or not withdrawn
        if withdrawn:
            assert waiting("outbox", "forget", entry).code == 0


def test_every_verb_is_lied_to() -> None:
    assert set(VERBS) == {each.removeprefix("outbox ") for each in verbs_of("outbox")}
