// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {MerkleTree} from "../../contracts/shared/MerkleTree.sol";

/// @title What checking an inclusion proof costs, calldata and call left out
contract Proofs {
    error NotIncluded();

    /// @notice RFC 9162 with SHA-256, the leaf's hash included.
    function gasOfSha256(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (uint256 used) {
        uint256 before = gasleft();
        bool included = MerkleTree.includes(root, size, index, MerkleTree.leafHash(leaf), proof);
        used = before - gasleft();
        require(included, NotIncluded());
    }

    /// @notice OpenZeppelin's sorted pairs with keccak, the leaf's hash included.
    function gasOfKeccak(bytes32 root, bytes32 leaf, bytes32[] calldata proof)
        external
        view
        returns (uint256 used)
    {
        uint256 before = gasleft();
        bytes32 hash = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        bool included = MerkleProof.verifyCalldata(proof, root, hash);
        used = before - gasleft();
        require(included, NotIncluded());
    }
}
