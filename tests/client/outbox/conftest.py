"""An anvil with everything deployed, and clients whose acts are written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.killed import ACCOUNT

import salus
from salus import Salus
from salus.chain import connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node

Open = Callable[..., Salus]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, back_end: str) -> Iterator[dict[str, str]]:
    """What a process needs to know of a node of this module's, one for each back end."""
    file = tmp_path_factory.mktemp("node") / "deployment.json"
    with ExitStack() as stack:
        try:
            url = stack.enter_context(local_node("anvil")).url
        except NodeUnavailable as problem:
            pytest.skip(str(problem))
        with connect("anvil", url=url) as chain:
            deploy(chain, development_account(9), path=file)
        yield {"SALUS_RPC_URL": url, "SALUS_DEPLOYMENT": str(file), "SALUS_NETWORK": "anvil"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests on several back ends where their module says so."""
    named = getattr(metafunc.module, "back_ends", ())
    if named and "back_end" in metafunc.fixturenames:
        metafunc.parametrize("back_end", named, indirect=True, scope="module")


@pytest.fixture(scope="module")
def back_end(request: pytest.FixtureRequest) -> str:
    """Where acts are written down: a file, unless a module's tests run on Postgres too."""
    return str(getattr(request, "param", "file"))


@pytest.fixture
def outbox(back_end: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where they are written down, as it is set; empty for a file in the state folder."""
    if back_end == "file":
        return ""
    database: str = request.getfixturevalue("database")
    monkeypatch.setenv("SALUS_OUTBOX", database)
    return database


@pytest.fixture
def state(
    tmp_path: Path, node: dict[str, str], monkeypatch: pytest.MonkeyPatch, outbox: str
) -> Path:
    """A state folder, in a place where the node is configured."""
    for name, value in node.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


@pytest.fixture
def open_client(state: Path) -> Iterator[Open]:
    """Open one more client over the same state folder."""
    with ExitStack() as stack:

        def open_one(account: int = ACCOUNT) -> Salus:
            client = salus.connect("anvil", state=state, account=development_account(account))
            return stack.enter_context(client)

        yield open_one


@pytest.fixture
def me(open_client: Open) -> Salus:
    return open_client()


@pytest.fixture(scope="module")
def idle_node(tmp_path_factory: pytest.TempPathFactory, back_end: str) -> Iterator[dict[str, str]]:
    """A node that mines only when asked to."""
    file = tmp_path_factory.mktemp("idle") / "deployment.json"
    with local_node("anvil") as node:
        with connect("anvil", url=node.url) as chain:
            deploy(chain, development_account(9), path=file)
            chain.rpc.request("evm_setAutomine", False)
        yield {"SALUS_RPC_URL": node.url, "SALUS_DEPLOYMENT": str(file), "SALUS_NETWORK": "anvil"}


@pytest.fixture
def idle(
    idle_node: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outbox: str
) -> Iterator[Salus]:
    """A client of that node, which waits for nothing."""
    for name, value in idle_node.items():
        monkeypatch.setenv(name, value)
    with salus.connect("anvil", state=tmp_path, account=development_account(ACCOUNT)) as client:
        monkeypatch.setattr(client.chain.sender._watcher, "_timeout", 0.2)
        monkeypatch.setattr(client.chain.sender._watcher, "_nudge", lambda: None)
        yield client


@pytest.fixture
def open_idle(idle: Salus, tmp_path: Path) -> Iterator[Callable[[], Salus]]:
    """Open one more client of that node, over the same state folder."""
    with ExitStack() as stack:

        def open_one() -> Salus:
            account = development_account(ACCOUNT)
            return stack.enter_context(salus.connect("anvil", state=tmp_path, account=account))

        yield open_one
