"""The same contracts on three nodes: in process, anvil and Hardhat."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node import transport
from salus.chain.node.local import local_node
from salus.chain.sending import watcher
from salus.chain.sending.acts import TransactionRequest
from salus.testing import LyingNode

NODES = ("anvil", "hardhat")


@pytest.fixture(scope="session")
def node_urls() -> Iterator[dict[str, str]]:
    """URLs of nodes that live as long as the session, started when first asked for."""
    with ExitStack() as stack:
        yield Urls(stack)


class Urls(dict[str, str]):
    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack

    def start(self, kind: str, arguments: Sequence[str] = ()) -> str:
        try:
            return self._stack.enter_context(local_node(kind, arguments=arguments)).url
        except NodeUnavailable as problem:
            pytest.skip(str(problem))

    def __missing__(self, kind: str) -> str:
        self[kind] = self.start(kind)
        return self[kind]


@pytest.fixture(scope="module")
def start_anvil() -> Iterator[Callable[..., str]]:
    """Start an anvil with arguments of its own, and tell its URL."""
    with ExitStack() as stack:
        yield lambda *arguments: Urls(stack).start("anvil", arguments)


@pytest.fixture(scope="session")
def chains(node_urls: dict[str, str]) -> dict[str, Chain]:
    """Connections with everything deployed, made when first asked for."""
    return Chains(node_urls)


class Chains(dict[str, Chain]):
    def __init__(self, urls: dict[str, str]) -> None:
        super().__init__()
        self._urls = urls

    def __missing__(self, kind: str) -> Chain:
        if kind == "tester":
            self[kind] = connect("tester")
            return self[kind]
        chain = connect(kind, url=self._urls[kind], timeout=20)
        deploy(chain, development_account(9), path=None)
        self[kind] = chain
        return chain


@pytest.fixture(params=["tester", *NODES])
def chain(request: pytest.FixtureRequest, chains: dict[str, Chain]) -> Chain:
    return chains[request.param]


@pytest.fixture
def tester(chains: dict[str, Chain]) -> Chain:
    return chains["tester"]


@pytest.fixture
def anvil_url(node_urls: dict[str, str]) -> str:
    return node_urls["anvil"]


@pytest.fixture
def patient(chain: Chain) -> Account:
    """Somebody new on this chain, with enough coin to write."""
    account = Account.create()
    chain.sender.send(
        TransactionRequest(account.address, b"", value=10**18), development_account(8)
    )
    return account


@pytest.fixture
def stranger() -> Account:
    return development_account(7)


@pytest.fixture
def serve():
    """Answer every request in one way, as a node should not."""
    servers = []

    def start(body, status=200, kind="application/json"):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def node(chains: dict[str, Chain]) -> Iterator[LyingNode]:
    """A door before an anvil, which says what it is told to say."""
    with LyingNode(chains["anvil"].rpc) as door:
        yield door


@pytest.fixture
def through(node: LyingNode, chains: dict[str, Chain]) -> Iterator[Chain]:
    """A connection through the door."""
    with connect(node.url, deployment=chains["anvil"].deployment, timeout=300) as chain:
        yield chain


@pytest.fixture
def me(chains: dict[str, Chain]) -> Account:
    """Somebody new on anvil, with enough coin to write."""
    account = Account.create()
    payer = development_account(6)
    chains["anvil"].sender.send(TransactionRequest(account.address, b"", value=10**18), payer)
    return account


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are as short as a local node needs."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(watcher, "_SIGHT", 0.3)
