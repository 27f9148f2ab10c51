// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {GuardedPatient} from "./GuardedPatient.sol";

/// @title What becomes of a recovery: the owner vetoes it, or anybody executes it
contract RecoveryTest is GuardedPatient {
    function testFuzz_nothingIsPendingFromTheStart(address identity) external view {
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(identity);
        assertEq(recovery.newOwner, address(0));
        assertEq(uint256(recovery.readyAt), 0);
        assertFalse(recovery.unanimous);
        assertEq(uint256(recovery.round), 0);
        assertEq(uint256(recovery.unanimousRound), 0);
    }

    // vetoRecovery --------------------------------------------------------------------------------

    function test_vetoRevertsWhenCallerIsNotTheOwner() external {
        _propose(carer.addr, 2);
        _expectNotController(patient.addr, carer.addr);
        _veto(carer.addr);
    }

    function test_vetoRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _veto(patient.addr);
    }

    function test_vetoRevertsWhenNothingIsPending() external {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryNone.selector, patient.addr)
        );
        _veto(patient.addr);
    }

    function test_vetoRevertsWhenAllApproved() external {
        _propose(carer.addr, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryUnanimous.selector, patient.addr)
        );
        _veto(patient.addr);
    }

    function test_theOwnerVetoes() external {
        _propose(carer.addr, 2);
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        vm.expectEmit(address(identities));
        emit RecoveryVetoed(readyAt, patient.addr, carer.addr);
        _veto(patient.addr);
        _expectPending(address(0), 0, false);
        skip(RECOVERY_DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryNone.selector, patient.addr)
        );
        _execute();
    }

    function test_theOwnerVetoesAsLongAsNobodyExecuted() external {
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY + 1 days);
        _veto(patient.addr);
        _expectPending(address(0), 0, false);
    }

    function test_vetoedApprovalsCannotBeSubmittedAgain() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        _proposeWith(_guardianSet(), approvals);
        IIdentityRegistry.Approval[] memory reserve = _approvals(carer.addr, 2);
        _veto(patient.addr);
        _expectRounds(2, 0);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), reserve);
    }

    function test_guardiansMayProposeAgainAfterAVeto() external {
        _propose(carer.addr, 2);
        _veto(patient.addr);
        _propose(carer.addr, 2);
        _expectPending(carer.addr, vm.getBlockTimestamp() + RECOVERY_DELAY, false);
    }

    // vetoRecoveryBySig ---------------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedVeto() external {
        _propose(carer.addr, 2);
        Authorization memory auth = _sign(patient, _vetoHash(patient.addr, carer.addr, 0));
        vm.prank(stranger.addr);
        identities.vetoRecoveryBySig(patient.addr, 0, auth);
        _expectPending(address(0), 0, false);
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_vetoBySigRevertsWhenAnotherOwnerIsPending() external {
        Authorization memory auth = _sign(patient, _vetoHash(patient.addr, carer.addr, 0));
        _propose(hospital.addr, 2);
        vm.expectRevert();
        identities.vetoRecoveryBySig(patient.addr, 0, auth);
    }

    function test_vetoBySigRevertsWhenAllApproved() external {
        Authorization memory auth = _sign(patient, _vetoHash(patient.addr, carer.addr, 0));
        _propose(carer.addr, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryUnanimous.selector, patient.addr)
        );
        identities.vetoRecoveryBySig(patient.addr, 0, auth);
    }

    // executeRecovery -----------------------------------------------------------------------------

    function test_executeRevertsWhenNothingIsPending() external {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryNone.selector, patient.addr)
        );
        _execute();
    }

    function testFuzz_executeRevertsBeforeTheDelayHasPassed(uint256 elapsed) external {
        _propose(carer.addr, 3);
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        skip(bound(elapsed, 0, RECOVERY_DELAY - 1));
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.RecoveryNotReady.selector, patient.addr, readyAt
            )
        );
        _execute();
    }

    function testFuzz_anybodyExecutesAfterTheDelay(uint256 count, address caller) external {
        count = bound(count, 2, 3);
        _rotate(patient, patient.addr, hospital.addr);
        _propose(carer.addr, count);
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        vm.warp(readyAt);
        vm.roll(1500);
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, carer.addr, 1000);
        vm.expectEmit(address(identities));
        emit RecoveryExecuted(readyAt, patient.addr, carer.addr);
        vm.prank(caller);
        identities.executeRecovery(patient.addr);
        assertEq(identities.identityOwner(patient.addr), carer.addr);
        assertEq(identities.changed(patient.addr), 1500);
        assertEq(identities.nonces(patient.addr), 2);
        _expectPending(address(0), 0, false);
    }

    function test_executesOnce() external {
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY);
        _execute();
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.RecoveryNone.selector, patient.addr)
        );
        _execute();
    }

    function test_executionMovesBothRounds() external {
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY);
        _execute();
        _expectRounds(2, 1);
    }

    function test_executionDropsScheduledGuardians() external {
        bytes32 commitment = identities.guardiansOf(patient.addr);
        _schedule(patient, patient.addr, keccak256("the thief's"));
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY);
        _execute();
        (bytes32 scheduled, uint256 effectiveAt) = identities.scheduledGuardians(patient.addr);
        assertEq(scheduled, 0);
        assertEq(effectiveAt, 0);
        skip(GUARDIANS_DELAY);
        assertEq(identities.guardiansOf(patient.addr), commitment);
    }

    function test_guardiansRecoverAgainAfterARecovery() external {
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY);
        _execute();
        _propose(hospital.addr, 3);
        skip(RECOVERY_DELAY);
        _execute();
        assertEq(identities.identityOwner(patient.addr), hospital.addr);
    }

    // What does not cancel a recovery -------------------------------------------------------------

    function test_aRecoverySurvivesRotationAndOtherGuardians() external {
        _propose(carer.addr, 2);
        _schedule(patient, patient.addr, keccak256("others"));
        _rotate(patient, patient.addr, stranger.addr);
        skip(RECOVERY_DELAY);
        _execute();
        assertEq(identities.identityOwner(patient.addr), carer.addr);
    }

    function test_theGuardiansThatProposedStayWhileTheirRecoveryPends() external {
        bytes32 commitment = identities.guardiansOf(patient.addr);
        bytes32 others = keccak256("others");
        uint256 effectiveAt = vm.getBlockTimestamp() + GUARDIANS_DELAY;
        _schedule(patient, patient.addr, others);
        skip(GUARDIANS_DELAY - 1);
        _propose(carer.addr, 2);
        skip(1 days);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        (bytes32 scheduled, uint256 when) = identities.scheduledGuardians(patient.addr);
        assertEq(scheduled, others);
        assertEq(when, effectiveAt);
        _veto(patient.addr);
        assertEq(identities.guardiansOf(patient.addr), others);
    }
}
