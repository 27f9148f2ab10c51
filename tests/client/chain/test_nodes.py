"""Local nodes live as long as their block, and time passes when told."""

import os

import pytest

from salus.chain import Chain, development_account
from salus.chain.nodes import advance, local_node
from salus.config import Settings
from salus.errors import ChainUnreachable, NodeUnavailable


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kind", ["anvil", "hardhat"])
def test_a_node_ends_with_its_block_even_when_that_fails(kind):
    def fail():
        with local_node(kind) as node:
            seen.append(node)
            assert Chain.connect(kind, url=node.url).chain_id == 31337
            raise RuntimeError

    seen = []
    try:
        with pytest.raises(RuntimeError):
            fail()
    except NodeUnavailable as problem:
        pytest.skip(str(problem))
    (node,) = seen
    assert not alive(node.pid)
    with pytest.raises(ChainUnreachable):
        Chain.connect(node.url)


def test_a_node_that_is_not_installed_or_does_not_start_says_why():
    with pytest.raises(NodeUnavailable) as caught:
        local_node("geth").__enter__()
    assert caught.value.exit_code == 2
    with pytest.raises(NodeUnavailable) as caught:
        local_node("anvil", arguments=["--no-such-option"]).__enter__()
    assert "anvil" in str(caught.value)


def test_time_passes_when_told(chain):
    before = chain.now()
    after = advance(chain, 1000)
    assert after == chain.now()
    assert 1000 <= after - before < 1100


def test_settings_lead_to_a_node(anvil_url):
    around = {"SALUS_NETWORK": "anvil", "SALUS_RPC_URL": anvil_url}
    settings = Settings.load(dotenv=None, environment=around)
    with settings.connect() as chain:
        assert chain.network == "anvil"
        assert settings.account(chain) == development_account(0)


def test_the_in_process_chain_needs_no_settings(tmp_path):
    around = {"SALUS_DEPLOYMENT": str(tmp_path / "of-another-chain.json")}
    chain = Settings.load(dotenv=None, environment=around).connect()
    assert chain.network == "tester"
    assert chain.contract("AnchorRegistry").chain is chain
