"""What is asked of a Safe's contract: its functions in a few lines, and how they are called.

Versions 1.3.0 to 1.4.1; their contracts are no part of Salus.

Example:
    >>> FUNCTIONS["nonce"].selector.hex()
    'affed0e0'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from salus.chain.abi.catalogue import Function
from salus.chain.abi.codec import Parameter, decode, encode
from salus.chain.chain import Chain
from salus.chain.errors import ArgumentsInvalid
from salus.chain.node.answers import RpcFailure, octets
from salus.safes.errors import NotASafe
from salus_verify.encoding import hex0x, keccak

VERSIONS = ("1.3.0", "1.4.0", "1.4.1")
OWNERS_ACTS = ("addOwnerWithThreshold", "removeOwner", "swapOwner", "changeThreshold")
"""What a Safe may be told about itself in words; modules and guards are not among it."""
EXECUTION_SUCCESS = keccak(b"ExecutionSuccess(bytes32,uint256)")
_TRANSACTION = (
    "address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas,"
    " uint256 gasPrice, address gasToken, address refundReceiver"
)
_WRITTEN = f"""
VERSION() string
domainSeparator() bytes32
getOwners() address[]
getThreshold() uint256
nonce() uint256
approvedHashes(address owner, bytes32 digest) uint256
checkNSignatures(bytes32 digest, bytes content, bytes signatures, uint256 required)
approveHash(bytes32 digest)
execTransaction({_TRANSACTION}, bytes signatures) bool
addOwnerWithThreshold(address owner, uint256 threshold)
removeOwner(address previousOwner, address owner, uint256 threshold)
swapOwner(address previousOwner, address oldOwner, address newOwner)
changeThreshold(uint256 threshold)
"""
_LINE = re.compile(r"^(\w+)\((.*)\) ?(\S*)$", re.MULTILINE)


def _function(name: str, inputs: str, output: str) -> Function:
    pairs = [each.strip().split(" ") for each in inputs.split(",") if each.strip()]
    taken = tuple(Parameter.of({"type": kind, "name": called}) for kind, called in pairs)
    given = (Parameter.of({"type": output, "name": ""}),) if output else ()
    signature = f"{name}({','.join(each.kind for each in taken)})"
    return Function(name, signature, keccak(signature.encode())[:4], taken, given)


FUNCTIONS = {found[0]: _function(*found) for found in _LINE.findall(_WRITTEN)}


def call_data(name: str, *arguments: Any) -> bytes:
    """A call of one of the functions."""
    function = FUNCTIONS[name]
    try:
        return function.selector + encode(function.inputs, arguments)
    except (ValueError, TypeError) as error:
        raise ArgumentsInvalid(function=f"Safe.{function.signature}", reason=f"{error}") from None


def ask_each(chain: Chain, safe: str, *names: str) -> list[Any]:
    """Ask a Safe several questions about one moment.

    Raises:
        NotASafe: It does not answer as one.
    """
    return _asked(chain, safe, [(name, ()) for name in names])


def ask_about(chain: Chain, safe: str, name: str, subjects: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Ask a Safe one question about each of several subjects.

    Raises:
        NotASafe: It does not answer as one.
    """
    return _asked(chain, safe, [(name, each) for each in subjects])


def ask(chain: Chain, safe: str, name: str, *arguments: Any) -> Any:
    """Ask a Safe one question.

    Raises:
        NotASafe: It does not answer as one.
    """
    return _asked(chain, safe, [(name, arguments)])[0]


def _asked(chain: Chain, safe: str, questions: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    calls = [{"to": safe, "data": hex0x(call_data(name, *each))} for name, each in questions]
    answers = chain.rpc.batch([("eth_call", (each, "latest")) for each in calls])
    return [
        _read(chain, safe, name, answer)
        for (name, _), answer in zip(questions, answers, strict=True)
    ]


def _read(chain: Chain, safe: str, name: str, answer: Any) -> Any:
    if isinstance(answer, RpcFailure):
        if not answer.ran:  # the node's own trouble says nothing of a Safe
            raise answer.refusal(chain.rpc.url)
        raise NotASafe(address=safe, reason=f"it does not answer {name}")
    outputs = FUNCTIONS[name].outputs
    try:
        values = decode(outputs, octets(answer))
    except ValueError:
        raise NotASafe(address=safe, reason=f"it does not answer {name}") from None
    return values[0] if values else None
