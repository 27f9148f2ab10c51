"""Where a contract stands follows from shipped code, its arguments and its generation.

Contracts are created by the proxy that most chains know at one address (EIP-1014). Nobody can put
anything else at such an address, so a deployment file is believed as far as its addresses can be
computed: genuine code that was given a stranger's registry stands elsewhere.

Example:
    >>> derive("IdentityRegistry") == derive("IdentityRegistry", generation=2)
    False
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salus.chain.abi import catalogue
from salus.chain.abi.codec import encode
from salus.chain.deployments.code import keccak_hex
from salus.chain.deployments.file import Deployment
from salus.chain.errors import ArgumentsInvalid, DeploymentMismatch
from salus.contracts import artifacts
from salus.contracts.specs import SPECS
from salus_verify.address import checksummed
from salus_verify.encoding import octets_of

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""What creates our contracts, at one address on most chains."""
SALT_LABEL = "salus/deployment/v{generation}"
"""Its keccak256 is the salt: contracts of another generation get addresses of their own."""
GIVEN = {spec.given_as: spec.name for spec in SPECS if spec.given_as}
"""Constructor parameters that are contracts of the same deployment."""


def salt(generation: int = 1) -> bytes:
    """32 bytes for each generation: 1 for the first, one more for each that replaces it."""
    from eth_utils.crypto import keccak

    return keccak(SALT_LABEL.format(generation=generation).encode())


def address_of(init_code: bytes, *, generation: int = 1) -> str:
    """Where the proxy puts a contract with this creation code, arguments included."""
    from eth_utils.crypto import keccak

    preimage = b"\xff" + octets_of(PROXY) + salt(generation) + keccak(init_code)
    return checksummed(keccak(preimage)[-20:])


def constructor_arguments(name: str, arguments: Sequence[Any]) -> bytes:
    """ABI encoding of a constructor's arguments, which are as JSON has them."""
    try:
        return encode(catalogue.constructor(name), arguments)
    except (ValueError, TypeError, AttributeError) as error:
        raise ArgumentsInvalid(function=f"{name}.constructor", reason=str(error)) from None


def init_code(name: str, arguments: Sequence[Any] = ()) -> bytes:
    """A contract's creation code with its arguments.

    Raises:
        ArgumentsInvalid: The constructor does not take them.
    """
    return artifacts.load(name).bytecode + constructor_arguments(name, arguments)


def derive(name: str, arguments: Sequence[Any] = (), *, generation: int = 1) -> str:
    """Where a contract of this release stands, without asking a chain.

    Raises:
        ArgumentsInvalid: The constructor does not take the arguments.
    """
    return address_of(init_code(name, arguments), generation=generation)


def follows(deployment: Deployment, name: str) -> bool:
    """Whether a contract's address and code hash follow from what the deployment says."""
    deployed = deployment.contract(name)
    try:
        code = init_code(name, deployed.arguments)
    except ArgumentsInvalid:
        return False
    address = address_of(code, generation=deployed.generation)
    named = (deployed.address, deployed.init_code_hash.lower())
    return named == (address, keccak_hex(code))


def require_derived(deployment: Deployment, name: str) -> None:
    """Go on only with a contract, and those it was given, whose addresses can be computed.

    Raises:
        DeploymentMissing: The deployment lacks one.
        DeploymentMismatch: An address, or what a contract was given, is another than computed.
    """
    deployed = deployment.contract(name)
    if not follows(deployment, name):
        what = (
            "its address does not follow from this release's code and the arguments in the file, or"
            " the file's initCodeHash is another"
        )
        raise DeploymentMismatch(name=name, address=deployed.address, what=what)
    for parameter, argument in zip(catalogue.constructor(name), deployed.arguments, strict=True):
        if other := GIVEN.get(parameter.name):
            require_derived(deployment, other)
            if argument != deployment.contract(other).address:
                what = f"it was made with another {other} than the file's"
                raise DeploymentMismatch(name=name, address=deployed.address, what=what)
