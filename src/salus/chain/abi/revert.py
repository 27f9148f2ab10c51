"""What a contract reverted with, as the exception it stands for.

anvil, Hardhat and the in-process chain shape the same revert in three ways; `salus.chain.node.rpc`
brings them to one, and this gives it its name.

Example:
    >>> panic = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
    >>> print(decode_revert(panic, target="0x"))
    the contract panicked (0x11, arithmetic overflow): check the numbers that were given
"""

from __future__ import annotations

import re

from salus.chain.abi.catalogue import errors_by_selector
from salus.chain.abi.codec import Parameter, decode
from salus.chain.node.answers import RpcFailure
from salus.contracts.reverts import (
    Panicked,
    RevertedUnknown,
    RevertedWithoutReason,
    RevertedWithReason,
)
from salus.errors import ContractError

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_BEFORE = re.compile(r"^.*?reverted:? ?")
_NOTHING_MORE = re.compile(r"\A.*?reverted:? ?\Z|\A\Z")
_TEXT = (Parameter("reason", "reason", "string"),)
_NUMBER = (Parameter("code", "code", "uint256"),)


def decode_revert(data: bytes, *, target: str) -> ContractError:
    """Return the error that a contract reverted with, with its values."""
    if not data:
        return RevertedWithoutReason(target=target)
    try:
        return _decode(data)
    except ValueError:
        return RevertedUnknown(data=data)


def named_revert(failure: RpcFailure, *, target: str) -> ContractError | None:
    """Return a contract's refusal; None when the node has another reason, or trouble of its own."""
    if not failure.ran:
        return None
    if failure.data is not None:
        return decode_revert(failure.data, target=target)
    return _without_data(failure, target)


def _decode(data: bytes) -> ContractError:
    selector, rest = data[:4], data[4:]
    if selector == _ERROR_STRING:
        return RevertedWithReason(reason=decode(_TEXT, rest)[0])
    if selector == _PANIC:
        return Panicked(code=decode(_NUMBER, rest)[0])
    known = errors_by_selector().get(selector)
    if known is None:
        return RevertedUnknown(data=data)
    error: ContractError = known.build(decode(known.parameters, rest))
    return error


def _without_data(failure: RpcFailure, target: str) -> ContractError:
    """Eth-tester gives a revert's string instead of its data."""
    if failure.says(_NOTHING_MORE):
        return RevertedWithoutReason(target=target)
    return RevertedWithReason(reason=_BEFORE.sub("", failure.message) or failure.message)
