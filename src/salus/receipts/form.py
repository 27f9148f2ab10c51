"""How receipts are written and read: hexadecimal, integers, and where in a log something stands.

Example:
    >>> read_bytes("0x0102", 2).hex()
    '0102'
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from salus.contracts.anchors import Checkpoint
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.receipts.errors import MalformedReceipt
from salus_verify import json as nesting

LAST_SECOND = 253_402_300_799
"""The last second of the year 9999: no calendar of ours can write what is later."""
MAX_NODES = 64
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
PLACE_MEMBERS = frozenset({"registry", "index", "path", "checkpoint", "block", "storageProof"})
"""What :func:`write_place` writes and :func:`read_place` reads."""


@dataclass(frozen=True, slots=True)
@typed
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


class Place(TypedDict):
    """Where something stands: in a registry's log, at a checkpoint, in a block."""

    registry: Address
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    block_number: int
    block_hash: bytes
    block_timestamp: int
    proof: StorageProof | None


class Evidence(Protocol):
    """What every receipt has: an issuer's stream, a place in it, and the block it was there by."""

    @property
    def chain_id(self) -> int: ...
    @property
    def issuer(self) -> Address: ...
    @property
    def stream(self) -> bytes: ...
    @property
    def registry(self) -> Address: ...
    @property
    def index(self) -> int: ...
    @property
    def path(self) -> tuple[bytes, ...]: ...
    @property
    def checkpoint(self) -> Checkpoint: ...
    @property
    def block_number(self) -> int: ...
    @property
    def block_hash(self) -> bytes: ...
    @property
    def block_timestamp(self) -> int: ...
    @property
    def proof(self) -> StorageProof | None: ...


def load(document: bytes | str) -> dict[str, Any]:
    """Read one JSON object in which no member occurs twice.

    Args:
        document: What was received.

    Returns:
        Its members.

    Raises:
        MalformedReceipt: It is none.
    """
    try:
        raw = nesting.load(document, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise MalformedReceipt(f"it is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise MalformedReceipt("it is not one JSON object")
    return raw


def write_place(evidence: Evidence) -> dict[str, Any]:
    """The members of a receipt that say where something stands."""
    checkpoint, proof = evidence.checkpoint, evidence.proof
    return {
        "registry": evidence.registry.lower(),
        "index": evidence.index,
        "path": [as_hex(node) for node in evidence.path],
        "checkpoint": {
            "parent": as_hex(checkpoint.parent),
            "root": as_hex(checkpoint.root),
            "size": checkpoint.size,
        },
        "block": {
            "number": evidence.block_number,
            "hash": as_hex(evidence.block_hash),
            "timestamp": evidence.block_timestamp,
        },
        "storageProof": None
        if proof is None
        else {
            "header": as_hex(proof.header),
            "account": [as_hex(node) for node in proof.account],
            "storage": [as_hex(node) for node in proof.storage],
        },
    }


def read_place(raw: dict[str, Any]) -> Place:
    """Read what :func:`write_place` wrote.

    Raises:
        MalformedReceipt: A member is of another form.
        KeyError: One is missing.
    """
    checkpoint, block, proof = raw["checkpoint"], raw["block"], raw["storageProof"]
    exactly(checkpoint, {"parent", "root", "size"})
    exactly(block, {"number", "hash", "timestamp"})
    return {
        "registry": read_address(raw["registry"]),
        "index": read_integer(raw["index"]),
        "path": tuple(read_bytes(node, 32) for node in _nodes(raw["path"])),
        "checkpoint": Checkpoint(
            parent=read_bytes(checkpoint["parent"], 32),
            root=read_bytes(checkpoint["root"], 32),
            size=read_integer(checkpoint["size"]),
        ),
        "block_number": read_integer(block["number"]),
        "block_hash": read_bytes(block["hash"], 32),
        "block_timestamp": read_time(block["timestamp"]),
        "proof": None if proof is None else _read_proof(proof),
    }


def exactly(members: object, expected: AbstractSet[str]) -> None:
    """Refuse an object that has other members.

    Raises:
        MalformedReceipt: It has, or is no object.
    """
    if not isinstance(members, dict) or set(members) != expected:
        raise MalformedReceipt("members are missing, unknown or of another type")


def as_hex(value: bytes) -> str:
    """Write bytes: 0x and lower-case hexadecimal."""
    return "0x" + value.hex()


def read_bytes(value: object, size: int | None = None) -> bytes:
    """Read bytes.

    Raises:
        MalformedReceipt: They are written otherwise, or not ``size`` bytes.
    """
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise MalformedReceipt("a value is not lower-case hex with 0x")
    raw = bytes.fromhex(value[2:])
    if size is not None and len(raw) != size:
        raise MalformedReceipt(f"a value of {size} bytes has {len(raw)}")
    return raw


def read_address(value: object) -> Address:
    """Read an address of 20 bytes, and give it its checksum."""
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(read_bytes(value, 20)))


def read_integer(value: object) -> int:
    """Read an integer from 0 to 2**53 - 1.

    Raises:
        MalformedReceipt: It is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise MalformedReceipt("a number is not an integer from 0 to 2**53 - 1")
    return value


def read_time(value: object) -> int:
    """Read Unix seconds, at most :data:`LAST_SECOND`.

    Raises:
        MalformedReceipt: They are none.
    """
    seconds = read_integer(value)
    if seconds > LAST_SECOND:
        raise MalformedReceipt("its block's time is after the year 9999")
    return seconds


def _read_proof(proof: Any) -> StorageProof:
    exactly(proof, {"header", "account", "storage"})
    return StorageProof(
        header=read_bytes(proof["header"]),
        account=tuple(read_bytes(node) for node in _nodes(proof["account"])),
        storage=tuple(read_bytes(node) for node in _nodes(proof["storage"])),
    )


def _nodes(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > MAX_NODES:
        raise MalformedReceipt(f"a path is not a list of at most {MAX_NODES} nodes")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedReceipt("a member occurs twice")
    return members
