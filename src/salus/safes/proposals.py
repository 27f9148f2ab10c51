"""What travels between a Safe's owners: one call, and who signed it.

A proposal calls (operation 0), pays nobody back and names no gas of its own: the fields of a
`SafeTx` by which an owner could be cheated are not in it.

Example:
    >>> proposal = SafeProposal(1, "0x" + "11" * 20, 0, "0x" + "22" * 20, 0, b"")
    >>> SafeProposal.from_bytes(proposal.to_bytes()) == proposal, len(proposal.digest)
    (True, 32)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from salus.chain.abi.eip712 import encoded
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.safes.errors import MalformedSafeProposal, SafeProposalElsewhere
from salus_verify.encoding import base64url, canonical, hex0x, keccak
from salus_verify.fields import Fields

PROPOSAL_TYPE = "salus/safe-proposal/v1"
NOBODY = "0x" + "00" * 20
MOST_OWNERS = 256
LONGEST_CALL = 2**17
"""Bytes of a call: as much as a transaction that a node passes on."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}")
_TYPES = {
    "EIP712Domain": [
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "SafeTx": [
        {"name": "to", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "data", "type": "bytes"},
        {"name": "operation", "type": "uint8"},
        {"name": "safeTxGas", "type": "uint256"},
        {"name": "baseGas", "type": "uint256"},
        {"name": "gasPrice", "type": "uint256"},
        {"name": "gasToken", "type": "address"},
        {"name": "refundReceiver", "type": "address"},
        {"name": "nonce", "type": "uint256"},
    ],
}


@dataclass(frozen=True, slots=True)
@typed
class OwnerSignature:
    """One owner's agreement.

    Attributes:
        owner: Whose.
        signature: r, s and v of a key (v of 31 or 32 where it signed as ``eth_sign`` does); of a
            contract whatever it takes (ERC-1271).
        by_contract: Whether the owner is a contract.
    """

    owner: Address
    signature: bytes
    by_contract: bool = False


@dataclass(frozen=True, slots=True)
@typed
class SafeProposal:
    """One call that a Safe is to make, and the signatures so far, by owner.

    Attributes:
        chain_id: EIP-155 chain id.
        safe: The Safe.
        nonce: Its number among the Safe's transactions.
        to: What it calls.
        value: Wei that it sends.
        data: The call.
        signatures: In ascending order of their owners, one of each.
    """

    chain_id: int
    safe: Address
    nonce: int
    to: Address
    value: int
    data: bytes
    signatures: tuple[OwnerSignature, ...] = ()

    def typed(self) -> dict[str, Any]:
        """The full EIP-712 message that owners sign (`SafeTx`, in the Safe's domain)."""
        return {
            "types": _TYPES,
            "primaryType": "SafeTx",
            "domain": {"chainId": self.chain_id, "verifyingContract": self.safe},
            "message": dict(zip(_NAMES, self.fields, strict=True)),
        }

    @property
    def fields(self) -> tuple[Any, ...]:
        """The fields of the `SafeTx`, in their order."""
        return (self.to, self.value, self.data, 0, 0, 0, 0, NOBODY, NOBODY, self.nonce)

    @property
    def content(self) -> bytes:
        """The bytes that are hashed: contracts that sign are given them."""
        return encoded(self.typed())

    @property
    def digest(self) -> bytes:
        """The 32 bytes that keys sign; a Safe calls it the hash of its transaction."""
        return keccak(self.content)

    @typed_arguments
    def with_signature(self, signature: OwnerSignature) -> SafeProposal:
        """Add an owner's signature, or put it in the place of that owner's earlier one.

        Args:
            signature: Not checked here; `Safe.add` checks.

        Returns:
            The proposal with it.
        """
        by_owner = {each.owner: each for each in (*self.signatures, signature)}
        return replace(self, signatures=tuple(sorted(by_owner.values(), key=_owner)))

    @typed_arguments
    def joined(self, other: SafeProposal) -> SafeProposal:
        """Take in the signatures of another copy.

        Args:
            other: The same proposal, signed by others.

        Returns:
            One with both's.

        Raises:
            SafeProposalElsewhere: It is another proposal.
        """
        if self.digest != other.digest:
            raise SafeProposalElsewhere(
                what="another act, of digest", wanted=hex0x(self.digest), given=hex0x(other.digest)
            )
        joined = self
        for each in other.signatures:
            joined = joined.with_signature(each)
        return joined

    def to_bytes(self) -> bytes:
        """Write the document, in its canonical form (RFC 8785)."""
        return canonical(
            {
                "type": PROPOSAL_TYPE,
                "chainId": self.chain_id,
                "safe": lower_case(self.safe),
                "nonce": self.nonce,
                "to": lower_case(self.to),
                "value": str(self.value),
                "data": base64url(self.data),
                "signatures": [_written(each) for each in self.signatures],
            }
        )

    @classmethod
    @typed_arguments
    def from_bytes(cls, data: bytes) -> SafeProposal:
        """Read the document.

        Args:
            data: The exact bytes.

        Returns:
            The proposal; its signatures are not checked yet.

        Raises:
            MalformedSafeProposal: It is something else.
        """
        fields = Fields.parse(data, kind=PROPOSAL_TYPE, error=MalformedSafeProposal)
        proposal = cls(
            chain_id=fields.integer("chainId", minimum=1),
            safe=fields.address("safe"),
            nonce=fields.integer("nonce"),
            to=fields.address("to"),
            value=_value(fields),
            data=fields.data("data", empty=True),
            signatures=tuple(map(_signature, fields.objects("signatures", most=MOST_OWNERS))),
        )
        if len(proposal.data) > LONGEST_CALL:
            fields.fail(f"'data' is longer than {LONGEST_CALL} bytes")
        owners = [_owner(each) for each in proposal.signatures]
        if owners != sorted(set(owners)):
            fields.fail("'signatures' are not in ascending order of owners, one of each")
        fields.end()
        return proposal


_NAMES = tuple(each["name"] for each in _TYPES["SafeTx"])


def _owner(signature: OwnerSignature) -> str:
    return lower_case(signature.owner)


def _written(signature: OwnerSignature) -> Mapping[str, Any]:
    return {
        "owner": lower_case(signature.owner),
        "signature": base64url(signature.signature),
        "by": "contract" if signature.by_contract else "key",
    }


def _signature(fields: Fields) -> OwnerSignature:
    by = fields.text("by")
    if by not in ("contract", "key"):
        fields.fail("'by' is neither contract nor key")
    found = OwnerSignature(
        fields.address("owner"),
        fields.data("signature", size=65 if by == "key" else None, empty=by == "contract"),
        by_contract=by == "contract",
    )
    fields.end()
    return found


def _value(fields: Fields) -> int:
    text = fields.text("value", longest=78)
    if not _NUMBER.fullmatch(text) or int(text) >= 2**256:
        fields.fail("'value' is not a number of wei")
    return int(text)
