"""Following a chain: what is read, taken back and final, by one process at a time."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.client.index.conftest import read, told_by_index, told_by_node

from salus.chain import Chain, connect
from salus.index import Index
from salus.index import index as index_module
from salus.index.errors import IndexInUse
from salus.index.notices import BlocksFinal, BlocksRead, BlocksUndone
from salus.testing import LyingNode, lies

Act = Callable[[str], int]


def test_a_follower_is_told_of_what_is_read_taken_back_and_final(
    chain: Chain, file: Path, revoke: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[Callable[[], object]] = []
    snapshots: list[str] = []
    steps += [
        lambda: [revoke("kept"), snapshots.append(chain.rpc.request("evm_snapshot"))],
        lambda: revoke("taken back"),
        lambda: [chain.rpc.request("evm_revert", snapshots[0]), revoke("another"), revoke("two")],
        lambda: chain.rpc.request("anvil_mine", hex(100)),
    ]

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        if not steps:
            raise Enough
        steps.pop(0)()

    monkeypatch.setattr(index_module, "time", SimpleNamespace(sleep=sleep))
    told: list[object] = []
    with Index.open(file, chain) as index:
        with suppress(Enough):
            for notice in index.follow(every=0.1):
                told.append(notice)
        final = [each for each in told if isinstance(each, BlocksFinal)]
        status = index.status()
    assert sum(isinstance(each, BlocksUndone) for each in told) == 1
    assert sum(each.events for each in told if not isinstance(each, BlocksFinal)) == status.events
    assert [each.first for each in final[1:]] == [each.last + 1 for each in final[:-1]]
    assert final[-1].last == status.final
    assert isinstance(told[0], BlocksRead)
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_follower_asks_a_node_again_that_does_not_answer(
    chain: Chain, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Index.open(file, chain).close()
    with LyingNode(chain.rpc) as node:
        behind = connect(node.url, deployment=chain.deployment)
        with Index.open(file, behind) as index:
            node.lie("*", lies.refused)
            honest = SimpleNamespace(sleep=lambda _: node.be_honest())
            monkeypatch.setattr(index_module, "time", honest)
            followed = index.follow(every=0.1)
            assert isinstance(next(followed), BlocksRead)
            followed.close()  # type: ignore[attr-defined]
        behind.close()


def test_one_process_at_a_time_has_the_lease(chain: Chain, file: Path) -> None:
    with Index.open(file, chain) as one, Index.open(file, chain) as other:
        with one.lease():
            with pytest.raises(IndexInUse, match="list from it meanwhile"), other.lease():
                pass
            assert other.status().events == 0
        with other.lease(wait=math.inf):
            list(other.read())
    assert told_by_index(chain, file) == told_by_node(chain)


READ_ON = """
import sys
from pathlib import Path
from salus.chain import connect
from salus.chain.deployments.file import Deployment
from salus.index import Index, log_ranges

log_ranges._FIRST_SPAN = log_ranges._MOST_SPAN = 1
url, deployment, file = sys.argv[1:]
with connect(url, deployment=Path(deployment)) as chain, Index.open(file, chain) as index:
    print("ready", flush=True)
    with index.lease():
        for notice in index.read():
            pass
"""
KILLS = 6


def test_a_reader_that_is_killed_at_any_moment_goes_on_and_ends_with_the_same_rows(
    chain: Chain, file: Path, tmp_path: Path, revoke: Act, anchor: Act
) -> None:
    for name in ("one", "two", "three"):
        revoke(name), anchor(name)
        chain.rpc.request("anvil_mine", hex(120))
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    words = [sys.executable, "-c", READ_ON, chain.rpc.url, str(deployment), str(file)]
    for kill in range(KILLS):
        with subprocess.Popen(words, stdout=subprocess.PIPE) as reader:
            assert reader.stdout is not None
            assert reader.stdout.readline() == b"ready\n"
            time.sleep(0.03 * (kill + 1))
            reader.kill()
    subprocess.run(words, check=True, stdout=subprocess.PIPE)
    whole = tmp_path / "whole.sqlite"
    read(chain, whole)
    assert told_by_index(chain, file) == told_by_index(chain, whole) == told_by_node(chain)
    with Index.open(file, chain) as one, Index.open(whole, chain) as other:
        assert one.status().events == other.status().events
