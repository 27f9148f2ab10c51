"""Addresses: one type, one spelling, checked at the edge.

Example:
    >>> checked_address("0x" + "ab" * 20)
    '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB'
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

from salus_verify.address import Address, checked_address, lower_case

__all__ = [
    "ZERO_ADDRESS",
    "ZERO_BYTES32",
    "Address",
    "AnyIdentity",
    "HasIdentity",
    "checked_address",
    "identity_of",
    "lower_case",
]


@runtime_checkable
class HasIdentity(Protocol):
    """A signer, an account, a client: it acts for an identity."""

    @property
    def identity(self) -> Address: ...


AnyIdentity: TypeAlias = Address | HasIdentity
"""An identity: its address, or a signer, an account or a client that acts for it."""


def identity_of(who: AnyIdentity) -> Address:
    """Return the checksummed address of an identity, named by it or by who acts for it.

    Raises:
        InputError: It is neither.
    """
    if not isinstance(who, str) and hasattr(who, "identity"):
        who = who.identity
    return checked_address(who)  # type: ignore[arg-type]  # which refuses what is neither


ZERO_BYTES32 = bytes(32)
ZERO_ADDRESS: Address = "0x" + "0" * 40
