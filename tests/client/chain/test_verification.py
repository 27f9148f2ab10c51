"""What is deployed against what the sources say: an honest deployment, and several that are not."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from salus.chain import Chain, connect, deploy, development_account
from salus.chain.deploying.create2 import create
from salus.chain.deploying.errors import CompilerUnavailable, DeploymentUnproven
from salus.chain.deploying.explorers import write_requests
from salus.chain.deploying.recompile import find_compiler, recompile
from salus.chain.deploying.verification import differing, verify_deployment
from salus.chain.deployments.code import keccak_hex
from salus.chain.deployments.derivation import address_of, init_code
from salus.chain.deployments.file import Deployment
from salus.chain.errors import DeploymentMissing
from salus.chain.node.networks import in_process
from salus.cli.run import run
from salus.contracts import artifacts

pytestmark = pytest.mark.slow

PAYER = development_account(9)


@pytest.fixture(scope="module")
def compiler(root: Path) -> Path:
    """Any compiler that is here; the launcher of the checkout where there is no native one."""
    try:
        return find_compiler()
    except CompilerUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def whole() -> Chain:
    """A chain of its own with everything deployed, to be tampered with."""
    chain = Chain(in_process(), network="tester")
    deploy(chain, PAYER, path=None)
    return chain


def pass_off(chain: Chain, name: str, init_code: bytes) -> None:
    """Create other code, and write it down as that contract."""
    create(chain, PAYER, init_code)
    address = address_of(init_code)
    forged = replace(
        chain.deployment.contract(name),
        address=address,
        code_hash=keccak_hex(chain.code(address)),
        init_code_hash=keccak_hex(init_code),
    )
    chain.use(chain.deployment.adding(name, forged))


def init_code_of(chain: Chain, name: str) -> bytes:
    return init_code(name, chain.deployment.contract(name).arguments)


def differences(chain: Chain) -> dict[str, tuple[str, ...]]:
    found = verify_deployment(chain, recompile=False)
    assert found.ok == (not any(map(differing, found.contracts)))
    return {each.name: differing(each) for each in found.contracts if differing(each)}


def test_an_honest_deployment_is_what_the_sources_say(chain: Chain) -> None:
    found = verify_deployment(chain, recompile=False)
    found.require()
    assert [each.name for each in found.contracts] == list(chain.deployment.contracts)
    assert {each.sources for each in found.contracts} == {None}
    for each in found.contracts:
        assert each.code_hash == chain.deployment.contract(each.name).code_hash


def test_sources_that_give_other_code_are_found(
    whole: Chain, compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = artifacts.standard_input()
    unit = given["sources"]["contracts/periphery/PasskeyVerifier.sol"]
    unit["content"] = unit["content"].replace("{}", "{ uint256 public constant OTHER = 1; }")
    monkeypatch.setattr(artifacts, "standard_input", lambda: given)
    found = verify_deployment(whole, names=["PasskeyVerifier"], compiler=compiler)
    assert [differing(each) for each in found.contracts] == [("sources",)]


def test_one_changed_byte_of_code_is_found(whole: Chain) -> None:
    honest = init_code_of(whole, "ConsentRegistry")
    # The law's error takes another's selector: the code runs, and is not what was shipped.
    law = bytes.fromhex("72d806c5")
    assert law in honest
    pass_off(whole, "ConsentRegistry", honest.replace(law, bytes.fromhex("72d806c4")))
    assert differences(whole) == {"ConsentRegistry": ("code", "creation")}
    with pytest.raises(DeploymentUnproven, match="ConsentRegistry: code, creation") as caught:
        verify_deployment(whole, recompile=False).require()
    assert caught.value.exit_code == 6


def test_a_contract_that_listens_to_other_identities_is_found(whole: Chain) -> None:
    ours = bytes.fromhex(whole.deployment.contract("IdentityRegistry").address[2:])
    honest = init_code_of(whole, "AnchorRegistry")
    assert honest.endswith(ours)
    pass_off(whole, "AnchorRegistry", honest[:-20] + bytes.fromhex(PAYER.address[2:]))
    assert differences(whole) == {"AnchorRegistry": ("wiring", "creation")}


def test_a_deployment_that_admits_other_identities_is_found(whole: Chain) -> None:
    honest = init_code_of(whole, "AnchorRegistry")
    pass_off(whole, "AnchorRegistry", honest[:-20] + bytes.fromhex(PAYER.address[2:]))
    admitted = replace(whole.deployment.contract("AnchorRegistry"), arguments=(PAYER.address,))
    whole.use(whole.deployment.adding("AnchorRegistry", admitted))
    # Address and arguments agree with each other now, and not with the deployment's identities.
    assert differences(whole) == {"AnchorRegistry": ("wiring",)}


def test_immutables_that_no_constructor_filled_in_are_found(whole: Chain) -> None:
    """No getter reads the domain separator that is cached in the code: only creation proves it."""
    code = bytearray(whole.code(whole.deployment.contract("AnchorRegistry").address))
    start, length = artifacts.load("AnchorRegistry").immutable_references[0]
    code[start + length - 1] ^= 1
    returns = bytes.fromhex("61") + len(code).to_bytes(2, "big") + bytes.fromhex("80600a3d393df3")
    pass_off(whole, "AnchorRegistry", returns + bytes(code))
    assert "creation" in differences(whole)["AnchorRegistry"]
    found = {each.name: each for each in verify_deployment(whole, recompile=False).contracts}
    assert found["AnchorRegistry"].code


def test_arguments_that_the_constructor_does_not_take_are_found(whole: Chain) -> None:
    broken = replace(whole.deployment.contract("AnchorRegistry"), arguments=(1, 2))
    whole.use(whole.deployment.adding("AnchorRegistry", broken))
    assert differences(whole) == {"AnchorRegistry": ("wiring", "creation")}


def test_an_address_without_code_is_found(whole: Chain) -> None:
    nowhere = replace(whole.deployment.contract("PasskeyVerifier"), address="0x" + "11" * 20)
    whole.use(whole.deployment.adding("PasskeyVerifier", nowhere))
    assert differences(whole) == {"PasskeyVerifier": ("code", "creation")}


def test_a_deployment_of_a_later_generation_is_what_the_sources_say(whole: Chain) -> None:
    deploy(whole, PAYER, path=None, predecessor=whole.deployment)
    assert {each.generation for each in whole.deployment.contracts.values()} == {1, 2}
    assert differences(whole) == {}


def test_a_contract_that_is_not_deployed_is_named(whole: Chain) -> None:
    with pytest.raises(DeploymentMissing, match="Nothing"):
        verify_deployment(whole, names=["Nothing"], recompile=False)


def test_a_deployment_that_lacks_contracts_is_not_taken_for_whole(whole: Chain) -> None:
    known = dict(whole.deployment.contracts)
    del known["ConsentRegistry"], known["PasskeyVerifier"]
    whole.use(replace(whole.deployment, contracts=known))
    with pytest.raises(DeploymentMissing, match="ConsentRegistry, PasskeyVerifier missing"):
        verify_deployment(whole, recompile=False)
    assert verify_deployment(whole, names=["AnchorRegistry"], recompile=False).ok

    whole.use(replace(whole.deployment, contracts={}))
    with pytest.raises(DeploymentMissing, match="IdentityRegistry, AccreditationRegistry"):
        verify_deployment(whole, recompile=False)


@pytest.fixture
def tampered(start_anvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """An anvil whose operator replaced the code of the identities in place."""
    chain = connect("anvil", url=start_anvil(), timeout=20)
    file = tmp_path / "31337.json"
    deploy(chain, PAYER, path=file)
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(file))
    monkeypatch.setenv("SALUS_RPC_URL", chain.rpc.url)
    address = chain.deployment.contract("IdentityRegistry").address
    code = chain.code(address).replace(bytes.fromhex("72d806c5"), bytes.fromhex("72d806c4"))
    chain.rpc.request("anvil_setCode", address, "0x" + code.hex())
    return chain


def test_the_command_refuses_a_tampered_deployment(
    tampered: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", "--network", "anvil", "--no-recompile", "--json"]) == 6
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    wrong = [row["contract"] for row in told["contracts"] if not row["code"]]
    assert wrong == ["IdentityRegistry"]
    assert run(["verify", "--network", "anvil", "--no-recompile"]) == 6
    assert "IdentityRegistry: code" in " ".join(capsys.readouterr().err.split())


def test_the_command_verifies_and_writes_what_explorers_want(
    tmp_path: Path, compiler: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", "--network", "tester", "--json", "--contract", "AnchorRegistry"]
    assert run([*arguments, "--solc", str(compiler), "--out", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["compiler"]) == (True, str(compiler))
    assert [row["sources"] for row in told["contracts"]] == [True], "the shipped sources"
    assert {Path(file).name for file in told["files"]} == set(os.listdir(tmp_path))


def test_requests_hold_what_explorers_and_sourcify_ask_for(whole: Chain, tmp_path: Path) -> None:
    write_requests(whole, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    given = json.loads((folder / "standard-input.json").read_text(encoding="utf-8"))
    assert given == artifacts.standard_input()
    for name, deployed in whole.deployment.contracts.items():
        explorer = json.loads((folder / f"{name}.explorer.json").read_text(encoding="utf-8"))
        sourcify = json.loads((folder / f"{name}.sourcify.json").read_text(encoding="utf-8"))
        assert json.loads(explorer["sourceCode"]) == sourcify["stdJsonInput"] == given
        assert explorer["contractname"] == sourcify["contractIdentifier"]
        assert explorer["compilerversion"] == "v" + sourcify["compilerVersion"]
        assert explorer["contractaddress"] == deployed.address
        assert sourcify["creationTransactionHash"] == deployed.transaction
        init_code = artifacts.load(name).bytecode + bytes.fromhex(explorer["constructorArguments"])
        assert address_of(init_code) == deployed.address


def test_what_was_found_in_place_has_no_transaction_to_name(whole: Chain, tmp_path: Path) -> None:
    again: Deployment = deploy(whole, PAYER, path=None)
    assert again.contract("AnchorRegistry").transaction is None
    write_requests(whole, tmp_path)
    body = json.loads((tmp_path / "AnchorRegistry.sourcify.json").read_text(encoding="utf-8"))
    assert "creationTransactionHash" not in body


def test_says_what_to_do_where_there_is_no_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "solc"
    with pytest.raises(CompilerUnavailable, match="recompile=False"):
        find_compiler(missing)
    assert run(["verify", "--network", "tester", "--solc", str(missing)]) == 2
    assert "solc-select install 0.8.37" in " ".join(capsys.readouterr().err.split())


def test_another_version_is_no_compiler_of_ours(tmp_path: Path) -> None:
    other = tmp_path / "solc"
    other.write_text("#!/bin/sh\necho Version: 0.8.36+commit.0\n", encoding="utf-8")
    other.chmod(0o755)
    with pytest.raises(CompilerUnavailable, match=r"0\.8\.36"):
        find_compiler(other)


def test_a_compiler_that_breaks_off_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "solc"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    with pytest.raises(CompilerUnavailable, match="CalledProcessError"):
        recompile(broken, ["AnchorRegistry"])
