"""Addresses: one type, one spelling, checked at the edge.

Example:
    >>> checked_address("0x" + "ab" * 20)
    '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB'
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, TypeAlias

from salus_verify.encoding import keccak
from salus_verify.errors import InputError

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@lru_cache(maxsize=4096)
def checksummed(raw: bytes) -> Address:
    """Write 20 bytes as EIP-55 demands: a letter is a capital where the hash has a high digit."""
    digits = raw.hex()
    capitals = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if capital > "7" else digit
        for digit, capital in zip(digits, capitals, strict=False)
    )


def checked_address(text: str) -> Address:
    """Write an address as its checksum wants it.

    Raises:
        InputError: It is not an address, or its checksum is wrong.
    """
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise InputError(f"{text!r} is not an address: write 0x and 40 hexadecimal digits")
    found = checksummed(bytes.fromhex(text[2:]))
    one_case = text[2:] in (text[2:].lower(), text[2:].upper())
    if not one_case and text != found:
        raise InputError(f"{text} has a wrong checksum: one of its characters is mistyped")
    return found


def lower_case(address: Address) -> str:
    """Write an address as documents and file names hold it: in lower case."""
    return address.lower()


Address: TypeAlias = Annotated[str, checked_address]
"""A checksummed, 0x-prefixed account address of 20 bytes, as `checked_address` writes it."""
