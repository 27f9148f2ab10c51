// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 to the letter, slowly: what the library and its users are tested against
/// @notice `ReferenceTree.rootOf(leafHashes)`, `ReferenceTree.pathOf(index, leafHashes)`.
library ReferenceTree {
    function leafHashOf(bytes memory leaf) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"00", leaf));
    }

    function nodeHashOf(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"01", left, right));
    }

    /// @notice Leaf hashes of commitments.
    function leavesOf(bytes32[] memory commitments)
        internal
        pure
        returns (bytes32[] memory leaves)
    {
        leaves = new bytes32[](commitments.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = leafHashOf(bytes.concat(commitments[i]));
        }
    }

    /// @notice Section 2.1.1: the Merkle tree hash of at least one leaf.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        return _root(leaves, 0, leaves.length);
    }

    /// @notice Section 2.1.3.1: the inclusion path of a leaf, from the leaf up.
    function pathOf(uint256 index, bytes32[] memory leaves)
        internal
        pure
        returns (bytes32[] memory)
    {
        return _path(leaves, index, 0, leaves.length);
    }

    /// @notice Section 2.1.3.2, step by step.
    function verify(bytes32 root, uint256 size, uint256 index, bytes32 hash, bytes32[] memory path)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        (uint256 fn, uint256 sn, bytes32 r) = (index, size - 1, hash);
        for (uint256 i = 0; i < path.length; ++i) {
            if (sn == 0) return false;
            if (fn % 2 == 1 || fn == sn) {
                r = nodeHashOf(path[i], r);
                while (fn % 2 == 0 && fn != 0) (fn, sn) = (fn / 2, sn / 2);
            } else {
                r = nodeHashOf(r, path[i]);
            }
            (fn, sn) = (fn / 2, sn / 2);
        }
        return sn == 0 && r == root;
    }

    function _root(bytes32[] memory leaves, uint256 from, uint256 to)
        private
        pure
        returns (bytes32)
    {
        if (to - from == 1) return leaves[from];
        uint256 middle = from + _split(to - from);
        return nodeHashOf(_root(leaves, from, middle), _root(leaves, middle, to));
    }

    function _path(bytes32[] memory leaves, uint256 index, uint256 from, uint256 to)
        private
        pure
        returns (bytes32[] memory)
    {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + _split(to - from);
        if (index < middle) {
            return _append(_path(leaves, index, from, middle), _root(leaves, middle, to));
        }
        return _append(_path(leaves, index, middle, to), _root(leaves, from, middle));
    }

    /// @dev The largest power of two smaller than `size`.
    function _split(uint256 size) private pure returns (uint256 power) {
        power = 1;
        while (power * 2 < size) power *= 2;
    }

    function _append(bytes32[] memory path, bytes32 last)
        private
        pure
        returns (bytes32[] memory longer)
    {
        longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i] = path[i];
        }
        longer[path.length] = last;
    }
}
