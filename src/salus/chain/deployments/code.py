"""That what stands at an address is what was deployed, and this release's code.

Example:
    >>> keccak_hex(b"")[:10]
    '0xc5d24601'
"""

from __future__ import annotations

from salus.chain.deployments.file import DeployedContract
from salus.chain.errors import DeploymentMismatch, NoContractCode
from salus.chain.node.answers import octets
from salus.chain.node.rpc import Rpc
from salus.contracts import artifacts
from salus_verify.encoding import hex0x


def verify_code(rpc: Rpc, name: str, deployed: DeployedContract, *, chain_id: int) -> None:
    """Refuse an address where something else stands than was deployed, or than this release has.

    Raises:
        NoContractCode: There is nothing.
        DeploymentMismatch: There is something else.
    """
    code = octets(rpc.request("eth_getCode", deployed.address, "latest"))
    if not code:
        raise NoContractCode(name=name, address=deployed.address, chain_id=chain_id)
    if keccak_hex(code) != deployed.code_hash:
        what = "its code hash is not the deployment's"
        raise DeploymentMismatch(name=name, address=deployed.address, what=what)
    if not is_this_version(name, code):
        what = "its code is not this version's"
        raise DeploymentMismatch(name=name, address=deployed.address, what=what)


def is_this_version(name: str, code: bytes) -> bool:
    """Whether runtime code is the artifact's, apart from what the constructor filled in."""
    artifact = artifacts.load(name)
    masked = bytearray(code)
    for start, length in artifact.immutable_references:
        masked[start : start + length] = bytes(length)
    return bytes(masked) == artifact.deployed_bytecode


def keccak_hex(value: bytes) -> str:
    """0x-prefixed keccak256."""
    from eth_utils.crypto import keccak

    return hex0x(keccak(value))
