"""Reverts that no contract named: a string, a panic, nothing at all, or too little gas.

Example:
    >>> from salus.errors.contracts import Panicked
    >>> print(Panicked(code=0x11))
    the contract panicked (0x11, arithmetic overflow): check the numbers that were given
"""

from __future__ import annotations

from typing import ClassVar

from salus.errors.contracts.base import NamedRevert

_PANICS = {
    0x01: "failed assertion",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "no such enum value",
    0x22: "malformed storage",
    0x31: "pop of an empty array",
    0x32: "index out of range",
    0x41: "too much memory",
    0x51: "call of an unset function",
}


class RevertedWithReason(NamedRevert):
    """A revert with a string, as contracts that are not ours give it."""

    message: ClassVar[str] = "the contract refused: {reason}; correct what was given and try again"
    reason: str


class RevertedWithoutReason(NamedRevert):
    """A revert that says nothing: a wrong address, a malformed argument, a missing function."""

    message: ClassVar[str] = (
        "the call of {target} failed without a reason: check that the contract there is the one"
        " that is meant and has this function"
    )
    target: str


class RevertedUnknown(NamedRevert):
    """A revert with an error that none of our contracts declares."""

    message: ClassVar[str] = (
        "the contract refused with {data}, which is no error of this version's contracts: compare"
        " the deployment's version with this library's"
    )
    data: bytes


class Panicked(NamedRevert):
    """Solidity's own checks failed (`Panic(uint256)`)."""

    message: ClassVar[str] = "the contract panicked ({what}): check the numbers that were given"
    code: int

    @property
    def what(self) -> str:
        """The code and its meaning."""
        return f"{self.code:#04x}, {_PANICS.get(self.code, 'a code without a name')}"

    def __str__(self) -> str:
        return self.message.format(what=self.what)


class OutOfGas(NamedRevert):
    """The transaction used all the gas it was allowed."""

    message: ClassVar[str] = (
        "transaction {transaction} used all of its {gas_limit} gas and changed nothing: send it"
        " again with a higher limit"
    )
    transaction: str
    gas_limit: int
