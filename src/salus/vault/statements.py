"""What a person signs in the vault: a short EIP-712 statement that a wallet can show.

A statement says who vouches for which digest and in what role; manifests and messages are long, so
what is signed is their SHA-256. Signing and checking are injected: the vault never sees a chain.

Example:
    >>> from salus.vault.statements import Statement
    >>> statement = Statement("manifest", author="0x" + "11" * 20, digest=bytes(32), chain_id=31337)
    >>> statement.typed_data()["message"]["kind"], len(statement.digest_to_sign())
    ('manifest', 32)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from eth_hash.auto import keccak

from salus.errors import ForgedSignature, InvalidArgument
from salus.vault.documents import Fields, hex0x, identity

TypedData: TypeAlias = dict[str, Any]
Sign: TypeAlias = Callable[[TypedData], bytes]
"""Signs EIP-712 typed data; returns what ``Verify`` will accept from the same signer."""
Verify: TypeAlias = Callable[[str, bytes, bytes, bytes], bool]
"""``verify(identity, digest, signer, signature)``: whether ``signer`` controls ``identity`` and
signed the 32-byte EIP-712 digest. ``signer`` is an address (20 bytes) or an ERC-7913 key."""

MAX_SIGNATURE = 8192

_DOMAIN_FIELDS = "EIP712Domain(string name,string version,uint256 chainId)"
_STATEMENT_FIELDS = "Statement(string kind,address author,bytes32 contentDigest)"
_NAME, _VERSION = "Salus Vault", "1"


@dataclass(frozen=True, slots=True)
class Statement:
    """“I, ``author``, vouch for the ``kind`` with this digest.”

    Attributes:
        kind: ``manifest``, ``letter`` or ``erasure``.
        author: The identity that vouches, a lower-case address.
        digest: SHA-256 of the exact bytes vouched for.
        chain_id: The chain on which ``author`` is an identity.
    """

    kind: str
    author: str
    digest: bytes
    chain_id: int

    def typed_data(self) -> TypedData:
        """The statement as wallets take it (``eth_signTypedData_v4``).

        Returns:
            Types, domain, primary type and message.
        """
        return {
            "types": {
                "EIP712Domain": _members(_DOMAIN_FIELDS),
                "Statement": _members(_STATEMENT_FIELDS),
            },
            "primaryType": "Statement",
            "domain": {"name": _NAME, "version": _VERSION, "chainId": self.chain_id},
            "message": {
                "kind": self.kind,
                "author": self.author,
                "contentDigest": hex0x(self.digest),
            },
        }

    def digest_to_sign(self) -> bytes:
        """The digest that a signature covers (EIP-712).

        Returns:
            32 bytes.
        """
        domain = keccak(
            keccak(_DOMAIN_FIELDS.encode())
            + keccak(_NAME.encode())
            + keccak(_VERSION.encode())
            + self.chain_id.to_bytes(32, "big")
        )
        message = keccak(
            keccak(_STATEMENT_FIELDS.encode())
            + keccak(self.kind.encode())
            + bytes.fromhex(self.author[2:]).rjust(32, b"\0")
            + self.digest
        )
        return keccak(b"\x19\x01" + domain + message)


@dataclass(frozen=True, slots=True)
class Author:
    """An identity that can vouch for what the vault makes.

    Attributes:
        identity: Its address.
        sign: Signs typed data in its name.
        signer: What the signature is checked against: the controlling address (20 bytes), or an
            ERC-7913 signer. Empty: the identity's own address.
    """

    identity: str
    sign: Sign
    signer: bytes = b""

    def vouch(self, kind: str, digest: bytes, chain_id: int) -> Signed:
        """Sign a statement.

        Args:
            kind: What is vouched for.
            digest: SHA-256 of its exact bytes.
            chain_id: The chain on which the identity exists.

        Returns:
            The signature and who made it.

        Raises:
            InvalidArgument: The signature is empty or too long to be one.
        """
        author = identity(self.identity)
        signature = bytes(self.sign(Statement(kind, author, digest, chain_id).typed_data()))
        if not 0 < len(signature) <= MAX_SIGNATURE:
            raise InvalidArgument("signature", f"1 to {MAX_SIGNATURE} bytes")
        return Signed(signer=self.signer or bytes.fromhex(author[2:]), signature=signature)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature and the key or address that made it.

    Attributes:
        signer: An address (20 bytes) or an ERC-7913 signer.
        signature: As that kind of signer makes it.
    """

    signer: bytes
    signature: bytes

    def check(self, what: str, statement: Statement, verify: Verify) -> None:
        """Refuse a signature that its author did not make.

        Args:
            what: What was signed, for the error.
            statement: What the signature must say.
            verify: Tells whether the signer controls the identity and signed the digest.

        Raises:
            ForgedSignature: It did not.
        """
        digest = statement.digest_to_sign()
        if verify(statement.author, digest, self.signer, self.signature) is not True:
            raise ForgedSignature(what, statement.author)

    def to_json(self) -> dict[str, str]:
        """The signature as a part of a document.

        Returns:
            ``signer`` and ``signature``, 0x-prefixed.
        """
        return {"signer": hex0x(self.signer), "signature": hex0x(self.signature)}

    @classmethod
    def from_fields(cls, fields: Fields) -> Signed:
        """Read a signature from a document.

        Args:
            fields: The object that holds ``signer`` and ``signature``.

        Returns:
            The signature.

        Raises:
            MalformedDocument: A field is missing or malformed.
        """
        signer = fields.hexadecimal("signer", size=None, longest=MAX_SIGNATURE)
        signature = fields.hexadecimal("signature", size=None, longest=MAX_SIGNATURE)
        fields.end()
        return cls(signer, signature)


def _members(signature: str) -> list[dict[str, str]]:
    inside = signature[signature.index("(") + 1 : -1]
    return [
        {"name": name, "type": kind} for kind, name in (part.split(" ") for part in inside.split(","))
    ]
