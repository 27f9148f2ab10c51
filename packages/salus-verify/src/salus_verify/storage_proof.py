"""That a registry's slot held a checkpoint in a block, proven from the block's hash (EIP-1186).

Example:
    >>> len(slot_of("0x" + "11" * 20, b"s" * 32))
    32
"""

from __future__ import annotations

from collections.abc import Mapping

from salus_verify import rlp
from salus_verify.address import Address
from salus_verify.encoding import keccak
from salus_verify.errors import ReceiptMismatch
from salus_verify.place import StorageProof

HEADS_SLOT = 2
"""Where `AnchorRegistry` keeps its heads; slots 0 and 1 are EIP-712's."""

_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11
"""Items of a block's header, counted from 0 (Yellow Paper, section 4.4)."""
_STORAGE_ROOT = 2
"""Item of an account (Yellow Paper, section 4.1)."""


def slot_of(issuer: Address, stream: bytes) -> bytes:
    """The storage slot of a stream's head: keccak256(stream . keccak256(issuer . slot))."""
    outer = keccak(bytes.fromhex(issuer[2:]).rjust(32, b"\0") + HEADS_SLOT.to_bytes(32, "big"))
    return keccak(stream + outer)


def check(
    proof: StorageProof, *, registry: Address, slot: bytes, value: bytes, block_hash: bytes
) -> tuple[int, int]:
    """Check a proof down from the block's hash.

    Args:
        slot: The stream's slot, 32 bytes.
        value: What the slot must hold, 32 bytes.
        block_hash: The block that everything is proven from, 32 bytes.

    Raises:
        ReceiptMismatch: It does not prove that.
    """
    if keccak(proof.header) != block_hash:
        raise ReceiptMismatch("the block's header does not hash to the block's hash")
    try:
        header = _items(rlp.decode(proof.header))
        key = keccak(bytes.fromhex(registry[2:]))
        account = _items(rlp.decode(value_at(_text(header[_STATE_ROOT]), key, proof.account)))
        stored = value_at(_text(account[_STORAGE_ROOT]), keccak(slot), proof.storage)
        held = _text(rlp.decode(stored)) if stored else b""
        number, timestamp = (
            int.from_bytes(_text(header[each]), "big") for each in (_NUMBER, _TIMESTAMP)
        )
    except (ValueError, IndexError) as error:  # whatever a forged node makes the readers raise
        raise ReceiptMismatch(f"the storage proof is not well-formed: {error}") from error
    if held.rjust(32, b"\0") != value:
        raise ReceiptMismatch("in that block the registry held another checkpoint of this stream")
    return number, timestamp


def value_at(root: bytes, key: bytes, nodes: tuple[bytes, ...]) -> bytes:
    """The value at a key of a Merkle-Patricia trie (Yellow Paper, appendix D).

    Args:
        root: Hash of the trie's first node, 32 bytes.

    Returns:
        The value; empty where the trie shows that there is none.

    Raises:
        ValueError: A node on the way is missing or malformed.
    """
    known = {keccak(node): node for node in nodes}
    rest, node = _nibbles(key), _child(root, known)
    while node:
        if len(node) == 17:
            if not rest:
                return _text(node[16])
            step, rest = node[rest[0]], rest[1:]
        elif len(node) == 2:
            prefix = _nibbles(_text(node[0]))
            part = prefix[2 - (prefix[0] & 1) :]
            if rest[: len(part)] != part:
                return b""
            step, rest = node[1], rest[len(part) :]
            if prefix[0] & 2:  # a leaf
                return b"" if rest else _text(step)
        else:
            raise ValueError(f"a node has {len(node)} items")
        node = _child(step, known)
    return b""


def _child(step: rlp.Item, known: Mapping[bytes, bytes]) -> list[rlp.Item]:
    """The node that another points to: by hash, or, where it is short, held in it."""
    if isinstance(step, list) or step == b"":
        return list(step) if isinstance(step, list) else []
    if step not in known:
        raise ValueError("a node on the way is missing")
    return _items(rlp.decode(known[step]))


def _nibbles(data: bytes) -> list[int]:
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def _items(item: rlp.Item) -> list[rlp.Item]:
    if not isinstance(item, list):
        raise ValueError("bytes stand where a list must")
    return item


def _text(item: rlp.Item) -> bytes:
    if isinstance(item, list):
        raise ValueError("a list stands where bytes must")
    return item
