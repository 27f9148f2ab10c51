"""What is a development chain is not the node's word, and an expectation that fails ends all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from salus.chain import Account, connect, deploy, development_account
from salus.chain.errors import DeploymentOfAnotherChain, WrongChain
from salus.chain.node.urls import is_loopback
from salus.config import RawKeyRefused, Settings
from salus.errors import ConfigurationInvalid
from salus.vault.letters.allowlist import InboxAllowlist

KEY = "0x" + "11" * 32
CLAIMS_31337 = b'{"jsonrpc":"2.0","id":0,"result":"0x7a69"}'
Serve = Callable[..., str]


def settings(network: str, **values: str) -> Settings:
    around = {f"SALUS_{name.upper()}": value for name, value in values.items()}
    return Settings.load(dotenv=None, environment=around | {"SALUS_NETWORK": network})


@pytest.fixture
def elsewhere(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> str:
    """A node under another machine's name that says it is anvil."""
    url = serve(CLAIMS_31337)
    port = url.rsplit(":", 1)[1]
    asked = socket.getaddrinfo

    def answer(host: object, *rest: object, **more: object) -> object:
        return asked("127.0.0.1" if host == "rpc.bank.example" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return f"http://rpc.bank.example:{port}"


def test_another_machine_s_claim_gets_neither_key_nor_payer_nor_inboxes(elsewhere: str) -> None:
    given = settings(elsewhere, private_key=KEY)
    with given.connect() as chain:
        assert chain.chain_id == 31337
        assert not chain.is_local
        with pytest.raises(RawKeyRefused):
            given.open_account(chain)
        assert settings(elsewhere).open_account(chain) is None
        assert not InboxAllowlist.default(local=chain.is_local).allows("file:///home/me/.ssh")
        with pytest.raises(ConfigurationInvalid, match="governance"):
            deploy(chain, Account.create(), path=None)


def test_a_node_in_a_container_is_local_when_told(elsewhere: str) -> None:
    given = settings(elsewhere, private_key=KEY, local="1")
    with given.connect() as chain:
        assert chain.is_local
        assert given.open_account(chain) == Account.from_key(KEY)


def test_a_known_id_on_this_machine_is_no_local_chain_when_told(serve: Serve) -> None:
    given = settings(serve(CLAIMS_31337), private_key=KEY)
    with given.connect() as chain:
        assert chain.is_local
    other = settings(given.network or "", private_key=KEY, local="0")
    with other.connect() as chain, pytest.raises(RawKeyRefused):
        other.open_account(chain)


def test_another_id_on_this_machine_is_no_local_chain(serve: Serve) -> None:
    with settings(serve(b'{"jsonrpc":"2.0","id":0,"result":"0x1"}')).connect() as chain:
        assert not chain.is_local


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8545", True),
        ("http://127.9.9.9", True),
        ("http://localhost:8545/x", True),
        ("http://[::1]:8545", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://127.0.0.1@example", False),
        ("http://192.168.0.2:8545", False),
        ("http://0.0.0.0:8545", False),
        ("http://[::ffff:8.8.8.8]", False),
        ("http://", False),
        ("http://[broken", False),
        ("http://me:secret@127.0.0.1:8545/x?y#z", True),
        ("http://node.example\\@127.0.0.1:8545", False),
        ("http://node.example:1\\@localhost/", False),
        ("http://node.example/\\@127.0.0.1", False),
        ("http://node.example\t@127.0.0.1", False),
        ("http://node.example @127.0.0.1", False),
        ("http://node.example@me@127.0.0.1", False),
        ("http://node.example\x00@127.0.0.1", False),
        ("http://\uff11\uff12\uff17.0.0.1", False),
    ],
)
def test_which_urls_lead_to_this_machine(url: str, loopback: bool) -> None:
    assert is_loopback(url) == loopback


@pytest.mark.parametrize("odd", ["\\", "\t", " ", "\n", "@me", "\u2028", "|"])
def test_a_url_of_two_places_is_refused_before_anything_is_asked(elsewhere: str, odd: str) -> None:
    url = f"{elsewhere}{odd}@127.0.0.1:8545"
    for given in (settings(url), settings("anvil", rpc_url=url)):
        with pytest.raises(ConfigurationInvalid, match="in one way only") as caught:
            given.connect()
        assert "rpc.bank.example" not in str(caught.value)


def test_the_place_that_is_shown_is_the_one_that_is_asked(elsewhere: str) -> None:
    for odd in ("/%5C", "#", "?"):
        url = f"{elsewhere}{odd}@127.0.0.1:8545"
        with settings(url).connect() as chain:
            assert chain.rpc.url.startswith(elsewhere)
            assert not chain.is_local


@pytest.mark.parametrize("named", ["chain_id", "deployment"])
def test_an_expectation_that_fails_ends_the_session(
    serve: Serve, tmp_path: Path, named: str
) -> None:
    file = tmp_path / "1.json"
    content = {"version": 1, "chainId": 1, "genesisHash": "0x", "contracts": {}}
    file.write_text(json.dumps(content))
    told = {"chain_id": "1", "deployment": str(file)}
    expected = {"chain_id": WrongChain, "deployment": DeploymentOfAnotherChain}
    for network in (serve(CLAIMS_31337), "tester"):
        with pytest.raises(expected[named]) as caught:
            settings(network, private_key=KEY, **{named: told[named]}).connect()
        assert caught.value.exit_code == 5


def test_a_command_without_its_network_does_not_act_on_a_chain_that_ends(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    file.write_text('{"version": 1, "chainId": 1, "genesisHash": "0x", "contracts": {}}')
    around = {**os.environ, "SALUS_DEPLOYMENT": str(file)}
    words = ["identities", "deactivate", development_account(0).identity, "--yes", "--json"]
    program = "from salus.cli import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=around, capture_output=True, cwd=tmp_path
    )
    assert done.returncode == 5
    assert json.loads(done.stdout)["error"]["type"] == "DeploymentOfAnotherChain"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chain_id", "0x1"),
        ("chain_id", "-1"),
        ("chain_id", "\uff11"),
        ("local", "yes"),
        ("local", "2"),
    ],
)
def test_an_expectation_that_says_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=f"SALUS_{name.upper()}"):
        settings("tester", **{name: value}).connect()


def test_in_process_is_local_and_all_goes_on_there() -> None:
    with closing(settings("tester", chain_id="131277322940537").connect()) as chain:
        assert chain.is_local
        assert connect("tester", local=False).is_local is False
        assert settings("tester").open_account(chain) == development_account(0)
