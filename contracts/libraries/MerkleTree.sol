// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Inclusion proofs in the one Merkle tree of the project: RFC 9162 with SHA-256.
library MerkleTree {
    /// @notice SHA-256(0x00 || leaf), RFC 9162 section 2.1.1.
    function leafHash(bytes32 leaf) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), leaf));
    }

    /// @notice Whether `hash` stands at `index` of the tree of `size` leaves with `root`: RFC 9162 section 2.1.3.2.
    /// @dev The path's length follows from index and size, so that an inner node never passes for a leaf.
    /// @param hash The leaf's hash, prefix included.
    /// @param proof The inclusion path, from the leaf up.
    function includes(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 hash,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (index >= size) return false;
        uint256 last = size - 1;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                hash = _nodeHash(proof[i], hash);
                // The rightmost subtree of an incomplete tree stands alone on the levels where it has no sibling.
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = _nodeHash(hash, proof[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    function _nodeHash(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
