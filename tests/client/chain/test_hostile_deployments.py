"""A deployment file of genuine code with a stranger's wiring: refused before anything is signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from salus import Salus
from salus.chain import Chain, deploy, development_account
from salus.chain.abi import catalogue
from salus.chain.deploying.create2 import create
from salus.chain.deployments.code import keccak_hex
from salus.chain.deployments.derivation import address_of, derive, init_code
from salus.chain.deployments.file import CONTRACTS, DeployedContract, Deployment
from salus.chain.errors import DeploymentMalformed, DeploymentMismatch
from salus.chain.node.networks import in_process
from salus.terms import Effect, Rule, Terms

PAYER, PATIENT, CUSTODIAN, THIEF = (development_account(i) for i in (0, 1, 4, 7))
TREATMENT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))


@pytest.fixture
def honest() -> Chain:
    chain = Chain(in_process(), network="tester")
    deploy(chain, PAYER, path=None)
    return chain


def place(chain: Chain, name: str, *arguments: str, generation: int = 1) -> DeployedContract:
    """Create genuine code with these arguments, as anybody may."""
    code = init_code(name, arguments)
    create(chain, THIEF, code, generation=generation)
    where = derive(name, arguments, generation=generation)
    hashes = keccak_hex(chain.code(where)), keccak_hex(code)
    return DeployedContract(where, arguments, None, *hashes, generation)


def thief_s_registry(chain: Chain) -> str:
    """A registry in which the thief controls every identity."""
    selector = catalogue.function("IdentityRegistry", "identityOwner").selector.hex()
    runtime = bytes.fromhex(f"5f3560e01c63{selector}1473{THIEF.address[2:].lower()}025f5260205ff3")
    code = bytes.fromhex(f"60{len(runtime):02x}8060095f395ff3") + runtime
    create(chain, THIEF, code)
    return address_of(code)


def victim(chain: Chain, name: str, contract: DeployedContract, tmp_path: Path) -> Salus:
    """Who was handed the file, which is sound as JSON."""
    file = tmp_path / "handed over.json"
    chain.deployment.adding(name, contract).save(file)
    found = Chain(chain.rpc, network="tester", deployment=Deployment.load(file))
    return Salus(found, account=PATIENT)


Wiring = Callable[[DeployedContract, str], DeployedContract]
WIRINGS: dict[str, Wiring] = {
    "told": lambda made, _: made,
    "passed off": lambda made, ours: replace(made, arguments=(ours, *made.arguments[1:])),
}


@pytest.mark.parametrize("wiring", WIRINGS)
def test_a_consent_in_a_patient_s_name_is_never_read_as_theirs(
    honest: Chain, tmp_path: Path, wiring: str
) -> None:
    genuine = honest.deployment.contract("ConsentRegistry")
    made = place(honest, "ConsentRegistry", thief_s_registry(honest), genuine.arguments[1])
    hostile = WIRINGS[wiring](made, genuine.arguments[0])
    client = victim(honest, "ConsentRegistry", hostile, tmp_path)
    sent = honest.rpc.request("eth_getTransactionCount", PATIENT.address, "latest")
    for act in (
        lambda: client.consents.propose(PATIENT.identity, THIEF.identity, TREATMENT),
        lambda: client.consents.revoke_all(PATIENT.identity),
        lambda: client.consents.checks.status(PATIENT.identity, bytes(32)),
    ):
        with pytest.raises(DeploymentMismatch, match="ConsentRegistry") as caught:
            act()
        assert caught.value.exit_code == 5
    assert honest.rpc.request("eth_getTransactionCount", PATIENT.address, "latest") == sent


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name != "PasskeyVerifier"])
def test_no_contract_is_used_with_a_stranger_s_registry(
    honest: Chain, tmp_path: Path, name: str
) -> None:
    genuine, fake = honest.deployment.contract(name), thief_s_registry(honest)
    if name == "IdentityRegistry":
        made = replace(genuine, address=fake, code_hash=keccak_hex(honest.code(fake)))
    else:
        made = place(honest, name, fake, *genuine.arguments[1:])
    client = victim(honest, name, made, tmp_path)
    with pytest.raises(DeploymentMismatch):
        client.chain.contract(name)


def test_a_stranger_s_registry_taints_all_that_rests_on_it(honest: Chain, tmp_path: Path) -> None:
    """A file whose identities are another's is refused for the consents' sake too."""
    genuine, fake = honest.deployment.contract("IdentityRegistry"), thief_s_registry(honest)
    made = replace(genuine, address=fake, code_hash=keccak_hex(honest.code(fake)))
    client = victim(honest, "IdentityRegistry", made, tmp_path)
    for name in ("ConsentRegistry", "AnchorRegistry", "DrugProvenance", "AccreditationRegistry"):
        with pytest.raises(DeploymentMismatch, match="IdentityRegistry"):
            client.chain.contract(name)


def test_another_accreditation_registry_than_the_file_s_is_refused(
    honest: Chain, tmp_path: Path
) -> None:
    """Derived and genuine, but governed by the thief: and not the one that the file names."""
    identities = honest.deployment.contract("IdentityRegistry").address
    theirs = place(honest, "AccreditationRegistry", identities, 0, THIEF.address, 0)  # type: ignore[arg-type]
    made = place(honest, "ConsentRegistry", identities, theirs.address)
    client = victim(honest, "ConsentRegistry", made, tmp_path)
    with pytest.raises(DeploymentMismatch, match="another AccreditationRegistry than the file's"):
        client.chain.contract("ConsentRegistry")


@pytest.mark.parametrize("arguments", [(), (1, 2, 3), (None, None), ("0x", [])])
def test_arguments_that_no_constructor_takes_are_named(
    honest: Chain, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    broken = replace(honest.deployment.contract("ConsentRegistry"), arguments=arguments)
    refused = (DeploymentMismatch, DeploymentMalformed)
    with pytest.raises(refused, match=r"ConsentRegistry|argument"):
        victim(honest, "ConsentRegistry", broken, tmp_path).chain.contract("ConsentRegistry")


def test_another_generation_than_the_address_s_is_refused(honest: Chain, tmp_path: Path) -> None:
    later = replace(honest.deployment.contract("PasskeyVerifier"), generation=2)
    client = victim(honest, "PasskeyVerifier", later, tmp_path)
    with pytest.raises(DeploymentMismatch, match="PasskeyVerifier"):
        client.chain.contract("PasskeyVerifier")


def test_a_predecessor_s_file_is_not_believed_either(honest: Chain) -> None:
    genuine, fake = honest.deployment.contract("IdentityRegistry"), thief_s_registry(honest)
    hostile = replace(genuine, address=fake, code_hash=keccak_hex(honest.code(fake)))
    before = honest.deployment.adding("IdentityRegistry", hostile)
    with pytest.raises(DeploymentMismatch, match="IdentityRegistry"):
        deploy(honest, PAYER, path=None, predecessor=before)


def test_generations_that_are_kept_and_replaced_go_on(honest: Chain, tmp_path: Path) -> None:
    deploy(honest, PAYER, path=None, predecessor=honest.deployment)
    deploy(honest, PAYER, path=None, predecessor=honest.deployment)
    file = tmp_path / "third.json"
    honest.deployment.save(file)
    third = Chain(honest.rpc, network="tester", deployment=Deployment.load(file))
    assert {third.contract(name).name for name in CONTRACTS} == set(CONTRACTS)
    assert {each.generation for each in third.deployment.contracts.values()} == {1, 3}
    client = Salus(third, account=PATIENT)
    consent = client.consents.propose(PATIENT.identity, CUSTODIAN.identity, TREATMENT)
    client.consents.grant(consent)
    assert client.consents.checks.require(consent).strength
