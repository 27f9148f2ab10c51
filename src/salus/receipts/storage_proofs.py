"""Ask a node for the storage proof of a receipt that is being issued.

Example:
    >>> encode_header({"parentHash": "0x01", "number": "0x0"}).hex()
    'c20180'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salus.primitives.address import Address
from salus_verify import rlp
from salus_verify.encoding import hex0x, keccak, octets_of
from salus_verify.place import StorageProof

if TYPE_CHECKING:
    from salus.chain.node.rpc import Rpc

# Header members in order, as forks appended them (Yellow Paper, EIP-1559, 4895, 4844, 4788, 7685).
_HEADER = (
    "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty "
    "number gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot "
    "blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash"
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
}


def fetch(rpc: Rpc, registry: Address, slot: bytes, block_number: int) -> StorageProof | None:
    """The proof; None when the node serves none, or its header does not give the block's hash."""
    from salus.chain.node.answers import RpcFailure

    where = hex(block_number)
    block = rpc.attempt("eth_getBlockByNumber", where, False)
    found = rpc.attempt("eth_getProof", registry, [hex0x(slot)], where)
    if isinstance(block, RpcFailure) or isinstance(found, RpcFailure):
        return None
    try:
        header = encode_header(block)
        account, storage = found["accountProof"], found["storageProof"][0]["proof"]
        if keccak(header) != _bytes(block["hash"]):
            return None
        return StorageProof(header, tuple(map(_bytes, account)), tuple(map(_bytes, storage)))
    except (KeyError, TypeError, ValueError):
        return None


def encode_header(block: Mapping[str, Any]) -> bytes:
    """A block's header as its hash is made of it, from what a node says of the block."""
    return rlp.encode(
        [
            _quantity(block[name]) if name in _NUMBERS else _bytes(block[name])
            for name in _HEADER
            if name in block
        ]
    )


def _quantity(value: Any) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int(value)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(value: Any) -> bytes:
    return octets_of(value) if isinstance(value, str) else bytes(value)
