"""Histories with an index and without one: the same, and with one the node searches no range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.client.index.conftest import PATIENT, answers, read

from salus.chain import Chain, development_account

Act = Callable[[str], int]


@pytest.fixture(params=["file", "database"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """An index in a file, and one in a database: every answer is the same."""
    if request.param == "file":
        return tmp_path / "index.sqlite"
    url: str = request.getfixturevalue("database")
    return url


@pytest.fixture
def revoke_all(chain: Chain) -> Act:
    """Begin a new epoch of the patient's consents; return the block."""
    contract = chain.contract("ConsentRegistry")

    def act(name: str) -> int:
        salt = name.encode().ljust(32, b"\0")
        return contract.send(
            "revokeAllConsents", PATIENT.identity, salt, account=PATIENT
        ).block_number

    return act


@pytest.fixture
def live(anchor: Act, set_attribute: Act, revoke_all: Act) -> Act:
    """Let something happen in each history; return the block."""
    return lambda name: [act(name) for act in (anchor, set_attribute, revoke_all)][-1]


@pytest.fixture
def hand_over(chain: Chain) -> Callable[[], int]:
    """Give the identity of the attributes to another account, and back."""
    registry, owner, other = chain.contract("IdentityRegistry"), *map(development_account, (5, 6))

    def act() -> int:
        registry.send("changeOwner", owner.identity, other.address, account=owner)
        back = ("changeOwner", owner.identity, owner.address)
        return registry.send(*back, account=other).block_number

    return act


def test_histories_are_the_same_from_an_index(
    chain: Chain, file: Path | str, live: Act, hand_over: Callable[[], int]
) -> None:
    live("one"), live("two"), hand_over()
    read(chain, file)
    told = answers(chain)
    assert answers(chain, file) == told
    assert len(told["checkpoints"]) == 2  # type: ignore[arg-type]
    assert len(told["handovers"]) == 2  # type: ignore[arg-type]


def test_what_came_since_is_in_a_history(
    chain: Chain, file: Path | str, live: Act, hand_over: Callable[[], int]
) -> None:
    live("one")
    read(chain, file)
    live("two"), hand_over(), live("three")
    assert answers(chain, file) == answers(chain)


def test_histories_follow_the_chain_when_it_takes_blocks_back(
    chain: Chain, file: Path | str, live: Act, set_attribute: Act, revoke_all: Act
) -> None:
    live("kept")
    snapshot = chain.rpc.request("evm_snapshot")
    live("taken back")
    read(chain, file)
    chain.rpc.request("evm_revert", snapshot)
    assert answers(chain, file) == answers(chain)
    for name in ("instead", "and more"):
        set_attribute(name), revoke_all(name)
    assert answers(chain, file) == answers(chain)
    read(chain, file)
    assert answers(chain, file) == answers(chain)


def test_the_node_is_asked_for_the_blocks_alone_that_the_index_names(
    chain: Chain, file: Path | str, live: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        live(name)
        chain.rpc.request("anvil_mine", hex(50))
    read(chain, file)
    asked: list[dict[str, str]] = []
    attempt, batch = chain.rpc.attempt, chain.rpc.batch

    def note(method: str, params: tuple[Any, ...]) -> None:
        if method == "eth_getLogs":
            asked.append(params[0])

    def attempted(method: str, *params: Any) -> Any:
        note(method, params)
        return attempt(method, *params)

    def batched(requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        for each in requests:
            note(*each)
        return batch(requests)

    monkeypatch.setattr(chain.rpc, "attempt", attempted)
    monkeypatch.setattr(chain.rpc, "batch", batched)
    answers(chain, file)
    assert asked
    assert all(each["fromBlock"] == each["toBlock"] for each in asked)
