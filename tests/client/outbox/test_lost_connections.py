"""The database of an outbox goes away in the middle of an act: nothing is lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.support.cut_connections import CutConnections
from tests.support.databases import end_connections
from tests.support.killed import ACCOUNT, write, written

import salus
from salus.chain import development_account
from salus.outbox.errors import OutboxUnavailable
from salus.testing.postgres_server import PostgresServer

COMMITS = range(1, 6)
"""Of one act: it is looked for, bound, asked for, found mined; and one after that."""


@pytest.fixture
def way(database: str) -> Iterator[CutConnections]:
    """What stands between a client and its database."""
    made = CutConnections(database, b"COMMIT;")
    yield made
    made.close()


@pytest.fixture
def me(state: Path, way: CutConnections) -> Iterator[salus.Salus]:
    account = development_account(ACCOUNT)
    with salus.connect("anvil", state=state, account=account, outbox=way.url) as client:
        write(client.chain, b"before")
        yield client


def until_done(me: salus.Salus, value: bytes, *, name: str | None) -> int:
    """Make a call again until it ends well; how often it was made."""
    for times in range(1, 61):
        try:
            with me.outbox.once(name) if name else nullcontext():
                write(me.chain, value)
            return times
        except OutboxUnavailable:
            time.sleep(0.5)  # a server that starts again refuses for a while
    raise AssertionError("it never ended well")


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("answered", [True, False], ids=["committed", "undone"])
@pytest.mark.parametrize("at", COMMITS)
def test_an_act_happens_once_whichever_commit_is_not_answered(
    me: salus.Salus, way: CutConnections, at: int, answered: bool, named: bool
) -> None:
    value = f"commit {at}, {answered}, {named}".encode()
    way.cut(at=at, answered=answered)
    until_done(me, value, name=value.decode() if named else None)
    me.outbox.resume()
    assert written(me.chain).count(value) == 1
    assert [each.state.value for each in me.outbox] == ["done"] * named
    assert me.outbox.check().is_sound


def test_an_act_whose_binding_was_committed_and_not_answered_goes_on(
    me: salus.Salus, way: CutConnections
) -> None:
    way.cut(at=2, answered=True)
    assert until_done(me, b"bound and not told", name=None) == 1
    assert way.cuts == 1
    assert written(me.chain).count(b"bound and not told") == 1


def test_connections_that_end_between_acts_are_made_anew(
    state: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_OUTBOX", database)
    with salus.connect("anvil", state=state, account=development_account(ACCOUNT)) as me:
        for act in (b"one connection", b"another connection"):
            write(me.chain, act)
            end_connections(database)
        assert list(me.outbox) == []
        assert written(me.chain)[-2:] == [b"one connection", b"another connection"]


def test_a_server_that_is_killed_and_started_again_has_everything(
    state: Path, database: str, postgres: PostgresServer
) -> None:
    account = development_account(ACCOUNT)
    with salus.connect("anvil", state=state, account=account, outbox=database) as me:
        with me.outbox.once("before the server died"):
            write(me.chain, b"before the server died")
        postgres.kill()
        try:
            with pytest.raises(OutboxUnavailable, match="No act leaves"):
                write(me.chain, b"while it is dead")
            assert me.chain.block().number > 0
        finally:
            postgres.start()
        until_done(me, b"while it is dead", name=None)
        me.outbox.resume()  # that it was done was not synced, and is found out again
        (entry,) = me.outbox
        assert (entry.name, entry.state.value, entry.live, entry.error) == (
            "before the server died/0",
            "done",
            False,
            None,
        )
        assert written(me.chain).count(b"while it is dead") == 1
