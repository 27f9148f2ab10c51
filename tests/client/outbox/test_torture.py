"""Processes killed at random moments, again and again: nothing is lost, nothing is doubled.

`make torture` kills a thousand on each back end, and prints the tables.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.campaigns import amount
from tests.support.databases import new_database
from tests.support.killed import written
from tests.support.torture import connected, torture

from salus.testing.postgres_server import PostgresServer, postgres_server, programs

KILLS = amount(1_000, sample=15)
SECONDS = 60 * float(os.environ.get("TORTURE_MINUTES", "inf"))
"""After so long it ends, and says how far it came."""
pytestmark = [pytest.mark.slow, pytest.mark.campaign]
back_ends = ("file", "postgres")


@pytest.fixture
def server(back_end: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer | None]:
    """A server to be killed, of nobody else."""
    if back_end == "file":
        yield None
        return
    folder = programs()
    assert folder is not None
    with postgres_server(folder) as running:
        monkeypatch.setenv("SALUS_OUTBOX", new_database(running, "torture"))
        yield running


def test_each_act_happens_once_whatever_kills_its_process(
    server: PostgresServer | None,
    back_end: str,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    # Machines share a database; processes on one machine share a state folder, and one of them
    # keeps records there.
    folders = [state, state] if server is None else [tmp_path / f"machine {n}" for n in range(3)]
    until = time.monotonic() + SECONDS
    tolls = torture(folders, kills=KILLS, seed=11, server=server, until=until)
    with connected(folders[0], records=True) as me:
        left = me.outbox.resume()
        found = Counter(each for each in written(me.chain) if each.startswith(b"torture"))
        records = Counter(me.records.open(each) for each in me.records)
        states = {each.state.value for each in me.outbox}
        checkpoint = me.anchors.history.checkpoints(me.account.identity, "records")[-1]
        leaves = me.anchors.log.leaves("records")
    table, lost, doubled = tolls.table(found, records)
    with capsys.disabled():
        print(f"\n{back_end}\n{table}")
    assert (left, states) == ([], {"done"})
    assert (lost, doubled) == (0, 0)
    assert checkpoint.checkpoint.size == len(leaves) == len(set(leaves)) == records.total()
    assert tolls.kills >= KILLS or time.monotonic() > until
