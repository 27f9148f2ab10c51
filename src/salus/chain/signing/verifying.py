"""Signed acts checked off chain, exactly as the contracts would check them.

Example:
    >>> from salus.chain import Chain, typed_data, verify_typed_data
    >>> from salus.chain.signing.signers import Account
    >>> chain, me = Chain.connect("tester"), Account.create()
    >>> act = {"patient": me.identity, "consentId": bytes(32), "deadline": 2**40}
    >>> typed = typed_data(chain.contract("ConsentRegistry"), "RevokeConsent", act)
    >>> verify_typed_data(chain, me.identity, typed, me.signer, me.sign_typed_data(typed))
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from salus.chain.abi.codec import Parameter, encode
from salus.chain.abi.typed import digest
from salus.chain.errors import SignatureMismatch, SignerNotInControl
from salus.chain.node.answers import RpcFailure, octets
from salus.chain.signing.signers import signer_identity

if TYPE_CHECKING:
    from salus.chain.chain import Chain

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: signatures with a higher s are second spellings of another one."""
_ENDED = re.compile(
    r"revert|out ?of ?gas|oog\b|opcode|invalid ?jump|stack ?(underflow|overflow|limit|items)",
    re.IGNORECASE,
)
"""How nodes say that the called code itself failed, which any other node would find as well."""
_ERC1271 = bytes.fromhex("1626ba7e")
_ERC7913 = bytes.fromhex("024ad318")
_BYTES, _BYTES32 = Parameter("", "", "bytes"), Parameter("", "", "bytes32")


def verify_typed_data(
    chain: Chain,
    identity: str,
    typed: dict[str, Any],
    signer: bytes,
    signature: bytes,
    *,
    block: int | str = "latest",
) -> None:
    """Check that who controls an identity signed an act. Deadlines are left to who submits it.

    Args:
        chain: Where control of identities is looked up.
        identity: In whose name the act is.
        typed: The full EIP-712 message.
        signer: ERC-7913 signer bytes.
        signature: What the signer made.
        block: The state that counts: number, or ``latest``.

    Raises:
        SignatureMismatch: The signature is not the signer's over this message.
        SignerNotInControl: The signer does not control the identity at that block.
        CredentialError: The signer bytes name no signer.
        ChainError: The node cannot tell now.
    """
    verify_digest(chain, identity, digest(typed), signer=signer, signature=signature, block=block)


def verify_digest(
    chain: Chain,
    identity: str,
    message: bytes,
    *,
    signer: bytes,
    signature: bytes,
    block: int | str = "latest",
) -> None:
    """Check that who controls an identity signed a digest.

    Args:
        chain: Where control of identities is looked up.
        identity: In whose name the act is.
        message: EIP-712 digest, 32 bytes.
        signer: ERC-7913 signer bytes.
        signature: What the signer made.
        block: The state that counts: number, or ``latest``.

    Raises:
        SignatureMismatch: The signature is not the signer's over this digest.
        SignerNotInControl: The signer does not control the identity at that block.
        CredentialError: The signer bytes name no signer.
        ChainError: The node cannot tell now.
    """
    who = signer_identity(signer)
    _require_signature(chain, who, signer, message, signature, block=block)
    owner = chain.contract("IdentityRegistry").call("identityOwner", identity, block=block)
    if owner != who:
        raise SignerNotInControl(identity=identity, signer=who, owner=owner)


def recover(message: bytes, signature: bytes) -> str:
    """Recover who signed, taking only the one form of a signature that the contracts take.

    Args:
        message: Digest, 32 bytes.
        signature: r, s and v, 65 bytes.

    Returns:
        The account, checksummed.

    Raises:
        SignatureMismatch: It is malformed: wrong length, high s, another v.
    """
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    if len(signature) != 65:
        raise SignatureMismatch(signer="any account", reason=f"{len(signature)} bytes, not 65")
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER or signature[64] not in (27, 28):
        raise SignatureMismatch(signer="any account", reason="not in canonical form")
    try:
        parsed = Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(parsed.recover_public_key_from_msg_hash(message).to_checksum_address())
    except (BadSignature, ValidationError):
        raise SignatureMismatch(signer="any account", reason="no key gives it") from None


def _require_signature(
    chain: Chain,
    who: str,
    signer: bytes,
    message: bytes,
    signature: bytes,
    *,
    block: int | str,
) -> None:
    if len(signer) > 20:
        key = encode((_BYTES, _BYTES32, _BYTES), (signer[20:], message, signature))
        valid = _answers(chain, signer[:20], _ERC7913, key, block)
    else:
        valid = key_signed(who, message, signature) or _code_agrees(
            chain, signer, message, signature, block=block
        )
    if not valid:
        raise SignatureMismatch(signer=who, reason="it is not over these values")


def key_signed(who: str, message: bytes, signature: bytes) -> bool:
    """Whether an account's key signed, whatever code the account has (EIP-7702)."""
    try:
        return recover(message, signature) == who
    except SignatureMismatch:
        return False


def _code_agrees(
    chain: Chain, signer: bytes, message: bytes, signature: bytes, *, block: int | str
) -> bool:
    """Whether an account's code says that it signed (ERC-1271); without code there is no answer."""
    data = encode((_BYTES32, _BYTES), (message, signature))
    return bool(chain.code("0x" + signer.hex(), block=block)) and _answers(
        chain, signer, _ERC1271, data, block
    )


def _answers(
    chain: Chain, target: bytes, selector: bytes, arguments: bytes, block: int | str
) -> bool:
    """Whether a contract answers a question with the question's own selector.

    A node that fails says nothing about a signature: only the contract's own failure is a no.
    """
    call = {"to": "0x" + target.hex(), "data": "0x" + (selector + arguments).hex()}
    where = hex(block) if isinstance(block, int) else block
    found = chain.rpc.attempt("eth_call", call, where)
    if isinstance(found, RpcFailure):
        if found.data is None and not _ENDED.search(found.message):
            raise found.refusal(chain.rpc.url)
        return False
    answer = octets(found)
    return len(answer) >= 32 and answer[:32] == selector.ljust(32, b"\0")
