"""Trees, tests and contracts belong together: what the checker sees, and that all is well now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import check_trees

SOURCE = """
// function test_commentedOut() {}
contract OwnerTest is Fixture {
    function setUp() public {}
    function test_revertsForStrangers() public {}
    function testFuzz_setsTheOwner(address owner) public {}
}
contract OwnerGas { function test_measure() public {} }
"""
TREE = """OwnerTest
├── changeOwner
│   ├── when the caller is a stranger
│   │   └── it should revert [test_revertsForStrangers]
│   └── when the caller is the owner
│       └── it should set the owner [testFuzz_setsTheOwner]
"""


def test_every_leaf_has_its_test_and_every_function_its_branch() -> None:
    assert check_trees.check() == []


def test_a_tree_and_its_tests_agree() -> None:
    assert check_trees.check_pair("Owner.t.sol", TREE, SOURCE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[test_revertsForStrangers]", "[test_gone]", "leaf [test_gone] has no test"),
        ("[test_revertsForStrangers]", "[test_gone]", "test_revertsForStrangers has no leaf"),
        (" [test_revertsForStrangers]", "", "line 4 is no leaf"),
        ("it should revert [", "it reverts [", "line 4 is no leaf"),
        ("OwnerTest\n", "OtherTest\n", "its tree is of 'OtherTest'"),
    ],
)
def test_what_does_not_agree_is_named(old: str, new: str, said: str) -> None:
    flaws = check_trees.check_pair("Owner.t.sol", TREE.replace(old, new), SOURCE)
    assert any(said in flaw for flaw in flaws), flaws


def test_tests_without_a_tree_are_refused_and_measurements_are_not() -> None:
    assert check_trees.check_pair("Owner.t.sol", None, SOURCE)
    assert (
        check_trees.check_pair("Gas.t.sol", None, SOURCE[SOURCE.index("contract OwnerGas") :]) == []
    )


def lay_out(folder: Path, tree: str, function: str) -> list[str]:
    tests, artifacts = folder / "tests", folder / "artifacts"
    (tests / "anchor").mkdir(parents=True)
    artifacts.mkdir()
    (tests / "anchor" / "Owner.t.sol").write_text(SOURCE, encoding="utf-8")
    (tests / "anchor" / "Owner.tree").write_text(tree, encoding="utf-8")
    abi = [{"type": "function", "name": function}, {"type": "error", "name": "Refused"}]
    artifact = {"sourceName": "contracts/anchor/AnchorRegistry.sol", "abi": abi}
    (artifacts / "AnchorRegistry.json").write_text(json.dumps(artifact), encoding="utf-8")
    return check_trees.check(tests, artifacts)


def test_a_function_named_in_a_branch_is_tried(tmp_path: Path) -> None:
    assert lay_out(tmp_path, TREE, "changeOwner") == []


def test_a_function_named_beside_the_contract_is_tried(tmp_path: Path) -> None:
    tree = TREE.replace("OwnerTest\n", "OwnerTest::anchor\n", 1)
    assert lay_out(tmp_path, tree, "anchor") == []


def test_a_function_that_no_branch_names_is_refused(tmp_path: Path) -> None:
    # A leaf that happens to hold the word does not count.
    assert lay_out(tmp_path, TREE, "revert") == [
        "AnchorRegistry.revert: no tree in anchor/ has a branch that names it"
    ]


def test_a_tree_without_a_test_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Alone.tree").write_text(TREE, encoding="utf-8")
    assert check_trees.check(tmp_path, tmp_path) == ["Alone.tree: no test file beside it"]


def test_a_contract_without_a_folder_of_trees_is_refused(tmp_path: Path) -> None:
    artifact = {"sourceName": "contracts/new/NewRegistry.sol", "abi": []}
    (tmp_path / "NewRegistry.json").write_text(json.dumps(artifact), encoding="utf-8")
    (flaw,) = check_trees.check(tmp_path, tmp_path)
    assert "NewRegistry" in flaw
