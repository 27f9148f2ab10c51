"""Ask a node for the storage proof of a receipt that is being issued.

Example:
    >>> encode_header({"parentHash": "0x01", "number": "0x0"}).hex()
    'c20180'
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salus.primitives.address import Address
from salus_verify import rlp
from salus_verify.encoding import hex0x, keccak, octets_of
from salus_verify.errors import InvalidValue, ReceiptMismatch
from salus_verify.place import StorageProof
from salus_verify.storage_proof import check

if TYPE_CHECKING:
    from salus.chain.node.rpc import Rpc

# Header members in order, as forks appended them (Yellow Paper, EIP-1559, 4895, 4844, 4788, 7685,
# 7928, 7843).
_HEADER = (
    "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty "
    "number gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot "
    "blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash blockAccessListHash slotNumber"
).split()
_NUMBERS = {
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "baseFeePerGas",
    "blobGasUsed",
    "excessBlobGas",
    "slotNumber",
}
_log = logging.getLogger(__name__)


def fetch(
    rpc: Rpc, registry: Address, slot: bytes, *, value: bytes, number: int, block_hash: bytes
) -> StorageProof | None:
    """Ask for the proof that a slot holds a value in a block, and check it.

    Args:
        slot: 32 bytes.
        value: What the slot holds, 32 bytes.
        block_hash: Of that block, 32 bytes: another may have its number by now.

    Returns:
        The proof; None when the node serves none, or, with a warning, no header of that hash.

    Raises:
        ReceiptMismatch: What came is of another block, or proves something else.
    """
    from salus.chain.node.answers import RpcFailure

    found = rpc.attempt("eth_getProof", registry, [hex0x(slot)], hex(number))
    if isinstance(found, RpcFailure):
        return None
    header = _header_of(rpc, number, block_hash)
    if header is None:
        _log.warning(
            "the node serves proofs, and no header that gives the hash of block %d: the receipt has"
            " no storage proof, and rests on what nodes say",
            number,
        )
        return None
    try:
        account, storage = found["accountProof"], found["storageProof"][0]["proof"]
        proof = StorageProof(header, tuple(map(_bytes, account)), tuple(map(_bytes, storage)))
    except (LookupError, TypeError, ValueError, InvalidValue):
        return None
    check(proof, registry=registry, slot=slot, value=value, block_hash=block_hash)
    return proof


def _header_of(rpc: Rpc, number: int, block_hash: bytes) -> bytes | None:
    """The header of that hash; as the node has it, where a fork made it longer than we know."""
    from salus.chain.node.answers import RpcFailure

    block = rpc.attempt("eth_getBlockByNumber", hex(number), False)
    try:
        if _bytes(block["hash"]) != block_hash:
            raise ReceiptMismatch(f"block {number} has been replaced meanwhile")
        header = encode_header(block)
    except (LookupError, TypeError, ValueError):
        header = b""
    if keccak(header) == block_hash:
        return header
    raw = rpc.attempt("debug_getRawHeader", hex(number))
    if isinstance(raw, RpcFailure):
        return None
    try:
        header = _bytes(raw)
    except (TypeError, ValueError):
        return None
    return header if keccak(header) == block_hash else None


def encode_header(block: Mapping[str, Any]) -> bytes:
    """A block's header as its hash is made of it, from what a node says of the block."""
    return rlp.encode(
        [
            _quantity(block[name]) if name in _NUMBERS else _bytes(block[name])
            for name in _HEADER
            if block.get(name) is not None  # some nodes write null for what a fork will bring
        ]
    )


def _quantity(value: Any) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int(value)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(value: Any) -> bytes:
    return octets_of(value) if isinstance(value, str) else bytes(value)
