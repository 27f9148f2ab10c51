"""What a node refuses a call or a transaction with, as the exception it stands for.

Example:
    >>> from salus.chain.node.answers import RpcFailure
    >>> is_known(RpcFailure("already known")), is_known(RpcFailure("nonce too low"))
    (True, False)
"""

from __future__ import annotations

import re

from salus.chain.abi.revert import named_revert
from salus.chain.node.answers import RpcFailure
from salus.chain.sending.errors import InsufficientFunds, NonceConflict, TransactionRefused
from salus.errors import SalusError

_FUNDS = re.compile(r"insufficient (funds|balance)|enough funds|cannot afford", re.IGNORECASE)
_NONCE = re.compile(r"nonce|replacement transaction|underpriced", re.IGNORECASE)
_FULL = re.compile(
    r"pool\b.{0,20}\b(full|overflow)|pool limit|"
    r"nonce[ _]?(is |it )?too[ _](high|far|distant|big)|nonce[ _-]?gap|gapped[ _-]nonce|"
    r"in-?flight transaction limit|account limit exceeded|account slots|"
    r"future transaction tries to replace|lower nonce",
    re.IGNORECASE,
)
"""How nodes say that an account has as many transactions waiting as they keep: geth, Besu, Reth,
Nethermind, Hardhat."""
_KNOWN = re.compile(
    r"\balready[ _-]?(known|imported|in (the )?(mem|tx)?pool)\b|\bknown transaction\b",
    re.IGNORECASE,
)


def named_failure(failure: RpcFailure, *, target: str, sender: str, url: str) -> SalusError:
    """Return the error for a node's answer to a call or an estimate: nothing was sent."""
    return _of_the_call(failure, target=target, sender=sender) or failure.refusal(url)


def named_refusal(
    failure: RpcFailure, *, target: str, sender: str, nonce: int | None = None
) -> SalusError:
    """Return the error for a node's answer to a transaction that it does not have."""
    if named := _of_the_call(failure, target=target, sender=sender):
        return named
    if nonce is not None and failure.says(_NONCE):
        return NonceConflict(address=sender, nonce=nonce)
    return TransactionRefused(address=sender, reason=failure.message)


def is_full(failure: RpcFailure) -> bool:
    """Whether a node would take the very same transaction later, once others are mined."""
    return not failure.ran and failure.says(_FULL)


def is_known(failure: RpcFailure) -> bool:
    """Whether a node has this very transaction already: nothing more needs to be sent."""
    said = not failure.ran and failure.says(_KNOWN)  # a contract may say it too
    return failure.mined is not None or said


def _of_the_call(failure: RpcFailure, *, target: str, sender: str) -> SalusError | None:
    if not failure.ran and failure.says(_FUNDS):
        return InsufficientFunds(address=sender)
    return named_revert(failure, target=target)
