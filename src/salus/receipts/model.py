"""The receipt as a value and as JSON (RFC 8785), version 1.

Example:
    >>> RECEIPT_VERSION
    1
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import rfc8785

from salus import nesting
from salus.errors.receipts import MalformedReceipt
from salus.models import Address, Checkpoint
from salus.vault.commitments import Opening

RECEIPT_TYPE = "salus/receipt"
RECEIPT_VERSION = 1
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
_MAX_NODES = 64
_MEMBERS = set(
    "type version chainId registry issuer stream opening index path checkpoint block"
    " storageProof".split()
)


@dataclass(frozen=True, slots=True)
class StorageProof:
    """EIP-1186: that the registry's slot held the checkpoint's id in the named block.

    Attributes:
        header: The block's header, RLP: its keccak256 is the block's hash.
        account: Trie nodes, RLP, from the state root to the registry's account.
        storage: Trie nodes, RLP, from the account's storage root to the slot.
    """

    header: bytes
    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
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
                "registry": self.registry.lower(),
                "issuer": self.issuer.lower(),
                "stream": _hex(self.stream),
                "opening": {
                    "salt": _hex(self.opening.salt),
                    "commitment": _hex(self.opening.commitment),
                    "manifestDigest": _hex(self.opening.manifest_digest),
                },
                "index": self.index,
                "path": [_hex(node) for node in self.path],
                "checkpoint": {
                    "parent": _hex(self.checkpoint.parent),
                    "root": _hex(self.checkpoint.root),
                    "size": self.checkpoint.size,
                },
                "block": {
                    "number": self.block_number,
                    "hash": _hex(self.block_hash),
                    "timestamp": self.block_timestamp,
                },
                "storageProof": self._proof_json(),
            }
        )

    @classmethod
    def from_json(cls, document: bytes | str) -> Receipt:
        """Read a receipt; nothing in it is proven before :func:`salus.receipts.verify_receipt`.

        Raises:
            MalformedReceipt: When it is not one, or of a version that this release does not know.
        """
        try:
            raw = nesting.load(document, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError) as error:
            raise MalformedReceipt("it is not JSON") from error
        named = (raw.get("type"), raw.get("version")) if isinstance(raw, dict) else (None, None)
        if named != (RECEIPT_TYPE, RECEIPT_VERSION) or type(named[1]) is not int:
            raise MalformedReceipt(f"it is no {RECEIPT_TYPE!r} of version {RECEIPT_VERSION}")
        try:
            return _read(raw)
        except (KeyError, TypeError) as error:
            raise MalformedReceipt(f"a member is missing or of another type: {error}") from error

    def _proof_json(self) -> dict[str, Any] | None:
        if self.proof is None:
            return None
        return {
            "header": _hex(self.proof.header),
            "account": [_hex(node) for node in self.proof.account],
            "storage": [_hex(node) for node in self.proof.storage],
        }


def _read(raw: dict[str, Any]) -> Receipt:
    from eth_utils.address import to_checksum_address

    _exactly(raw, _MEMBERS)
    opening, checkpoint, block = raw["opening"], raw["checkpoint"], raw["block"]
    proof = raw["storageProof"]
    _exactly(opening, {"salt", "commitment", "manifestDigest"})
    _exactly(checkpoint, {"parent", "root", "size"})
    _exactly(block, {"number", "hash", "timestamp"})
    if proof is not None:
        _exactly(proof, {"header", "account", "storage"})
    return Receipt(
        chain_id=_integer(raw["chainId"]),
        registry=to_checksum_address(_bytes(raw["registry"], 20)),
        issuer=to_checksum_address(_bytes(raw["issuer"], 20)),
        stream=_bytes(raw["stream"], 32),
        opening=Opening(
            salt=_bytes(opening["salt"], 32),
            commitment=_bytes(opening["commitment"], 32),
            manifest_digest=_bytes(opening["manifestDigest"], 32),
        ),
        index=_integer(raw["index"]),
        path=tuple(_bytes(node, 32) for node in _nodes(raw["path"])),
        checkpoint=Checkpoint(
            parent=_bytes(checkpoint["parent"], 32),
            root=_bytes(checkpoint["root"], 32),
            size=_integer(checkpoint["size"]),
        ),
        block_number=_integer(block["number"]),
        block_hash=_bytes(block["hash"], 32),
        block_timestamp=_integer(block["timestamp"]),
        proof=None
        if proof is None
        else StorageProof(
            header=_bytes(proof["header"]),
            account=tuple(_bytes(node) for node in _nodes(proof["account"])),
            storage=tuple(_bytes(node) for node in _nodes(proof["storage"])),
        ),
    )


def _exactly(members: object, expected: set[str]) -> None:
    if not isinstance(members, dict) or set(members) != expected:
        raise MalformedReceipt("members are missing, unknown or of another type")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(value: object, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise MalformedReceipt("a value is not lower-case hex with 0x")
    raw = bytes.fromhex(value[2:])
    if size is not None and len(raw) != size:
        raise MalformedReceipt(f"a value of {size} bytes has {len(raw)}")
    return raw


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise MalformedReceipt("a number is not an integer from 0 to 2**53 - 1")
    return value


def _nodes(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > _MAX_NODES:
        raise MalformedReceipt(f"a path is not a list of at most {_MAX_NODES} nodes")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedReceipt("a member occurs twice")
    return members
