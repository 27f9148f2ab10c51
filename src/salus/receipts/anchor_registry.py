"""Which AnchorRegistry is ours: told by its address alone, without asking a chain.

A contract's address is a hash over its code, its constructor's arguments and the generation of the
deployment. Whatever stands at an address that was computed here is this release's code, on every
chain: nobody can put anything else there.

Example:
    >>> known_registry() == known_registry(2)
    False
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from salus.primitives.address import Address

if TYPE_CHECKING:
    from salus.chain.deployments.file import Deployment


@cache
def known_registry(generation: int = 1, *, identities: int = 1) -> Address:
    """Compute where this release's AnchorRegistry stands."""
    from salus.chain.deployments.derivation import derive

    given = (derive("IdentityRegistry", generation=identities),)
    return derive("AnchorRegistry", given, generation=generation)


def registry_of(deployment: Deployment) -> Address | None:
    """Return where a deployment file has its AnchorRegistry, believing only what can be computed.

    Returns:
        The address, checksummed; None where this release's code could not have come to it.
    """
    found = deployment.contracts.get("AnchorRegistry")
    identities = deployment.contracts.get("IdentityRegistry")
    if found is None or identities is None:
        return None
    address = known_registry(found.generation, identities=identities.generation)
    return address if address == found.address else None
