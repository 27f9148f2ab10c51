// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {Authorization} from "../shared/Authorization.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {MerkleTree} from "../shared/MerkleTree.sol";
import {SignedActs} from "../shared/SignedActs.sol";
import {Checkpoint, CheckpointId} from "./Checkpoint.sol";
import {IAnchorRegistry} from "./IAnchorRegistry.sol";

/// @title Append-only logs, one for each issuer and stream
contract AnchorRegistry is IAnchorRegistry, IdentityLaw, SignedActs {
    bytes32 private constant ANCHOR_TYPEHASH = keccak256(
        "Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,uint256 deadline)"
    );

    /// @inheritdoc IAnchorRegistry
    uint64 public constant MAX_SIZE = 2 ** 53 - 1;

    /// @dev A struct only so that its place is worked out once for the check and the write.
    struct Log {
        CheckpointId head;
    }

    mapping(address issuer => mapping(bytes32 stream => Log log)) private _logs;

    constructor(IIdentityRegistry identities)
        IdentityLaw(identities)
        EIP712("AnchorRegistry", "1")
    {}

    /// @inheritdoc IAnchorRegistry
    function headOf(address issuer, bytes32 stream) external view returns (CheckpointId) {
        return _logs[issuer][stream].head;
    }

    /// @inheritdoc IAnchorRegistry
    function checkpointIdOf(Checkpoint calldata checkpoint) external pure returns (CheckpointId) {
        return _idOf(checkpoint);
    }

    /// @inheritdoc IAnchorRegistry
    function verifyInclusion(
        address issuer,
        bytes32 stream,
        Checkpoint calldata head,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _same(_idOf(head), _logs[issuer][stream].head)
            && MerkleTree.includes(head.root, head.size, index, leafHash, proof);
    }

    /// @inheritdoc IAnchorRegistry
    function anchor(
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root
    ) external {
        _anchor(msg.sender, issuer, stream, _idOf(last), last.size, size, root);
    }

    /// @inheritdoc IAnchorRegistry
    function anchorBySig(
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root,
        Authorization calldata auth
    ) external {
        CheckpointId shown = _idOf(last);
        bytes32 structHash = keccak256(
            abi.encode(ANCHOR_TYPEHASH, issuer, stream, shown, size, root, auth.deadline)
        );
        _anchor(_actorOf(structHash, auth), issuer, stream, shown, last.size, size, root);
    }

    function _anchor(
        address actor,
        address issuer,
        bytes32 stream,
        CheckpointId shown,
        uint64 lastSize,
        uint64 size,
        bytes32 root
    ) private {
        _requireController(issuer, actor);
        Log storage log = _logs[issuer][stream];
        CheckpointId head = log.head;
        require(_same(shown, head), HeadMoved(head));
        require(size > lastSize, AnchorNotGrowing(lastSize, size));
        require(size <= MAX_SIZE, AnchorTooLarge(size, MAX_SIZE));
        require(root != 0, AnchorZeroRoot());

        CheckpointId next = _hash(CheckpointId.unwrap(head), root, size);
        log.head = next;

        emit Anchored(issuer, stream, next, head, root, size);
    }

    function _idOf(Checkpoint calldata checkpoint) private pure returns (CheckpointId) {
        if (checkpoint.size == 0) return CheckpointId.wrap(0);
        return _hash(checkpoint.parent, checkpoint.root, checkpoint.size);
    }

    function _hash(bytes32 parent, bytes32 root, uint64 size) private pure returns (CheckpointId) {
        return CheckpointId.wrap(keccak256(abi.encode(parent, root, size)));
    }

    function _same(CheckpointId a, CheckpointId b) private pure returns (bool) {
        return CheckpointId.unwrap(a) == CheckpointId.unwrap(b);
    }
}
