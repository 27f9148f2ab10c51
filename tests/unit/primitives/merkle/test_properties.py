"""What holds for every tree, index and size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.primitives.errors import InvalidLeafHash, MerkleIndexOutOfRange
from salus.primitives.merkle import MerkleTree
from salus_verify.errors import ConsistencyProofMismatch, InclusionProofMismatch
from salus_verify.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = st.lists(st.binary(max_size=12), min_size=1, max_size=70)


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(recursive_root(leaves[:middle]), recursive_root(leaves[middle:]))


@given(ENTRIES)
def test_root_is_the_recursive_definition(entries: list[bytes]) -> None:
    assert MerkleTree.of(entries).root() == recursive_root(entries)


@given(ENTRIES, st.data())
def test_growing_one_by_one_or_at_once_gives_the_same_tree(
    entries: list[bytes], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    grown = MerkleTree.of(entries[:cut])
    for entry in entries[cut:]:
        grown.append(entry)
    whole = MerkleTree.of(entries)
    assert list(grown) == list(whole) == [leaf_hash(entry) for entry in entries]
    assert grown.root() == whole.root() == MerkleTree(whole).root()
    assert whole.root(cut) == MerkleTree.of(entries[:cut]).root()


@given(ENTRIES, st.data())
def test_every_leaf_is_provable_at_every_size_and_nowhere_else(
    entries: list[bytes], data: st.DataObject
) -> None:
    tree = MerkleTree.of(entries)
    size = data.draw(st.integers(1, len(entries)))
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion_proof(index, size), tree.root(size)
    verify_inclusion(tree.leaf(index), index, size=size, proof=proof, root=root)
    elsewhere = data.draw(st.integers(0, size).filter(lambda other: other != index))
    if elsewhere == size or tree.leaf(elsewhere) != tree.leaf(index):
        with pytest.raises(InclusionProofMismatch):
            verify_inclusion(tree.leaf(index), elsewhere, size=size, proof=proof, root=root)


@given(ENTRIES, st.data())
def test_any_changed_bit_breaks_an_inclusion_proof(
    entries: list[bytes], data: st.DataObject
) -> None:
    tree = MerkleTree.of(entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    parts = [tree.leaf(index), tree.root(), *tree.inclusion_proof(index)]
    victim = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    parts[victim] = (int.from_bytes(parts[victim], "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(InclusionProofMismatch):
        verify_inclusion(parts[0], index, size=len(entries), proof=parts[2:], root=parts[1])


@given(ENTRIES, st.data())
def test_every_earlier_size_is_shown_to_be_extended(
    entries: list[bytes], data: st.DataObject
) -> None:
    tree = MerkleTree.of(entries)
    new = data.draw(st.integers(0, len(entries)))
    old = data.draw(st.integers(0, new))
    proof = tree.consistency_proof(old, new)
    verify_consistency(old, new, old_root=tree.root(old), new_root=tree.root(new), proof=proof)
    for bad in ([*proof, EMPTY_ROOT], proof[:-1] if proof else [EMPTY_ROOT]):
        with pytest.raises(ConsistencyProofMismatch):
            verify_consistency(
                old, new, old_root=tree.root(old), new_root=tree.root(new), proof=bad
            )


@given(ENTRIES, st.data())
def test_any_changed_bit_breaks_a_consistency_proof(
    entries: list[bytes], data: st.DataObject
) -> None:
    tree = MerkleTree.of(entries)
    old = data.draw(st.integers(1, len(entries)))
    parts = [tree.root(old), tree.root(), *tree.consistency_proof(old)]
    victim = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    parts[victim] = (int.from_bytes(parts[victim], "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(ConsistencyProofMismatch):
        verify_consistency(old, len(entries), old_root=parts[0], new_root=parts[1], proof=parts[2:])


def test_says_which_index_is_not_there() -> None:
    tree = MerkleTree.of([b"a", b"b"])
    with pytest.raises(MerkleIndexOutOfRange, match="index 2 is not in a tree of 2 leaves"):
        tree.leaf(2)
    with pytest.raises(MerkleIndexOutOfRange, match="index 0"):
        MerkleTree().inclusion_proof(0)
    with pytest.raises(MerkleIndexOutOfRange, match="size 3"):
        tree.root(3)
    with pytest.raises(MerkleIndexOutOfRange, match="old size 2"):
        tree.consistency_proof(2, 1)


def test_refuses_an_entry_where_its_hash_is_asked() -> None:
    with pytest.raises(InvalidLeafHash, match="leaf 1 has a hash of 5 bytes"):
        MerkleTree([EMPTY_ROOT, b"entry"])


def test_refuses_hashes_of_wrong_length_and_shrinking_logs() -> None:
    with pytest.raises(InclusionProofMismatch, match="32 bytes"):
        verify_inclusion(b"short", 0, size=1, proof=[], root=EMPTY_ROOT)
    with pytest.raises(ConsistencyProofMismatch, match="32 bytes"):
        verify_consistency(1, 2, old_root=b"", new_root=EMPTY_ROOT, proof=[EMPTY_ROOT])
    with pytest.raises(ConsistencyProofMismatch, match="shrunk"):
        verify_consistency(2, 1, old_root=EMPTY_ROOT, new_root=EMPTY_ROOT, proof=[])
    with pytest.raises(ConsistencyProofMismatch, match="new root differs"):
        verify_consistency(0, 0, old_root=EMPTY_ROOT, new_root=bytes(32), proof=[])


def test_says_its_size_and_root() -> None:
    assert repr(MerkleTree()) == f"MerkleTree(size=0, root={EMPTY_ROOT.hex()})"
