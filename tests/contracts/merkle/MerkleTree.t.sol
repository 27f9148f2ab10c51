// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleTree} from "../../../contracts/shared/MerkleTree.sol";
import {Test} from "../base/Test.sol";
import {ReferenceTree} from "./ReferenceTree.sol";

/// @title The library from outside, as contracts call it
contract MerkleHarness {
    function leafHash(bytes32 leaf) external pure returns (bytes32) {
        return MerkleTree.leafHash(leaf);
    }

    function includes(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleTree.includes(root, size, index, hash, proof);
    }

    function includesBeside(
        bytes calldata kept,
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32[] calldata proof
    ) external view returns (bytes memory before, bytes memory later) {
        before = kept;
        MerkleTree.includes(root, size, index, root, proof);
        later = bytes.concat("after", kept);
        MerkleTree.includes(root, size, index, root, proof);
    }
}

contract MerkleTreeTest is Test {
    MerkleHarness private tree;
    bytes32[] private noPath;

    function setUp() public {
        tree = new MerkleHarness();
    }

    function test_hashesALeafWithItsPrefix() public view {
        bytes32 leaf = keccak256("leaf");
        assertEq(tree.leafHash(leaf), sha256(abi.encodePacked(uint8(0), leaf)));
    }

    function test_anEmptyTreeContainsNothing() public view {
        assertFalse(tree.includes(sha256(""), 0, 0, sha256(""), noPath));
    }

    function test_aTreeOfOneLeafIsItsLeafHash() public view {
        bytes32 leaf = keccak256("leaf");
        assertTrue(tree.includes(leaf, 1, 0, leaf, noPath));
    }

    function test_refusesAPathInATreeOfOneLeaf() public view {
        bytes32[] memory leaves = _leaves(2);
        bytes32 root = ReferenceTree.rootOf(leaves);
        assertTrue(tree.includes(root, 2, 0, leaves[0], ReferenceTree.pathOf(0, leaves)));
        assertFalse(tree.includes(root, 1, 0, leaves[0], ReferenceTree.pathOf(0, leaves)));
    }

    function test_containsEveryLeafOfEverySmallTree() public view {
        for (uint256 size = 1; size <= 33; ++size) {
            bytes32[] memory leaves = _leaves(size);
            bytes32 root = ReferenceTree.rootOf(leaves);
            for (uint256 i = 0; i < size; ++i) {
                bytes32[] memory path = ReferenceTree.pathOf(i, leaves);
                assertTrue(tree.includes(root, size, i, leaves[i], path));
            }
        }
    }

    function testFuzz_containsAnyLeafOfAnyTree(uint256 size, uint256 index) public view {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(size, index);
        assertTrue(tree.includes(root, leaves.length, i, leaves[i], path));
    }

    function test_containsTheLeavesOfTheVectors() public view {
        string memory file = string.concat(vm.projectRoot(), "/tests/vectors/merkle/inclusion.json");
        string memory json = vm.readFile(file);
        uint256 cases = 0;
        // Every seventh: parsing is what takes long, and the rule is the same in all of them.
        for (; vm.keyExistsJson(json, _key(cases, "")); cases += 7) {
            bytes32[] memory path = vm.parseJsonBytes32Array(json, _key(cases, ".proof"));
            uint256 size = vm.parseJsonUint(json, _key(cases, ".size"));
            uint256 index = vm.parseJsonUint(json, _key(cases, ".index"));
            bytes32 root = vm.parseJsonBytes32(json, _key(cases, ".root"));
            bytes32 leaf = vm.parseJsonBytes32(json, _key(cases, ".leaf"));
            assertEq(leaf, ReferenceTree.leafHashOf(abi.encodePacked(uint64(index))));
            assertTrue(tree.includes(root, size, index, leaf, path));
        }
        assertGt(cases, 100);
    }

    function testFuzz_refusesAnIndexOutsideTheTree(uint256 size, uint256 index, uint256 past)
        public
        view
    {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(size, index);
        past = bound(past, leaves.length, type(uint256).max);
        assertFalse(tree.includes(root, leaves.length, past, leaves[i], path));
    }

    function testFuzz_refusesTheIndexOfAnotherLeaf(uint256 size, uint256 index, uint256 other)
        public
        view
    {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(bound(size, 2, 60), index);
        other = bound(other, 0, leaves.length - 1);
        vm.assume(other != i);
        assertFalse(tree.includes(root, leaves.length, other, leaves[i], path));
    }

    function testFuzz_refusesAnotherLeaf(uint256 size, uint256 index, bytes32 leaf) public view {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(size, index);
        assertFalse(tree.includes(root, leaves.length, i, leaf, path));
    }

    function testFuzz_refusesAnotherRoot(uint256 size, uint256 index, bytes32 root) public view {
        (bytes32[] memory leaves, uint256 i,, bytes32[] memory path) = _any(size, index);
        assertFalse(tree.includes(root, leaves.length, i, leaves[i], path));
    }

    function testFuzz_refusesATruncatedPath(uint256 size, uint256 index) public view {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(bound(size, 2, 60), index);
        bytes32[] memory shorter = _resize(path, path.length - 1);
        assertFalse(tree.includes(root, leaves.length, i, leaves[i], shorter));
    }

    function testFuzz_refusesAnExtendedPath(uint256 size, uint256 index, bytes32 more) public view {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(size, index);
        bytes32[] memory longer = _resize(path, path.length + 1);
        longer[path.length] = more;
        assertFalse(tree.includes(root, leaves.length, i, leaves[i], longer));
        // Not even where the root itself is built over what was added.
        bytes32 above = ReferenceTree.nodeHashOf(root, more);
        assertFalse(tree.includes(above, leaves.length, i, leaves[i], longer));
    }

    function testFuzz_refusesAChangedPath(uint256 size, uint256 index, uint256 level, bytes32 node)
        public
        view
    {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(bound(size, 2, 60), index);
        path[bound(level, 0, path.length - 1)] = node;
        assertFalse(tree.includes(root, leaves.length, i, leaves[i], path));
    }

    function testFuzz_refusesAnInnerNodeAsALeaf(uint256 size, uint256 index, uint256 place)
        public
        view
    {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(bound(size, 2, 60), index);
        bytes32 sibling = path[0];
        bytes32 inner = i % 2 == 1 || i == leaves.length - 1
            ? ReferenceTree.nodeHashOf(sibling, leaves[i])
            : ReferenceTree.nodeHashOf(leaves[i], sibling);
        bytes32[] memory upper = new bytes32[](path.length - 1);
        for (uint256 k = 1; k < path.length; ++k) {
            upper[k - 1] = path[k];
        }
        assertFalse(tree.includes(root, leaves.length, place % leaves.length, inner, upper));
    }

    function testFuzz_answersAsTheStandardDoes(
        uint64 size,
        uint64 index,
        bytes32 leaf,
        uint256 length,
        bytes32 seed
    ) public view {
        // Small trees as often as large ones: a path of arbitrary length then fits one time in ten.
        if (length % 2 == 0) size >>= 53;
        index = uint64(bound(index, 0, uint256(size)));
        bytes32[] memory path = new bytes32[](bound(length / 2, 0, size >> 12 == 0 ? 12 : 66));
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = keccak256(abi.encode(seed, i));
        }
        bytes32 root = _climb(size, index, leaf, path);
        bool expected = ReferenceTree.verify(root, size, index, leaf, path);
        assertEq(tree.includes(root, size, index, leaf, path), expected);
    }

    function testFuzz_leavesMemoryAlone(bytes calldata kept, uint256 size, uint256 index)
        public
        view
    {
        (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path) =
            _any(size, index);
        (bytes memory before, bytes memory later) =
            tree.includesBeside(kept, root, leaves.length, i, path);
        assertEq(before, kept);
        assertEq(later, bytes.concat("after", kept));
    }

    function test_revertsWhenSha256Fails() public {
        bytes32[] memory path = new bytes32[](1);
        vm.mockCallRevert(address(2), "", "");
        vm.expectRevert(bytes(""));
        tree.includes(0, 2, 0, 0, path);
    }

    /// @dev A root that an arbitrary path of the right length leads to, so that both answers come up.
    function _climb(uint256 size, uint256 index, bytes32 hash, bytes32[] memory path)
        private
        pure
        returns (bytes32)
    {
        uint256 last = size == 0 ? 0 : size - 1;
        for (uint256 i = 0; i < path.length; ++i) {
            while (index % 2 == 0 && index == last && index != 0) {
                (index, last) = (index / 2, last / 2);
            }
            hash = index % 2 == 1
                ? ReferenceTree.nodeHashOf(path[i], hash)
                : ReferenceTree.nodeHashOf(hash, path[i]);
            (index, last) = (index / 2, last / 2);
        }
        return hash;
    }

    function _any(uint256 size, uint256 index)
        private
        pure
        returns (bytes32[] memory leaves, uint256 i, bytes32 root, bytes32[] memory path)
    {
        leaves = _leaves(bound(size, 1, 60));
        i = bound(index, 0, leaves.length - 1);
        root = ReferenceTree.rootOf(leaves);
        path = ReferenceTree.pathOf(i, leaves);
    }

    function _leaves(uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = ReferenceTree.leafHashOf(abi.encodePacked(uint64(i)));
        }
    }

    function _resize(bytes32[] memory path, uint256 length)
        private
        pure
        returns (bytes32[] memory resized)
    {
        resized = new bytes32[](length);
        for (uint256 i = 0; i < length && i < path.length; ++i) {
            resized[i] = path[i];
        }
    }

    function _key(uint256 i, string memory member) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "]", member);
    }
}
