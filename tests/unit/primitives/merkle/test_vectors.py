"""Roots and proofs that others published, or that the committed vectors hold."""

from __future__ import annotations

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from salus.primitives.merkle import MerkleTree
from salus_verify.errors import ConsistencyProofMismatch, InclusionProofMismatch
from salus_verify.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion

VECTORS = Path(__file__).parents[3] / "vectors" / "merkle"

# The test leaves of the certificate-transparency project and the roots it publishes for them.
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def cases(name: str) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    found: list[dict[str, Any]] = document["cases"]
    return found


def raw(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


def test_empty_tree_has_the_hash_of_nothing_as_root() -> None:
    assert EMPTY_ROOT == sha256(b"").digest() == MerkleTree().root()


@pytest.mark.parametrize("size", range(1, 9))
def test_reproduces_the_certificate_transparency_roots(size: int) -> None:
    assert MerkleTree.of(CT_LEAVES).root(size).hex() == CT_ROOTS[size - 1]
    assert MerkleTree(map(leaf_hash, CT_LEAVES[:size])).root().hex() == CT_ROOTS[size - 1]


def test_makes_and_verifies_every_inclusion_vector() -> None:
    tree = MerkleTree.of(index.to_bytes(8, "big") for index in range(1000))
    assert len(cases("inclusion")) > 200
    for case in cases("inclusion"):
        proof = [raw(part) for part in case["proof"]]
        assert tree.root(case["size"]) == raw(case["root"])
        assert tree.leaf(case["index"]) == raw(case["leaf"])
        assert tree.inclusion_proof(case["index"], case["size"]) == proof
        verify_inclusion(
            raw(case["leaf"]),
            case["index"],
            size=case["size"],
            proof=proof,
            root=raw(case["root"]),
        )


def test_makes_and_verifies_every_consistency_vector() -> None:
    tree = MerkleTree.of(index.to_bytes(8, "big") for index in range(1000))
    assert len(cases("consistency")) > 200
    for case in cases("consistency"):
        proof = [raw(part) for part in case["proof"]]
        assert tree.consistency_proof(case["oldSize"], case["newSize"]) == proof
        verify_consistency(
            case["oldSize"],
            case["newSize"],
            old_root=raw(case["oldRoot"]),
            new_root=raw(case["newRoot"]),
            proof=proof,
        )


@pytest.mark.parametrize("name", ["inclusion", "consistency"])
def test_the_committed_vectors_are_what_their_rule_says(name: str) -> None:
    document = runpy.run_path(str(VECTORS / "make.py"))["document"]
    assert document(name) == (VECTORS / f"{name}.json").read_text()


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    tree = MerkleTree.of(CT_LEAVES[:4])
    inner, proof = tree.root(2), tree.inclusion_proof(0)
    with pytest.raises(InclusionProofMismatch, match="too short"):
        verify_inclusion(inner, 0, size=4, proof=proof[1:], root=tree.root())


def test_a_forked_log_is_refused() -> None:
    honest, forked = MerkleTree.of(CT_LEAVES), MerkleTree.of([b"other", *CT_LEAVES[1:]])
    with pytest.raises(ConsistencyProofMismatch, match="old root differs"):
        verify_consistency(
            5,
            8,
            old_root=honest.root(5),
            new_root=forked.root(),
            proof=forked.consistency_proof(5),
        )
