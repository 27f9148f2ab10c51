"""A receipt made of nothing: a header, a state and a registry of one's own, which fit together."""

from __future__ import annotations

import rlp  # type: ignore[import-untyped]
from eth_utils.crypto import keccak
from trie import HexaryTrie

from salus.receipts import Receipt
from salus_verify import merkle
from salus_verify.address import checked_address
from salus_verify.log import Checkpoint, stream_id
from salus_verify.opening import Opening, commit_plaintext
from salus_verify.place import StorageProof
from salus_verify.storage_proof import slot_of

DOCUMENT = b"the patient was warned"
CHAIN = 1
ISSUER = checked_address("0x" + "aa" * 20)
STREAM = stream_id("records")


def big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def proof_of(checkpoint: Checkpoint, *, registry: str, timestamp: int) -> StorageProof:
    """Prove any checkpoint, from a block that nobody made."""
    slot, account_key = keccak(slot_of(ISSUER, STREAM)), keccak(bytes.fromhex(registry[2:]))
    storage, state = HexaryTrie({}), HexaryTrie({})  # type: ignore[no-untyped-call]
    storage[slot] = rlp.encode(checkpoint.id.lstrip(b"\0"))
    state[account_key] = rlp.encode([b"\1", b"", storage.root_hash, keccak(b"")])
    header = [bytes(32), bytes(32), bytes(20), state.root_hash, bytes(32), bytes(32), bytes(256)]
    header += [b"", big_endian(1), big_endian(30_000_000), b"", big_endian(timestamp), b""]
    return StorageProof(
        rlp.encode([*header, bytes(32), bytes(8)]),
        tuple(rlp.encode(node) for node in state.get_proof(account_key)),
        tuple(rlp.encode(node) for node in storage.get_proof(slot)),
    )


def invented_receipt(*, registry: str, timestamp: int = 631152000) -> Receipt:
    """That ``DOCUMENT`` existed at any time one likes: 1990-01-01 unless told."""
    opening = Opening(b"s" * 32, commit_plaintext(b"s" * 32, DOCUMENT), bytes(32))
    checkpoint = Checkpoint(bytes(32), merkle.leaf_hash(opening.leaf()), 1)
    proof = proof_of(checkpoint, registry=registry, timestamp=timestamp)
    return Receipt(
        chain_id=CHAIN,
        registry=registry,
        issuer=ISSUER,
        stream=STREAM,
        opening=opening,
        index=0,
        path=(),
        checkpoint=checkpoint,
        block_number=1,
        block_hash=keccak(proof.header),
        block_timestamp=timestamp,
        proof=proof,
    )
