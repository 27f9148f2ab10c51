"""Key documents: the public key that others seal to, and the digest by which the chain knows it.

Example:
    >>> from salus.vault.crypto.hpke import generate_seed, public_key
    >>> from salus.vault.keys.key_documents import KeyDocument
    >>> made = KeyDocument(identity="0x" + "ab" * 20, public_key=public_key(generate_seed()),
    ...                    created_at=1_800_000_000)
    >>> KeyDocument.parse(made.to_bytes(), digest=made.digest) == made
    True
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import refuse, typed
from salus.vault.crypto import hpke
from salus.vault.errors import CommitmentMismatch, MalformedKeyDocument
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.fields import MAX_INTEGER, Fields

KEY_DOCUMENT_TYPE = "salus/key-document/v1"
DIGEST_SIZE = 32
KEY_ATTRIBUTE = "did/pub/XWing/enc/sha256"
"""The did:ethr attribute whose value is the 32-byte digest of the document in force."""


_ID = re.compile(r"0x[0-9a-f]{64}")


def is_document_id(text: str) -> bool:
    """Whether a text can be the id of a key document: what is sealed names its reader by it."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
@typed
class KeyDocument:
    """Somebody's public encryption key.

    Attributes:
        identity: Whose it is.
        public_key: 1,216 bytes for :data:`salus.vault.crypto.hpke.SUITE`.
        created_at: Seconds since 1970 (UTC).
        previous: Digest of the document that this one replaces; None for the first.
    """

    identity: Address
    public_key: bytes = field(repr=False)
    created_at: int
    previous: bytes | None = None

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not hpke.is_public_key(self.public_key):
            yield "public_key", f"must be a key of the suite {hpke.SUITE}"
        if not 0 <= self.created_at <= MAX_INTEGER:
            yield "created_at", f"must be 0 to {MAX_INTEGER}"
        if self.previous is not None and len(self.previous) != DIGEST_SIZE:
            yield "previous", f"must be {DIGEST_SIZE} bytes"

    def to_bytes(self) -> bytes:
        """The document as it is published.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": KEY_DOCUMENT_TYPE,
                "suite": hpke.SUITE,
                "identity": lower_case(self.identity),
                "publicKey": base64url(self.public_key),
                "createdAt": self.created_at,
                "previous": None if self.previous is None else hex0x(self.previous),
            }
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the published bytes, 32 bytes: what the chain holds."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def id(self) -> str:
        """The digest in hexadecimal, by which sealed things name their recipient."""
        return hex0x(self.digest)

    @classmethod
    @typed_arguments
    def parse(cls, data: bytes, *, digest: bytes | None) -> KeyDocument:
        """Read a published document.

        Args:
            data: Its exact bytes.
            digest: What the identity's attribute on chain says; None only where the document comes
                from a place as trustworthy as the chain, such as one's own key file.

        Returns:
            The document.

        Raises:
            MalformedKeyDocument: It does not follow the format.
            CommitmentMismatch: It is not the one that the chain names.
        """
        if digest is not None and not hmac.compare_digest(hashlib.sha256(data).digest(), digest):
            raise CommitmentMismatch("the key document")
        fields = Fields.parse(data, kind=KEY_DOCUMENT_TYPE, error=MalformedKeyDocument)
        hpke.require_suite(fields)
        with fields.refusing():
            document = cls(
                identity=fields.address("identity"),
                public_key=fields.data("publicKey", size=hpke.PUBLIC_KEY_SIZE),
                created_at=fields.integer("createdAt"),
                previous=fields.hexadecimal_or_none("previous"),
            )
        fields.end()
        return document
