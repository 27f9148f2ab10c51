// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The state of an append-only log after its first `size` leaves.
/// @param parent Id of the checkpoint before it; zero for a stream's first.
/// @param root RFC 9162 Merkle tree hash (SHA-256) of the first `size` leaves.
/// @param size Number of leaves.
struct Checkpoint {
    bytes32 parent;
    bytes32 root;
    uint64 size;
}

/// @notice keccak256(abi.encode(parent, root, size)); zero for a log of no leaves.
type CheckpointId is bytes32;
