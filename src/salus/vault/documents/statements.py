"""What a person signs in the vault: a short EIP-712 statement that a wallet can show.

A statement says who vouches for which digest and in what role; letters and reports are long, so
what is signed is their SHA-256. Signing and checking are injected: the vault never sees a chain.

Example:
    >>> from salus.vault.documents.statements import Statement
    >>> statement = Statement("letter", author="0x" + "11" * 20, digest=bytes(32), chain_id=31337)
    >>> statement.typed_data()["message"]["kind"]
    'letter'
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from salus.errors import CredentialError
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import refuse, typed
from salus.vault.errors import ForgedSignature
from salus_verify.encoding import canonical, hex0x
from salus_verify.erasure_receipt import MAX_SIGNATURE
from salus_verify.fields import Fields

TypedData: TypeAlias = dict[str, Any]
Verify: TypeAlias = Callable[[str, TypedData, bytes, bytes], bool | None]
"""``verify(identity, typed_data, signer, signature)`` raises a CredentialError (or returns False)
unless ``signer``, an address of 20 bytes or an ERC-7913 key, controls ``identity`` and signed.
"""


@runtime_checkable
class Author(Protocol):
    """Whoever signs: an account, a passkey, a remote service."""

    @property
    def identity(self) -> str:
        """The address that the signature speaks for."""

    @property
    def signer(self) -> bytes:
        """Who signs for it: an address (20 bytes) or an ERC-7913 signer."""

    def sign_typed_data(self, typed: TypedData) -> bytes:
        """Sign a full EIP-712 message."""


_TYPES = {
    "EIP712Domain": {"name": "string", "version": "string", "chainId": "uint256"},
    "Statement": {"kind": "string", "author": "address", "contentDigest": "bytes32"},
}


@dataclass(frozen=True, slots=True)
@typed
class Statement:
    """What an author says: I vouch for the content of this kind that has this digest.

    Attributes:
        kind: ``letter``, ``erasure``, or what a feature has signed.
        author: The identity that vouches.
        digest: SHA-256 of the exact bytes vouched for.
        chain_id: The chain on which ``author`` is an identity.
    """

    kind: str
    author: Address
    digest: bytes
    chain_id: int

    def typed_data(self) -> TypedData:
        """The statement as wallets take it (``eth_signTypedData_v4``)."""
        return {
            "types": {
                name: [{"name": field, "type": kind} for field, kind in members.items()]
                for name, members in _TYPES.items()
            },
            "primaryType": "Statement",
            "domain": {"name": "Salus Vault", "version": "1", "chainId": self.chain_id},
            "message": {
                "kind": self.kind,
                "author": lower_case(self.author),
                "contentDigest": hex0x(self.digest),
            },
        }


@dataclass(frozen=True, slots=True)
@typed
class Signed:
    """A signature and the key or address that made it.

    Attributes:
        signer: An address (20 bytes) or an ERC-7913 signer.
        signature: As that kind of signer makes it.
    """

    signer: bytes
    signature: bytes

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        for name in ("signer", "signature"):
            if not 0 < len(getattr(self, name)) <= MAX_SIGNATURE:
                yield name, f"must be 1 to {MAX_SIGNATURE} bytes"

    @typed_arguments
    def check(self, what: str, statement: Statement, verify: Verify) -> None:
        """Refuse a signature that its author did not make."""
        try:
            typed = statement.typed_data()
            accepted = verify(statement.author, typed, self.signer, self.signature)
        except CredentialError as error:
            raise ForgedSignature(what, statement.author) from error
        if accepted is False:
            raise ForgedSignature(what, statement.author)

    def to_json(self) -> dict[str, str]:
        """The signature as a part of a document."""
        return {"signer": hex0x(self.signer), "signature": hex0x(self.signature)}

    @classmethod
    @typed_arguments
    def from_fields(cls, fields: Fields) -> Signed:
        """Read a signature from a document.

        Raises:
            MalformedDocument: A field is missing or malformed.
        """
        signer = fields.hexadecimal("signer", size=None, longest=MAX_SIGNATURE)
        signature = fields.hexadecimal("signature", size=None, longest=MAX_SIGNATURE)
        fields.end()
        return cls(signer, signature)


def vouch(author: Author, kind: str, digest: bytes, chain_id: int) -> Signed:
    """Have an author sign a statement.

    Args:
        digest: SHA-256 of its exact bytes.

    Raises:
        InvalidValue: The signature is empty or too long to be one.
    """
    statement = Statement(kind, author.identity, digest, chain_id)
    signature = bytes(author.sign_typed_data(statement.typed_data()))
    return Signed(bytes(author.signer), signature)


def once(verify: Verify) -> Verify:
    """Ask about each signature once, for one piece of work: what stood still stands in it.

    Returns:
        The same, with a memory of 32 bytes for each signature that stood.
    """
    stood: set[bytes] = set()

    def asked(who: str, typed: TypedData, signer: bytes, signature: bytes) -> bool | None:
        asking = canonical({"of": [who, typed, hex0x(signer), hex0x(signature)]})
        name = hashlib.sha256(asking).digest()
        if name not in stood:
            if verify(who, typed, signer, signature) is False:
                return False
            stood.add(name)
        return True

    return asked
