"""Signatures checked off chain, exactly as the contracts would check them.

Example:
    >>> key_signed("0x" + "11" * 20, bytes(32), bytes(65))
    False
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from salus.chain.abi.codec import Parameter, encode
from salus.chain.errors import SignatureMismatch
from salus.chain.node.answers import RpcFailure, octets
from salus.chain.node.rpc import Rpc
from salus.errors import CredentialError
from salus.primitives.arguments import typed_arguments
from salus_verify.address import checksummed
from salus_verify.encoding import hex0x, keccak

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: signatures with a higher s are second spellings of another one."""
_ENDED = re.compile(
    r"revert|out ?of ?gas|oog\b|opcode|invalid ?jump|stack ?(underflow|overflow|limit|items)",
    re.IGNORECASE,
)
"""How nodes say that the called code itself failed, which any other node would find as well."""
_ERC1271 = bytes.fromhex("1626ba7e")
_ERC7913 = bytes.fromhex("024ad318")
_BYTES, _BYTES32 = Parameter("", "", "bytes"), Parameter("", "", "bytes32")


@typed_arguments
def signer_identity(signer: bytes) -> str:
    """Return the identity of ERC-7913 signer bytes: the account, or their keccak256's end."""
    from eth_utils.crypto import keccak

    if len(signer) < 20:
        raise CredentialError(f"{len(signer)} bytes name no signer: an account has 20")
    return checksummed(signer if len(signer) == 20 else keccak(signer)[-20:])


def require_signature(
    rpc: Rpc, signer: bytes, message: bytes, signature: bytes, *, block: int | str = "latest"
) -> str:
    """Refuse a signature that the contracts would not take of a signer; return its identity.

    The signer's ERC-7913 bytes name a key, an account with code, or a verifier and a key; what
    code says is asked at ``block``.

    Raises:
        SignatureMismatch: The signature is not the signer's over this digest.
        CredentialError: The signer bytes name no signer.
        ChainError: The node cannot tell now.
    """
    who, where = signer_identity(signer), hex(block) if isinstance(block, int) else block
    if len(signer) > 20:
        key = encode((_BYTES, _BYTES32, _BYTES), (signer[20:], message, signature))
        valid = _answers(rpc, signer[:20], _ERC7913, key, block=where)
    else:
        valid = key_signed(who, message, signature) or _code_agrees(
            rpc, signer, message, signature, block=where
        )
    if not valid:
        raise SignatureMismatch(signer=who, reason="it is not over these values")
    return who


def recover(message: bytes, signature: bytes) -> str:
    """Recover the account that signed, in the only form of a signature that the contracts take.

    Raises:
        SignatureMismatch: It is malformed: wrong length, high s, another v.
    """
    if len(signature) != 65:
        raise SignatureMismatch(signer="any account", reason=f"{len(signature)} bytes, not 65")
    if int.from_bytes(signature[32:64], "big") > HALF_ORDER or signature[64] not in (27, 28):
        raise SignatureMismatch(signer="any account", reason="not in canonical form")
    key = _recovery()(message, signature[:64] + bytes([signature[64] - 27]))
    if key is None or len(message) != 32:
        raise SignatureMismatch(signer="any account", reason="no key gives it")
    return checksummed(keccak(key)[-20:])


@cache
def _recovery() -> Callable[[bytes, bytes], bytes | None]:
    """What finds the 64 bytes of the public key: in C where coincurve is installed."""
    try:
        from coincurve import PublicKey
    except ImportError:
        return _key_in_python

    def key_in_c(message: bytes, signature: bytes) -> bytes | None:
        try:
            found = PublicKey.from_signature_and_message(signature, message, hasher=None)
        except Exception:  # that is all that the library says: bare exceptions
            return None
        return found.format(compressed=False)[1:]

    return key_in_c


def _key_in_python(message: bytes, signature: bytes) -> bytes | None:
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    try:
        return bytes(Signature(signature).recover_public_key_from_msg_hash(message).to_bytes())
    except (BadSignature, ValidationError):
        return None


def key_signed(who: str, message: bytes, signature: bytes) -> bool:
    """Whether an account's key signed, whatever code the account has (EIP-7702)."""
    try:
        return recover(message, signature) == who
    except SignatureMismatch:
        return False


def _code_agrees(rpc: Rpc, signer: bytes, message: bytes, signature: bytes, *, block: str) -> bool:
    """Whether an account's code says that it signed (ERC-1271); without code there is no answer."""
    data = encode((_BYTES32, _BYTES), (message, signature))
    code = octets(rpc.request("eth_getCode", hex0x(signer), block))
    return bool(code) and _answers(rpc, signer, _ERC1271, data, block=block)


def _answers(rpc: Rpc, target: bytes, selector: bytes, arguments: bytes, *, block: str) -> bool:
    """Whether a contract answers a question with the question's own selector.

    A node that fails says nothing about a signature: only the contract's own failure is a no.
    """
    call = {"to": hex0x(target), "data": hex0x(selector + arguments)}
    found = rpc.attempt("eth_call", call, block)
    if isinstance(found, RpcFailure):
        if found.data is None and not found.says(_ENDED):
            raise found.refusal(rpc.url)
        return False
    answer = octets(found)
    return len(answer) >= 32 and answer[:32] == selector.ljust(32, b"\0")
