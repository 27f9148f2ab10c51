"""Manifests: the signed pointer to one version of a record.

A manifest says where the ciphertext is, what it and the plaintext must be, which key opens it, and
what came before. It holds no key and no salt: it may outlive an erasure and still reveal nothing.

Example:
    >>> from salus.vault.documents.manifest import Manifest
    >>> from salus.vault.crypto.cid import content_id
    >>> manifest = Manifest(chain_id=31337, record=bytes(16), version=1, previous=None,
    ...     content_id=content_id(b""), plaintext_size=0, ciphertext_size=56, padding="none",
    ...     media_type="application/fhir+json", locations=("memory://ward",), commitment=bytes(32),
    ...     key_commitment=bytes(32), wrap_id=bytes(16), issuer="0x" + "ab" * 20, created_at=0)
    >>> Manifest.parse(manifest.to_bytes()) == manifest
    True
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from salus.primitives.documents import base64url, canonical, hex0x
from salus.primitives.values import typed
from salus.vault.crypto.cid import is_content_id
from salus.vault.crypto.commitments import record_context
from salus.vault.crypto.padding import PADDINGS, padded_size
from salus.vault.crypto.segments import plaintext_size
from salus.vault.documents.statements import Author, Signed, Statement, Verify, vouch
from salus.vault.errors import ForkedManifest, MalformedManifest, TruncatedBlob
from salus_verify.erasure import RECORD_ID_SIZE
from salus_verify.fields import Fields

MANIFEST_TYPE = "salus/manifest/v1"
SIGNED_MANIFEST_TYPE = "salus/signed-manifest/v1"
ENVELOPE = "tink-aes256-gcm-hkdf-sha256-64k/v1"
WRAP_ID_SIZE = 16
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}( *;[ -~]*)?", re.ASCII)
"""What a record is (RFC 6838, section 4.2), parameters allowed: it is shown at terminals."""


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Manifest:
    """One version of a record.

    Attributes:
        chain_id: The chain on which it is anchored and its issuer is an identity.
        record: The record's id, 16 random bytes, the same for all its versions.
        version: From 1.
        previous: Digest of the manifest before; None for the first.
        content_id: CIDv1 of the ciphertext.
        plaintext_size: Bytes of the record.
        ciphertext_size: Bytes of the blob.
        padding: ``none`` or ``padme``.
        media_type: What the record is (RFC 6838).
        locations: URLs of the storages that hold the blob under ``blobs/<content id>``.
        commitment: Salted commitment to the exact plaintext bytes.
        key_commitment: Commitment to the key that opens the blob.
        wrap_id: Names that key among wraps, 16 random bytes.
        issuer: The identity that signs and anchors.
        created_at: Seconds since 1970 (UTC), by the issuer's clock.
    """

    chain_id: int
    record: bytes
    version: int
    previous: bytes | None
    content_id: str
    plaintext_size: int
    ciphertext_size: int
    padding: str
    media_type: str
    locations: tuple[str, ...]
    commitment: bytes
    key_commitment: bytes
    wrap_id: bytes
    issuer: str
    created_at: int

    @property
    def record_id(self) -> str:
        """The record's id in hexadecimal."""
        return self.record.hex()

    @property
    def blob_name(self) -> str:
        """What the blob is called in every storage."""
        return f"blobs/{self.content_id}"

    @property
    def associated_data(self) -> bytes:
        """What the ciphertext is bound to, 40 bytes."""
        return record_context(self.record, self.version, self.chain_id)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes: what is signed and what the next one names."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def statement(self) -> Statement:
        """What the issuer signs."""
        return Statement("manifest", self.issuer, self.digest, self.chain_id)

    def to_bytes(self) -> bytes:
        """The manifest as it is signed.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": MANIFEST_TYPE,
                "chainId": self.chain_id,
                "record": hex0x(self.record),
                "version": self.version,
                "previous": None if self.previous is None else hex0x(self.previous),
                "content": {
                    "cid": self.content_id,
                    "envelope": ENVELOPE,
                    "ciphertextSize": self.ciphertext_size,
                    "plaintextSize": self.plaintext_size,
                    "padding": self.padding,
                    "mediaType": self.media_type,
                    "locations": list(self.locations),
                },
                "commitment": hex0x(self.commitment),
                "keyCommitment": hex0x(self.key_commitment),
                "wrap": hex0x(self.wrap_id),
                "issuer": self.issuer,
                "createdAt": self.created_at,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Read the exact bytes of a manifest, without its signature.

        Args:
            data: Canonical JSON.

        Returns:
            The manifest.

        Raises:
            MalformedManifest: It does not follow the format.
        """
        fields = Fields.parse(data, kind=MANIFEST_TYPE, error=MalformedManifest)
        content = fields.nested("content")
        if content.text("envelope") != ENVELOPE:
            fields.fail(f"its envelope is not {ENVELOPE}")
        manifest = cls(
            chain_id=fields.integer("chainId", minimum=1),
            record=fields.hexadecimal("record", size=RECORD_ID_SIZE),
            version=fields.integer("version", minimum=1),
            previous=fields.hexadecimal_or_none("previous"),
            content_id=content.text("cid"),
            plaintext_size=content.integer("plaintextSize"),
            ciphertext_size=content.integer("ciphertextSize"),
            padding=content.text("padding"),
            media_type=content.text("mediaType", longest=255),
            locations=content.texts("locations"),
            commitment=fields.hexadecimal("commitment"),
            key_commitment=fields.hexadecimal("keyCommitment"),
            wrap_id=fields.hexadecimal("wrap", size=WRAP_ID_SIZE),
            issuer=fields.address("issuer"),
            created_at=fields.integer("createdAt"),
        )
        content.end()
        fields.end()
        manifest._check(fields)
        return manifest

    def _check(self, fields: Fields) -> None:
        if not is_content_id(self.content_id):
            fields.fail("its content id is none of this profile")
        if (self.version == 1) != (self.previous is None):
            fields.fail("the first version, and only the first, has no previous one")
        if not MEDIA_TYPE.fullmatch(self.media_type):
            fields.fail("its media type is none (RFC 6838, section 4.2)")
        if self.padding not in PADDINGS:
            fields.fail(f"its padding is not one of {', '.join(PADDINGS)}")
        try:
            padded = plaintext_size(self.ciphertext_size)
        except TruncatedBlob:
            padded = -1
        if padded != padded_size(self.plaintext_size, self.padding):
            fields.fail("its sizes do not fit together")

    def sign(self, author: Author) -> SignedManifest:
        """Have the issuer sign.

        Args:
            author: The issuer.

        Returns:
            The manifest with its signature.

        Raises:
            InvalidArgument: The signature has no possible length.
        """
        return SignedManifest(self, vouch(author, "manifest", self.digest, self.chain_id))

    def check_succeeds(self, known: Manifest) -> None:
        """Refuse a manifest that contradicts a known one of the same version, or of the one before.

        Versions in between may be unknown: not every reader is given every version.

        Args:
            known: A manifest of the same record that is no newer.

        Raises:
            ForkedManifest: This is another one of the same version, or follows another one.
        """
        if self.version == known.version and self.digest != known.digest:
            raise ForkedManifest(self.record_id, self.version, "was signed with two contents")
        if self.version == known.version + 1 and self.previous != known.digest:
            problem = f"does not follow version {known.version} known here"
            raise ForkedManifest(self.record_id, self.version, problem)


@dataclass(frozen=True, slots=True)
@typed
class SignedManifest:
    """A manifest and its issuer's signature: what travels."""

    manifest: Manifest
    signed: Signed

    def to_bytes(self) -> bytes:
        """Both as one document.

        Returns:
            Canonical JSON, with the manifest's exact bytes inside.
        """
        return canonical(
            {
                "type": SIGNED_MANIFEST_TYPE,
                "manifest": base64url(self.manifest.to_bytes()),
                "signature": self.signed.to_json(),
            }
        )

    def check(self, verify: Verify) -> None:
        """Refuse a manifest that its issuer did not sign.

        Args:
            verify: Tells whether a signer controls an identity and signed a digest.

        Raises:
            ForgedSignature: The issuer did not.
        """
        self.signed.check("the manifest", self.manifest.statement, verify)

    @classmethod
    def parse_unverified(cls, data: bytes) -> SignedManifest:
        """Read a manifest, without asking who signed it: what came from others needs :meth:`check`.

        Args:
            data: The exact bytes.

        Returns:
            The manifest; nobody checked who signed it.

        Raises:
            MalformedManifest: It does not follow the format.
        """
        fields = Fields.parse(data, kind=SIGNED_MANIFEST_TYPE, error=MalformedManifest)
        manifest = Manifest.parse(fields.data("manifest"))
        signed = Signed.from_fields(fields.nested("signature"))
        fields.end()
        return cls(manifest, signed)
