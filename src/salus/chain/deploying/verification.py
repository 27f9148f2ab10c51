"""Is what stands on a chain what the sources say? Checked without trusting whoever deployed it.

Four things are compared for each contract. *code*: what stands there with the shipped artifact,
immutables masked. *sources*: the artifact with what a compiler of the user's makes of the shipped
sources. *wiring*: the addresses and delays that it was given, as it answers them itself, with the
deployment. *creation*: its address with the shipped creation code and arguments, from which it
follows (CREATE2, EIP-1014): that proves the masked places too, since only that constructor can have
filled them in.

Example:
    >>> from salus.chain import Chain, connect
    >>> verification = verify_deployment(connect("tester"), recompile=False)
    >>> verification.ok, verification.contracts[0].name
    (True, 'IdentityRegistry')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salus.chain.abi import catalogue
from salus.chain.contract import Contract
from salus.chain.deploying.errors import DeploymentUnproven
from salus.chain.deploying.recompile import find_compiler
from salus.chain.deploying.recompile import recompile as compile_again
from salus.chain.deployments.code import is_this_version, keccak_hex
from salus.chain.deployments.derivation import GIVEN, follows
from salus.chain.deployments.file import CONTRACTS, DeployedContract
from salus.chain.errors import DeploymentMissing, NoContractCode
from salus.contracts import artifacts
from salus.errors import ContractError
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.deployments.file import Deployment


@dataclass(frozen=True, slots=True)
@typed
class ContractCheck:
    """What was found of one contract.

    Attributes:
        name: As in Solidity.
        address: Where it stands.
        code_hash: keccak256 of the code that stands there, 0x-prefixed.
        code: Whether that is the shipped code, but for immutables.
        sources: Whether the shipped sources give the shipped code; None when not compiled.
        wiring: Whether it was given the addresses and delays that the deployment says.
        creation: Whether its address follows from shipped creation code and arguments.
    """

    name: str
    address: str
    code_hash: str
    code: bool
    sources: bool | None
    wiring: bool
    creation: bool

    @property
    def ok(self) -> bool:
        """Whether all that was compared agrees."""
        return self.code and self.sources is not False and self.wiring and self.creation


@dataclass(frozen=True, slots=True)
@typed
class DeploymentVerification:
    """What was found of a deployment; no compiler is named when nothing was compiled."""

    chain_id: int
    compiler: Path | None
    contracts: tuple[ContractCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether every contract is what it should be."""
        return all(each.ok for each in self.contracts)

    def require(self) -> None:
        """Go on only with a deployment that is what it should be."""
        wrong = {each.name: differing(each) for each in self.contracts if not each.ok}
        if wrong:
            raise DeploymentUnproven(chain_id=self.chain_id, differing=wrong)


def differing(check: ContractCheck) -> tuple[str, ...]:
    """Of code, sources, wiring and creation those that do not agree."""
    parts = ("code", "sources", "wiring", "creation")
    return tuple(part for part in parts if getattr(check, part) is False)


def verify_deployment(
    chain: Chain,
    *,
    names: Sequence[str] = (),
    recompile: bool = True,
    compiler: Path | None = None,
) -> DeploymentVerification:
    """Check what is deployed on a chain; `DeploymentVerification.require` raises what differs.

    ``names`` defaults to all of the deployment, which then must be whole. Compiling the sources
    again takes about a minute for all.

    Raises:
        CompilerUnavailable: The compiler of the shipped artifacts is not here.
        DeploymentMissing: Nothing is known to be deployed on this chain, or not that contract, or
            not every contract when none is named.
        ChainUnreachable: The node does not answer.
    """
    deployment = chain.deployment
    if not names:
        require_whole(deployment)
    deployed = {name: deployment.contract(name) for name in names or deployment.contracts}
    used = find_compiler(compiler) if recompile else None
    again = compile_again(used, list(deployed)) if used else {}
    checks = [_check(chain, name, each, again.get(name)) for name, each in deployed.items()]
    return DeploymentVerification(chain.chain_id, used, tuple(checks))


def require_whole(deployment: Deployment) -> None:
    """Go on only with a deployment that has every contract."""
    lacks = tuple(name for name in CONTRACTS if name not in deployment.contracts)
    if lacks:
        raise DeploymentMissing(chain_id=deployment.chain_id, where=deployment.where, lacks=lacks)


def _check(
    chain: Chain, name: str, deployed: DeployedContract, again: tuple[bytes, bytes] | None
) -> ContractCheck:
    artifact, code = artifacts.load(name), chain.code(deployed.address)
    return ContractCheck(
        name=name,
        address=deployed.address,
        code_hash=keccak_hex(code),
        code=is_this_version(name, code),
        sources=again and again == (artifact.bytecode, artifact.deployed_bytecode),
        wiring=_is_wired(chain, name, deployed),
        creation=follows(chain.deployment, name),
    )


def _is_wired(chain: Chain, name: str, deployed: DeployedContract) -> bool:
    parameters = catalogue.constructor(name)
    if len(parameters) != len(deployed.arguments):
        return False
    readable = {entry["name"] for entry in artifacts.load(name).abi if entry["type"] == "function"}
    contract = chain.contract_at(name, deployed.address)
    return all(
        _answer(contract, parameter.name.upper()) == _expected(chain, parameter.name, argument)
        for parameter, argument in zip(parameters, deployed.arguments, strict=True)
        if parameter.name.upper() in readable
    )


def _answer(contract: Contract, getter: str) -> Any:
    try:
        return contract.call(getter)
    except (ContractError, NoContractCode):
        return None


def _expected(chain: Chain, parameter: str, argument: Any) -> Any:
    other = GIVEN.get(parameter)
    return chain.deployment.contract(other).address if other else argument
