"""Where a contract stands follows from shipped code, its arguments and its generation.

Nobody can put anything else at such an address, so a deployment file is believed as far as its
addresses can be computed: genuine code that was given a stranger's registry stands elsewhere.

Example:
    >>> derive("IdentityRegistry") == derive("IdentityRegistry", generation=2)
    False
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salus import artifacts
from salus.chain.abi import catalogue
from salus.chain.abi.codec import encode
from salus.chain.deploying import create2
from salus.chain.errors import ArgumentsInvalid, DeploymentMismatch

if TYPE_CHECKING:
    from salus.chain.deployments import Deployment

GIVEN = {"identities": "IdentityRegistry", "accreditations": "AccreditationRegistry"}
"""Constructor parameters that are contracts of the same deployment."""


def constructor_arguments(name: str, arguments: Sequence[Any]) -> bytes:
    """Encode what a contract is constructed with.

    Args:
        name: The contract's name.
        arguments: In the constructor's order, as JSON has them.

    Returns:
        ABI encoding of the arguments; empty when there are none.

    Raises:
        ArgumentsInvalid: The constructor does not take them.
    """
    try:
        return encode(catalogue.constructor(name), arguments)
    except (ValueError, TypeError, AttributeError) as error:
        raise ArgumentsInvalid(function=f"{name}.constructor", reason=str(error)) from None


def init_code(name: str, arguments: Sequence[Any] = ()) -> bytes:
    """Give a contract's creation code with its arguments.

    Raises:
        ArgumentsInvalid: The constructor does not take them.
    """
    return artifacts.load(name).bytecode + constructor_arguments(name, arguments)


def derive(name: str, arguments: Sequence[Any] = (), *, generation: int = 1) -> str:
    """Compute where a contract of this release stands, without asking a chain.

    Args:
        name: The contract's name.
        arguments: Its constructor's arguments, as JSON has them.
        generation: Of the deployment that created it.

    Returns:
        The address, checksummed.

    Raises:
        ArgumentsInvalid: The constructor does not take the arguments.
    """
    return create2.address_of(init_code(name, arguments), generation=generation)


def follows(deployment: Deployment, name: str) -> bool:
    """Tell whether a contract's address and code hash follow from what the deployment says."""
    from salus.chain.deployments import keccak_hex

    deployed = deployment.contract(name)
    try:
        code = init_code(name, deployed.arguments)
    except ArgumentsInvalid:
        return False
    address = create2.address_of(code, generation=deployed.generation)
    named = (deployed.address, deployed.init_code_hash.lower())
    return named == (address, keccak_hex(code))


def require_derived(deployment: Deployment, name: str) -> None:
    """Go on only with a contract, and those it was given, whose addresses can be computed.

    Args:
        deployment: What is deployed on a chain.
        name: The contract's name.

    Raises:
        DeploymentMismatch: One stands elsewhere, or was given one that is not the deployment's.
        DeploymentMissing: The deployment lacks one.
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
