"""Deployments: the same addresses everywhere, nothing twice, and on from where it stopped."""

import json
import subprocess
import sys

import pytest

from salus.chain import Chain, connect, deploy, development_account
from salus.chain.deployments.derivation import PROXY
from salus.chain.deployments.file import CONTRACTS, Deployment
from salus.chain.errors import (
    DeploymentMalformed,
    DeploymentMismatch,
    DeploymentOfAnotherChain,
    NoContractCode,
)
from salus.chain.node.networks import in_process
from salus.errors import ConfigurationInvalid

PAYER = development_account(9)
GOVERNANCE = development_account(8).address


@pytest.fixture
def bare():
    """A new in-process chain without contracts."""
    return Chain(in_process(), network="tester")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deployments" / "chain.json"


def place(chain, path, **options):
    """Deploy, and tell which contracts were created."""
    created = []
    report = lambda name, _, new: created.append(name) if new else None  # noqa: E731
    deploy(chain, PAYER, path=path, governance=GOVERNANCE, report=report, **options)
    return created


def test_the_same_arguments_give_the_same_addresses_on_every_node(chains, bare):
    place(bare, None)
    for kind in ("anvil", "hardhat"):
        chain = Chain(chains[kind].rpc, network=kind)
        place(chain, None)
        ours, theirs = bare.deployment.contracts, chain.deployment.contracts
        assert {n: c.address for n, c in ours.items()} == {n: c.address for n, c in theirs.items()}
        assert {n: c.init_code_hash for n, c in ours.items()} == {
            n: c.init_code_hash for n, c in theirs.items()
        }


def test_a_first_run_deploys_everything_and_writes_it_down(bare, path):
    assert place(bare, path) == list(CONTRACTS)
    written = json.loads(path.read_text())
    assert (written["version"], written["chainId"]) == (1, bare.chain_id)
    assert list(written["contracts"]) == list(CONTRACTS)
    for entry in written["contracts"].values():
        assert entry["transaction"].startswith("0x")
        assert bare.code(entry["address"])
    assert bare.code(PROXY)


def test_a_second_run_changes_nothing(bare, path):
    place(bare, path)
    before, stamp, block = path.read_bytes(), path.stat().st_mtime_ns, bare.block().number
    assert place(bare, path) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert bare.block().number == block


def test_other_arguments_give_other_addresses(bare):
    place(bare, None)
    first = bare.deployment.contract("AccreditationRegistry").address
    place(bare, None, naming_delay=60)
    assert bare.deployment.contract("AccreditationRegistry").address != first
    assert bare.contract("AccreditationRegistry").call("NAMING_DELAY") == 60


def test_other_arguments_than_the_files_are_refused(bare, path):
    place(bare, path)
    before = path.read_bytes()
    with pytest.raises(DeploymentMismatch) as caught:
        place(bare, path, naming_delay=60)
    assert f"{GOVERNANCE}, 0: give the same `governance=` and `initial_delay=`" in str(caught.value)
    assert "do not use it" not in str(caught.value)
    assert path.read_bytes() == before


def test_whoever_pays_for_a_second_run_changes_nothing(bare, path):
    deploy(bare, PAYER, path=path)
    before = path.read_bytes()
    deploy(bare, development_account(0), path=path)
    assert path.read_bytes() == before
    assert bare.contract("AccreditationRegistry").call("defaultAdmin") == PAYER.address


def test_local_chains_have_no_delays_and_the_governance_that_was_named(bare):
    place(bare, None)
    registry = bare.contract("AccreditationRegistry")
    assert registry.call("NAMING_DELAY") == registry.call("defaultAdminDelay") == 0
    assert registry.call("defaultAdmin") == GOVERNANCE


def test_other_chains_get_two_days(path, start_anvil):
    with connect(start_anvil("--chain-id", "424242")) as chain:
        place(chain, path)
        registry = chain.contract("AccreditationRegistry")
        assert registry.call("NAMING_DELAY") == 2 * 24 * 3600


def test_other_chains_must_be_told_who_governs(path, start_anvil):
    with connect(start_anvil("--chain-id", "424243")) as chain:
        with pytest.raises(ConfigurationInvalid) as caught:
            deploy(chain, PAYER, path=path)
        assert caught.value.setting == "governance"
        assert chain.block().number == 0


KILLED = """
import os, sys
from pathlib import Path
from salus.chain import connect, deploy, development_account
chain = connect("anvil", url=sys.argv[1])
def report(name, address, created):
    if name == sys.argv[3]: os.kill(os.getpid(), 9)
deploy(chain, development_account(7), path=Path(sys.argv[2]), report=report, naming_delay=77)
"""


def test_a_run_that_was_killed_is_taken_up_where_it_stopped(anvil_url, path):
    for name in ("IdentityRegistry", "ConsentRegistry"):
        arguments = [sys.executable, "-c", KILLED, anvil_url, str(path), name]
        assert subprocess.run(arguments, check=False).returncode == -9
        reached = list(json.loads(path.read_text())["contracts"])
        assert reached == list(CONTRACTS)[: CONTRACTS.index(name) + 1]
    created = []
    with connect("anvil", url=anvil_url) as chain:
        deployment = deploy(
            chain,
            development_account(7),
            path=path,
            naming_delay=77,
            report=lambda name, _, new: created.append(name) if new else None,
        )
    assert set(created) <= {"AnchorRegistry", "DrugProvenance", "PasskeyVerifier"}
    assert "DrugProvenance" in created
    assert Deployment.load(path) == deployment


def test_a_file_that_was_lost_is_written_again_from_the_chain(bare, path):
    place(bare, path)
    addresses = {name: each.address for name, each in bare.deployment.contracts.items()}
    path.unlink()
    assert place(bare, path) == []
    written = json.loads(path.read_text())["contracts"]
    assert {name: each["address"] for name, each in written.items()} == addresses
    assert {each["transaction"] for each in written.values()} == {None}


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_file_of_another_chain_is_refused_and_left_alone(bare, path):
    place(bare, path)
    edit(path, lambda content: content.update(chainId=1))
    before = path.read_bytes()
    with pytest.raises(DeploymentOfAnotherChain):
        place(bare, path)
    assert path.read_bytes() == before


def test_a_file_whose_code_hash_does_not_match_is_refused(bare, path):
    place(bare, path)
    edit(path, lambda c: c["contracts"]["AnchorRegistry"].update(codeHash="0x" + "11" * 32))
    with pytest.raises(DeploymentMismatch) as caught:
        place(bare, path)
    assert caught.value.name == "AnchorRegistry"
    reader = Chain(bare.rpc, network="reader", deployment=Deployment.load(path))
    with pytest.raises(DeploymentMismatch):
        reader.contract("AnchorRegistry")


def test_another_contract_at_the_address_is_refused(bare, path):
    place(bare, path)

    def swap(content):
        contracts = content["contracts"]
        contracts["AnchorRegistry"] = contracts["PasskeyVerifier"]

    edit(path, swap)
    reader = Chain(bare.rpc, network="reader", deployment=Deployment.load(path))
    with pytest.raises(DeploymentMismatch) as caught:
        reader.contract("AnchorRegistry")
    assert "does not follow from this release's code" in str(caught.value)


def test_an_address_without_code_is_named(bare, path):
    place(bare, path)
    reader = Chain(in_process(), network="reader", deployment=Deployment.load(path))
    with pytest.raises(NoContractCode) as caught:
        reader.contract("AnchorRegistry")
    assert caught.value.exit_code == 5


def test_a_file_with_another_hash_of_creation_code_is_not_used(bare, path):
    place(bare, path)
    entry = "AnchorRegistry"
    edit(path, lambda content: content["contracts"][entry].update(initCodeHash="0x" + "22" * 32))
    reader = Chain(bare.rpc, network="reader", deployment=Deployment.load(path))
    with pytest.raises(DeploymentMismatch):
        reader.contract(entry)


def test_a_local_chain_that_was_started_anew_is_deployed_anew(bare, path):
    place(bare, path)
    edit(path, lambda content: content.update(genesisHash="0x" + "22" * 32))
    new = Chain(in_process(), network="tester")
    assert place(new, path) == list(CONTRACTS)
    assert Deployment.load(path).genesis_hash == new.block(0).hash


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"version": 1}', b'{"version": 2, "chainId": 1}', b"\xff\xfe"],
)
def test_a_file_that_is_no_deployment_is_refused_and_left_alone(bare, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DeploymentMalformed):
        place(bare, path)
    assert path.read_bytes() == content


def test_the_script_deploys_and_says_so(anvil_url, path, root):
    command = [sys.executable, str(root / "scripts" / "deploy.py")]
    command += ["--network", anvil_url, "--file", str(path), "--naming-delay", "5"]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert "deployed" in first.stderr
    assert "nothing to do" in second.stderr
    assert second.stdout.count("stands already") == len(CONTRACTS)
