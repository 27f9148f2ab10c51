// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleTree} from "../../../contracts/shared/MerkleTree.sol";
import {Proof} from "./Proof.sol";

/// @title The library from outside, as contracts call it
contract Inclusion {
    function includes(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleTree.includes(root, size, index, hash, proof);
    }
}

/// @title Inclusion proofs, whatever the hash function
/// @notice The reference walks from the root down, by the definition of the tree (RFC 9162, section 2.1.1); the
/// library walks from the leaf up.
contract InclusionProofs is Proof {
    Inclusion private tree;

    function setUp() public {
        tree = new Inclusion();
        _abstractHash();
    }

    /// @dev Sizes 1 to 8, every index, paths of up to four steps, any hashes.
    function check_agreesWithTheDefinitionOfTheTree(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[4] calldata words,
        uint8 steps
    ) external view {
        vm.assume(size >= 1 && size <= 8 && index < size);
        bytes32[] memory path = _path(words, steps);
        (bool fits, bytes32 expected) = _rootFrom(size, index, hash, path, path.length);
        bool included = tree.includes(root, size, index, hash, path);
        assert(included == (fits && expected == root));
    }

    function witness_theFourthOfFiveIsIncluded(
        bytes32 root,
        bytes32 hash,
        bytes32[4] calldata words
    ) external view {
        assert(!tree.includes(root, 5, 3, hash, _path(words, 3)));
    }

    /// @dev Whatever the size: there is no proof of what stands outside.
    function check_nothingIsIncludedOutside(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[4] calldata words,
        uint8 steps
    ) external view {
        vm.assume(index >= size);
        assert(!tree.includes(root, size, index, hash, _path(words, steps)));
    }

    function _rootFrom(
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[] memory path,
        uint256 steps
    ) private pure returns (bool fits, bytes32 root) {
        if (size == 1) return (steps == 0, hash);
        if (steps == 0) return (false, 0);
        uint256 left = _split(size);
        bytes32 sibling = path[steps - 1];
        if (index < left) {
            (fits, root) = _rootFrom(left, index, hash, path, steps - 1);
            return (fits, keccak256(bytes.concat(hex"01", root, sibling)));
        }
        (fits, root) = _rootFrom(size - left, index - left, hash, path, steps - 1);
        return (fits, keccak256(bytes.concat(hex"01", sibling, root)));
    }

    /// @dev The largest power of two smaller than `size`.
    function _split(uint256 size) private pure returns (uint256) {
        if (size > 4) return 4;
        return size > 2 ? 2 : 1;
    }

    /// @dev A length for each branch: the prover wants lengths that are numbers.
    function _path(bytes32[4] calldata words, uint8 steps)
        private
        pure
        returns (bytes32[] memory path)
    {
        vm.assume(steps <= 4);
        if (steps == 0) path = new bytes32[](0);
        else if (steps == 1) path = new bytes32[](1);
        else if (steps == 2) path = new bytes32[](2);
        else if (steps == 3) path = new bytes32[](3);
        else path = new bytes32[](4);
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = words[i];
        }
    }
}
