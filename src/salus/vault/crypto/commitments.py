"""What a record version is bound to, and what binds it: contexts, commitments, and the leaf.

Every value is SHA-256 or HMAC-SHA-256 over a label that names its purpose and version, then fields
of fixed length, so that no two purposes ever hash the same bytes.

Example:
    >>> from salus.vault.crypto.commitments import Opening, commit_plaintext
    >>> opening = Opening(salt=bytes(32), commitment=commit_plaintext(bytes(32), b"48 mmol/mol"),
    ...                   manifest_digest=bytes(32))
    >>> opening.leaf().hex()[:16]
    '1ac139b72a4cef18'
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from salus.primitives.blocks import Chunk, Source, chunks
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.errors import CommitmentMismatch, WrongKey

RECORD_ID_SIZE = 16
SALT_SIZE = 32

_CONTEXT = b"SALUSAD\x01"
_KEY = b"salus/vault/key-commitment/v1\x00"
_PLAINTEXT = b"salus/vault/plaintext-commitment/v1\x00"
_LEAF = b"salus/vault/leaf/v1\x00"


def record_context(record_id: bytes, version: int, chain_id: int) -> bytes:
    """The associated data of a record version's ciphertext.

    Args:
        record_id: 16 bytes.
        version: From 1.
        chain_id: The chain that the record is anchored on.

    Returns:
        40 bytes: ``SALUSAD`` and 0x01, the record id, the version and the chain id, both as eight
        bytes big-endian.

    Raises:
        InvalidArgument: A value does not fit.
    """
    if len(record_id) != RECORD_ID_SIZE:
        raise InvalidArgument("record id", f"{RECORD_ID_SIZE} bytes")
    if not 1 <= version < 1 << 53 or not 1 <= chain_id < 1 << 53:
        raise InvalidArgument("version and chain id", "from 1 to 2**53 - 1")
    return _CONTEXT + record_id + version.to_bytes(8, "big") + chain_id.to_bytes(8, "big")


def commit_key(key: bytes) -> bytes:
    """Commit to a record key, because GCM alone lets one ciphertext open under two keys.

    Args:
        key: The record's key, 32 bytes.

    Returns:
        32 bytes: HMAC-SHA-256 of the label under the key.
    """
    return hmac.digest(key, _KEY, "sha256")


def check_key(key: bytes, commitment: bytes) -> None:
    """Refuse a key that a manifest does not commit to, before anything is decrypted with it.

    Args:
        key: The record's key, 32 bytes.
        commitment: The manifest's key commitment.

    Raises:
        WrongKey: They do not belong together.
    """
    if not hmac.compare_digest(commit_key(key), commitment):
        raise WrongKey("this record version")


class PlaintextCommitment:
    """The salted commitment to the exact bytes of a record, computed as they stream by.

    Args:
        salt: 32 random bytes, kept in the key store only.
    """

    def __init__(self, salt: bytes) -> None:
        if len(salt) != SALT_SIZE:
            raise InvalidArgument("salt", f"{SALT_SIZE} bytes")
        self._hash = hashlib.sha256(_PLAINTEXT + salt)

    def update(self, piece: Chunk) -> None:
        """Take the next bytes.

        Args:
            piece: Any number of bytes.
        """
        self._hash.update(piece)

    def digest(self) -> bytes:
        """The commitment to what was taken so far.

        Returns:
            32 bytes: SHA-256 of the label, the salt and the bytes.
        """
        return self._hash.digest()


def commit_plaintext(salt: bytes, source: Source) -> bytes:
    """Commit to the exact bytes of a record.

    Args:
        salt: 32 random bytes.
        source: Bytes, a binary file object, or an iterable of byte strings.

    Returns:
        32 bytes.

    Raises:
        InvalidArgument: The salt has another length.
    """
    commitment = PlaintextCommitment(salt)
    for piece in chunks(source):
        commitment.update(piece)
    return commitment.digest()


@dataclass(frozen=True, slots=True)
@typed
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

    def leaf(self) -> bytes:
        """The value that the issuer anchors.

        Returns:
            32 bytes: SHA-256 of the label, the salt, the plaintext commitment and the digest.

        Raises:
            InvalidArgument: A part does not have 32 bytes.
        """
        parts = (self.salt, self.commitment, self.manifest_digest)
        if any(len(part) != SALT_SIZE for part in parts):
            raise InvalidArgument("opening", "three values of 32 bytes")
        return hashlib.sha256(_LEAF + b"".join(parts)).digest()

    def check(self, leaf: bytes, plaintext: Source) -> None:
        """Check that a document is what was anchored.

        Args:
            leaf: The anchored leaf, 32 bytes.
            plaintext: The document's exact bytes.

        Raises:
            CommitmentMismatch: The document or the opening is another.
        """
        if not hmac.compare_digest(commit_plaintext(self.salt, plaintext), self.commitment):
            raise CommitmentMismatch("the document")
        if not hmac.compare_digest(self.leaf(), leaf):
            raise CommitmentMismatch("the manifest")
