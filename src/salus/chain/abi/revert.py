"""What a node says when a call fails, as the exception it stands for.

anvil, Hardhat and the in-process chain shape the same revert in three ways; `salus.chain.node.rpc`
brings them to one, and this gives it its name.

Example:
    >>> from salus.chain.abi.revert import decode_revert
    >>> panic = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
    >>> print(decode_revert(panic, target="0x"))
    the contract panicked (0x11, arithmetic overflow): check the numbers that were given
"""

from __future__ import annotations

import re

from salus.chain.abi.catalogue import errors_by_selector
from salus.chain.abi.codec import Parameter, decode
from salus.chain.errors import InsufficientFunds, NonceConflict, TransactionRefused
from salus.chain.node.answers import RpcFailure
from salus.contracts.reverts import (
    Panicked,
    RevertedUnknown,
    RevertedWithoutReason,
    RevertedWithReason,
)
from salus.errors import ContractError, SalusError

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_TEXT = (Parameter("reason", "reason", "string"),)
_NUMBER = (Parameter("code", "code", "uint256"),)

_FUNDS = re.compile(r"insufficient (funds|balance)|enough funds|cannot afford", re.IGNORECASE)
_NONCE = re.compile(r"nonce|replacement transaction|underpriced", re.IGNORECASE)
_KNOWN = re.compile(r"\balready (known|imported)\b|\bknown transaction\b", re.IGNORECASE)


def decode_revert(data: bytes, *, target: str) -> ContractError:
    """Name what a contract reverted with.

    Args:
        data: The revert's data.
        target: Address of the contract that was called.

    Returns:
        The class of `salus.errors.contracts` with the Solidity error's name and values.
    """
    if not data:
        return RevertedWithoutReason(target=target)
    try:
        return _decode(data)
    except ValueError:
        return RevertedUnknown(data=data)


def named_failure(failure: RpcFailure, *, target: str, sender: str, url: str) -> SalusError:
    """Name what a node answered to a call or an estimate: nothing was sent.

    Args:
        failure: The node's answer.
        target: Address of the contract that was called.
        sender: Address that called.
        url: The node, redacted.

    Returns:
        The exception to raise.
    """
    return _of_the_call(failure, target=target, sender=sender) or failure.refusal(url)


def named_refusal(
    failure: RpcFailure, *, target: str, sender: str, nonce: int | None = None
) -> SalusError:
    """Name what a node answered to a transaction that it does not have.

    Args:
        failure: The node's answer.
        target: Address of the contract that was to be called.
        sender: Address that was to pay.
        nonce: The transaction's nonce, where that is known.

    Returns:
        The exception to raise.
    """
    if named := _of_the_call(failure, target=target, sender=sender):
        return named
    if nonce is not None and _NONCE.search(failure.message):
        return NonceConflict(address=sender, nonce=nonce)
    return TransactionRefused(address=sender, reason=failure.message)


def named_revert(failure: RpcFailure, *, target: str) -> ContractError | None:
    """Name a contract's refusal.

    Args:
        failure: A node's answer.
        target: Address of the contract that was called.

    Returns:
        What it reverted with; None when the node has another reason, or trouble of its own.
    """
    if not failure.ran:
        return None
    if failure.data is not None:
        return decode_revert(failure.data, target=target)
    return _without_data(failure.message, target)


def _of_the_call(failure: RpcFailure, *, target: str, sender: str) -> SalusError | None:
    if not failure.ran and _FUNDS.search(failure.message):
        return InsufficientFunds(address=sender)
    return named_revert(failure, target=target)


def is_known(failure: RpcFailure) -> bool:
    """Whether a node has this very transaction already.

    Args:
        failure: The node's answer to a raw transaction.

    Returns:
        True when nothing more needs to be sent.
    """
    words = not failure.ran and _KNOWN.search(failure.message)  # a contract may say it too
    return failure.mined is not None or bool(words)


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


def _without_data(text: str, target: str) -> ContractError:
    """Eth-tester gives a revert's string instead of its data."""
    reason = re.sub(r"^.*?reverted:? ?", "", text)
    if not reason:
        return RevertedWithoutReason(target=target)
    return RevertedWithReason(reason=reason)
