"""A receipt without its storage proof, small enough for one QR code.

A log of 2^20 leaves gives at most 1,195 characters. The form names checkpoint and block; whoever
reads it looks them up, or is shown the full receipt. Layout, version 1, base64url without padding::

    version(1) chain-id(varint) registry(20) issuer(20) stream(32)
    salt(32) commitment(32) manifest-digest(32)
    index(varint) size(varint) path(32 each, as many as index and size demand)
    parent(32) block-number(varint) block-timestamp(varint) block-hash(32)

The root is left out: leaf and path give it. A varint is unsigned LEB128, in its shortest form.
"""

from __future__ import annotations

from salus_verify.address import checksummed
from salus_verify.encoding import base64url, from_base64url, varint
from salus_verify.errors import InvalidValue, MalformedReceipt
from salus_verify.log import Checkpoint
from salus_verify.merkle import inclusion_root, leaf_hash, path_length
from salus_verify.opening import Opening
from salus_verify.place import LAST_SECOND
from salus_verify.receipt import Receipt
from salus_verify.values import LARGEST, require_instance

COMPACT_VERSION = 1
_MAX_CHARACTERS = 4096


def to_compact(receipt: Receipt) -> str:
    """Write the compact form; the storage proof is left out.

    Args:
        receipt: Any receipt.

    Returns:
        base64url text.

    Raises:
        InvalidValue: Its leaf and path do not lead to its checkpoint's root, which is left out.
    """
    require_instance("to_compact", "receipt", receipt, Receipt)
    if not _leads_to_root(receipt):
        raise InvalidValue("to_compact", "receipt", "has a path that does not lead to its root")
    opening, checkpoint = receipt.opening, receipt.checkpoint
    raw = b"".join(
        (
            bytes([COMPACT_VERSION]),
            varint(receipt.chain_id),
            bytes.fromhex(receipt.registry[2:]),
            bytes.fromhex(receipt.issuer[2:]),
            receipt.stream,
            opening.salt,
            opening.commitment,
            opening.manifest_digest,
            varint(receipt.index),
            varint(checkpoint.size),
            *receipt.path,
            checkpoint.parent,
            varint(receipt.block_number),
            varint(receipt.block_timestamp),
            receipt.block_hash,
        )
    )
    return base64url(raw)


def from_compact(text: str) -> Receipt:
    """Read the compact form. Its root is computed: that it was anchored is for a look-up to tell.

    Args:
        text: What a QR code said.

    Returns:
        The receipt, without a storage proof.

    Raises:
        MalformedReceipt: It is not that form, or of another version.
    """
    try:
        return _read(_QrReader(_decode(text)))
    except InvalidValue as problem:
        raise MalformedReceipt(f"{problem.field!r} {problem.problem}") from None


def _read(reader: _QrReader) -> Receipt:
    if reader.take(1)[0] != COMPACT_VERSION:
        raise MalformedReceipt(f"it is not a compact receipt of version {COMPACT_VERSION}")
    chain_id = reader.varint()
    registry, issuer = checksummed(reader.take(20)), checksummed(reader.take(20))
    stream = reader.take(32)
    opening = Opening(reader.take(32), reader.take(32), reader.take(32))
    index, size = reader.varint(), reader.varint()
    if index >= size:
        raise MalformedReceipt("its index is not in its log")
    path = tuple(reader.take(32) for _ in range(path_length(index, size)))
    root = inclusion_root(leaf_hash(opening.leaf()), index, size=size, proof=path)
    receipt = Receipt(
        chain_id=chain_id,
        registry=registry,
        issuer=issuer,
        stream=stream,
        opening=opening,
        index=index,
        path=path,
        checkpoint=Checkpoint(reader.take(32), root, size),
        block_number=reader.varint(),
        block_timestamp=reader.varint(LAST_SECOND, "its block's time is after the year 9999"),
        block_hash=reader.take(32),
        proof=None,
    )
    reader.end()
    return receipt


def _leads_to_root(receipt: Receipt) -> bool:
    index, size, path = receipt.index, receipt.checkpoint.size, receipt.path
    if index >= size or len(path) != path_length(index, size):
        return False
    leaf = leaf_hash(receipt.opening.leaf())
    return inclusion_root(leaf, index, size=size, proof=path) == receipt.checkpoint.root


def _decode(text: str) -> bytes:
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_CHARACTERS:
        raise MalformedReceipt("it is not base64url")
    try:
        return from_base64url(text)
    except ValueError as problem:
        raise MalformedReceipt(f"it {problem}") from problem


class _QrReader:
    """Takes fields off the front; what is short, long or not in its shortest form is refused."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, count: int) -> bytes:
        piece = self._raw[self._at : self._at + count]
        if len(piece) != count:
            raise MalformedReceipt("it is cut short")
        self._at += count
        return piece

    def varint(self, most: int = LARGEST, why: str = "a number is too large") -> int:
        value = 0
        for shift in range(0, 56, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        else:
            raise MalformedReceipt("a number is too large")
        if shift and not byte:
            raise MalformedReceipt("a number is not in its shortest form")
        if value > most:
            raise MalformedReceipt(why)
        return value

    def end(self) -> None:
        if self._at != len(self._raw):
            raise MalformedReceipt("something follows it")
