"""A verifier of receipts of erasures that shares no code with Salus, as far as no node is needed.

It follows docs/receipts.md and nothing else.

Example:
    $ python second_verifier_erasures.py erased.json 0x<block hash> 31337 0x<registry>
"""

from __future__ import annotations

import hashlib
import json
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from second_verifier import Refused, check_state, climb, members, need, nodes, number, pairs, raw

STREAM = b"salus/stream/v1/erasures"
DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId)"
STATEMENT = b"Statement(string kind,address author,bytes32 contentDigest)"


def statement(issuer: bytes, chain_id: int, digest: bytes) -> bytes:
    """What the issuer signs (EIP-712)."""
    domain = keccak(
        keccak(DOMAIN) + keccak(b"Salus Vault") + keccak(b"1") + chain_id.to_bytes(32, "big")
    )
    content = keccak(keccak(STATEMENT) + keccak(b"erasure") + issuer.rjust(32, b"\0") + digest)
    return keccak(b"\x19\x01" + domain + content)


def signer_of(message: bytes, signature: bytes) -> bytes:
    """The account that made a signature, 20 bytes; nothing where no account did."""
    try:
        parsed = Signature(signature[:64] + bytes([signature[64] - 27]))
        return bytes(parsed.recover_public_key_from_msg_hash(message).to_canonical_address())
    except Exception:
        return b""


def verify(
    receipt: bytes,
    block_hash: bytes | None = None,
    chain_id: int | None = None,
    registry: bytes | None = None,
) -> list[str]:
    """Check a receipt; gives what a proof needs besides, or raises Refused."""
    # Deep nesting would end the process in Python's recursive parser.
    steps = ((mark in b"[{") - (mark in b"]}") for mark in receipt)
    need(max(accumulate(steps), default=0) < 10, "nested")
    try:
        read = json.loads(receipt.decode("utf-8-sig"), object_pairs_hook=pairs)
        return _verify(read, block_hash, chain_id, registry)
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"malformed: {error!r}") from error


def _verify(
    given: Any, block_hash: bytes | None, chain_id: int | None, registry: bytes | None
) -> list[str]:
    read = members(
        given,
        "type report signature streamNumber registry index path checkpoint block storageProof",
    )
    need(read["type"] == "salus/erasure-receipt/v1", "type")
    report = read["report"]
    need(report["type"] == "salus/erasure/v1", "report")
    issuer, chain = raw(report["issuer"], 20), number(report["chainId"])
    need(chain > 0, "chain")
    # RFC 8785, for what such a report may hold: ASCII names, integers and texts.
    text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()

    checkpoint = members(read["checkpoint"], "parent root size")
    block = members(read["block"], "number hash timestamp")
    parent, root = raw(checkpoint["parent"], 32), raw(checkpoint["root"], 32)
    size, path = number(checkpoint["size"]), nodes(read["path"])
    need(climb(digest, number(read["index"]), size, path) == root, "inclusion")
    number(block["number"]), number(block["timestamp"])

    need(block_hash in (None, raw(block["hash"], 32)), "block")
    need(chain_id in (None, chain), "chain")
    need(registry in (None, raw(read["registry"], 20)), "registry")
    part = number(read["streamNumber"])
    need(part >= 1, "stream number")
    if read["storageProof"] is not None:
        stream = hashlib.sha256(STREAM + (b"/%d" % part if part > 1 else b"")).hexdigest()
        where = {"issuer": report["issuer"], "stream": "0x" + stream}
        check_state({**read, **where}, keccak(parent + root + size.to_bytes(32, "big")))

    signed = members(read["signature"], "signer signature")
    made = signer_of(statement(issuer, chain, digest), raw(signed["signature"]))
    lacking = {
        "storage proof": read["storageProof"] is None,
        "block hash": block_hash is None,
        "chain id": chain_id is None,
        "registry": registry is None,
        "signature of an account": made != raw(signed["signer"]),
        "control of the issuer": True,
    }
    return [name for name, lacks in lacking.items() if lacks]


if __name__ == "__main__":
    told = sys.argv[2:]
    lacks = verify(
        Path(sys.argv[1]).read_bytes(),
        bytes.fromhex(told[0][2:]) if told else None,
        int(told[1]) if len(told) > 1 else None,
        bytes.fromhex(told[2][2:]) if len(told) > 2 else None,
    )
    print(f"nothing contradicts; not checked: {', '.join(lacks)}")
