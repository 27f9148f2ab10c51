"""A verifier of receipts that shares no code with Salus: hashlib, and packages for keccak and RLP.

It follows docs/receipts.md and nothing else.

Example:
    $ python second_verifier.py receipt.json document.json 0x<block hash> 31337 0x<registry>
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import rlp
from eth_hash.auto import keccak


class Refused(Exception):
    """The receipt proves nothing."""


def need(condition: bool, problem: str) -> None:
    if not condition:
        raise Refused(problem)


def raw(text: Any, size: int | None = None) -> bytes:
    need(isinstance(text, str) and text[:2] == "0x" and text == text.lower(), "hex")
    try:
        value = bytes.fromhex(text[2:])
    except ValueError:
        raise Refused("hex") from None
    need("0x" + value.hex() == text and size in (None, len(value)), "hex")
    return value


def number(value: Any) -> int:
    need(type(value) is int and 0 <= value < 2**53, "number")
    return int(value)


def nodes(value: Any) -> list[bytes]:
    need(isinstance(value, list) and len(value) <= 64, "nodes")
    return [raw(each) for each in value]


def members(value: Any, names: str) -> dict[str, Any]:
    need(isinstance(value, dict) and set(value) == set(names.split()), "members")
    return dict(value)


def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(found)) == len(found), "a member stands twice")
    return dict(found)


def climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2."""
    need(index < size, "index")
    node, last = hashlib.sha256(b"\x00" + leaf).digest(), size - 1
    for sibling in path:
        need(last > 0, "path too long")
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index // 2, last // 2
    need(last == 0, "path too short")
    return node


def walk(root: bytes, key: bytes, nodes: list[bytes]) -> bytes:
    """The value at a key of a Merkle-Patricia trie, from the nodes on its way."""
    nibbles = [half for byte in key for half in (byte >> 4, byte & 15)]
    known = {keccak(node): node for node in nodes}
    need(root in known, "node")
    node = rlp.decode(known[root])
    while True:
        if len(node) == 17:
            if not nibbles:
                return bytes(node[16])
            step, nibbles = node[nibbles[0]], nibbles[1:]
        else:
            prefix = [half for byte in node[0] for half in (byte >> 4, byte & 15)]
            is_leaf, part = prefix[0] >= 2, prefix[1 if prefix[0] % 2 else 2 :]
            need(nibbles[: len(part)] == part, "another key")
            nibbles, step = nibbles[len(part) :], node[1]
            if is_leaf:
                need(not nibbles, "another key")
                return bytes(step)
        if isinstance(step, bytes):
            need(step in known, "node")
            step = rlp.decode(known[step])
        node = step


def check_state(read: dict[str, Any], checkpoint_id: bytes) -> None:
    proof = members(read["storageProof"], "header account storage")
    block, header = read["block"], raw(proof["header"])
    need(keccak(header) == raw(block["hash"], 32), "header")
    fields = rlp.decode(header)
    need(int.from_bytes(fields[8], "big") == block["number"], "block number")
    need(int.from_bytes(fields[11], "big") == block["timestamp"], "block time")
    registry, issuer = raw(read["registry"], 20), raw(read["issuer"], 20)
    account = rlp.decode(walk(fields[3], keccak(registry), nodes(proof["account"])))
    outer = keccak(issuer.rjust(32, b"\0") + (2).to_bytes(32, "big"))
    slot = keccak(raw(read["stream"], 32) + outer)
    stored = walk(account[2], keccak(slot), nodes(proof["storage"]))
    need(bytes(rlp.decode(stored)).rjust(32, b"\0") == checkpoint_id, "checkpoint")


def verify(
    receipt: bytes,
    document: bytes | None = None,
    block_hash: bytes | None = None,
    chain_id: int | None = None,
    registry: bytes | None = None,
) -> str:
    """Check a receipt; gives ``storage proof`` or ``named``, or raises Refused."""
    # Deep nesting would end the process in Python's recursive parser; a receipt opens few brackets.
    need(receipt.count(b"[") + receipt.count(b"{") < 20, "nested")
    try:
        read = json.loads(receipt.decode("utf-8-sig"), object_pairs_hook=pairs)
        found = _verify(read, document, block_hash)
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"malformed: {error!r}") from error
    need(chain_id in (None, read["chainId"]), "chain")
    need(registry in (None, raw(read["registry"])), "registry")
    return found


def missing(receipt: bytes, **given: Any) -> list[str]:
    """What a proof needs and was not brought; nothing when the receipt is proved."""
    needed = ("document", "block_hash", "chain_id", "registry")
    lacking = [each.replace("_", " ") for each in needed if given.get(each) is None]
    return lacking + (["storage proof"] if verify(receipt, **given) == "named" else [])


def _verify(given: Any, document: bytes | None, block_hash: bytes | None) -> str:
    read = members(
        given,
        "type version chainId registry issuer stream opening index path checkpoint block"
        " storageProof",
    )
    need(read["type"] == "salus/receipt", "type")
    need(number(read["version"]) == 1, "version")
    need(number(read["chainId"]) > 0, "chain")
    opening = members(read["opening"], "salt commitment manifestDigest")
    checkpoint = members(read["checkpoint"], "parent root size")
    block = members(read["block"], "number hash timestamp")
    number(block["number"])
    need(number(block["timestamp"]) <= 253_402_300_799, "after the year 9999")
    salt, commitment = raw(opening["salt"], 32), raw(opening["commitment"], 32)
    manifest = raw(opening["manifestDigest"], 32)
    leaf = hashlib.sha256(b"salus/vault/leaf/v1\0" + salt + commitment + manifest).digest()
    size, parent, root = (
        number(checkpoint["size"]),
        raw(checkpoint["parent"], 32),
        raw(checkpoint["root"], 32),
    )
    path = nodes(read["path"])
    need(all(len(each) == 32 for each in path), "path")
    need(climb(leaf, number(read["index"]), size, path) == root, "inclusion")
    if document is not None:
        salted = hashlib.sha256(b"salus/vault/plaintext-commitment/v1\0" + salt + document).digest()
        need(salted == commitment, "document")
    need(block_hash in (None, raw(block["hash"], 32)), "block")
    raw(read["registry"], 20), raw(read["issuer"], 20), raw(read["stream"], 32)
    if read["storageProof"] is None:
        return "named"
    check_state(read, keccak(parent + root + size.to_bytes(32, "big")))
    return "storage proof"


if __name__ == "__main__":
    files = [Path(name).read_bytes() for name in sys.argv[1:3]]
    told = sys.argv[3:]
    lacks = missing(
        files[0],
        document=files[1] if len(files) > 1 else None,
        block_hash=bytes.fromhex(told[0][2:]) if told else None,
        chain_id=int(told[1]) if len(told) > 1 else None,
        registry=bytes.fromhex(told[2][2:]) if len(told) > 2 else None,
    )
    print(f"not proved: {', '.join(lacks)} missing" if lacks else "proved")
    sys.exit(bool(lacks))
