"""The receipt as a value and as JSON (RFC 8785), version 1.

Example:
    >>> RECEIPT_VERSION
    1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rfc8785

from salus.contracts.anchors import Checkpoint
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.receipts import form
from salus.receipts.errors import MalformedReceipt
from salus.receipts.form import StorageProof, as_hex, read_bytes
from salus.vault.crypto.commitments import Opening

__all__ = ["Receipt", "StorageProof"]

RECEIPT_TYPE = "salus/receipt"
RECEIPT_VERSION = 1
_MEMBERS = form.PLACE_MEMBERS | set("type version chainId issuer stream opening".split())


@dataclass(frozen=True, slots=True)
@typed
class Receipt:
    """That a leaf stands in an issuer's log, and that the log's checkpoint was on chain by a block.

    Attributes:
        chain_id: The chain.
        registry: The AnchorRegistry's address there.
        issuer: Whose log.
        stream: Which log, 32 bytes.
        opening: What opens the leaf: salt, plaintext commitment, manifest digest.
        index: The leaf's position.
        path: RFC 9162 inclusion path, hashes from the leaf up.
        checkpoint: The log's state that the path leads to.
        block_number: The block in which the checkpoint was on chain.
        block_hash: Its hash, 32 bytes: **what a verifier must know from a source it trusts**.
        block_timestamp: Its time, Unix seconds: the record existed no later.
        proof: The storage proof; None where the node serves none.
    """

    chain_id: int
    registry: Address
    issuer: Address
    stream: bytes
    opening: Opening
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    block_number: int
    block_hash: bytes
    block_timestamp: int
    proof: StorageProof | None

    def to_json(self) -> bytes:
        """Canonical JSON; holds the record's salt, so give it only to who may check the record."""
        return rfc8785.dumps(
            {
                "type": RECEIPT_TYPE,
                "version": RECEIPT_VERSION,
                "chainId": self.chain_id,
                "issuer": self.issuer.lower(),
                "stream": as_hex(self.stream),
                "opening": {
                    "salt": as_hex(self.opening.salt),
                    "commitment": as_hex(self.opening.commitment),
                    "manifestDigest": as_hex(self.opening.manifest_digest),
                },
                **form.write_place(self),
            }
        )

    @classmethod
    def from_json(cls, document: bytes | str) -> Receipt:
        """Read a receipt; nothing in it is proven before `verify_receipt`.

        Raises:
            MalformedReceipt: When it is not one, or of a version that this release does not know.
        """
        raw = form.load(document)
        named = (raw.get("type"), raw.get("version"))
        if named != (RECEIPT_TYPE, RECEIPT_VERSION) or type(named[1]) is not int:
            raise MalformedReceipt(f"it is no {RECEIPT_TYPE!r} of version {RECEIPT_VERSION}")
        try:
            return _read(raw)
        except (KeyError, TypeError) as error:
            raise MalformedReceipt(f"a member is missing or of another type: {error}") from error


def _read(raw: dict[str, Any]) -> Receipt:
    form.exactly(raw, _MEMBERS)
    opening = raw["opening"]
    form.exactly(opening, {"salt", "commitment", "manifestDigest"})
    return Receipt(
        chain_id=form.read_integer(raw["chainId"]),
        issuer=form.read_address(raw["issuer"]),
        stream=read_bytes(raw["stream"], 32),
        opening=Opening(
            salt=read_bytes(opening["salt"], 32),
            commitment=read_bytes(opening["commitment"], 32),
            manifest_digest=read_bytes(opening["manifestDigest"], 32),
        ),
        **form.read_place(raw),
    )
