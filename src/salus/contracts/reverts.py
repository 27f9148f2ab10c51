"""What every error of a contract shares: fields named as in Solidity, and a message with advice.

Example:
    >>> from salus.contracts.anchors.errors import HeadMoved
    >>> error = HeadMoved(head=bytes(32))
    >>> error.head == bytes(32), error.exit_code
    (True, 3)
"""

from __future__ import annotations

import string
from dataclasses import dataclass, fields
from typing import Any, ClassVar, dataclass_transform

from salus.errors import ContractError
from salus.primitives.roles import Role
from salus.primitives.times import utc
from salus_verify.encoding import hex0x


class _MessageFormatter(string.Formatter):
    """Formats bytes as hex; ``:time`` seconds as UTC; ``:role`` a role as commands name it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, bytes):
            return hex0x(value)
        if format_spec == "time":
            return utc(value)
        if format_spec == "role":
            return _role(value)
        if format_spec == "name":
            return str(value.name).lower()
        return str(super().format_field(value, format_spec))


def _role(number: int) -> str:
    try:
        return Role(number).name.lower().replace("_", "-")
    except ValueError:
        return str(number)


@dataclass_transform(eq_default=False)
class NamedRevert(ContractError):
    """A Solidity custom error. Subclasses declare its fields, in the ABI's order and in snake_case.

    Values are ``bytes`` for bytes32, checksummed ``str`` for addresses, ``int`` for numbers.
    """

    message: ClassVar[str]

    def __init_subclass__(cls) -> None:
        dataclass(eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        # Exception's own arguments: what pickle calls the class with, and what repr shows.
        self.args = tuple(self.values().values())

    def values(self) -> dict[str, Any]:
        """The error's fields by name, in the ABI's order."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    def __str__(self) -> str:
        return _MessageFormatter().vformat(self.message, (), self.values())


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
        "the contract refused with {data}, not an error of this version's contracts: compare"
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
