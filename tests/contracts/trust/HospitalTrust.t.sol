// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {IAnchorRegistry} from "../../../contracts/anchor/IAnchorRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {AnchorTest} from "../anchor/AnchorTest.sol";

/// @title The key of a hospital, which anchors its records and audits, is stolen
/// @dev What it holds of medicines is a trading partner's: see MedicineTrust.
contract HospitalTrustTest is AnchorTest {
    function test_theThiefCannotRewriteWhatWasAnchored() external {
        Checkpoint memory first = anchorFirst();
        bytes32 stands = head();
        vm.startPrank(hospital.addr);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.HeadMoved.selector, stands));
        anchors.anchor(hospital.addr, STREAM, nothing(), 9, NEXT_ROOT);
        vm.expectPartialRevert(IAnchorRegistry.AnchorNotGrowing.selector);
        anchors.anchor(hospital.addr, STREAM, first, first.size, NEXT_ROOT);
        vm.stopPrank();
        assertEq(head(), stands);
    }

    function test_theThiefsCheckpointNamesTheTrueOneAsItsParent() external {
        Checkpoint memory first = anchorFirst();
        Checkpoint memory false_ = after_(first, keccak256("another history"), 8);
        vm.expectEmit();
        emit IAnchorRegistry.Anchored(
            hospital.addr,
            STREAM,
            CheckpointId.wrap(idOf(false_)),
            CheckpointId.wrap(idOf(first)),
            false_.root,
            false_.size
        );
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, first, false_.size, false_.root);
    }

    function test_theHospitalsRotationEndsTheThiefAndGoesOn() external {
        Checkpoint memory first = anchorFirst();
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, carer.addr);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.NotController.selector, hospital.addr, hospital.addr)
        );
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, first, 9, NEXT_ROOT);
        vm.prank(carer.addr);
        anchors.anchor(hospital.addr, STREAM, first, 9, NEXT_ROOT);
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_whatTheThiefSignedAheadDiesWithTheRotation() external {
        Checkpoint memory first = anchorFirst();
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, carer.addr);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.NotController.selector, hospital.addr, hospital.addr)
        );
        submitNext(first, auth);
    }

    /// The largest size there is ends the stream for everybody, its owner too: the log goes on in the next number.
    function test_whatTheThiefEndedGoesOnInTheNextNumber() external {
        Checkpoint memory first = anchorFirst();
        uint64 largest = 2 ** 53 - 1;
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, first, largest, keccak256("garbage"));
        Checkpoint memory bad = after_(first, keccak256("garbage"), largest);
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, carer.addr);

        bytes32 nextNumber = sha256("salus/stream/v1/audit/2");
        Checkpoint memory begins = Checkpoint(0, sha256("names the first"), 1);
        vm.prank(carer.addr);
        anchors.anchor(hospital.addr, nextNumber, nothing(), begins.size, begins.root);
        vm.prank(carer.addr);
        anchors.anchor(hospital.addr, nextNumber, begins, 9, NEXT_ROOT);
        assertEq(
            CheckpointId.unwrap(anchors.headOf(hospital.addr, nextNumber)),
            idOf(after_(begins, NEXT_ROOT, 9))
        );
        assertEq(head(), idOf(bad), "what was done stays visible");
    }
}
