// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PackProof} from "../../../contracts/drug/Lot.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";

/// @title A lot of 2^24 serials of which 128 are known: what a proof costs depends on its length alone
/// @notice `LargeLot.packs(100)`, `LargeLot.root()`. The tree is full below its seventh level; above it every sibling
/// is made up.
library LargeLot {
    uint256 internal constant QUANTITY = 1 << 24;
    uint256 private constant KNOWN = 1 << 7;

    /// @dev Of the first known serial; a multiple of 128 with ones and zeros above, so that both orders are hashed.
    uint256 private constant FIRST = 0xA5A580;

    function root() internal pure returns (bytes32 hash) {
        hash = ReferenceTree.rootOf(_leaves());
        bytes32[] memory above = _above();
        for (uint256 i = 0; i < above.length; ++i) {
            bool isRight = (FIRST >> (7 + i)) & 1 == 1;
            hash = isRight
                ? ReferenceTree.nodeHashOf(above[i], hash)
                : ReferenceTree.nodeHashOf(hash, above[i]);
        }
    }

    /// @notice The first `count` known packs, each with its path of 24.
    function packs(uint256 count) internal pure returns (PackProof[] memory shown) {
        bytes32[] memory leaves = _leaves();
        shown = new PackProof[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32[] memory proof = _join(ReferenceTree.pathOf(i, leaves), _above());
            shown[i] = PackProof(uint64(FIRST + i), _commitment(i), proof);
        }
    }

    function _leaves() private pure returns (bytes32[] memory) {
        bytes32[] memory commitments = new bytes32[](KNOWN);
        for (uint256 i = 0; i < KNOWN; ++i) {
            commitments[i] = _commitment(i);
        }
        return ReferenceTree.leavesOf(commitments);
    }

    function _commitment(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("salted serial", i));
    }

    /// @dev Siblings from the eighth level up.
    function _above() private pure returns (bytes32[] memory above) {
        above = new bytes32[](17);
        for (uint256 i = 0; i < above.length; ++i) {
            above[i] = keccak256(abi.encode("sibling", i));
        }
    }

    function _join(bytes32[] memory low, bytes32[] memory high)
        private
        pure
        returns (bytes32[] memory path)
    {
        path = new bytes32[](low.length + high.length);
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = i < low.length ? low[i] : high[i - low.length];
        }
    }
}
