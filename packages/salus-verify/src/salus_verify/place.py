"""Where something stands: in a registry's log, at a checkpoint, in a block.

Both kinds of receipt hold such a place, and write and read it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from salus_verify.address import Address, lower_case
from salus_verify.encoding import hex0x
from salus_verify.fields import MAX_DOCUMENT_BYTES, Fields
from salus_verify.log import Checkpoint
from salus_verify.opening import Opening
from salus_verify.values import address, instance, many_octets, most, octets, whole, within

LAST_SECOND = 253_402_300_799
"""The last second of the year 9999: no calendar of ours can write what is later."""
MAX_NODES = 64
LONGEST_NODE = (MAX_DOCUMENT_BYTES - 2) // 2
"""Bytes of a trie's node: as many as a text of that length says in hexadecimal."""


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

    def __post_init__(self) -> None:
        octets(self, "header")
        within(self, "header", most=MAX_DOCUMENT_BYTES)
        many_octets(self, "account", "storage", most=LONGEST_NODE)
        for name in ("account", "storage"):
            most(self, name, MAX_NODES)


class LogPlace(TypedDict):
    """The part of a receipt that is read and written here."""

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


class OpenedEvidence(Evidence, Protocol):
    """The receipt of a record: it holds what opens the leaf."""

    @property
    def opening(self) -> Opening: ...


def check_place(evidence: Evidence) -> None:
    """Refuse values of another form when a receipt is made."""
    address(evidence, "registry")
    whole(evidence, "index", "block_number")
    whole(evidence, "block_timestamp", most=LAST_SECOND)
    many_octets(evidence, "path", size=32)
    most(evidence, "path", MAX_NODES)
    instance(evidence, "checkpoint", Checkpoint)
    octets(evidence, "block_hash", size=32)
    instance(evidence, "proof", StorageProof, optional=True)


def write_place(evidence: Evidence) -> dict[str, Any]:
    """The members of a receipt that say where something stands."""
    checkpoint, proof = evidence.checkpoint, evidence.proof
    return {
        "registry": lower_case(evidence.registry),
        "index": evidence.index,
        "path": [hex0x(node) for node in evidence.path],
        "checkpoint": {
            "parent": hex0x(checkpoint.parent),
            "root": hex0x(checkpoint.root),
            "size": checkpoint.size,
        },
        "block": {
            "number": evidence.block_number,
            "hash": hex0x(evidence.block_hash),
            "timestamp": evidence.block_timestamp,
        },
        "storageProof": None
        if proof is None
        else {
            "header": hex0x(proof.header),
            "account": [hex0x(node) for node in proof.account],
            "storage": [hex0x(node) for node in proof.storage],
        },
    }


def read_place(fields: Fields) -> LogPlace:
    """Take what :func:`write_place` wrote.

    Raises:
        MalformedReceipt: A member is missing, unknown or of another form.
    """
    checkpoint, block = fields.nested("checkpoint"), fields.nested("block")
    proof = fields.nested_or_none("storageProof")
    place: LogPlace = {
        "registry": fields.address("registry"),
        "index": fields.integer("index"),
        "path": fields.hexadecimals("path", size=32, most=MAX_NODES),
        "checkpoint": Checkpoint(
            parent=checkpoint.hexadecimal("parent"),
            root=checkpoint.hexadecimal("root"),
            size=checkpoint.integer("size"),
        ),
        "block_number": block.integer("number"),
        "block_hash": block.hexadecimal("hash"),
        "block_timestamp": read_time(block),
        "proof": None if proof is None else _read_proof(proof),
    }
    checkpoint.end()
    block.end()
    return place


def read_time(block: Fields) -> int:
    """Take a block's Unix seconds, at most :data:`LAST_SECOND`."""
    seconds = block.integer("timestamp")
    if seconds > LAST_SECOND:
        block.fail("its block's time is after the year 9999")
    return seconds


def _read_proof(fields: Fields) -> StorageProof:
    proof = StorageProof(
        header=fields.hexadecimal("header", size=None, longest=MAX_DOCUMENT_BYTES),
        account=fields.hexadecimals("account", most=MAX_NODES),
        storage=fields.hexadecimals("storage", most=MAX_NODES),
    )
    fields.end()
    return proof
