"""That a registry's slot held a checkpoint id in a block, proven from the block's hash alone (EIP-1186).

Example:
    >>> len(slot_of("0x" + "11" * 20, b"s" * 32))
    32
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salus.errors.receipts import ReceiptMismatch
from salus.models import Address
from salus.receipts.model import StorageProof

if TYPE_CHECKING:
    from web3 import Web3

HEADS_SLOT = 2
"""Where `AnchorRegistry` keeps its heads; slots 0 and 1 are EIP-712's. Snapshot: tests/snapshots/storage."""

_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11

# Header members in order, as forks appended them (Yellow Paper, EIP-1559, 4895, 4844, 4788, 7685).
_HEADER = (
    "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit "
    "gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas "
    "parentBeaconBlockRoot requestsHash"
).split()


def slot_of(issuer: Address, stream: bytes) -> bytes:
    """The storage slot of a stream's head: keccak256(stream . keccak256(issuer . slot)).

    Returns:
        32 bytes.
    """
    from eth_utils import keccak

    outer = keccak(bytes.fromhex(issuer[2:]).rjust(32, b"\0") + HEADS_SLOT.to_bytes(32, "big"))
    return keccak(stream + outer)


def fetch(web3: Web3, registry: Address, slot: bytes, block_number: int) -> StorageProof | None:
    """Ask a node for a proof.

    Returns:
        The proof; None when the node serves none, or its header does not hash to the block's hash.
    """
    from eth_utils import keccak
    from web3.exceptions import Web3Exception

    try:
        block = dict(web3.eth.get_block(block_number))
        found = web3.eth.get_proof(
            web3.to_checksum_address(registry), [int.from_bytes(slot, "big")], block_number
        )
    except (Web3Exception, NotImplementedError, ValueError, AttributeError):
        return None
    header = _encode_header(block)
    if keccak(header) != bytes(block["hash"]):
        return None
    return StorageProof(
        header=header,
        account=tuple(bytes(node) for node in found["accountProof"]),
        storage=tuple(bytes(node) for node in found["storageProof"][0]["proof"]),
    )


def check(
    proof: StorageProof, *, registry: Address, slot: bytes, value: bytes, block_hash: bytes
) -> tuple[int, int]:
    """Check a proof down from the block's hash.

    Args:
        value: What the slot must hold, 32 bytes.

    Returns:
        The block's number and timestamp, as its header says.

    Raises:
        ReceiptMismatch: When it does not prove that.
    """
    import rlp
    from eth_utils import keccak

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
    from trie import HexaryTrie

    return bytes(HexaryTrie.get_from_proof(root, key, _decoded(nodes)))


def _decoded(nodes: tuple[bytes, ...]) -> list[Any]:
    import rlp

    return [rlp.decode(node) for node in nodes]


def _encode_header(block: dict[str, Any]) -> bytes:
    import rlp

    fields = [_field(block[name]) for name in _HEADER if block.get(name) is not None]
    return bytes(rlp.encode(fields))


def _field(value: Any) -> bytes:
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return bytes(value)
