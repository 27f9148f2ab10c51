"""What a record version is, and beside it where its bytes lie.

What it is never changes: its digest is anchored, and a later version names it. Where it lies and
which key opens it may change, when it is encrypted again: nothing that was proved changes with it.
Nobody signs a manifest: it counts as its issuer's where the issuer's letter brought it, or where it
stands in the issuer's anchored log.

Example:
    >>> from salus.vault.crypto.cid import content_id
    >>> blob = Blob(content_id=content_id(b""), ciphertext_size=56, padding="none",
    ...             locations=("memory://ward",), key_commitment=bytes(32), key_id=bytes(16),
    ...             generation=0)
    >>> manifest = Manifest(chain_id=31337, record=bytes(16), version=1, previous=None,
    ...     plaintext_size=0, media_type="application/fhir+json", commitment=bytes(32),
    ...     issuer="0x" + "ab" * 20, created_at=0, blob=blob)
    >>> Manifest.parse(manifest.to_document()) == manifest
    True
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import refuse, typed
from salus.vault.crypto.cid import is_content_id
from salus.vault.crypto.commitments import record_context
from salus.vault.crypto.padding import PADDINGS, padded_size
from salus.vault.crypto.segments import plaintext_size
from salus.vault.errors import ForkedManifest, MalformedManifest, TruncatedBlob
from salus_verify.encoding import canonical, hex0x
from salus_verify.erasure_receipt import RECORD_ID_SIZE
from salus_verify.fields import LONGEST_TEXT, MAX_INTEGER, Fields, is_text

MANIFEST_TYPE = "salus/manifest/v1"
RECORD_TYPE = "salus/record/v1"
ENVELOPE = "tink-aes256-gcm-hkdf-sha256-64k/v1"
KEY_ID_SIZE = 16
MOST_LOCATIONS, LONGEST_TYPE = 64, 255
MEDIA_TYPES = f"a media type of RFC 6838 of at most {LONGEST_TYPE} characters"
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}( *;[ -~]*)?", re.ASCII)
"""What a record is (RFC 6838, section 4.2), parameters allowed: it is shown at terminals."""


def is_media_type(text: str) -> bool:
    """Whether a manifest can say that a record is of this type."""
    return len(text) <= LONGEST_TYPE and MEDIA_TYPE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Blob:
    """Where a record version lies encrypted, and which key opens it.

    Attributes:
        content_id: CIDv1 of the ciphertext.
        ciphertext_size: Bytes of the blob.
        padding: ``none`` or ``padme``.
        locations: URLs of the storages that hold it under ``blobs/<content id>``.
        key_commitment: Commitment to the key that opens it.
        key_id: Names that key among those that were given, 16 random bytes.
        generation: How often the issuer encrypted the version again: of one account's letters, the
            highest counts.
    """

    content_id: str
    ciphertext_size: int
    padding: str
    locations: tuple[str, ...]
    key_commitment: bytes
    key_id: bytes
    generation: int

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not is_content_id(self.content_id):
            yield "content_id", "is not of this profile"
        if self.padding not in PADDINGS:
            yield "padding", f"is not one of {', '.join(PADDINGS)}"
        if len(self.locations) > MOST_LOCATIONS or not all(map(is_text, self.locations)):
            limit = f"{MOST_LOCATIONS} URLs of 1 to {LONGEST_TEXT} characters of Unicode"
            yield "locations", f"must be at most {limit}"
        if len(set(self.locations)) != len(self.locations):
            yield "locations", "must be each there once"
        if (len(self.key_commitment), len(self.key_id)) != (32, KEY_ID_SIZE):
            yield "key_commitment", f"must be 32 bytes, and its key's id {KEY_ID_SIZE}"
        if not 0 <= self.generation <= MAX_INTEGER:
            yield "generation", f"must be 0 to {MAX_INTEGER}"

    @property
    def name(self) -> str:
        """What it is called in every storage."""
        return f"blobs/{self.content_id}"

    def to_json(self) -> dict[str, Any]:
        """Return it as a part of a document."""
        return {
            "cid": self.content_id,
            "envelope": ENVELOPE,
            "ciphertextSize": self.ciphertext_size,
            "padding": self.padding,
            "locations": list(self.locations),
            "keyCommitment": hex0x(self.key_commitment),
            "keyId": hex0x(self.key_id),
            "generation": self.generation,
        }

    @classmethod
    @typed_arguments
    def read(cls, fields: Fields) -> Blob:
        """Read it from a document."""
        if fields.text("envelope") != ENVELOPE:
            fields.fail(f"its envelope is not {ENVELOPE}")
        with fields.refusing():
            blob = cls(
                content_id=fields.text("cid"),
                ciphertext_size=fields.integer("ciphertextSize"),
                padding=fields.text("padding"),
                locations=fields.texts("locations", most=MOST_LOCATIONS),
                key_commitment=fields.hexadecimal("keyCommitment"),
                key_id=fields.hexadecimal("keyId", size=KEY_ID_SIZE),
                generation=fields.integer("generation"),
            )
        fields.end()
        return blob


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Manifest:
    """One version of a record.

    Attributes:
        chain_id: The chain on which it is anchored and its issuer is an identity.
        record: The record's id, 16 random bytes, the same for all its versions.
        version: From 1.
        previous: Digest of the manifest before; None for the first.
        plaintext_size: Bytes of the record.
        media_type: What the record is (RFC 6838).
        commitment: Salted commitment to the exact plaintext bytes.
        issuer: The identity that anchors it.
        created_at: Seconds since 1970 (UTC), by the issuer's clock.
        blob: Where it lies; no part of what is anchored.
    """

    chain_id: int
    record: bytes
    version: int
    previous: bytes | None
    plaintext_size: int
    media_type: str
    commitment: bytes
    issuer: Address
    created_at: int
    blob: Blob

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        for name in ("chain_id", "version"):
            if not 1 <= getattr(self, name) <= MAX_INTEGER:
                yield name, f"must be 1 to {MAX_INTEGER}"
        if not 0 <= self.created_at <= MAX_INTEGER:
            yield "created_at", f"must be 0 to {MAX_INTEGER}"
        if (len(self.record), len(self.commitment)) != (RECORD_ID_SIZE, 32):
            yield "record", f"must be {RECORD_ID_SIZE} bytes, and its commitment 32"
        if (self.version == 1) != (self.previous is None):
            yield "previous", "is what the first version, and only the first version, has none of"
        if self.previous is not None and len(self.previous) != 32:
            yield "previous", "must be 32 bytes"
        if not is_media_type(self.media_type):
            yield "media_type", f"must be {MEDIA_TYPES}"
        if not self._sizes_fit():
            yield "plaintext_size", "and ciphertext_size do not fit together"

    def _sizes_fit(self) -> bool:
        try:
            padded = plaintext_size(self.blob.ciphertext_size)
            return padded == padded_size(self.plaintext_size, self.blob.padding)
        except (TruncatedBlob, InvalidArgument):
            return False

    @property
    def record_id(self) -> str:
        """The record's id in hexadecimal."""
        return self.record.hex()

    @property
    def associated_data(self) -> bytes:
        """What the ciphertext is bound to, 40 bytes."""
        return record_context(self.record, self.version, self.chain_id)

    @property
    def digest(self) -> bytes:
        """SHA-256 of :meth:`to_bytes`, 32 bytes: what is anchored, and what the next one names."""
        return hashlib.sha256(self.to_bytes()).digest()

    def to_bytes(self) -> bytes:
        """What the record is, as it is anchored: canonical JSON."""
        return canonical(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return what the record is as a part of a document."""
        return {
            "type": MANIFEST_TYPE,
            "chainId": self.chain_id,
            "record": hex0x(self.record),
            "version": self.version,
            "previous": None if self.previous is None else hex0x(self.previous),
            "size": self.plaintext_size,
            "mediaType": self.media_type,
            "commitment": hex0x(self.commitment),
            "issuer": lower_case(self.issuer),
            "createdAt": self.created_at,
        }

    def to_document(self) -> bytes:
        """What the record is, and where it lies: canonical JSON, as it is stored and sent."""
        return canonical(
            {"type": RECORD_TYPE, "manifest": self.to_json(), "blob": self.blob.to_json()}
        )

    @classmethod
    def parse(cls, document: bytes) -> Manifest:
        """Read what :meth:`to_document` wrote; who says so is for the reader to know."""
        fields = Fields.parse(document, kind=RECORD_TYPE, error=MalformedManifest)
        blob, outer, fields = Blob.read(fields.nested("blob")), fields, fields.nested("manifest")
        outer.end()
        if fields.text("type") != MANIFEST_TYPE:
            fields.fail(f"its type is not {MANIFEST_TYPE}")
        with fields.refusing():
            manifest = cls(
                chain_id=fields.integer("chainId", minimum=1),
                record=fields.hexadecimal("record", size=RECORD_ID_SIZE),
                version=fields.integer("version", minimum=1),
                previous=fields.hexadecimal_or_none("previous"),
                plaintext_size=fields.integer("size"),
                media_type=fields.text("mediaType", longest=LONGEST_TYPE),
                commitment=fields.hexadecimal("commitment"),
                issuer=fields.address("issuer"),
                created_at=fields.integer("createdAt"),
                blob=blob,
            )
        fields.end()
        return manifest

    @typed_arguments
    def check_succeeds(self, known: Manifest) -> None:
        """Refuse a manifest that contradicts a known one of the same version, or of the one before.

        Versions in between may be unknown: not every reader is given every version.

        Raises:
            ForkedManifest: This is another one of the same version, or follows another one.
        """
        if self.version == known.version and self.digest != known.digest:
            raise ForkedManifest(self.record_id, self.version, "came with two contents")
        if self.version == known.version + 1 and self.previous != known.digest:
            problem = f"does not follow version {known.version} known here"
            raise ForkedManifest(self.record_id, self.version, problem)


def nameable_chain(chain_id: int) -> int:
    """Refuse, before anything is stored, a chain whose id no document can hold.

    Raises:
        InvalidArgument: It is not from 1 to 2^53 - 1.
    """
    if type(chain_id) is not int or not 1 <= chain_id <= MAX_INTEGER:
        raise InvalidArgument("chain_id", f"1 to {MAX_INTEGER}: no document names another chain")
    return chain_id
