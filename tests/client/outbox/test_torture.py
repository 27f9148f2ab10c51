"""Processes killed at random moments, again and again: nothing is lost, nothing is doubled.

`make torture` kills a thousand, and prints the table.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.support.campaigns import amount
from tests.support.killed import ACCOUNT, written
from tests.support.torture import torture

import salus
from salus.chain import development_account

KILLS = amount(1_000, sample=15)
pytestmark = [pytest.mark.slow, pytest.mark.campaign]


def test_each_act_happens_once_whatever_kills_its_process(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toll = torture(state, kills=KILLS, seed=11)
    with salus.connect("anvil", state=state, account=development_account(ACCOUNT)) as me:
        left = me.outbox.resume()
        found = Counter(each for each in written(me.chain) if each.startswith(b"torture"))
        states = {each.state.value for each in me.outbox}
    table, lost, doubled = toll.table(found)
    with capsys.disabled():
        print(f"\n{table}")
    assert (left, states) == ([], {"done"})
    assert (toll.kills.total(), lost, doubled) == (KILLS, 0, 0)
