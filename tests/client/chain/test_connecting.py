"""Connections: to the right chain, to a node that is there, and no secret in any message."""

import json
import logging
import socket

import pytest

from salus.chain import Chain, connect
from salus.chain.deployments.file import Deployment
from salus.chain.errors import (
    ArgumentsInvalid,
    ChainUnreachable,
    DeploymentMissing,
    DeploymentOfAnotherChain,
    WrongChain,
)
from salus.chain.node.networks import TESTER_CHAIN_ID
from salus.errors import ConfigurationInvalid

pytestmark = pytest.mark.slow

SECRET = "0123456789abcdef"


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_dead_node_is_named_without_its_credentials(free_port, caplog):
    caplog.set_level(logging.DEBUG)
    url = f"http://user:{SECRET}@127.0.0.1:{free_port}/v3/{SECRET}?key={SECRET}"
    with pytest.raises(ChainUnreachable) as caught:
        connect(url)
    assert caught.value.exit_code == 5
    assert f"http://127.0.0.1:{free_port}" in str(caught.value)
    assert "connection refused" in str(caught.value)
    error = caught.value
    while error is not None:
        assert SECRET not in repr(error) + str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert caplog.records
    assert SECRET not in caplog.text


def test_credentials_stay_out_of_every_repr_and_log(serve, caplog):
    caplog.set_level(logging.DEBUG)
    url = serve(b'{"jsonrpc":"2.0","id":0,"result":"0x7a69"}') + f"/v3/{SECRET}?key={SECRET}"
    chain = connect(url)
    assert SECRET not in repr(chain) + repr(chain.rpc) + chain.network + str(vars(chain))
    assert "POST /…" in caplog.text
    assert SECRET not in caplog.text


def test_a_chain_that_is_not_the_expected_one_is_refused(serve):
    with pytest.raises(WrongChain) as caught:
        connect("anvil", url=serve(b'{"jsonrpc":"2.0","id":0,"result":"0x1"}'))
    assert (caught.value.expected, caught.value.actual) == (31337, 1)
    with pytest.raises(WrongChain):
        connect(serve(b'{"jsonrpc":"2.0","id":0,"result":"0x2"}'), chain_id=3)


@pytest.mark.parametrize(
    ("body", "status", "kind", "reason"),
    [
        (b"<html>", 502, "text/html", "HTTP 502"),
        (b"<html>", 200, "text/html", "not JSON"),
        (b'{"jsonrpc":"2.0","id":0,"result":"one"}', 200, "application/json", "not a number"),
        (b'{"jsonrpc":"2.0","id":0,"result":null}', 200, "application/json", "not a number"),
        (b"[]", 200, "application/json", "not JSON-RPC"),
        (
            b'{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"no"}}',
            401,
            "application/json",
            "no",
        ),
    ],
)
def test_an_answer_that_is_none_is_an_unreachable_chain(serve, body, status, kind, reason):
    with pytest.raises(ChainUnreachable) as caught:
        connect(serve(body, status, kind))
    assert reason in str(caught.value)


@pytest.mark.parametrize("network", ["mainnet", "ftp://user:secret@host", ""])
def test_an_unknown_network_is_a_usage_error(network):
    with pytest.raises(ConfigurationInvalid) as caught:
        connect(network)
    assert caught.value.exit_code == 2
    assert "secret" not in str(caught.value)


def test_contracts_of_a_chain_without_a_deployment_cannot_be_had(anvil_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALUS_DEPLOYMENT", raising=False)
    with connect("anvil", url=anvil_url) as chain, pytest.raises(DeploymentMissing) as caught:
        chain.contract("AnchorRegistry")
    assert "salus.chain.deploy()" in str(caught.value)


def test_a_deployment_file_of_another_chain_is_refused(anvil_url, tmp_path, tester):
    path = tmp_path / "deployment.json"
    tester.deployment.save(path)
    with pytest.raises(DeploymentOfAnotherChain) as caught:
        connect("anvil", url=anvil_url, deployment=path)
    assert (caught.value.expected, caught.value.actual) == (31337, TESTER_CHAIN_ID)
    assert json.loads(path.read_text()) == tester.deployment.as_json()


def test_a_deployment_may_be_handed_over_as_it_is(tester):
    again = Chain(tester.rpc, network="again", deployment=tester.deployment)
    assert again.contract("AnchorRegistry").address == tester.contract("AnchorRegistry").address


def test_blocks_have_number_hash_and_time(chain):
    latest = chain.block()
    assert chain.block(latest.number) == latest
    assert chain.now() == latest.timestamp > chain.block(0).timestamp - 1
    assert len(latest.hash) == 66
    with pytest.raises(ArgumentsInvalid):
        chain.block(10**9)


def test_web3_is_there_for_who_wants_it(chain):
    assert chain.web3.eth.chain_id == chain.chain_id
    assert chain.web3.eth.block_number == chain.block().number


def test_a_deployment_round_trips_through_its_file(tester, tmp_path):
    path = tmp_path / "folder" / "1.json"
    tester.deployment.save(path)
    assert Deployment.load(path) == tester.deployment
    assert [each.name for each in path.parent.iterdir()] == ["1.json"]
