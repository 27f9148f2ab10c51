"""Addresses: one type, one spelling, checked at the edge.

Example:
    >>> checked_address("0x" + "ab" * 20)
    '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB'
"""

from __future__ import annotations

import re
from typing import Protocol, TypeAlias, runtime_checkable

from salus.errors import InputError

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def checked_address(text: str) -> Address:
    """Write an address as its checksum wants it.

    Args:
        text: 0x and 40 hexadecimal digits, in any case, or in mixed case with its checksum.

    Returns:
        The address, checksummed (EIP-55).

    Raises:
        InputError: It is not an address, or its checksum is wrong.
    """
    from eth_utils.address import is_checksum_address, to_checksum_address

    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise InputError(f"{text!r} is not an address: write 0x and 40 hexadecimal digits")
    plain = text[2:] in (text[2:].lower(), text[2:].upper())
    if not plain and not is_checksum_address(text):
        raise InputError(f"{text} has a wrong checksum: one of its characters is mistyped")
    return str(to_checksum_address(text))


Address: TypeAlias = str
"""A checksummed, 0x-prefixed account address of 20 bytes."""


@runtime_checkable
class HasIdentity(Protocol):
    """A signer, an account, a client: it acts for an identity."""

    @property
    def identity(self) -> Address: ...


def identity_of(who: Address | HasIdentity) -> Address:
    """Return the address of an identity, named by it or by who acts for it.

    Args:
        who: An address, or a signer, an account, a client.

    Returns:
        The address, checksummed.

    Raises:
        InputError: It is neither.
    """
    if not isinstance(who, str) and isinstance(who, HasIdentity):
        who = who.identity
    return checked_address(who)


ZERO_BYTES32 = bytes(32)


ZERO_ADDRESS: Address = "0x" + "0" * 40
