"""From the node into a file: all of it, once, whatever the chain takes back meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.client.index.conftest import read, told_by_index, told_by_node

from salus.chain import Chain
from salus.index import Index
from salus.index.errors import FinalityBroken
from salus.index.notices import BlocksRead, BlocksUndone

Act = Callable[[str], int]
Where = Path | str


@pytest.fixture(params=["file", "database"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """An index in a file, and one in a database: every answer is the same."""
    if request.param == "file":
        return tmp_path / "index.sqlite"
    url: str = request.getfixturevalue("database")
    return url


def mine(chain: Chain, blocks: int) -> None:
    chain.rpc.request("anvil_mine", hex(blocks))


def test_what_it_holds_is_what_the_node_tells(
    chain: Chain, file: Where, revoke: Act, anchor: Act, set_attribute: Act
) -> None:
    for name in ("one", "two"):
        revoke(name), anchor(name), set_attribute(name)
    mine(chain, 100)  # what is below the last final block comes in ranges
    revoke("three")
    added = read(chain, file)
    told = told_by_node(chain)
    assert sum(added) == sum(map(len, told.values()))
    assert told_by_index(chain, file) == told
    assert [len(told[f"ConsentRegistry.{each}"]) for each in ("ConsentRevoked",)] == [3]


def test_a_second_run_adds_what_is_new_and_nothing_twice(
    chain: Chain, file: Where, revoke: Act
) -> None:
    revoke("one")
    assert sum(read(chain, file)) > 0
    assert read(chain, file) == []
    revoke("two")
    assert read(chain, file) == [1]
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_run_goes_on_where_another_was_stopped(chain: Chain, file: Where, revoke: Act) -> None:
    revoke("one")
    mine(chain, 400)
    revoke("two")
    with Index.open(file, chain) as index:
        steps = index.read()
        stopped = next(steps)
        steps.close()
    assert isinstance(stopped, BlocksRead)
    assert stopped.last < chain.block().number
    with Index.open(file, chain) as index:
        assert next(each.first for each in index.read()) == stopped.last + 1
    assert told_by_index(chain, file) == told_by_node(chain)


def test_it_begins_with_the_block_of_the_first_contract(chain: Chain, file: Where) -> None:
    read(chain, file)
    with Index.open(file, chain) as index:
        assert index.status().first in (0, 1)


def test_blocks_that_are_taken_back_are_forgotten(chain: Chain, file: Where, revoke: Act) -> None:
    kept = revoke("kept")
    snapshot = chain.rpc.request("evm_snapshot")
    revoke("taken back"), revoke("this too")
    read(chain, file)
    chain.rpc.request("evm_revert", snapshot)
    revoke("another"), revoke("longer"), revoke("than before")
    with Index.open(file, chain) as index:
        assert not index.status().agrees
        undone, added = index.read()
        assert index.status().agrees
    assert (type(undone), undone.first, undone.events) == (BlocksUndone, kept + 1, -2)
    assert (added.first, added.events) == (kept + 1, 3)
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_chain_that_became_shorter_is_seen(chain: Chain, file: Where, revoke: Act) -> None:
    revoke("kept"), revoke("gone")
    read(chain, file)
    chain.rpc.request("anvil_rollback", 1)
    assert read(chain, file) == [-1]
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_node_that_is_behind_takes_nothing_back(chain: Chain, file: Where, revoke: Act) -> None:
    """But one of a chain for development, where no other node could be ahead."""
    revoke("kept"), revoke("not shown")
    read(chain, file)
    chain.rpc.request("anvil_rollback", 1)
    chain.is_local = False
    assert read(chain, file) == []


def test_what_was_final_is_not_taken_back(chain: Chain, file: Where, revoke: Act) -> None:
    """But on a chain for development, which its developer puts back as far as it likes."""
    snapshot = chain.rpc.request("evm_snapshot")
    revoke("final")
    mine(chain, 200)
    read(chain, file)
    chain.rpc.request("evm_revert", snapshot)
    revoke("another")
    mine(chain, 300)
    local, chain.is_local = chain.is_local, False
    with pytest.raises(FinalityBroken, match="was final"):
        read(chain, file)
    with Index.open(file, chain) as index:
        assert index.status().events == 2  # with that of the deployment
    chain.is_local = local
    assert read(chain, file)[0] == -2
    assert told_by_index(chain, file) == told_by_node(chain)


def test_a_chain_that_stands_still_is_read_and_left_alone(
    chain: Chain, file: Where, revoke: Act
) -> None:
    revoke("last")
    read(chain, file)
    with Index.open(file, chain) as index:
        before = index.status()
        for _ in range(3):
            assert list(index.read()) == []
        assert index.status() == before


def test_two_readers_of_one_file_write_each_event_once(
    chain: Chain, file: Where, revoke: Act
) -> None:
    revoke("one")
    mine(chain, 400)
    revoke("two")
    with Index.open(file, chain) as one, Index.open(file, chain) as other:
        steps = [one.read(), other.read()]
        added = 0
        while steps:
            for each in list(steps):
                notice = next(each, None)
                if notice is None:
                    steps.remove(each)
                else:
                    added += notice.events
        assert one.status().events == added
    assert told_by_index(chain, file) == told_by_node(chain)


def test_who_comes_second_to_a_place_writes_nothing(chain: Chain, file: Where, revoke: Act) -> None:
    block = revoke("one")
    with Index.open(file, chain) as index:
        reached = index._file.reached()
        list(index.read())
        late = index._file.add(reached, [], kinds={}, blocks=[(block + 9, bytes(32))], final=0)
        assert not late
        assert index._file.undo(reached, to=0) is None
        assert index.status().block == block
