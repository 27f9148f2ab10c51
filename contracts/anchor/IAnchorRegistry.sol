// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {ISignedActs} from "../shared/ISignedActs.sol";
import {Checkpoint, CheckpointId} from "./Checkpoint.sol";

/// @title "This existed then, in this order": one append-only log per issuer and stream
/// @notice A stream moves from checkpoint to larger checkpoint; the only storage is the last checkpoint's id.
/// @dev Trust: nobody governs this contract. What it proves is the order and the time of checkpoints. It does not prove
/// that a root extends its parent: monitors do, with RFC 9162 consistency proofs.
/// @dev Privacy: issuer, stream, root, size and the times and sizes of growth are public. Leaves must be salted
/// commitments.
interface IAnchorRegistry is ISignedActs {
    /// @notice A stream grew; `parent` is the checkpoint before, zero for a stream's first.
    event Anchored(
        address indexed issuer,
        bytes32 indexed stream,
        CheckpointId indexed checkpointId,
        CheckpointId parent,
        bytes32 root,
        uint64 size
    );

    /// @notice Thrown when the checkpoint shown as last is not the stream's: another was anchored since, or this one already was.
    /// Read again from `head` and rebuild.
    error HeadMoved(CheckpointId head);

    /// @notice Thrown when a checkpoint is not of more leaves than the last.
    error AnchorNotGrowing(uint64 lastSize, uint64 size);

    /// @notice Thrown when a log has more leaves than `most`: every reader must hold a size exactly, and JSON holds no larger integer.
    error AnchorTooLarge(uint64 size, uint64 most);

    /// @notice Thrown when the root is zero, which no log has: the caller has left it out.
    error AnchorZeroRoot();

    /// @notice The most leaves that a log can have: 2^53 - 1.
    function MAX_SIZE() external view returns (uint64);

    /// @notice Id of a stream's last checkpoint; zero when it has none.
    function headOf(address issuer, bytes32 stream) external view returns (CheckpointId);

    /// @notice keccak256(abi.encode(parent, root, size)); zero when `size` is zero, whatever the rest.
    function checkpointIdOf(Checkpoint calldata checkpoint) external pure returns (CheckpointId);

    /// @notice Whether a leaf stands at `index` of the log whose last checkpoint is shown. False, too, when `head` is
    /// not the stream's last checkpoint.
    /// @dev Warning: whoever relies on the answer computes `leafHash` from the leaf itself.
    /// @param leafHash SHA-256(0x00 || leaf).
    /// @param proof RFC 9162 inclusion path, from the leaf up.
    function verifyInclusion(
        address issuer,
        bytes32 stream,
        Checkpoint calldata head,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Move a stream from checkpoint `last` to one of `size` leaves with `root`.
    /// @param issuer The identity whose stream it is; the caller must control it.
    /// @param last The stream's last checkpoint; all zero for its first.
    function anchor(
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root
    ) external;

    /// @notice The same, signed over
    /// `Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,uint256 deadline)`; `last` is the
    /// checkpoint's id and the replay guard.
    function anchorBySig(
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root,
        Authorization calldata auth
    ) external;
}
