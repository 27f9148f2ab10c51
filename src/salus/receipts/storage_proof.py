"""That a registry's slot held a checkpoint in a block, proven from its hash (EIP-1186).

Example:
    >>> len(slot_of("0x" + "11" * 20, b"s" * 32))
    32
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salus.primitives.address import Address
from salus.receipts.errors import ReceiptMismatch
from salus.receipts.form import StorageProof

if TYPE_CHECKING:
    from salus.chain.node.rpc import Rpc

HEADS_SLOT = 2
"""Where `AnchorRegistry` keeps its heads; slots 0 and 1 are EIP-712's."""

_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11

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


def slot_of(issuer: Address, stream: bytes) -> bytes:
    """The storage slot of a stream's head: keccak256(stream . keccak256(issuer . slot)).

    Returns:
        32 bytes.
    """
    from eth_utils.crypto import keccak

    outer = keccak(bytes.fromhex(issuer[2:]).rjust(32, b"\0") + HEADS_SLOT.to_bytes(32, "big"))
    return keccak(stream + outer)


def fetch(rpc: Rpc, registry: Address, slot: bytes, block_number: int) -> StorageProof | None:
    """Ask a node for a proof.

    Returns:
        The proof; None when the node serves none, or its header does not hash to the block's hash.
    """
    from eth_utils.crypto import keccak

    from salus.chain.node.answers import RpcFailure

    where = hex(block_number)
    block = rpc.attempt("eth_getBlockByNumber", where, False)
    found = rpc.attempt("eth_getProof", registry, ["0x" + slot.hex()], where)
    if isinstance(block, RpcFailure) or isinstance(found, RpcFailure):
        return None
    try:
        header = _encode_header(block)
        account, storage = found["accountProof"], found["storageProof"][0]["proof"]
    except (KeyError, TypeError, ValueError):
        return None
    if keccak(header) != _bytes(block["hash"]):
        return None
    return StorageProof(header, tuple(map(_bytes, account)), tuple(map(_bytes, storage)))


def check(
    proof: StorageProof, *, registry: Address, slot: bytes, value: bytes, block_hash: bytes
) -> tuple[int, int]:
    """Check a proof down from the block's hash.

    Args:
        proof: What the receipt brings.
        registry: The AnchorRegistry's address.
        slot: The stream's slot, 32 bytes.
        value: What the slot must hold, 32 bytes.
        block_hash: The block that everything is proven from, 32 bytes.

    Returns:
        The block's number and timestamp, as its header says.

    Raises:
        ReceiptMismatch: When it does not prove that.
    """
    import rlp  # type: ignore[import-untyped]
    from eth_utils.crypto import keccak

    if keccak(proof.header) != block_hash:
        raise ReceiptMismatch("the block's header does not hash to the block's hash")
    try:
        header = rlp.decode(proof.header)
        address_key = keccak(bytes.fromhex(registry[2:]))
        account = rlp.decode(_get(header[_STATE_ROOT], address_key, proof.account))
        stored = _get(account[2], keccak(slot), proof.storage)
        held = bytes(rlp.decode(stored)).rjust(32, b"\0") if stored else bytes(32)
    except ReceiptMismatch:
        raise
    except Exception as error:  # whatever a forged node makes the decoders raise
        raise ReceiptMismatch("the storage proof is not well-formed") from error
    if held != value:
        raise ReceiptMismatch("in that block the registry held another checkpoint of this stream")
    return int.from_bytes(header[_NUMBER], "big"), int.from_bytes(header[_TIMESTAMP], "big")


def _get(root: bytes, key: bytes, nodes: tuple[bytes, ...]) -> bytes:
    """The value at a key; nodes that are not on the way to it are never looked at."""
    from eth_utils.crypto import keccak
    from trie.hexary import HexaryTrie

    known = {keccak(node): node for node in nodes}
    trie = HexaryTrie(known, root_hash=root)
    value: bytes = trie[key]
    return value


def _encode_header(block: Mapping[str, Any]) -> bytes:
    import rlp

    values = [
        _quantity(block[name]) if name in _NUMBERS else _bytes(block[name])
        for name in _HEADER
        if name in block
    ]
    return bytes(rlp.encode(values))


def _quantity(value: Any) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int(value)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
