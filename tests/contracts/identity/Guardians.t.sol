// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title Committing to guardians, and replacing them slowly
contract GuardiansTest is IdentityTest {
    bytes32 private constant OTHERS = keccak256("other guardians");

    function _cancel(address by) private {
        vm.prank(by);
        identities.cancelGuardians(patient.addr);
    }

    function _expectScheduled(bytes32 commitment, uint256 effectiveAt) private view {
        (bytes32 scheduled, uint256 when) = identities.scheduledGuardians(patient.addr);
        assertEq(scheduled, commitment);
        assertEq(when, effectiveAt);
    }

    function _expectNotScheduled() private {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.GuardiansNotScheduled.selector, patient.addr)
        );
    }

    // Reads ---------------------------------------------------------------------------------------

    function testFuzz_nobodyHasGuardiansFromTheStart(address identity) external view {
        (bytes32 scheduled, uint256 effectiveAt) = identities.scheduledGuardians(identity);
        assertEq(identities.guardiansOf(identity), 0);
        assertEq(scheduled, 0);
        assertEq(effectiveAt, 0);
    }

    function test_changingGuardiansTakesLongerThanRecovering() external view {
        assertEq(identities.GUARDIANS_DELAY(), GUARDIANS_DELAY);
        assertEq(identities.RECOVERY_DELAY(), RECOVERY_DELAY);
        assertGt(GUARDIANS_DELAY, RECOVERY_DELAY);
    }

    // scheduleGuardians ---------------------------------------------------------------------------

    function test_scheduleRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _schedule(stranger, patient.addr, OTHERS);
    }

    function test_scheduleRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _schedule(patient, patient.addr, OTHERS);
    }

    function test_scheduleRevertsWhenTheGuardiansAreInForce() external {
        bytes32 commitment = _guardPatient();
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.GuardiansUnchanged.selector, patient.addr, commitment
            )
        );
        _schedule(patient, patient.addr, commitment);
    }

    function test_scheduleRevertsWhenThereAreNoneToRemove() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.GuardiansUnchanged.selector, patient.addr, bytes32(0)
            )
        );
        _schedule(patient, patient.addr, 0);
    }

    function test_theFirstGuardiansAreInForceAtOnce() external {
        vm.expectEmit(address(identities));
        emit GuardiansScheduled(vm.getBlockTimestamp(), patient.addr, OTHERS);
        _schedule(patient, patient.addr, OTHERS);
        assertEq(identities.guardiansOf(patient.addr), OTHERS);
        _expectScheduled(0, 0);
        assertEq(identities.nonces(patient.addr), 0);
        assertEq(identities.changed(patient.addr), 0);
    }

    function testFuzz_othersComeIntoForceAfterTheDelayAndNotBefore(uint256 elapsed) external {
        bytes32 commitment = _guardPatient();
        uint256 effectiveAt = vm.getBlockTimestamp() + GUARDIANS_DELAY;
        vm.expectEmit(address(identities));
        emit GuardiansScheduled(effectiveAt, patient.addr, OTHERS);
        _schedule(patient, patient.addr, OTHERS);

        elapsed = bound(elapsed, 0, 2 * GUARDIANS_DELAY);
        skip(elapsed);
        bool due = elapsed >= GUARDIANS_DELAY;
        assertEq(identities.guardiansOf(patient.addr), due ? OTHERS : commitment);
        if (due) _expectScheduled(0, 0);
        else _expectScheduled(OTHERS, effectiveAt);
    }

    function test_removingGuardiansTakesTheDelay() external {
        bytes32 commitment = _guardPatient();
        _schedule(patient, patient.addr, 0);
        _expectScheduled(0, vm.getBlockTimestamp() + GUARDIANS_DELAY);
        skip(GUARDIANS_DELAY - 1);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        skip(1);
        assertEq(identities.guardiansOf(patient.addr), 0);
    }

    function test_afterARemovalTheNextAreInForceAtOnce() external {
        _guardPatient();
        _schedule(patient, patient.addr, 0);
        skip(GUARDIANS_DELAY);
        _schedule(patient, patient.addr, OTHERS);
        assertEq(identities.guardiansOf(patient.addr), OTHERS);
        _expectScheduled(0, 0);
    }

    function test_schedulingAgainRestartsTheDelay() external {
        bytes32 commitment = _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        skip(GUARDIANS_DELAY - 1);
        bytes32 third = keccak256("third");
        _schedule(patient, patient.addr, third);
        skip(GUARDIANS_DELAY - 1);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        skip(1);
        assertEq(identities.guardiansOf(patient.addr), third);
    }

    function test_schedulingUponWhatIsDueBuildsUponIt() external {
        bytes32 commitment = _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        skip(GUARDIANS_DELAY);
        _schedule(patient, patient.addr, commitment);
        assertEq(identities.guardiansOf(patient.addr), OTHERS);
        _expectScheduled(commitment, vm.getBlockTimestamp() + GUARDIANS_DELAY);
        skip(GUARDIANS_DELAY);
        assertEq(identities.guardiansOf(patient.addr), commitment);
    }

    function test_aNewOwnerInheritsTheGuardians() external {
        bytes32 commitment = _guardPatient();
        _rotate(patient, patient.addr, carer.addr);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        _expectNotController(patient.addr, patient.addr);
        _schedule(patient, patient.addr, OTHERS);
    }

    // scheduleGuardiansBySig ----------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedGuardians() external {
        Authorization memory auth = _sign(patient, _scheduleHash(patient.addr, OTHERS, 0));
        vm.prank(stranger.addr);
        identities.scheduleGuardiansBySig(patient.addr, OTHERS, 0, auth);
        assertEq(identities.guardiansOf(patient.addr), OTHERS);
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_scheduleBySigRevertsWhenTheGuardiansAreInForce() external {
        bytes32 commitment = _guardPatient();
        Authorization memory auth = _sign(patient, _scheduleHash(patient.addr, commitment, 0));
        vm.expectPartialRevert(IIdentityRegistry.GuardiansUnchanged.selector);
        identities.scheduleGuardiansBySig(patient.addr, commitment, 0, auth);
    }

    // cancelGuardians -----------------------------------------------------------------------------

    function test_cancelRevertsWhenCallerIsNotTheOwner() external {
        _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        _expectNotController(patient.addr, stranger.addr);
        _cancel(stranger.addr);
    }

    function test_cancelRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _cancel(patient.addr);
    }

    function test_cancelRevertsWhenNothingIsScheduled() external {
        _guardPatient();
        _expectNotScheduled();
        _cancel(patient.addr);
    }

    function test_cancelRevertsWhenTheChangeIsInForce() external {
        _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        skip(GUARDIANS_DELAY);
        _expectNotScheduled();
        _cancel(patient.addr);
    }

    function test_cancelDropsWhatIsScheduled() external {
        bytes32 commitment = _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        vm.expectEmit(address(identities));
        emit GuardiansCancelled(vm.getBlockTimestamp() + GUARDIANS_DELAY, patient.addr, OTHERS);
        _cancel(patient.addr);
        _expectScheduled(0, 0);
        skip(GUARDIANS_DELAY);
        assertEq(identities.guardiansOf(patient.addr), commitment);
    }

    function test_cancelDropsAScheduledRemoval() external {
        bytes32 commitment = _guardPatient();
        _schedule(patient, patient.addr, 0);
        _cancel(patient.addr);
        skip(GUARDIANS_DELAY);
        assertEq(identities.guardiansOf(patient.addr), commitment);
    }

    // cancelGuardiansBySig ------------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedCancellation() external {
        _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        Authorization memory auth = _sign(patient, _cancelHash(patient.addr, OTHERS, 0));
        vm.prank(stranger.addr);
        identities.cancelGuardiansBySig(patient.addr, 0, auth);
        _expectScheduled(0, 0);
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_cancelBySigRevertsWhenOtherGuardiansAreScheduled() external {
        _guardPatient();
        _schedule(patient, patient.addr, OTHERS);
        Authorization memory auth = _sign(patient, _cancelHash(patient.addr, OTHERS, 0));
        _schedule(patient, patient.addr, keccak256("third"));
        vm.expectRevert();
        identities.cancelGuardiansBySig(patient.addr, 0, auth);
    }

    function test_cancelBySigRevertsWhenNothingIsScheduled() external {
        Authorization memory auth = _sign(patient, _cancelHash(patient.addr, 0, 0));
        _expectNotScheduled();
        identities.cancelGuardiansBySig(patient.addr, 0, auth);
    }
}
