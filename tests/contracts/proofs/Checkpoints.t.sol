// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Proof} from "./Proof.sol";

/// @title Checkpoints: from any state, by anybody, with any checkpoint shown
contract CheckpointProofs is Proof {
    IdentityRegistry private identities;
    AnchorRegistry private anchors;

    function setUp() public {
        identities = new IdentityRegistry();
        anchors = new AnchorRegistry(identities);
        anyState(address(identities));
        anyState(address(anchors));
    }

    function check_aCheckpointGrowsFromTheHead(
        address caller,
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root
    ) external {
        bytes32 head = _headOf(issuer, stream);
        vm.prank(caller);
        anchors.anchor(issuer, stream, last, size, root);
        assert(caller != address(0) && caller == identities.identityOwner(issuer));
        assert(head == CheckpointId.unwrap(anchors.checkpointIdOf(last)));
        assert(size > last.size && root != 0);
        assert(_headOf(issuer, stream) == keccak256(abi.encode(head, root, size)));
    }

    function witness_somebodyAnchors(
        address caller,
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root
    ) external {
        vm.assume(last.size != 0);
        bytes memory data =
            abi.encodeCall(AnchorRegistry.anchor, (issuer, stream, last, size, root));
        assert(!passes(caller, address(anchors), data));
    }

    function check_theSameIsAnchoredOnce(
        address caller,
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root
    ) external {
        bytes memory data = abi.encodeCall(
            AnchorRegistry.anchor, (issuer, stream, last, size, root)
        );
        vm.assume(passes(caller, address(anchors), data));
        assert(!passes(caller, address(anchors), data));
    }

    function check_otherStreamsStay(
        address caller,
        address issuer,
        bytes32 stream,
        Checkpoint calldata last,
        uint64 size,
        bytes32 root,
        address otherIssuer,
        bytes32 otherStream
    ) external {
        vm.assume(issuer != otherIssuer || stream != otherStream);
        bytes32 other = _headOf(otherIssuer, otherStream);
        vm.prank(caller);
        anchors.anchor(issuer, stream, last, size, root);
        assert(_headOf(otherIssuer, otherStream) == other);
    }

    function _headOf(address issuer, bytes32 stream) private view returns (bytes32) {
        return CheckpointId.unwrap(anchors.headOf(issuer, stream));
    }
}
