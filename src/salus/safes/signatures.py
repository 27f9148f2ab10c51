"""Signatures of a Safe's owners: checked as the Safe does, and put together as it takes them.

Example:
    >>> packed([("0x" + "11" * 20, None)]).hex()[-2:]  # who sends, or approved before
    '01'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.chain.chain import Chain
from salus.chain.errors import SignatureMismatch
from salus.chain.signing.verifying import recover
from salus.primitives.address import Address, lower_case
from salus.safes.errors import NotASafe
from salus.safes.interface import ask, ask_about
from salus.safes.proposals import OwnerSignature, SafeProposal
from salus_verify.encoding import keccak, octets_of

ETH_SIGN = b"\x19Ethereum Signed Message:\n32"
_SHIFT = 4
"""What a Safe adds to v where a key signed as ``eth_sign`` does."""


def require_signed(chain: Chain, proposal: SafeProposal, signature: OwnerSignature) -> None:
    """Refuse a signature that the Safe would not take of its owner.

    Raises:
        SignatureMismatch: It is not the owner's, or not over this proposal.
    """
    if signature.by_contract:
        _require_contract(chain, proposal, signature)
    elif _key_of(proposal.digest, signature.signature) != signature.owner:
        raise SignatureMismatch(signer=signature.owner, reason="it is not over this proposal")


def agreed(
    chain: Chain, proposal: SafeProposal, owners: Sequence[Address]
) -> dict[Address, OwnerSignature | None]:
    """Which owners agreed, and by which signature; None is by an approval on chain.

    Raises:
        SignatureMismatch: A signature in the proposal is not its owner's.
    """
    found: dict[Address, OwnerSignature | None] = {}
    for each in proposal.signatures:
        if each.owner in owners:
            require_signed(chain, proposal, each)
            found[each.owner] = each
    others = [owner for owner in owners if owner not in found]
    subjects = [(owner, proposal.digest) for owner in others]
    approved = ask_about(chain, proposal.safe, "approvedHashes", subjects)
    return found | {owner: None for owner, each in zip(others, approved, strict=True) if each}


def packed(signatures: Sequence[tuple[Address, OwnerSignature | None]]) -> bytes:
    """Put signatures together in ascending order of owners; None is who sends, or approved."""
    ordered = sorted(signatures, key=lambda each: lower_case(each[0]))
    head, tail = b"", b""
    for owner, signature in ordered:
        padded = octets_of(owner).rjust(32, b"\0")
        if signature is None:
            head += padded + bytes(32) + b"\x01"
        elif signature.by_contract:
            head += padded + (65 * len(ordered) + len(tail)).to_bytes(32, "big") + b"\x00"
            tail += len(signature.signature).to_bytes(32, "big") + signature.signature
        else:
            head += signature.signature
    return head + tail


def _key_of(digest: bytes, signature: bytes) -> Address | None:
    if len(signature) != 65:
        return None
    if signature[64] > 30:
        digest = keccak(ETH_SIGN + digest)
        signature = signature[:64] + bytes([signature[64] - _SHIFT])
    try:
        return recover(digest, signature)
    except SignatureMismatch:
        return None


def _require_contract(chain: Chain, proposal: SafeProposal, signature: OwnerSignature) -> None:
    """Ask the Safe itself whether it takes a contract's signature (ERC-1271)."""
    alone = packed([(signature.owner, signature)])
    arguments = (proposal.digest, proposal.content, alone, 1)
    try:
        ask(chain, proposal.safe, "checkNSignatures", *arguments)
    except NotASafe:
        raise SignatureMismatch(
            signer=signature.owner, reason="the contract does not say that it signed"
        ) from None
