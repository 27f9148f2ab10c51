// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";

/// @title Words of the anchor tests: a hospital's stream of access audits
abstract contract AnchorTest is Fixture {
    bytes32 internal constant STREAM = keccak256("audit");
    bytes32 internal constant OTHER_STREAM = keccak256("records");
    bytes32 internal constant ROOT = keccak256("root of the first seven");
    bytes32 internal constant NEXT_ROOT = keccak256("root of the first nine");
    bytes32 private constant ANCHOR_TYPEHASH = keccak256(
        "Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,uint256 deadline)"
    );

    /// @notice The checkpoint of a stream that has none.
    function nothing() internal pure returns (Checkpoint memory) {
        return Checkpoint(0, 0, 0);
    }

    /// @notice The hospital's stream stands at seven leaves.
    function anchorFirst() internal returns (Checkpoint memory first) {
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
        first = Checkpoint(0, ROOT, 7);
    }

    /// @notice Its checkpoint after `last`.
    function after_(Checkpoint memory last, bytes32 root, uint64 size)
        internal
        pure
        returns (Checkpoint memory)
    {
        return Checkpoint(idOf(last), root, size);
    }

    /// @notice Spelled out, so that a change of the layout fails.
    function idOf(Checkpoint memory checkpoint) internal pure returns (bytes32) {
        return keccak256(abi.encode(checkpoint.parent, checkpoint.root, uint256(checkpoint.size)));
    }

    function head() internal view returns (bytes32) {
        return CheckpointId.unwrap(anchors.headOf(hospital.addr, STREAM));
    }

    function structHashOf(
        address issuer,
        bytes32 stream,
        bytes32 last,
        uint64 size,
        bytes32 root,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ANCHOR_TYPEHASH, issuer, stream, last, size, root, deadline));
    }

    /// @notice `signer` signs for the hospital: from `last` to nine leaves.
    function signNext(Vm.Wallet memory signer, bytes32 last)
        internal
        view
        returns (Authorization memory)
    {
        bytes32 structHash = structHashOf(hospital.addr, STREAM, last, 9, NEXT_ROOT, soon());
        return signAct(signer, address(anchors), structHash, soon());
    }

    /// @notice Anybody submits what was signed with `signNext`.
    function submitNext(Checkpoint memory last, Authorization memory auth) internal {
        vm.prank(relayer.addr);
        anchors.anchorBySig(hospital.addr, STREAM, last, 9, NEXT_ROOT, auth);
    }
}
