"""What opens an anchored leaf: a salt, a commitment to the document, and a digest.

Every value is SHA-256 over a label that names its purpose and version, then fields of fixed length,
so that no two purposes ever hash the same bytes.

Example:
    >>> opening = Opening(bytes(32), commit_plaintext(bytes(32), b"48 mmol/mol"), bytes(32))
    >>> opening.leaf().hex()[:16]
    '1ac139b72a4cef18'
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from salus_verify.errors import InputError
from salus_verify.sources import Chunk, Source, chunks
from salus_verify.values import octets

SALT_SIZE = 32
_PLAINTEXT = b"salus/vault/plaintext-commitment/v1\x00"
_LEAF = b"salus/vault/leaf/v1\x00"


class PlaintextCommitment:
    """The salted commitment to the exact bytes of a record, computed as they stream by."""

    def __init__(self, salt: bytes) -> None:
        if len(salt) != SALT_SIZE:
            raise InputError(f"salt must be {SALT_SIZE} bytes; correct it and call again")
        self._hash = hashlib.sha256(_PLAINTEXT + salt)

    def update(self, piece: Chunk) -> None:
        """Take the next bytes."""
        self._hash.update(piece)

    def digest(self) -> bytes:
        """SHA-256 of the label, the salt and the bytes so far; 32 bytes."""
        return self._hash.digest()


def commit_plaintext(salt: bytes, source: Source | Path) -> bytes:
    """Commit to the exact bytes of a record: 32 bytes."""
    commitment = PlaintextCommitment(salt)
    for piece in chunks(source):
        commitment.update(piece)
    return commitment.digest()


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens an anchored leaf. Whoever is given it can check a record; nobody else learns any.

    Attributes:
        salt: 32 bytes, secret until it is given.
        commitment: The plaintext commitment, 32 bytes.
        manifest_digest: SHA-256 of the manifest's signed bytes.
    """

    salt: bytes = field(repr=False)
    commitment: bytes
    manifest_digest: bytes

    def __post_init__(self) -> None:
        octets(self, "salt", "commitment", "manifest_digest", size=32)

    def leaf(self) -> bytes:
        """SHA-256 of the label, the salt, the commitment and the digest: what is anchored."""
        return hashlib.sha256(_LEAF + self.salt + self.commitment + self.manifest_digest).digest()

    def opens(self, document: Source | Path) -> bool:
        """Whether a document is, byte for byte, the one that was committed to."""
        return hmac.compare_digest(commit_plaintext(self.salt, document), self.commitment)
