"""What an inclusion proof costs: RFC 9162 with SHA-256 (ours) and OpenZeppelin's keccak tree.

Both are compiled here with the settings of the release.

Example:
    >>> [len(path(10)), len(path(24))]
    [10, 24]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from benchmarks.gas.chain import LocalChain
from eth_utils.crypto import keccak

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "scripts"))

import compile as build  # noqa: E402
from compiler import compile_standard  # noqa: E402

UNIT = "benchmarks/gas/Proofs.sol"
LEAF = keccak(text="a salted commitment")
BITS = 0xA5A5A5
"""The leaf's index, cut to the tree's height: both orders of hashing occur."""


def path(levels: int) -> list[bytes]:
    """Make up the siblings of a leaf.

    Args:
        levels: How many.

    Returns:
        32 bytes each, from the leaf up.
    """
    return [keccak(text=f"sibling {level}") for level in range(levels)]


def measure_proofs(chain: LocalChain) -> dict[str, int]:
    """Measure both trees at 10 and at 24 levels.

    Args:
        chain: Where.

    Returns:
        Gas by tree and height, of the check alone.
    """
    check = chain.deploy(*_compile()).functions
    costs = {}
    for levels in (10, 24):
        size, index, siblings = 1 << levels, BITS % (1 << levels), path(levels)
        sha = check.gasOfSha256(_sha256_root(index, siblings), size, index, LEAF, siblings)
        costs[f"sha256_{levels}"] = int(sha.call())
        costs[f"keccak_{levels}"] = int(
            check.gasOfKeccak(_keccak_root(siblings), LEAF, siblings).call()
        )
    return costs


def _sha256_root(index: int, siblings: list[bytes]) -> bytes:
    node = hashlib.sha256(b"\0" + LEAF).digest()
    for level, sibling in enumerate(siblings):
        pair = sibling + node if index >> level & 1 else node + sibling
        node = hashlib.sha256(b"\1" + pair).digest()
    return node


def _keccak_root(siblings: list[bytes]) -> bytes:
    node = keccak(keccak(LEAF))
    for sibling in siblings:
        node = keccak(b"".join(sorted((node, sibling))))
    return node


def _compile() -> tuple[list[dict[str, Any]], str]:
    output = compile_standard(build.standard_input([UNIT]))
    build.refuse_diagnostics(output)
    made = output["contracts"][UNIT]["Proofs"]
    return made["abi"], made["evm"]["bytecode"]["object"]
